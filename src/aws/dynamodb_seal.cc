#include "aws/dynamodb_seal.h"

#include "aws/dynamodb_item.h"
#include "base/bytes.h"
#include "base/seal.h"
#include "kernel/cloud.h"

namespace aws::dynamodb {

namespace {

// No item begins so: it would have no size.
constexpr char kSealedMark = '\0';

std::string purpose_of(std::uint64_t id) { return "dynamodb.table_key/" + std::to_string(id); }

}  // namespace

std::string keep_data_key(kernel::Call& call, std::uint64_t id, std::string_view data_key) {
  return call.cloud().vault().seal(call.cloud().dice(), data_key, purpose_of(id));
}

std::string get_data_key(kernel::Call& call, const store::Transaction& tx, std::uint64_t id) {
  const auto row = tx.get(kTableKeys, store::key(id));
  return row ? call.cloud().vault().open(row->kept, purpose_of(id)).value_or("") : "";
}

std::string seal_item(kernel::Call& call, std::uint64_t key_id, std::string_view data_key, std::string_view item) {
  std::string sealed(1, kSealedMark);
  append_varint(sealed, static_cast<std::uint64_t>(item_size(item)));
  append_varint(sealed, key_id);
  return sealed + base::seal(data_key, base::random_bytes(call.cloud().dice(), base::kSealNonceBytes), item);
}

std::uint64_t sealing_key(std::string_view item) {
  if (item.empty() || item.front() != kSealedMark) return 0;
  ItemReader reader(item.substr(1));
  reader.number();
  return reader.number();
}

std::string unseal_item(std::string_view data_key, std::string item) {
  if (item.empty() || item.front() != kSealedMark || data_key.empty()) return item;
  ItemReader reader(std::string_view(item).substr(1));
  reader.number(), reader.number();
  auto opened = base::unseal(data_key, reader.rest());
  return opened ? *std::move(opened) : item;
}

}  // namespace aws::dynamodb
