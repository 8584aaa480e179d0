// BatchGetItem and BatchWriteItem.
#include "services/dynamodb/items.h"

namespace dynamodb {

namespace {

constexpr std::size_t kBatchWritesMax = 25;
constexpr std::size_t kBatchReadsMax = 100;
constexpr std::int64_t kBatchBytesMax = 16'777'216;

std::unexpected<base::Error> has_duplicates() {
  return validation_error("Provided list of item keys contains duplicates");
}

struct TableWrites {
  OpenTable table;
  std::vector<PutRequest> puts;
  std::vector<KeyRequest> deletes;
  std::vector<std::pair<bool, std::size_t>> order;  // whether a put, and which
  Consumption used;
};

// What can be told from the request alone.
base::Result<TableWrites> read_writes(const Value::List& requests) {
  TableWrites writes;
  for (const Value& request : requests) {
    const bool is_put = request.has("PutRequest"), is_delete = request.has("DeleteRequest");
    if (is_put == is_delete)
      return validation_error(
          "Supplied AttributeValue has more than one datatypes set, must contain exactly one of the supported "
          "datatypes");
    writes.order.emplace_back(is_put, is_put ? writes.puts.size() : writes.deletes.size());
    if (is_put) {
      writes.puts.push_back({.item = TRY(read_item(request.at("PutRequest").at("Item").map()))});
      if (size_of(writes.puts.back().item) > kItemBytesMax)
        return validation_error("Item size has exceeded the maximum allowed size");
    } else {
      writes.deletes.push_back({.key = TRY(read_item(request.at("DeleteRequest").at("Key").map()))});
    }
  }
  return writes;
}

base::Result<void> check_writes(const TableWrites& writes) {
  std::set<std::string> keys;
  for (const auto& [is_put, at] : writes.order) {
    const Item& item = is_put ? writes.puts[at].item : writes.deletes[at].key;
    TRY_VOID(is_put ? check_key_in(writes.table.row, item) : check_key(writes.table.row, item));
    if (!keys.insert(item_key(writes.table.row, item)).second) return has_duplicates();
    if (is_put) TRY_VOID(check_index_keys(writes.table.row, item));
  }
  return {};
}

struct TableReads {
  OpenTable table;
  const Value* given = nullptr;
  std::vector<Item> keys;
  std::optional<Projected> projected;
  Consumption used;
};

base::Result<TableReads> read_reads(const Value& given) {
  TableReads reads{.given = &given};
  TRY_VOID(check_parameters(given, {.expressions = {"ProjectionExpression"}, .others = {"AttributesToGet"}}));
  Placeholders placeholders = TRY(Placeholders::read(given.at("ExpressionAttributeNames"), Value()));
  reads.projected = TRY(read_projection(given, placeholders));
  TRY_VOID(placeholders.check_all_used());
  for (const Value& key : given.at("Keys").list()) {
    Item read = TRY(read_item(key.map()));
    if (std::ranges::find(reads.keys, read) != reads.keys.end()) return has_duplicates();
    reads.keys.push_back(std::move(read));
  }
  return reads;
}

// "DynamoDB returns a ValidationException when one request holds a key twice."
base::Result<void> check_reads(const TableReads& reads) {
  std::set<std::string> keys;
  for (const Item& key : reads.keys) {
    TRY_VOID(check_key(reads.table.row, key));
    if (!keys.insert(item_key(reads.table.row, key)).second) return has_duplicates();
  }
  return {};
}

// Adds ConsumedCapacity, an entry a table.
template <class Tables>
void set_consumed(const Value& input, const Tables& tables, Out& out) {
  Value::List consumed;
  for (const auto& one : tables) {
    Value shown =
        show_consumption(one.table.row.name, one.used, input.at("ReturnConsumedCapacity").str(), Detail::kPlain);
    if (!shown.is_null()) consumed.push_back(std::move(shown));
  }
  if (!consumed.empty()) out.set("ConsumedCapacity", std::move(consumed));
}

struct Remaining {
  std::int64_t bytes = 0;
  bool is_any_read = false;
};

// Reads what there is room for; answers the keys that are left over.
base::Result<Value::List> read_some(Call& call, TableReads& reads, Remaining& remaining, Value::List& items) {
  Value::List left;
  const auto consistency = reads.given->at("ConsistentRead").flag() ? Consistency::kStrong : Consistency::kEventual;
  for (std::size_t i = 0; i < reads.keys.size(); ++i) {
    const auto stored = get_item(reads.table, item_key(reads.table.row, reads.keys[i]));
    const std::int64_t size = stored ? stored->size() : 0;
    Consumption used;
    used.table.read = read_units(size, consistency);
    const bool has_room = size <= remaining.bytes;
    if (!has_room || !take_capacity(call, reads.table, used)) {
      left.push_back(reads.given->at("Keys").list()[i]);
      continue;
    }
    remaining.bytes -= size;
    remaining.is_any_read = true;
    reads.used.add(used);
    if (stored)
      items.push_back(reads.projected ? to_value(project(stored->item(), *reads.projected)) : stored->shown());
  }
  return left;
}

std::unexpected<base::Error> all_throttled() {
  return error("ProvisionedThroughputExceededException",
               "The level of configured provisioned throughput for the table was exceeded. Consider increasing your "
               "provisioning level with the UpdateTable API.");
}

}  // namespace

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchGetItem.html
base::Result<Out> BatchGetItem(Call& call, In in) {
  std::vector<TableReads> tables;
  std::size_t count = 0;
  for (const auto& [name, given] : in.map("RequestItems")) {
    tables.push_back(TRY(read_reads(given)));
    count += tables.back().keys.size();
    if (count > kBatchReadsMax) return validation_error("Too many items requested for the BatchGetItem call");
  }
  for (std::size_t i = 0; i < tables.size(); ++i) {
    tables[i].table = TRY(find_table(call, in.map("RequestItems")[i].first));
    tables[i].table.tx = tables[i].table.tx.unrecorded();
    if (i > 0)
      TRY_VOID(authorize_part(call, "dynamodb:BatchGetItem", tables[i].table.arn(), "RequestItems",
                              Value::Map{in.map("RequestItems")[i]}));
    TRY_VOID(check_reads(tables[i]));
    if (tables[i].projected) TRY_VOID(check_key_paths(tables[i].table.row, nullptr, *tables[i].projected));
  }
  Value::Map responses, unprocessed;
  Remaining remaining{.bytes = kBatchBytesMax};
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const std::string& name = in.map("RequestItems")[i].first;
    Value::List items;
    Value::List left = TRY(read_some(call, tables[i], remaining, items));
    responses.emplace_back(name, std::move(items));
    if (left.empty()) continue;
    Value again = *tables[i].given;
    again.set("Keys", std::move(left));
    unprocessed.emplace_back(name, std::move(again));
  }
  if (!remaining.is_any_read) return all_throttled();
  Out out{{"Responses", std::move(responses)}, {"UnprocessedKeys", std::move(unprocessed)}};
  set_consumed(in.value(), tables, out);
  return out;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_BatchWriteItem.html
base::Result<Out> BatchWriteItem(Call& call, In in) {
  std::vector<TableWrites> tables;
  std::size_t count = 0;
  for (const auto& [name, requests] : in.map("RequestItems")) {
    count += requests.list().size();
    if (count > kBatchWritesMax) return validation_error("Too many items requested for the BatchWriteItem call");
    tables.push_back(TRY(read_writes(requests.list())));
  }
  for (std::size_t i = 0; i < tables.size(); ++i) {
    tables[i].table = TRY(find_table(call, in.map("RequestItems")[i].first));
    if (i > 0)
      TRY_VOID(authorize_part(call, "dynamodb:BatchWriteItem", tables[i].table.arn(), "RequestItems",
                              Value::Map{in.map("RequestItems")[i]}));
    TRY_VOID(check_writes(tables[i]));
  }
  Value::Map unprocessed, collections;
  bool is_any_written = false;
  for (std::size_t i = 0; i < tables.size(); ++i) {
    const auto& [name, requests] = in.map("RequestItems")[i];
    TableWrites& writes = tables[i];
    Value::List left, metrics;
    const bool has_local = std::ranges::any_of(writes.table.row.indexes, &Index::is_local);
    const bool may_refuse = is_throttled(writes.table.row);
    for (std::size_t j = 0; j < writes.order.size(); ++j) {
      const auto& [is_put, at] = writes.order[j];
      const store::Savepoint before = may_refuse ? writes.table.tx.savepoint() : store::Savepoint{};
      const Written written = TRY(is_put ? put_item(call, writes.table, std::move(writes.puts[at]), Value())
                                         : delete_item(call, writes.table, writes.deletes[at], Value()));
      if (!take_capacity(call, writes.table, written.used)) {
        writes.table.tx.rollback_to(before);
        left.push_back(requests.list()[j]);
        continue;
      }
      is_any_written = true;
      writes.used.add(written.used);
      if (has_local && in.str("ReturnItemCollectionMetrics") == "SIZE")
        metrics.push_back(show_collection(writes.table, is_put ? written.after->item() : writes.deletes[at].key));
    }
    if (!left.empty()) unprocessed.emplace_back(name, std::move(left));
    if (!metrics.empty()) collections.emplace_back(name, std::move(metrics));
  }
  if (!is_any_written) return all_throttled();
  Out out{{"UnprocessedItems", std::move(unprocessed)}};
  if (!collections.empty()) out.set("ItemCollectionMetrics", std::move(collections));
  set_consumed(in.value(), tables, out);
  return out;
}

}  // namespace dynamodb
