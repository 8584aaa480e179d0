// Encryption at rest with keys of KMS.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.usagenotes.html
#include "aws/dynamodb_seal.h"
#include "aws/envelope.h"
#include "base/bytes.h"
#include "services/dynamodb/items.h"

namespace dynamodb {

namespace {

using aws::dynamodb::kTableKeys;
using aws::dynamodb::TableKey;

constexpr std::string_view kPrincipal = "dynamodb.amazonaws.com";
constexpr std::string_view kManagedAlias = "alias/aws/dynamodb";
constexpr kernel::OperationId kDescribeKey{"kms", "DescribeKey"};
constexpr std::size_t kSealedPerStep = 200;
// "DynamoDB caches the plaintext table keys for each principal … five minutes of inactivity"
constexpr std::int64_t kKeyCheckMs = 300'000;

aws::EncryptionContext context_of(const store::Place& place, const std::string& table) {
  return {{"aws:dynamodb:tableName", table}, {"aws:dynamodb:subscriberId", place.account}};
}

std::unexpected<base::Error> kms_error(const Call& call, const base::Error& why) {
  const std::string_view code = why.code;
  auto told = [&](std::string_view what, std::string_view exception) {
    return fmt::format(
        "{}: com.amazonaws.services.kms.model.{}: {} (Service: AWSKMS; Status Code: 400; Error Code: {}; "
        "Request ID: {}; Proxy: null)",
        what, exception, why.message, code, call.request.id);
  };
  if (code == "AccessDeniedException" || code == "AccessDenied")
    return error("AccessDeniedException", told("KMS key access denied error", "AWSKMSException"));
  return validation_error(told(code == "DisabledException" ? "KMS key disabled error" : "KMS validation error", code));
}

base::Result<void> check_specification(const Value& specification) {
  const std::string& type = specification.at("SSEType").str();
  if (!specification.at("Enabled").flag()) {
    if (!type.empty()) return invalid_parameter("SSEType can not be specified if Enabled is false");
    if (specification.has("KMSMasterKeyId"))
      return invalid_parameter("KMSMasterKeyId can not be specified if Enabled is false");
  } else if (type == "AES256") {
    return invalid_parameter("SSEType AES256 is not supported");
  }
  return {};
}

// Whether KMS would open the data key for the caller; asked once in five minutes.
std::string check_key_row(const Call& call, const Table& table) {
  return store::key(table.seal_id, std::string_view(base::sha256(call.caller.arn)));
}

}  // namespace

base::Result<void> set_encryption(Call& call, const Value& specification, OpenTable& table, TableDetails& details) {
  TRY_VOID(check_specification(specification));
  details.has_own_key = specification.at("Enabled").flag();
  details.kms_key.clear();
  TableKey row;
  if (table.row.seal_id != 0) row = table.tx.get(kTableKeys, store::key(table.row.seal_id)).value_or(TableKey{});
  row.context = table.row.name;
  if (!details.has_own_key) {
    row.kms_key.clear();
    row.sealed.clear();
    if (table.row.seal_id != 0) table.tx.put(kTableKeys, store::key(table.row.seal_id), row);
    return {};
  }
  const std::string key(specification.has("KMSMasterKeyId") ? std::string_view(specification.at("KMSMasterKeyId").str())
                                                            : kManagedAlias);
  details.has_managed_key = key.ends_with(kManagedAlias);
  const kernel::Client as = call.as_caller(kPrincipal).in(table.tx.place());
  const aws::EncryptionContext context = context_of(table.tx.place(), row.context);
  if (table.row.seal_id == 0) {
    auto made = aws::generate_data_key(as, key, context);
    if (!made) return kms_error(call, made.error());
    table.row.seal_id = call.next_sequence();
    table.data_key = std::move(made->plaintext);
    row.kms_key = made->key_arn;
    row.sealed = std::move(made->sealed);
    row.kept = aws::dynamodb::keep_data_key(call, table.row.seal_id, table.data_key);
  } else {
    auto arn = aws::find_key_arn(as, key);
    if (!arn) return kms_error(call, arn.error());
    auto sealed = aws::encrypt(as, *arn, table.data_key, context);
    if (!sealed) return kms_error(call, sealed.error());
    row.kms_key = *std::move(arn);
    row.sealed = *std::move(sealed);
  }
  table.tx.put(kTableKeys, store::key(table.row.seal_id), row);
  details.kms_key = row.kms_key;
  return {};
}

base::Result<void> check_key_access(Call& call, const OpenTable& table) {
  const auto row = table.tx.get(kTableKeys, store::key(table.row.seal_id));
  if (!row || row->sealed.empty()) return {};
  const std::string check = check_key_row(call, table.row);
  const auto checked = table.tx.get(kKeyChecks, check);
  if (checked && call.now_ms() < checked->at_ms + kKeyCheckMs) return {};
  const auto opened = aws::open_data_key(call.as_caller(kPrincipal).in(table.tx.place()), row->sealed,
                                         context_of(table.tx.place(), row->context));
  if (!opened) return kms_error(call, opened.error());
  table.tx.put(kKeyChecks, check, {call.now_ms()});
  return {};
}

bool is_key_usable(Call& call, const OpenTable& table, const TableDetails& details) {
  if (!details.has_own_key || details.has_managed_key) return true;
  const auto described =
      call.as_caller(kPrincipal).in(table.tx.place()).invoke(kDescribeKey, Value::Map{{"KeyId", details.kms_key}});
  if (!described) return described.error().code != "NotFoundException";
  return described->at("KeyMetadata").at("KeyState").str() == "Enabled";
}

void begin_sealing(Call& call, const OpenTable& table) {
  call.arm(kSeal, call.now, table_key(table) + store::key(table.row.id, std::string_view()));
  for (const Index& index : table.row.indexes)
    call.arm(kSeal, call.now, table_key(table) + store::key(index.id, std::string_view()));
}

// What was written before the table had a key. Key: as table_key, the id of the table or index, the row to go on after.
base::Result<void> seal_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  const TimedTable timed = read_table_key(call, parts);
  const std::uint64_t id = parts.unsigned_number();
  const std::string after = parts.text();
  if (!timed.table || timed.table->data_key.empty()) return {};
  store::Scan scan{.prefix = store::key(id), .limit = kSealedPerStep};
  if (!after.empty()) scan.after = after;
  std::vector<std::pair<std::string, std::string>> rows;
  const std::size_t visited = timed.tx.scan(
      kItems, scan, [&](std::string_view row, ItemRow& item) { rows.emplace_back(row, std::move(item.bytes)); });
  for (const auto& [row, bytes] : rows)
    if (aws::dynamodb::sealing_key(bytes) == 0) timed.tx.put(kItems, row, make_row(call, *timed.table, bytes));
  if (visited == kSealedPerStep)
    call.arm(kSeal, call.now, table_key(*timed.table) + store::key(id, std::string_view(rows.back().first)));
  return {};
}

ItemRow make_row(Call& call, const OpenTable& table, std::string_view bytes) {
  if (table.data_key.empty()) return {std::string(bytes)};
  return {aws::dynamodb::seal_item(call, table.row.seal_id, table.data_key, bytes)};
}

void put_row(Call& call, const OpenTable& table, std::string_view key, std::string_view bytes) {
  if (table.data_key.empty())
    table.tx.put(kItemViews, key, {bytes});
  else
    table.tx.put(kItems, key, make_row(call, table, bytes));
}

Stored open_view(const OpenTable& table, store::Bytes owner, std::string_view bytes) {
  if (table.data_key.empty()) return Stored(std::move(owner), bytes);
  return Stored(aws::dynamodb::unseal_item(table.data_key, std::string(bytes)));
}

Stored open_row(const OpenTable& table, ItemRow row) {
  if (table.data_key.empty()) return Stored(std::move(row.bytes));
  return Stored(aws::dynamodb::unseal_item(table.data_key, std::move(row.bytes)));
}

}  // namespace dynamodb
