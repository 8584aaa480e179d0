// The caches of DAX. "DAX maintains two caches for data that it reads from DynamoDB: an item cache …, a query cache";
// writes go through to the table, and leave what they wrote in the item cache.
#include "services/dynamodb/dax.h"

#include "base/bytes.h"
#include "base/cbor.h"

namespace dynamodb {

namespace {

using aws::dax::Cache;
using aws::dax::Cached;
using aws::dax::kItemCache;
using aws::dax::kMetrics;
using aws::dax::kQueryCache;

constexpr std::int64_t kTrimCacheEveryMs = 60'000;
constexpr std::size_t kTrimmedAnswersPerStep = 500;

void count(Call& call, const Cache& cache, std::string_view metric) {
  call.tx.at(call.place).add(kMetrics, store::key(std::string_view(cache.cluster), metric), 1);
}

std::string cache_prefix(const Cache& cache) { return store::key(std::string_view(cache.id), cache.generation); }

base::Result<void> authorize_cluster(Call& call, const Cache& cache) {
  return call.authorize("dax:" + std::string(call.operation->name), call.arn("dax", "cache/" + cache.cluster));
}

// The cluster at whose endpoint the call is, which must let the caller in.
base::Result<std::optional<Cache>> enter(Call& call) {
  std::optional<Cache> cache = aws::dax::find_cache(call);
  if (cache) TRY_VOID(authorize_cluster(call, *cache));
  return cache;
}

bool is_fresh(const Call& call, const Cached& cached, std::int64_t ttl_ms) {
  return cached.at_ms + ttl_ms > call.now_ms();
}

void keep(Call& call, const Cache& cache, const store::Table<Cached>& where, const std::string& key, Cached answer) {
  answer.at_ms = call.now_ms();
  call.tx.at(call.place).put(where, key, answer);
  call.arm(kTrimCache, call.now + kernel::Millis(kTrimCacheEveryMs),
           store::key(std::string_view(call.place.account), std::string_view(call.place.region)) + cache_prefix(cache));
}

// Where the answers about an item are.
struct ItemPlace {
  OpenTable table;
  std::string prefix;
};

// Nothing when the table or the key is none.
std::optional<ItemPlace> find_item_place(Call& call, const Cache& cache, const std::string& table_name,
                                         const Value& key) {
  auto table = get_table(call, parse_table_name(call, table_name));
  const auto read = table ? read_item(key.map()) : base::Result<Item>(Item{});
  if (!table || !read || !check_key(table->row, *read)) return std::nullopt;
  std::string prefix = cache_prefix(cache) + store::key(table->row.id, std::string_view(item_key(table->row, *read)));
  return ItemPlace{*std::move(table), std::move(prefix)};
}

// "The projection is part of the key of the item cache."
std::string variant_of(const Value& input) {
  Value asked(Value::Map{});
  for (const char* name : {"ProjectionExpression", "ExpressionAttributeNames", "AttributesToGet"})
    if (input.has(name)) asked.set(name, input.at(name));
  if (asked.map().empty()) return store::key(std::string_view());
  return store::key(std::string_view(base::sha256(base::to_cbor(asked))));
}

// As the table keeps its items: sealed, if it does so.
std::string pack(Call& call, const OpenTable& table, const Value& item) {
  const auto read = read_item(item.map());
  return read ? make_row(call, table, encode(*read)).bytes : std::string();
}

Value unpack(const OpenTable& table, const std::string& packed) {
  return aws::dynamodb::item_to_value(open_row(table, {packed}).bytes());
}

Cached pack_item(Call& call, const OpenTable& table, const Value& item) {
  Cached cached;
  if (!item.is_null()) cached.items.push_back(pack(call, table, item));
  return cached;
}

// Puts what the table holds now in the place of what was cached of an item.
void write_through(Call& call, const Cache& cache, const std::string& table_name, const Value& attributes) {
  const auto table = get_table(call, parse_table_name(call, table_name));
  if (!table) return;
  const auto read = read_item(attributes.map());
  if (!read) return;
  const Item key = key_of(table->row, nullptr, *read);
  const auto place = find_item_place(call, cache, table_name, to_value(key));
  if (!place) return;
  call.tx.at(call.place).erase_all(kItemCache, place->prefix);
  const auto stored = get_item(*table, item_key(table->row, key));
  keep(call, cache, kItemCache, place->prefix + store::key(std::string_view()),
       pack_item(call, *table, stored ? stored->shown() : Value()));
}

// What an item read at the cluster is, as far as the cache knows.
struct Lookup {
  OpenTable table;
  std::string key;
  std::optional<Value> item;  // null: there is none
};

std::optional<Lookup> look_up(Call& call, const Cache& cache, const std::string& table_name, const Value& key,
                              const Value& input) {
  auto place = find_item_place(call, cache, table_name, key);
  if (!place) return std::nullopt;
  Lookup found{std::move(place->table), place->prefix + variant_of(input), std::nullopt};
  const auto cached = call.tx.at(call.place).get(kItemCache, found.key);
  // "0" as the time to live of records keeps them until they are written.
  const bool is_hit = cached && (cache.record_ttl_ms == 0 || is_fresh(call, *cached, cache.record_ttl_ms));
  count(call, cache, is_hit ? "ItemCacheHits" : "ItemCacheMisses");
  if (is_hit) found.item = cached->items.empty() ? Value() : unpack(found.table, cached->items.front());
  return found;
}

using Run = base::Result<Out> (*)(Call&, In);

Out show_cached(const OpenTable& table, const Cached& cached) {
  Out out;
  Value::List items;
  for (const std::string& item : cached.items) items.push_back(unpack(table, item));
  if (cached.has_items) out.set("Items", std::move(items));
  out.set("Count", cached.count);
  out.set("ScannedCount", cached.scanned);
  if (!cached.last.empty()) out.set("LastEvaluatedKey", unpack(table, cached.last));
  return out;
}

base::Result<Out> run_and_keep(Call& call, In in, Run run, const Cache& cache, const OpenTable& table,
                               const std::string& key) {
  Out out = TRY(run(call, in));
  const Value& answer = out.value();
  Cached cached{.count = answer.at("Count").num(), .scanned = answer.at("ScannedCount").num()};
  cached.has_items = answer.has("Items");
  for (const Value& item : answer.at("Items").list()) cached.items.push_back(pack(call, table, item));
  if (answer.has("LastEvaluatedKey")) cached.last = pack(call, table, answer.at("LastEvaluatedKey"));
  keep(call, cache, kQueryCache, key, std::move(cached));
  return out;
}

base::Result<Out> read_by_query_cache(Call& call, In in, Run run, std::string_view kind) {
  const auto cache = TRY(enter(call));
  if (!cache || in.flag("ConsistentRead")) return run(call, in);
  const auto table = get_table(call, parse_table_name(call, in.str("TableName")));
  if (!table || cache->query_ttl_ms == 0) return run(call, in);
  Value request = in.value();
  request.erase("ReturnConsumedCapacity");
  const std::string key =
      cache_prefix(*cache) +
      store::key(table->row.id, std::string_view(base::sha256(base::to_cbor(request) + std::string(kind))));
  const auto cached = call.tx.at(call.place).get(kQueryCache, key);
  const bool is_hit = cached && is_fresh(call, *cached, cache->query_ttl_ms);
  count(call, *cache, std::string(kind) + (is_hit ? "CacheHits" : "CacheMisses"));
  return is_hit ? show_cached(*table, *cached) : run_and_keep(call, in, run, *cache, *table, key);
}

base::Result<Out> write_item_through(Call& call, In in, Run run, const char* holder) {
  const auto cache = TRY(enter(call));
  Out out = TRY(run(call, in));
  if (cache) write_through(call, *cache, in.str("TableName"), in.value().at(holder));
  return out;
}

}  // namespace

base::Result<Out> get_item_by_cache(Call& call, In in) {
  const auto cache = TRY(enter(call));
  // "DAX passes a strongly consistent read through to DynamoDB. The results … are not cached."
  if (!cache || in.flag("ConsistentRead")) return GetItem(call, in);
  const auto found = look_up(call, *cache, in.str("TableName"), in["Key"], in.value());
  if (found && found->item) {
    Out out;
    if (!found->item->is_null()) out.set("Item", *found->item);
    return out;
  }
  Out out = TRY(GetItem(call, in));
  if (found) keep(call, *cache, kItemCache, found->key, pack_item(call, found->table, out.value().at("Item")));
  return out;
}

// What the cache has is taken out of the request, and added to what the table answers.
base::Result<Out> batch_get_by_cache(Call& call, In in) {
  const auto cache = TRY(enter(call));
  if (!cache) return BatchGetItem(call, in);
  Value::Map left, hits;
  std::vector<std::pair<std::string, std::string>> misses;  // where they go in the cache, and the item's key
  std::vector<OpenTable> tables;
  for (const auto& [name, given] : in.map("RequestItems")) {
    const bool is_plain =
        !given.at("ConsistentRead").flag() && !given.has("ProjectionExpression") && !given.has("AttributesToGet");
    Value::List unknown, known;
    for (const Value& key : given.at("Keys").list()) {
      const auto found = is_plain ? look_up(call, *cache, name, key, given) : std::nullopt;
      if (found && found->item && !found->item->is_null()) known.push_back(*found->item);
      if (found && found->item) continue;
      unknown.push_back(key);
      if (!found) continue;
      misses.emplace_back(found->key, item_key(found->table.row, *read_item(key.map())));
      tables.push_back(found->table);
    }
    hits.emplace_back(name, std::move(known));
    if (unknown.empty()) continue;
    Value rest = given;
    rest.set("Keys", std::move(unknown));
    left.emplace_back(name, std::move(rest));
  }
  Out out{{"UnprocessedKeys", Value::Map{}}};
  if (!left.empty()) {
    Value request = in.value();
    request.set("RequestItems", std::move(left));
    out = TRY(BatchGetItem(call, In(request)));
  }
  Value responses = out.value().at("Responses").is_null() ? Value(Value::Map{}) : out.value().at("Responses");
  for (const auto& [name, known] : hits) {
    Value::List items = responses.at(name).list();
    items.insert(items.end(), known.list().begin(), known.list().end());
    responses.set(name, std::move(items));
  }
  for (std::size_t i = 0; i < misses.size(); ++i) {
    const auto stored = get_item(tables[i], misses[i].second);
    keep(call, *cache, kItemCache, misses[i].first, pack_item(call, tables[i], stored ? stored->shown() : Value()));
  }
  out.set("Responses", std::move(responses));
  return out;
}

base::Result<Out> query_by_cache(Call& call, In in) { return read_by_query_cache(call, in, Query, "Query"); }
base::Result<Out> scan_by_cache(Call& call, In in) { return read_by_query_cache(call, in, Scan, "Scan"); }
base::Result<Out> put_item_through(Call& call, In in) { return write_item_through(call, in, PutItem, "Item"); }
base::Result<Out> update_item_through(Call& call, In in) { return write_item_through(call, in, UpdateItem, "Key"); }
base::Result<Out> delete_item_through(Call& call, In in) { return write_item_through(call, in, DeleteItem, "Key"); }

base::Result<Out> batch_write_through(Call& call, In in) {
  const auto cache = TRY(enter(call));
  Out out = TRY(BatchWriteItem(call, in));
  if (!cache) return out;
  for (const auto& [name, requests] : in.map("RequestItems"))
    for (const Value& request : requests.list())
      write_through(
          call, *cache, name,
          request.has("PutRequest") ? request.at("PutRequest").at("Item") : request.at("DeleteRequest").at("Key"));
  return out;
}

base::Result<Out> transact_write_through(Call& call, In in) {
  const auto cache = TRY(enter(call));
  Out out = TRY(TransactWriteItems(call, in));
  if (!cache) return out;
  for (const Value& part : in.list("TransactItems"))
    for (const auto& [kind, parameters] : part.map())
      if (kind != "ConditionCheck" && !parameters.is_null())
        write_through(call, *cache, parameters.at("TableName").str(), parameters.at(kind == "Put" ? "Item" : "Key"));
  return out;
}

base::Result<void> trim_cache_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  const store::Place place{parts.text(), parts.text()};
  const std::string prefix(parts.rest()), id = parts.text();
  const store::Transaction tx = call.tx.at(place);
  std::optional<Cache> cache;
  tx.scan(aws::dax::kCaches, "", [&](std::string_view, const Cache& one) {
    if (one.id == id && cache_prefix(one) == prefix) cache = one;
  });
  bool has_more = false, is_full = false;
  auto trim = [&](const store::Table<Cached>& where, std::optional<std::int64_t> ttl_ms) {
    std::size_t erased = 0;
    tx.scan(where, prefix, [&](std::string_view row, const Cached& cached) {
      // Without time to live, items stay.
      const bool is_young = cache && ttl_ms && cached.at_ms + *ttl_ms > call.now_ms();
      has_more = has_more || is_young;
      if (is_young || (cache && !ttl_ms)) return true;
      tx.erase(where, row);
      is_full = ++erased == kTrimmedAnswersPerStep;
      return !is_full;
    });
  };
  const bool keeps_items = cache && cache->record_ttl_ms == 0;
  trim(kItemCache, keeps_items ? std::nullopt : std::optional(cache ? cache->record_ttl_ms : 0));
  trim(kQueryCache, cache ? cache->query_ttl_ms : 0);
  if (is_full) {
    call.arm(kTrimCache, call.now, key);
  } else if (has_more) {
    call.arm(kTrimCache, call.now + kernel::Millis(kTrimCacheEveryMs), key);
  }
  return {};
}

}  // namespace dynamodb
