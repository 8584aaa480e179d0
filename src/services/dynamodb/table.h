#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/dynamodb/attribute.h"
#include "services/dynamodb/state.h"

// A table at work: what the operations are made of. Each part says in which file it is written.
namespace dynamodb {

// A table as an operation has found it.
struct OpenTable {
  store::Transaction tx;  // stands where the table does, which need not be the caller's account
  Table row = {};
  std::string data_key = {};  // that its items are sealed with; empty: they are not

  std::string arn() const;
  std::string index_arn(const Index& index) const { return arn() + "/index/" + index.name; }
  const Index* find_index(std::string_view name) const;  // null when there is none
  bool is_followed() const { return row.followers != 0; }
};

struct TableName {
  store::Place place;
  std::string name;
};

// naming.cc
// Of a name or an ARN, also of one of a table's index or stream.
TableName parse_table_name(const Call& call, std::string_view name_or_arn);
inline constexpr std::size_t kTableNameCharactersMin = 3;
base::Result<TableName> check_table_name(const Call& call, const std::string& name_or_arn);
std::string table_arn(const TableName& table);
std::optional<OpenTable> get_table(Call& call, const TableName& name);
// Errors: ResourceNotFoundException, in the words of operations on items.
base::Result<OpenTable> find_table(Call& call, const std::string& name_or_arn);
// Likewise, in the words of operations on tables, which name it.
base::Result<OpenTable> find_table_by_name(Call& call, const std::string& name_or_arn);
// By TableName, which need not be there.
base::Result<void> check_named(const Call& call, In in);
base::Result<OpenTable> find_table_named(Call& call, In in);
TableDetails get_details(const OpenTable& table);
void put_table(const OpenTable& table);
void put_details(const OpenTable& table, const TableDetails& details);

// keys.cc
std::uint64_t partition_hash(const Attribute& hash_value);
// What the keys of all items with this partition key start with.
std::string partition_prefix(std::uint64_t table_or_index_id, const Attribute& hash_value);
// Likewise of an index whose partition key has several attributes.
std::string partition_prefix(std::uint64_t index_id, const std::vector<Attribute>& hash_values);
// Appends a sort key, or anything else that is to be ordered. Without its end it is a prefix of those that start so.
void append_ordered(std::string& key, const Attribute& value);
void append_ordered_start(std::string& key, const Attribute& value);
// The key of the item; its key attributes are there and of the right types.
std::string item_key(const Table& table, const Item& item);
// The key of its entry in the index; nothing when the item lacks an attribute of the index's key.
std::optional<std::string> entry_key(const Table& table, const Index& index, const Item& item);
// Attributes of the keys of the table and, where given, of the index.
Item key_of(const Table& table, const Index* index, const Item& item);

// key_checks.cc
// "Key" of a request: exactly the key attributes, of the right types and sizes.
base::Result<void> check_key(const Table& table, const Item& key);
// The same of an item that may have other attributes too.
base::Result<void> check_key_in(const Table& table, const Item& item);
// The key attributes of an item to be put, and what it has of keys of indexes.
base::Result<void> check_item_key(const Table& table, const Item& item);
base::Result<void> check_index_keys(const Table& table, const Item& item);
base::Result<void> check_key_value(const KeyPart& part, bool is_hash, const Attribute& value);

// table_checks.cc: what CreateTable and UpdateTable are given.
// What is not there yet is refused, and not passed over.
base::Result<void> refuse_missing(const Value& input, std::string_view operation);
base::Result<std::vector<KeyPart>> read_definitions(const Value::List& definitions);
struct Schema {
  KeyPart hash;
  std::optional<KeyPart> range;
};
base::Result<Schema> read_schema(const Value::List& elements, const std::vector<KeyPart>& definitions);
// Of a global index: up to four attributes each.
base::Result<void> read_long_schema(const Value::List& elements, const std::vector<KeyPart>& definitions, Index& index);
base::Result<Index> read_index(const Value& given, bool is_local, const std::vector<KeyPart>& definitions,
                               Billing billing);
base::Result<Throughput> read_throughput(const Value& given, Billing billing);
base::Result<void> check_all_used(const Table& table, const std::vector<KeyPart>& definitions);
base::Result<void> check_included_count(const Table& table);  // of all its indexes together
base::Result<StreamView> read_stream_view(const Value& specification);
base::Result<std::map<std::string, std::string>> read_tags(const Value::List& tags);

// tables.cc, tags.cc
void erase_table(Call& call, OpenTable& table);  // with all that belongs to it
base::Result<void> set_policy(Call& call, const std::string& policy, TableDetails& details);
Throttling throttling_of(const std::map<std::string, std::string>& tags);
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/ServiceQuotas.html
inline constexpr kernel::Limit kTablesMax{"dynamodb", "L-F98FE922", 2'500};

// update_table.cc
// Definitions that no key needs any more go with the index that needed them.
void forget_unused_definitions(const Table& table, TableDetails& details);

// show_table.cc
inline constexpr std::int64_t kWarmReads = 12'000;  // a second, what tables on demand begin with
inline constexpr std::int64_t kWarmWrites = 4'000;
enum class Moment { kNow, kCreating, kUpdating, kDeleting };
Value show_table(Call& call, const OpenTable& table, const TableDetails& details, Moment moment);

// streams.cc: the open stream of a table, and forgetting changes that nobody may ask for any more.
void open_stream(Call& call, OpenTable& table, TableDetails& details, StreamView view);
void close_stream(Call& call, OpenTable& table, TableDetails& details);
std::string stream_arn(const OpenTable& table, std::string_view label);
std::vector<std::uint64_t> change_numbers(const OpenTable& table);  // per shard: of its latest change
void begin_trimming(Call& call, const OpenTable& table);
base::Result<void> trim_step(Call& call, std::string_view key);
inline constexpr kernel::Timer kTrim{"dynamodb.trim", trim_step};
// Where the stream with this ARN is kept; nothing for the ARN of anything else.
struct StreamRow {
  store::Transaction tx;
  std::string key;
  aws::dynamodb::Stream stream;
};
bool is_stream_arn(std::string_view arn);
std::optional<StreamRow> get_stream(Call& call, std::string_view arn);

// encryption.cc
// SSESpecification. Errors: KMS's, in DynamoDB's words.
base::Result<void> set_encryption(Call& call, const Value& specification, OpenTable& table, TableDetails& details);
// Whether the caller may use the key of a table whose items are sealed. Likewise.
base::Result<void> check_key_access(Call& call, const OpenTable& table);
bool is_key_usable(Call& call, const OpenTable& table, const TableDetails& details);
// Seals what the table holds already.
void begin_sealing(Call& call, const OpenTable& table);
base::Result<void> seal_step(Call& call, std::string_view key);
inline constexpr kernel::Timer kSeal{"dynamodb.seal", seal_step};

void forget_insights(const OpenTable& table);  // insights.cc: of a table that is deleted

// indexes.cc: building an index that is added later, and throwing away what is deleted.
base::Result<void> backfill_step(Call& call, std::string_view key);
base::Result<void> clear_step(Call& call, std::string_view key);
inline constexpr kernel::Timer kBackfill{"dynamodb.backfill", backfill_step};
inline constexpr kernel::Timer kClear{"dynamodb.clear", clear_step};
void begin_backfill(Call& call, const OpenTable& table, const Index& index);
void begin_clearing(Call& call, const OpenTable& table, std::uint64_t table_or_index_id);

// "account, region, table name, table id": what timers of tables have for a key, or what their keys begin with.
std::string table_key(const OpenTable& table);
struct TimedTable {
  store::Transaction tx;
  std::string name;
  std::uint64_t id = 0;
  std::optional<OpenTable> table;  // while it is there
};
TimedTable read_table_key(Call& call, store::KeyReader& parts);

// ttl.cc: time to live.
base::Result<void> expire_step(Call& call, std::string_view key);
base::Result<void> fill_expiries_step(Call& call, std::string_view key);
inline constexpr kernel::Timer kExpire{"dynamodb.expire", expire_step};
inline constexpr kernel::Timer kFillExpiries{"dynamodb.fill_expiries", fill_expiries_step};
void forget_expiries(Call& call, const OpenTable& table);  // of a table that is deleted, or whose time to live ends
Value show_time_to_live(const Table& table);

// access.cc: authorises a part of the request, as if there were no others: what `holder` ("RequestItems") has in it.
base::Result<void> authorize_part(Call& call, std::string_view action, const std::string& arn, std::string_view holder,
                                  Value part);
// Hooks of authorisation.
std::string resource_of(Call& call, std::string_view operation, const Value& input);
std::string policy_of(Call& call, std::string_view arn);
void each_policy(Call& call, const kernel::Place& place, const kernel::VisitResource& visit);
kernel::Tags tags_of(Call& call, std::string_view arn);
bool find_condition_key(Call& call, std::string_view key, policy::Values& values);

}  // namespace dynamodb
