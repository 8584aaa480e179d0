#pragma once

#include <memory>
#include <span>

#include "services/dynamodb/expression.h"
#include "services/dynamodb/table.h"

// Reading and writing items: what the operations on items have in common.
namespace dynamodb {

// An item as it is stored, decoded once somebody looks inside.
class Stored {
 public:
  explicit Stored(std::string bytes) : owner_(std::make_shared<const std::string>(std::move(bytes))), bytes_(*owner_) {}
  Stored(store::Bytes owner, std::string_view bytes) : owner_(std::move(owner)), bytes_(bytes) {}
  explicit Stored(Item item) : Stored(encode(item)) { item_ = std::move(item); }

  std::string_view bytes() const { return bytes_; }
  const Item& item() const {
    if (!item_) item_ = decode(bytes_);
    return *item_;
  }
  std::int64_t size() const { return aws::dynamodb::item_size(bytes_); }
  Value shown() const {
    return owner_ ? aws::dynamodb::pack_item(owner_, bytes_) : aws::dynamodb::item_to_value(bytes_);
  }

 private:
  store::Bytes owner_;  // of what `bytes_` looks into; null while that is kept by another
  std::string_view bytes_;
  mutable std::optional<Item> item_;
};

// ---- capacity.cc: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
enum class Consistency { kEventual, kStrong, kTransactional };
double read_units(std::int64_t bytes, Consistency consistency);  // of what is read at once; at least one unit
double write_units(std::int64_t bytes);
struct Units {
  double read = 0, write = 0;
  double total() const { return read + write; }
};
// What an operation has cost on one table.
struct Consumption {
  Units table;
  std::map<std::string, Units> local_indexes, global_indexes;

  Units total() const;
  void add(const Consumption& other);
  void multiply(double factor);
};
enum class Detail { kPlain, kReadOrWrite };  // whether read and write units are told apart, as transactions do
// ConsumedCapacity as ReturnConsumedCapacity asks for it; a null value for NONE.
Value show_consumption(std::string_view table_name, const Consumption& used, std::string_view level, Detail detail);

// ---- encryption.cc: rows as they are kept.
ItemRow make_row(Call& call, const OpenTable& table, std::string_view bytes);
void put_row(Call& call, const OpenTable& table, std::string_view key, std::string_view bytes);
Stored open_row(const OpenTable& table, ItemRow row);
// Of a row that is looked at where it stands: without a copy, unless it has to be unsealed. `owner` as Stored has it.
Stored open_view(const OpenTable& table, store::Bytes owner, std::string_view bytes);

// ---- write.cc
std::optional<Stored> get_item(const OpenTable& table, std::string_view key);
// Puts `after` in the place of `before`, either of which may be absent, into the table, its indexes and the record of
// changes, and says what that costs. Key attributes have been checked.
struct ItemChange {
  const Stored* before = nullptr;
  const Stored* after = nullptr;
  std::string_view principal = {};      // see Change
  std::string_view origin_region = {};  // likewise
  std::int64_t version_ms = 0;          // likewise
};
Consumption write_item(Call& call, const OpenTable& table, const std::string& key, const ItemChange& change);
// replication.cc: for tables with strong consistency over regions. Errors: ReplicatedWriteConflictException.
base::Result<void> check_write_conflict(const Call& call, const OpenTable& table, const std::string& key);
// ttl.cc: notes when the item expires; the table has time to live.
void write_expiry(Call& call, const OpenTable& table, const std::string& key, const ItemChange& change);
// The entry of an item in an index: what of it is projected.
std::string entry_bytes(const Table& table, const Index& index, const Stored& item);
// Bytes of an item collection: the items of a partition and their entries in local indexes.
std::int64_t collection_bytes(const OpenTable& table, const Attribute& hash_value);

// ---- requests.cc: parameters that several operations have.
struct ParameterNames {
  std::initializer_list<std::string_view> expressions;  // which of them were given says what the others may be
  std::initializer_list<std::string_view> others;       // the older parameters
};
base::Result<void> check_parameters(const Value& input, const ParameterNames& names);
// ConditionExpression or Expected.
base::Result<std::optional<Condition>> read_condition(const Value& input, Placeholders& placeholders);
// ProjectionExpression or AttributesToGet.
base::Result<std::optional<Projected>> read_projection(const Value& input, Placeholders& placeholders);
// Errors: ConditionalCheckFailedException, with the item where the request asks for it.
base::Result<void> check_condition(const std::optional<Condition>& condition, const Stored* item, const Value& input);
base::Result<void> check_return_values(const Value& input);  // of operations that know only ALL_OLD
// Refuses paths that look inside key attributes: these have no inside.
base::Result<void> check_key_paths(const Table& table, const Index* index, const std::vector<Path>& paths);
// Adds ConsumedCapacity and ItemCollectionMetrics where the request asks for them.
void set_metrics(const OpenTable& table, const Item& key, const Value& input, const Consumption& used, Out& out);
Value show_collection(const OpenTable& table, const Item& key);

// ---- legacy.cc: the older parameters as expressions.
base::Result<std::optional<Condition>> read_expected(const Value& expected, const Value& conditional_operator);
base::Result<std::optional<Condition>> read_filter(const Value& conditions, const Value& conditional_operator);
base::Result<Update> read_attribute_updates(const Value::Map& updates);

// ---- items.cc: single writes, for the operations of that name, for batches and for transactions. What can be told
// from the request alone is prepared first; `input` has the parameters of one write.
struct PutRequest {
  Item item;
  std::optional<Condition> condition = std::nullopt;
  bool is_insertion = false;  // an item that is there already is an error
};
struct KeyRequest {
  Item key;
  std::optional<Condition> condition = std::nullopt;
};
struct UpdateRequest {
  Item key;
  Update update = {};
  std::optional<Condition> condition = std::nullopt;
  bool has_expression = true;  // false: made of the older parameters
};
struct Written {
  std::optional<Stored> before = std::nullopt, after = std::nullopt;
  Consumption used = {};
};
base::Result<PutRequest> prepare_put(const Value& input);
base::Result<KeyRequest> prepare_key(const Value& input);
base::Result<UpdateRequest> prepare_item_update(const Value& input);
base::Result<Written> put_item(Call& call, const OpenTable& table, PutRequest request, const Value& input);
base::Result<Written> delete_item(Call& call, const OpenTable& table, const KeyRequest& request, const Value& input);
base::Result<Written> update_item(Call& call, const OpenTable& table, const UpdateRequest& request, const Value& input);

// ---- throttle.cc: provisioned throughput.
base::Result<void> take_capacity(Call& call, const OpenTable& table, const Consumption& used);
// Whether the former may refuse.
bool is_throttled(const Table& table);
// Likewise, and from the partition that the item's key falls into: what a single hot key may use.
base::Result<void> take_item_capacity(Call& call, const OpenTable& table, const Item& key, const Consumption& used);

}  // namespace dynamodb
