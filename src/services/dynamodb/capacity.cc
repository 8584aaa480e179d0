// Capacity units: what operations cost.
#include <cmath>

#include "services/dynamodb/items.h"

namespace dynamodb {

namespace {

constexpr std::int64_t kReadUnitBytes = 4'096;
constexpr std::int64_t kWriteUnitBytes = 1'024;

double count_units(std::int64_t bytes, std::int64_t unit_bytes) {
  return static_cast<double>(std::max<std::int64_t>((bytes + unit_bytes - 1) / unit_bytes, 1));
}

void add_units(Units& units, const Units& other) {
  units.read += other.read;
  units.write += other.write;
}

Value show_units(const Units& units, Detail detail) {
  Value shown(Value::Map{{"CapacityUnits", units.total()}});
  if (detail == Detail::kReadOrWrite && units.read > 0) shown.set("ReadCapacityUnits", units.read);
  if (detail == Detail::kReadOrWrite && units.write > 0) shown.set("WriteCapacityUnits", units.write);
  return shown;
}

Value show_indexes(const std::map<std::string, Units>& indexes, Detail detail) {
  Value::Map shown;
  for (const auto& [name, units] : indexes) shown.emplace_back(name, show_units(units, detail));
  return shown;
}

}  // namespace

double read_units(std::int64_t bytes, Consistency consistency) {
  const double units = count_units(bytes, kReadUnitBytes);
  if (consistency == Consistency::kEventual) return units / 2;
  return consistency == Consistency::kStrong ? units : units * 2;
}

double write_units(std::int64_t bytes) { return count_units(bytes, kWriteUnitBytes); }

Units Consumption::total() const {
  Units sum = table;
  for (const auto& [name, units] : local_indexes) add_units(sum, units);
  for (const auto& [name, units] : global_indexes) add_units(sum, units);
  return sum;
}

void Consumption::add(const Consumption& other) {
  add_units(table, other.table);
  for (const auto& [name, units] : other.local_indexes) add_units(local_indexes[name], units);
  for (const auto& [name, units] : other.global_indexes) add_units(global_indexes[name], units);
}

void Consumption::multiply(double factor) {
  auto scale = [&](Units& units) { units = {units.read * factor, units.write * factor}; };
  scale(table);
  for (auto& [name, units] : local_indexes) scale(units);
  for (auto& [name, units] : global_indexes) scale(units);
}

Value show_consumption(std::string_view table_name, const Consumption& used, std::string_view level, Detail detail) {
  if (level != "TOTAL" && level != "INDEXES") return {};
  Value shown = show_units(used.total(), detail);
  shown.set("TableName", table_name);
  if (level == "INDEXES") {
    shown.set("Table", show_units(used.table, detail));
    if (!used.local_indexes.empty()) shown.set("LocalSecondaryIndexes", show_indexes(used.local_indexes, detail));
    if (!used.global_indexes.empty()) shown.set("GlobalSecondaryIndexes", show_indexes(used.global_indexes, detail));
  }
  return shown;
}

}  // namespace dynamodb
