// The configurations of buckets, as they were given.
#include "base/json.h"
#include "services/s3/buckets.h"
#include "services/s3/over_time.h"

namespace s3 {

namespace {

std::string configuration_key(const Bucket& bucket, Configuration kind, std::string_view id) {
  return store::key(bucket.id, static_cast<std::uint64_t>(kind), id);
}

std::string configurations_prefix(const Bucket& bucket, Configuration kind) {
  return store::key(bucket.id, static_cast<std::uint64_t>(kind));
}

constexpr std::uint64_t bit_of(Configuration kind) { return std::uint64_t{1} << static_cast<int>(kind); }

}  // namespace

std::optional<std::string> get_configuration(const store::Transaction& tx, const Bucket& bucket, Configuration kind,
                                             std::string_view id) {
  if (!bucket.has(kind)) return std::nullopt;
  auto row = tx.get(kConfigurations, configuration_key(bucket, kind, id));
  if (!row) return std::nullopt;
  return std::move(row->text);
}

Value get_configured(const store::Transaction& tx, const Bucket& bucket, Configuration kind, std::string_view id) {
  auto text = get_configuration(tx, bucket, kind, id);
  auto value = text ? base::parse_json(*text) : Value();
  return value.value_or(Value());
}

void put_configuration(Call& call, Bucket& bucket, Configuration kind, std::string_view id, const std::string& text) {
  call.tx.put(kConfigurations, configuration_key(bucket, kind, id), {text});
  bucket.configured |= bit_of(kind);
  put_bucket(call, bucket);
  configuration_changed(call, bucket, kind, id);
}

void erase_configuration(Call& call, Bucket& bucket, Configuration kind, std::string_view id) {
  call.tx.erase(kConfigurations, configuration_key(bucket, kind, id));
  bool is_last = true;
  call.tx.scan(kConfigurations, {.prefix = configurations_prefix(bucket, kind), .limit = 1},
               [&](std::string_view, ConfigurationRow&) { is_last = false; });
  if (is_last) bucket.configured &= ~bit_of(kind);
  put_bucket(call, bucket);
  configuration_changed(call, bucket, kind, id);
}

std::vector<Value> list_configured(const store::Transaction& tx, const Bucket& bucket, Configuration kind) {
  std::vector<Value> list;
  if (!bucket.has(kind)) return list;
  tx.scan(kConfigurations, {.prefix = configurations_prefix(bucket, kind)},
          [&](std::string_view, ConfigurationRow& row) {
            if (auto value = base::parse_json(row.text)) list.push_back(*std::move(value));
          });
  return list;
}

}  // namespace s3
