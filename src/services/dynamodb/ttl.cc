// Time to live: items that go when their time has come.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/TTL.html
#include <charconv>

#include "services/dynamodb/items.h"
#include "services/dynamodb/replicas.h"

namespace dynamodb {

namespace {

constexpr std::string_view kTtlPrincipal = "dynamodb.amazonaws.com";
constexpr std::size_t kExpiredPerStep = 100;
constexpr std::size_t kFilledPerStep = 500;
constexpr std::int64_t kChangeEveryMs = 3'600'000;
// "items with an expiration time older than five years are not deleted"
constexpr std::int64_t kTooOldSeconds = 5 * 365 * 86'400LL;
constexpr std::int64_t kSecondsMax = 100'000'000'000;  // beyond what clocks tell

// The second after which the item expires, if it ever does.
std::optional<std::int64_t> expiry_of(const Table& table, const Stored* item) {
  const Attribute* value = item ? find(item->item(), table.ttl_attribute) : nullptr;
  if (!value || value->type != Type::kNumber) return std::nullopt;
  const std::string& text = value->text;
  std::int64_t seconds = 0;
  const auto [rest, failure] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (failure != std::errc() || seconds < 0 || seconds > kSecondsMax) return std::nullopt;
  return seconds;
}

// "the current time is later than the expiration time"
std::int64_t due_ms(const OpenTable& table, std::int64_t seconds) {
  return (seconds + 1) * 1'000 + table.row.expiry_delay_ms;
}

std::string expiry_key(const OpenTable& table, std::int64_t seconds, std::string_view item) {
  return store::key(table.row.id, seconds).append(item);
}

void arm_expiry(Call& call, const OpenTable& table, std::int64_t seconds) {
  const std::string key = store::key(table.row.id);
  auto next = table.tx.get(kNextExpiries, key);
  if (next && next->at_seconds <= seconds) return;
  table.tx.put(kNextExpiries, key, {seconds});
  call.arm(kExpire, kernel::from_ms(due_ms(table, seconds)), table_key(table));
}

void add_expiry(Call& call, const OpenTable& table, std::int64_t seconds, std::string_view key) {
  table.tx.put(kExpiries, expiry_key(table, seconds, key), {seconds});
  arm_expiry(call, table, seconds);
}

void expire_item(Call& call, const OpenTable& table, const std::string& key, std::int64_t seconds) {
  if (seconds < call.now_ms() / 1'000 - kTooOldSeconds) return;
  const std::optional<Stored> item = get_item(table, key);
  if (!item || expiry_of(table.row, &*item) != seconds) return;
  write_item(call, table, key, {.before = &*item, .principal = kTtlPrincipal});
}

void set_time_to_live(Call& call, OpenTable& table, const std::string& attribute) {
  TableDetails details = get_details(table);
  table.row.ttl_attribute = attribute;
  details.ttl_changed_ms = call.now_ms();
  put_table(table);
  put_details(table, details);
  if (attribute.empty()) return forget_expiries(call, table);
  call.arm(kFillExpiries, call.now, table_key(table) + store::key(std::string_view()));
}

}  // namespace

void write_expiry(Call& call, const OpenTable& table, const std::string& key, const ItemChange& change) {
  const auto before = expiry_of(table.row, change.before), after = expiry_of(table.row, change.after);
  if (before == after) return;
  if (before) table.tx.erase(kExpiries, expiry_key(table, *before, key));
  if (after) add_expiry(call, table, *after, key);
}

void forget_expiries(Call& call, const OpenTable& table) { call.arm(kExpire, call.now, table_key(table)); }

Value show_time_to_live(const Table& table) {
  Value shown(Value::Map{{"TimeToLiveStatus", table.ttl_attribute.empty() ? "DISABLED" : "ENABLED"}});
  if (!table.ttl_attribute.empty()) shown.set("AttributeName", table.ttl_attribute);
  return shown;
}

// Key: as table_key. Of a table whose time to live has been turned off, or that is gone, all expiries are forgotten.
base::Result<void> expire_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  const TimedTable timed = read_table_key(call, parts);
  const bool is_on = timed.table && !timed.table->row.ttl_attribute.empty();
  std::vector<std::pair<std::string, std::int64_t>> due;
  std::optional<std::int64_t> next;
  timed.tx.scan(kExpiries, store::key(timed.id), [&](std::string_view row, const Expiry& expiry) {
    const bool is_later = is_on && due_ms(*timed.table, expiry.at_seconds) > call.now_ms();
    if (is_later || due.size() == kExpiredPerStep) {
      next = expiry.at_seconds;
      return false;
    }
    due.emplace_back(row, expiry.at_seconds);
    return true;
  });
  for (const auto& [row, seconds] : due) {
    timed.tx.erase(kExpiries, row);
    store::KeyReader row_parts(row);
    row_parts.unsigned_number(), row_parts.number();
    if (is_on) expire_item(call, *timed.table, std::string(row_parts.rest()), seconds);
  }
  const std::string next_key = store::key(timed.id);
  if (!next) {
    timed.tx.erase(kNextExpiries, next_key);
    return {};
  }
  timed.tx.put(kNextExpiries, next_key, {*next});
  call.arm(kExpire, is_on ? kernel::from_ms(due_ms(*timed.table, *next)) : call.now, key);
  return {};
}

// Notes when the items expire that were there before time to live was enabled. Key: as table_key, then the item to go
// on after.
base::Result<void> fill_expiries_step(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  const TimedTable timed = read_table_key(call, parts);
  const std::string after = parts.text();
  if (!timed.table || timed.table->row.ttl_attribute.empty()) return {};
  const OpenTable& table = *timed.table;
  store::Scan scan{.prefix = store::key(timed.id), .limit = kFilledPerStep};
  if (!after.empty()) scan.after = after;
  std::string last;
  std::vector<std::pair<std::string, std::int64_t>> found;
  const std::size_t visited = timed.tx.scan(kItems, scan, [&](std::string_view item_key, ItemRow& row) {
    last = item_key;
    const Stored item = open_row(table, std::move(row));
    if (auto seconds = expiry_of(table.row, &item)) found.emplace_back(item_key, *seconds);
  });
  for (const auto& [item, seconds] : found) add_expiry(call, table, seconds, item);
  if (visited == kFilledPerStep)
    call.arm(kFillExpiries, call.now, table_key(table) + store::key(std::string_view(last)));
  return {};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateTimeToLive.html
base::Result<Out> UpdateTimeToLive(Call& call, In in) {
  OpenTable table = TRY(find_table_by_name(call, in.str("TableName")));
  if (table.row.is_restoring)
    return error("ResourceInUseException",
                 "Attempt to change a resource which is still in use: Table is being created: " + table.row.name);
  const TableDetails details = get_details(table);
  const Value& wished = in["TimeToLiveSpecification"];
  const std::string& attribute = wished.at("AttributeName").str();
  const bool is_on = !table.row.ttl_attribute.empty();
  if (!wished.at("Enabled").flag() && !is_on) return validation_error("TimeToLive is already disabled");
  if (is_on && attribute != table.row.ttl_attribute)
    return validation_error("TimeToLive is active on a different AttributeName: current AttributeName is " +
                            table.row.ttl_attribute);
  if (wished.at("Enabled").flag() && is_on) return validation_error("TimeToLive is already enabled");
  // "It can take up to one hour for the change to fully process. Any additional UpdateTimeToLive calls for the same
  // table during this one hour duration result in a ValidationException."
  if (details.ttl_changed_ms != 0 && call.now_ms() < details.ttl_changed_ms + kChangeEveryMs)
    return validation_error("Time to live has been modified multiple times within a fixed interval");
  if (table.row.is_strong)
    return validation_error(
        "Time to live is not supported on global tables with MultiRegionConsistency set to STRONG.");
  set_time_to_live(call, table, is_on ? "" : attribute);
  // "Time to Live (TTL)" is one of the settings that all replicas share.
  if (const auto group = get_group(table))
    for (const Replica& replica : group->row.replicas)
      if (auto other = get_replica(call, table, replica.region))
        if (replica.region != table.tx.place().region) set_time_to_live(call, *other, is_on ? "" : attribute);
  return Out{{"TimeToLiveSpecification", wished}};
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeTimeToLive.html
base::Result<Out> DescribeTimeToLive(Call& call, In in) {
  const OpenTable table = TRY(find_table_named(call, in));
  return Out{{"TimeToLiveDescription", show_time_to_live(table.row)}};
}

}  // namespace dynamodb
