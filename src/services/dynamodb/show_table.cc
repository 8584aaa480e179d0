// Tables as DescribeTable shows them.
#include "services/dynamodb/replicas.h"

namespace dynamodb {

namespace {

std::string_view billing_name(Billing billing) {
  return billing == Billing::kOnDemand ? "PAY_PER_REQUEST" : "PROVISIONED";
}

Value show_schema(const Index& index) {
  Value::List elements;
  index.each_part([&](const KeyPart& part, bool is_hash) {
    elements.push_back(Value::Map{{"AttributeName", part.name}, {"KeyType", is_hash ? "HASH" : "RANGE"}});
  });
  return elements;
}

Value show_schema(const KeyPart& hash, const std::optional<KeyPart>& range) {
  Value::List elements{Value::Map{{"AttributeName", hash.name}, {"KeyType", "HASH"}}};
  if (range) elements.push_back(Value::Map{{"AttributeName", range->name}, {"KeyType", "RANGE"}});
  return elements;
}

Value show_throughput(const Throughput& throughput) {
  Value shown(Value::Map{});
  if (throughput.increased_ms != 0) shown.set("LastIncreaseDateTime", throughput.increased_ms);
  if (throughput.decreased_ms != 0) shown.set("LastDecreaseDateTime", throughput.decreased_ms);
  shown.set("NumberOfDecreasesToday", throughput.decreases);
  shown.set("ReadCapacityUnits", throughput.read_units);
  shown.set("WriteCapacityUnits", throughput.write_units);
  return shown;
}

// Sets what a table and a global index have in common.
void set_limits(Value& shown, const Throughput& throughput, Billing billing, std::string_view status) {
  if (throughput.read_units_max >= 0 || throughput.write_units_max >= 0)
    shown.set("OnDemandThroughput", Value::Map{{"MaxReadRequestUnits", throughput.read_units_max},
                                               {"MaxWriteRequestUnits", throughput.write_units_max}});
  const bool is_on_demand = billing == Billing::kOnDemand;
  shown.set("WarmThroughput",
            Value::Map{{"ReadUnitsPerSecond",
                        std::max(throughput.warm_read_units, is_on_demand ? kWarmReads : throughput.read_units)},
                       {"WriteUnitsPerSecond",
                        std::max(throughput.warm_write_units, is_on_demand ? kWarmWrites : throughput.write_units)},
                       {"Status", status == "CREATING" ? "UPDATING" : status}});
}

Value show_index(const OpenTable& table, const Index& index, Moment moment) {
  const store::Transaction tx = table.tx.unrecorded();
  Value projection(Value::Map{});
  projection.set("ProjectionType", index.projection == Projection::kAll        ? "ALL"
                                   : index.projection == Projection::kKeysOnly ? "KEYS_ONLY"
                                                                               : "INCLUDE");
  Value::List included;
  for (const std::string& name : index.included) included.push_back(name);
  if (!included.empty()) projection.set("NonKeyAttributes", std::move(included));
  const std::string counter = store::key(index.id);
  Value shown(Value::Map{{"IndexName", index.name},
                         {"KeySchema", show_schema(index)},
                         {"Projection", std::move(projection)},
                         {"IndexSizeBytes", tx.count(kBytes, counter)},
                         {"ItemCount", tx.count(kCounts, counter)},
                         {"IndexArn", table.index_arn(index)}});
  if (index.is_local) return shown;
  const bool is_backfilling = index.status == IndexStatus::kBackfilling;
  const std::string_view status = is_backfilling || moment == Moment::kCreating ? "CREATING" : "ACTIVE";
  shown.set("IndexStatus", status);
  if (is_backfilling) shown.set("Backfilling", true);
  shown.set("ProvisionedThroughput", show_throughput(index.throughput));
  set_limits(shown, index.throughput, table.row.billing, status);
  return shown;
}

Value show_indexes_of(const OpenTable& table, bool are_local, Moment moment) {
  Value::List shown;
  for (const Index& index : table.row.indexes)
    if (index.is_local == are_local) shown.push_back(show_index(table, index, moment));
  return shown;
}

std::string_view status_of(const OpenTable& table, Moment moment) {
  if (moment == Moment::kCreating || table.row.is_restoring) return "CREATING";
  if (moment == Moment::kDeleting) return "DELETING";
  const bool is_building =
      std::ranges::find(table.row.indexes, IndexStatus::kBackfilling, &Index::status) != table.row.indexes.end();
  return moment == Moment::kUpdating || is_building ? "UPDATING" : "ACTIVE";
}

void set_rare(const OpenTable& table, const TableDetails& details, Value& shown) {
  if (details.on_demand_since_ms != 0 || table.row.billing == Billing::kOnDemand) {
    Value summary(Value::Map{{"BillingMode", billing_name(table.row.billing)}});
    if (details.on_demand_since_ms != 0) summary.set("LastUpdateToPayPerRequestDateTime", details.on_demand_since_ms);
    shown.set("BillingModeSummary", std::move(summary));
  }
  if (!details.stream_label.empty()) {
    shown.set("LatestStreamLabel", details.stream_label);
    shown.set("LatestStreamArn", stream_arn(table, details.stream_label));
  }
  if (details.stream_view != StreamView::kNone)
    shown.set("StreamSpecification",
              Value::Map{{"StreamEnabled", true}, {"StreamViewType", aws::dynamodb::view_name(details.stream_view)}});
  if (details.has_own_key)
    shown.set("SSEDescription",
              Value::Map{{"Status", "ENABLED"}, {"SSEType", "KMS"}, {"KMSMasterKeyArn", details.kms_key}});
  if (details.restored_ms != 0) {
    Value summary(Value::Map{{"SourceTableArn", details.restored_table},
                             {"RestoreDateTime", details.restored_ms},
                             {"RestoreInProgress", table.row.is_restoring}});
    if (!details.restored_backup.empty()) summary.set("SourceBackupArn", details.restored_backup);
    shown.set("RestoreSummary", std::move(summary));
  }
  if (!details.table_class.empty()) {
    Value summary(Value::Map{{"TableClass", details.table_class}});
    if (details.class_changed_ms != 0) summary.set("LastUpdateDateTime", details.class_changed_ms);
    shown.set("TableClassSummary", std::move(summary));
  }
}

}  // namespace

Value show_table(Call&, const OpenTable& table, const TableDetails& details, Moment moment) {
  const store::Transaction tx = table.tx.unrecorded();
  const std::string counter = store::key(table.row.id);
  Value::List definitions;
  for (const KeyPart& part : details.definitions)
    definitions.push_back(
        Value::Map{{"AttributeName", part.name}, {"AttributeType", aws::dynamodb::type_name(part.type)}});
  const std::string_view status = status_of(table, moment);
  Value shown(Value::Map{{"AttributeDefinitions", std::move(definitions)},
                         {"TableName", table.row.name},
                         {"KeySchema", show_schema(table.row.hash, table.row.range)},
                         {"TableStatus", status},
                         {"CreationDateTime", details.created_ms},
                         {"ProvisionedThroughput", show_throughput(table.row.throughput)},
                         {"TableSizeBytes", tx.count(kBytes, counter)},
                         {"ItemCount", tx.count(kCounts, counter)},
                         {"TableArn", table.arn()},
                         {"TableId", details.table_id},
                         {"DeletionProtectionEnabled", details.is_protected}});
  set_limits(shown, table.row.throughput, table.row.billing, moment == Moment::kNow ? "ACTIVE" : status);
  for (bool are_local : {true, false}) {
    Value indexes = show_indexes_of(table, are_local, moment);
    if (!indexes.list().empty())
      shown.set(are_local ? "LocalSecondaryIndexes" : "GlobalSecondaryIndexes", std::move(indexes));
  }
  set_rare(table, details, shown);
  if (table.row.global_id != 0) show_replicas(table, moment, shown);
  return shown;
}

}  // namespace dynamodb
