// Provisioned throughput that bites.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/burst-adaptive-capacity.html
#include <cmath>

#include "kernel/cloud.h"
#include "services/dynamodb/items.h"

namespace dynamodb {

namespace {

// "DynamoDB currently retains up to five minutes (300 seconds) of unused read and write capacity."
constexpr double kBurstSeconds = 300;
// "each partition … maximum capacity of 3,000 read units per second and 1,000 write units per second"
constexpr double kPartitionReadUnits = 3'000;
constexpr double kPartitionWriteUnits = 1'000;

struct Meter {
  std::string name;
  double per_second;
  double units;
};

void add_meters(std::vector<Meter>& meters, std::uint64_t id, const Throughput& throughput, const Units& units) {
  if (units.read > 0)
    meters.push_back({fmt::format("dynamodb/{}/read", id), static_cast<double>(throughput.read_units), units.read});
  if (units.write > 0)
    meters.push_back({fmt::format("dynamodb/{}/write", id), static_cast<double>(throughput.write_units), units.write});
}

// Takes from all or from none.
bool take_all(Call& call, const std::vector<Meter>& meters) {
  kernel::Meters& kept = call.cloud().meters();
  for (std::size_t i = 0; i < meters.size(); ++i) {
    const kernel::Meters::Rate rate{meters[i].per_second, meters[i].per_second * kBurstSeconds};
    if (kept.take(meters[i].name, rate, meters[i].units, call.now_ms())) continue;
    while (i-- > 0) kept.give_back(meters[i].name, meters[i].units);
    return false;
  }
  return true;
}

std::unexpected<base::Error> exceeded(bool of_index) {
  return error("ProvisionedThroughputExceededException",
               of_index ? "The level of configured provisioned throughput for one or more global secondary indexes of "
                          "the table was exceeded. Consider increasing your provisioning level for the "
                          "under-provisioned global secondary indexes with the UpdateTable API"
                        : "The level of configured provisioned throughput for the table was exceeded. Consider "
                          "increasing your provisioning level with the UpdateTable API.");
}

// Limits that a table on demand has been given. They save nothing up but a second.
base::Result<void> take_on_demand(Call& call, const OpenTable& table, const Consumption& used) {
  const Throughput& limits = table.row.throughput;
  auto take = [&](std::string_view kind, std::int64_t units_max, double units) {
    if (units_max < 0 || units <= 0) return true;
    const auto rate = static_cast<double>(units_max);
    return call.cloud().meters().take(fmt::format("dynamodb/{}/{}", table.row.id, kind), {rate, rate}, units,
                                      call.now_ms());
  };
  if (take("read-max", limits.read_units_max, used.table.read) &&
      take("write-max", limits.write_units_max, used.table.write))
    return {};
  return error("ThrottlingException",
               fmt::format("Throughput exceeds the maximum OnDemandThroughput configured on table or index: {}",
                           table.row.name));
}

}  // namespace

bool is_throttled(const Table& table) {
  if (table.throttling == Throttling::kOff) return false;
  return table.billing != Billing::kOnDemand || table.throughput.read_units_max >= 0 ||
         table.throughput.write_units_max >= 0;
}

base::Result<void> take_capacity(Call& call, const OpenTable& table, const Consumption& used) {
  if (!is_throttled(table.row)) return {};
  if (table.row.billing == Billing::kOnDemand) return take_on_demand(call, table, used);
  // Local indexes use the table's capacity; "throttled writes to a global index throttle the table".
  Units of_table = used.table;
  for (const auto& [name, units] : used.local_indexes) {
    of_table.read += units.read;
    of_table.write += units.write;
  }
  std::vector<Meter> of_indexes, all;
  add_meters(all, table.row.id, table.row.throughput, of_table);
  for (const auto& [name, units] : used.global_indexes)
    if (const Index* index = table.find_index(name)) add_meters(of_indexes, index->id, index->throughput, units);
  if (!take_all(call, all)) return exceeded(false);
  if (!take_all(call, of_indexes)) {
    for (const Meter& meter : all) call.cloud().meters().give_back(meter.name, meter.units);
    return exceeded(true);
  }
  return {};
}

base::Result<void> take_item_capacity(Call& call, const OpenTable& table, const Item& key, const Consumption& used) {
  TRY_VOID(take_capacity(call, table, used));
  const Throughput& throughput = table.row.throughput;
  const bool applies = table.row.throttling == Throttling::kOn ||
                       (table.row.throttling == Throttling::kByBilling && table.row.billing == Billing::kProvisioned &&
                        (static_cast<double>(throughput.read_units) > kPartitionReadUnits ||
                         static_cast<double>(throughput.write_units) > kPartitionWriteUnits));
  if (!applies) return {};
  const double wanted = static_cast<double>(throughput.read_units) / kPartitionReadUnits +
                        static_cast<double>(throughput.write_units) / kPartitionWriteUnits;
  const auto partitions = static_cast<std::uint64_t>(std::max(std::ceil(wanted), 1.0));
  const std::uint64_t hash = partition_hash(*find(key, table.row.hash.name));
  const std::uint64_t partition = (hash >> 32) * partitions >> 32;
  auto take = [&](std::string_view kind, double rate, double amount) {
    return amount <= 0 || call.cloud().meters().take(fmt::format("dynamodb/{}/{}/{}", table.row.id, partition, kind),
                                                     {rate, rate}, amount, call.now_ms());
  };
  if (take("read", kPartitionReadUnits, used.table.read) && take("write", kPartitionWriteUnits, used.table.write))
    return {};
  return exceeded(false);
}

}  // namespace dynamodb
