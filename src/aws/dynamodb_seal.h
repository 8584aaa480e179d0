// Items of tables with a KMS key, as they are kept: sealed (base/seal.h) with the data key of their table. What is
// sealed says so itself, and how big the item in it is; keys of items stay as they are, so that they sort.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/call.h"
#include "store/store.h"

namespace aws::dynamodb {

// The data key of a table. It lasts as long as the table; another KMS key seals it anew.
struct TableKey {
  std::string kms_key;  // ARN; empty: DynamoDB's own key
  std::string sealed;   // the data key, sealed by KMS: callers must be able to open it
  std::string kept;     // the same, sealed by the vault: for what DynamoDB does by itself
  std::string context;  // the table's name, of the encryption context

  static void fields(auto& self, auto& field) {
    field("kms_key", self.kms_key);
    field("sealed", self.sealed);
    field("kept", self.kept);
    field("context", self.context);
  }
};
// Key: the data key's id.
inline constexpr store::Table<TableKey> kTableKeys{"dynamodb.table_keys"};

std::string keep_data_key(kernel::Call& call, std::uint64_t id, std::string_view data_key);
// The 32 bytes; empty when there is no such key.
std::string get_data_key(kernel::Call& call, const store::Transaction& tx, std::uint64_t id);

std::string seal_item(kernel::Call& call, std::uint64_t key_id, std::string_view data_key, std::string_view item);
// The id of the data key that the item is sealed with; 0: it is not sealed.
std::uint64_t sealing_key(std::string_view item);
// Bytes that are not sealed, and those of another key, are answered as they are.
std::string unseal_item(std::string_view data_key, std::string item);

}  // namespace aws::dynamodb
