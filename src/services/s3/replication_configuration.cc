// Replication, as it is configured. https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-add-config.html
#include <set>

#include "base/arn.h"
#include "base/json.h"
#include "services/s3/access.h"
#include "services/s3/bucket_checks.h"
#include "services/s3/lifecycle_checks.h"

namespace s3 {

namespace {

constexpr std::size_t kReplicationRulesMax = 1'000;
constexpr std::string_view kReplicationIdLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";

std::unexpected<base::Error> missing_in_schema(std::string_view what) {
  return invalid_request(
      fmt::format("{} must be specified for this version of Cross Region Replication configuration schema. Please "
                  "refer to S3 Developer Guide for more information.",
                  what));
}

bool is_status(const Value& node) {
  return node.at("Status").str() == "Enabled" || node.at("Status").str() == "Disabled";
}

Result<void> check_destination(Call& call, const Bucket& bucket, const Value& destination) {
  auto name = parse_resource(destination.at("Bucket").str());
  if (!name || name->bucket.empty() || !name->key.empty()) return error("InvalidArgument", "Invalid bucket ARN");
  if (destination.has("StorageClass") && !is_value_of("StorageClass", destination.at("StorageClass").str()))
    return malformed_xml();
  if (destination.has("Account") && !base::is_account_id(destination.at("Account").str()))
    return error("InvalidArgument", "Invalid account ID");
  if (destination.has("AccessControlTranslation")) {
    if (destination.at("AccessControlTranslation").at("Owner").str() != "Destination") return malformed_xml();
    if (!destination.has("Account"))
      return invalid_request("Account needs to be specified when AccessControlTranslation is specified.");
  }
  const Value& time = destination.at("ReplicationTime");
  const Value& metrics = destination.at("Metrics");
  if (time.is_map() && (!is_status(time) || time.at("Time").at("Minutes").num() != 15)) return malformed_xml();
  if (metrics.is_map() && !is_status(metrics)) return malformed_xml();
  if (time.at("Status").str() == "Enabled" && metrics.at("Status").str() != "Enabled")
    return invalid_request("ReplicationTime and Metrics must both be enabled.");
  auto target = get_bucket(call.tx, name->bucket);
  if (!target) return invalid_request("Destination bucket must exist.");
  if (!target->is_versioned()) return invalid_request("Destination bucket must have versioning enabled.");
  if (target->id == bucket.id) return invalid_request("Destination bucket cannot be the same as source bucket.");
  return {};
}

Result<void> check_replication_rule(Call& call, const Bucket& bucket, const Value& rule) {
  if (!is_status(rule) || !rule.at("Destination").is_map() || rule.at("ID").str().size() > 255) return malformed_xml();
  if (rule.has("Filter") && rule.has("Prefix")) return malformed_xml();
  if (!rule.has("Filter") && !rule.has("Prefix")) return malformed_xml();
  const Value& filter = rule.at("Filter");
  TRY_VOID(check_filter(filter));
  if (rule.has("Filter")) {
    if (!rule.has("Priority")) return missing_in_schema("Priority");
    if (!rule.has("DeleteMarkerReplication")) return missing_in_schema("DeleteMarkerReplication");
    if (!is_status(rule.at("DeleteMarkerReplication"))) return malformed_xml();
    bool has_tags = filter.has("Tag") || !filter.at("And").at("Tags").list().empty();
    if (has_tags && rule.at("DeleteMarkerReplication").at("Status").str() == "Enabled")
      return invalid_request(
          "Delete marker replication is not supported if any Tag filter is specified. Please refer "
          "to S3 Developer Guide for more information.");
  }
  const Value& criteria = rule.at("SourceSelectionCriteria");
  for (const auto& [name, node] : criteria.map())
    if (!is_status(node)) return malformed_xml();
  bool takes_kms = criteria.at("SseKmsEncryptedObjects").at("Status").str() == "Enabled";
  const Value& encryption = rule.at("Destination").at("EncryptionConfiguration");
  if (takes_kms && !encryption.has("ReplicaKmsKeyID"))
    return invalid_request(
        "EncryptionConfiguration must be specified if SseKmsEncryptedObjects is present in SourceSelectionCriteria.");
  return check_destination(call, bucket, rule.at("Destination"));
}

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketReplication.html
Result<Out> PutBucketReplication(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value body = TRY(body_in(in.value(), "ReplicationConfiguration"));
  const Value::List& rules = body.at("Rules").list();
  if (rules.empty() || rules.size() > kReplicationRulesMax) return malformed_xml();
  base::Arn role = base::Arn::parse(body.at("Role").str());
  if (role.service != "iam" || !role.resource.starts_with("role/"))
    return error("InvalidArgument", "Invalid Role ARN", Value::Map{{"ArgumentName", "Role"}});
  if (!bucket.is_versioned())
    return invalid_request("Versioning must be 'Enabled' on the bucket to apply a replication configuration");
  std::set<std::int64_t> priorities;
  std::set<std::string> ids;
  Value::List kept;
  for (const Value& each : rules) {
    TRY_VOID(check_replication_rule(call, bucket, each));
    if (each.has("Priority") && !priorities.insert(each.at("Priority").num()).second)
      return invalid_request(fmt::format("Found duplicate priority {}", each.at("Priority").num()));
    Value rule = each;
    if (rule.at("ID").str().empty()) rule.set("ID", call.random_text(48, kReplicationIdLetters));
    if (!ids.insert(rule.at("ID").str()).second)
      return error("InvalidArgument", "Rule Id must be unique. Found same Id for more than one rule");
    kept.push_back(std::move(rule));
  }
  TRY_VOID(kernel::authorize_pass_role(call, body.at("Role").str(), "s3.amazonaws.com"));
  body.set("Rules", std::move(kept));
  put_configuration(call, bucket, Configuration::kReplication, "", base::to_json(body));
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketReplication.html
Result<Out> GetBucketReplication(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value configured = get_configured(call.tx, bucket, Configuration::kReplication);
  if (configured.is_null())
    return error("ReplicationConfigurationNotFoundError", "The replication configuration was not found",
                 Value::Map{{"BucketName", bucket.name}});
  return Out{{"ReplicationConfiguration", std::move(configured)}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketReplication.html
Result<Out> DeleteBucketReplication(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  erase_configuration(call, bucket, Configuration::kReplication);
  return Out{};
}

}  // namespace s3
