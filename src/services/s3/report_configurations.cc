// What a bucket reports and to where: access logs, inventories, analytics, metrics, archive tiers.
#include <algorithm>
#include <set>

#include "base/arn.h"
#include "base/bytes.h"
#include "base/json.h"
#include "services/s3/access.h"
#include "services/s3/bucket_checks.h"
#include "services/s3/lifecycle_checks.h"

namespace s3 {

namespace {

constexpr std::size_t kConfigurationsPerPage = 100;
constexpr std::size_t kConfigurationsPerBucketMax = 1'000;
constexpr std::size_t kConfigurationIdBytesMax = 64;

// One of the four kinds of configurations that have ids.
struct ReportKind {
  Configuration kind;
  std::string_view member;  // of Put and Get
};
constexpr ReportKind kInventories{Configuration::kInventory, "InventoryConfiguration"};
constexpr ReportKind kAnalyses{Configuration::kAnalytics, "AnalyticsConfiguration"};
constexpr ReportKind kMetricSets{Configuration::kMetrics, "MetricsConfiguration"};
constexpr ReportKind kTierings{Configuration::kIntelligentTiering, "IntelligentTieringConfiguration"};

bool is_report_id(std::string_view id) {
  return !id.empty() && id.size() <= kConfigurationIdBytesMax && std::ranges::all_of(id, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' ||
           c == '_';
  });
}

std::unexpected<base::Error> no_such_configuration() {
  return error("NoSuchConfiguration", "The specified configuration does not exist.");
}

Result<Out> put_report(Call& call, In in, const ReportKind& kind, Result<void> (*check)(Call&, const Value&)) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value body = TRY(body_in(in.value(), kind.member));
  const std::string& id = in.str("Id");
  if (!is_report_id(id)) return error("InvalidConfigurationId", "The configuration ID specified is not valid");
  if (body.at("Id").str() != id) return malformed_xml();
  TRY_VOID(check(call, body));
  bool is_new = !get_configuration(call.tx, bucket, kind.kind, id);
  if (is_new && list_configured(call.tx, bucket, kind.kind).size() >= kConfigurationsPerBucketMax)
    return error("TooManyConfigurations",
                 "You are attempting to create a new configuration but have already reached the 1,000-configuration "
                 "limit.");
  put_configuration(call, bucket, kind.kind, id, base::to_json(body));
  return Out{};
}

Result<Value> get_report(Call& call, In in, const ReportKind& kind) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value configured = get_configured(call.tx, bucket, kind.kind, in.str("Id"));
  if (configured.is_null()) return no_such_configuration();
  return configured;
}

Result<Out> delete_report(Call& call, In in, const ReportKind& kind) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  if (!get_configuration(call.tx, bucket, kind.kind, in.str("Id"))) return no_such_configuration();
  erase_configuration(call, bucket, kind.kind, in.str("Id"));
  return Out{};
}

// A page of them in order of their ids.
Result<Value> list_reports(Call& call, In in, const ReportKind& kind, Out& out) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  std::string after;
  if (in.has("ContinuationToken")) {
    auto token = base::from_base64(in.str("ContinuationToken"));
    if (!token) return invalid_argument("The continuation token provided is incorrect", "continuation-token", "");
    after = *token;
    out.set("ContinuationToken", in.str("ContinuationToken"));
  }
  Value::List page;
  bool is_truncated = false;
  for (Value& each : list_configured(call.tx, bucket, kind.kind)) {
    if (each.at("Id").str() <= after) continue;
    is_truncated = page.size() == kConfigurationsPerPage;
    if (is_truncated) break;
    page.push_back(std::move(each));
  }
  out.set("IsTruncated", is_truncated);
  if (is_truncated) out.set("NextContinuationToken", base::to_base64(page.back().at("Id").str()));
  return Value(std::move(page));
}

bool is_bucket_arn(const std::string& text) {
  auto name = parse_resource(text);
  return name && name->key.empty() && !name->bucket.empty();
}

Result<void> check_inventory(Call&, const Value& body) {
  const Value& destination = body.at("Destination").at("S3BucketDestination");
  if (!is_bucket_arn(destination.at("Bucket").str())) return error("InvalidArgument", "Invalid bucket ARN");
  if (destination.has("AccountId") && !base::is_account_id(destination.at("AccountId").str())) return malformed_xml();
  bool is_known = is_value_of("InventoryFormat", destination.at("Format").str()) &&
                  is_value_of("InventoryIncludedObjectVersions", body.at("IncludedObjectVersions").str()) &&
                  is_value_of("InventoryFrequency", body.at("Schedule").at("Frequency").str());
  if (!is_known || !body.has("IsEnabled")) return malformed_xml();
  for (const Value& field : body.at("OptionalFields").list())
    if (!is_value_of("InventoryOptionalField", field.str())) return malformed_xml();
  return {};
}

Result<void> check_analytics(Call&, const Value& body) {
  TRY_VOID(check_filter(body.at("Filter")));
  if (!body.at("StorageClassAnalysis").is_map()) return malformed_xml();
  const Value& data_export = body.at("StorageClassAnalysis").at("DataExport");
  if (!data_export.is_map()) return {};
  const Value& destination = data_export.at("Destination").at("S3BucketDestination");
  if (data_export.at("OutputSchemaVersion").str() != "V_1" || destination.at("Format").str() != "CSV")
    return malformed_xml();
  if (!is_bucket_arn(destination.at("Bucket").str())) return error("InvalidArgument", "Invalid bucket ARN");
  return {};
}

Result<void> check_metrics(Call&, const Value& body) { return check_filter(body.at("Filter")); }

// "Archive Access: at least 90 days; Deep Archive Access: at least 180; at most 730."
Result<void> check_tiering(Call&, const Value& body) {
  TRY_VOID(check_filter(body.at("Filter")));
  if (body.at("Status").str() != "Enabled" && body.at("Status").str() != "Disabled") return malformed_xml();
  if (body.at("Tierings").list().empty()) return malformed_xml();
  std::set<std::string> tiers;
  for (const Value& tiering : body.at("Tierings").list()) {
    const std::string& tier = tiering.at("AccessTier").str();
    if (!is_value_of("IntelligentTieringAccessTier", tier) || !tiers.insert(tier).second) return malformed_xml();
    std::int64_t days = tiering.at("Days").num(), days_min = tier == "ARCHIVE_ACCESS" ? 90 : 180;
    if (days < days_min || days > 730)
      return error("InvalidArgument", fmt::format("'Days' for {} tier must be between {} and 730", tier, days_min));
  }
  return {};
}

Result<void> check_log_target(Call& call, const Bucket& bucket, const Value& logging) {
  if (logging.at("TargetBucket").str().empty() || !logging.has("TargetPrefix")) return malformed_xml();
  auto target = get_bucket(call.tx, logging.at("TargetBucket").str());
  auto invalid = [](std::string message) { return error("InvalidTargetBucketForLogging", std::move(message)); };
  if (!target) return invalid("The target bucket for logging does not exist");
  if (target->account != bucket.account)
    return invalid("The owner for the bucket to be logged and the target bucket must be the same.");
  if (target->region != bucket.region)
    return error("CrossLocationLoggingProhibited", "Cross S3 location logging not allowed.");
  TRY(read_grants(logging.at("TargetGrants")));
  if (!logging.at("TargetGrants").list().empty() && !target->has_acls())
    return error("InvalidArgument", "Target grants not allowed when the target bucket's ACLs are disabled");
  const Value& form = logging.at("TargetObjectKeyFormat");
  if (form.is_map() && form.map().size() != 1) return malformed_xml();
  const Value& source = form.at("PartitionedPrefix").at("PartitionDateSource");
  if (!source.is_null() && !is_value_of("PartitionDateSource", source.str())) return malformed_xml();
  return {};
}

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLogging.html
Result<Out> PutBucketLogging(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value body = TRY(body_in(in.value(), "BucketLoggingStatus"));
  const Value& logging = body.at("LoggingEnabled");
  if (!logging.is_map()) {
    erase_configuration(call, bucket, Configuration::kLogging);
    return Out{};
  }
  TRY_VOID(check_log_target(call, bucket, logging));
  put_configuration(call, bucket, Configuration::kLogging, "", base::to_json(body));
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLogging.html
Result<Out> GetBucketLogging(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value configured = get_configured(call.tx, bucket, Configuration::kLogging);
  return configured.is_null() ? Out{} : Out{{"LoggingEnabled", configured.at("LoggingEnabled")}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketInventoryConfiguration.html
Result<Out> PutBucketInventoryConfiguration(Call& call, In in) {
  return put_report(call, in, kInventories, check_inventory);
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketInventoryConfiguration.html
Result<Out> GetBucketInventoryConfiguration(Call& call, In in) {
  return Out{{"InventoryConfiguration", TRY(get_report(call, in, kInventories))}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketInventoryConfiguration.html
Result<Out> DeleteBucketInventoryConfiguration(Call& call, In in) { return delete_report(call, in, kInventories); }

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketInventoryConfigurations.html
Result<Out> ListBucketInventoryConfigurations(Call& call, In in) {
  Out out;
  out.set("InventoryConfigurationList", TRY(list_reports(call, in, kInventories, out)));
  return out;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAnalyticsConfiguration.html
Result<Out> PutBucketAnalyticsConfiguration(Call& call, In in) {
  return put_report(call, in, kAnalyses, check_analytics);
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAnalyticsConfiguration.html
Result<Out> GetBucketAnalyticsConfiguration(Call& call, In in) {
  return Out{{"AnalyticsConfiguration", TRY(get_report(call, in, kAnalyses))}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketAnalyticsConfiguration.html
Result<Out> DeleteBucketAnalyticsConfiguration(Call& call, In in) { return delete_report(call, in, kAnalyses); }

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketAnalyticsConfigurations.html
Result<Out> ListBucketAnalyticsConfigurations(Call& call, In in) {
  Out out;
  out.set("AnalyticsConfigurationList", TRY(list_reports(call, in, kAnalyses, out)));
  return out;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketMetricsConfiguration.html
Result<Out> PutBucketMetricsConfiguration(Call& call, In in) {
  return put_report(call, in, kMetricSets, check_metrics);
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketMetricsConfiguration.html
Result<Out> GetBucketMetricsConfiguration(Call& call, In in) {
  return Out{{"MetricsConfiguration", TRY(get_report(call, in, kMetricSets))}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketMetricsConfiguration.html
Result<Out> DeleteBucketMetricsConfiguration(Call& call, In in) { return delete_report(call, in, kMetricSets); }

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketMetricsConfigurations.html
Result<Out> ListBucketMetricsConfigurations(Call& call, In in) {
  Out out;
  out.set("MetricsConfigurationList", TRY(list_reports(call, in, kMetricSets, out)));
  return out;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketIntelligentTieringConfiguration.html
Result<Out> PutBucketIntelligentTieringConfiguration(Call& call, In in) {
  return put_report(call, in, kTierings, check_tiering);
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketIntelligentTieringConfiguration.html
Result<Out> GetBucketIntelligentTieringConfiguration(Call& call, In in) {
  return Out{{"IntelligentTieringConfiguration", TRY(get_report(call, in, kTierings))}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketIntelligentTieringConfiguration.html
Result<Out> DeleteBucketIntelligentTieringConfiguration(Call& call, In in) {
  return delete_report(call, in, kTierings);
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBucketIntelligentTieringConfigurations.html
Result<Out> ListBucketIntelligentTieringConfigurations(Call& call, In in) {
  Out out;
  out.set("IntelligentTieringConfigurationList", TRY(list_reports(call, in, kTierings, out)));
  return out;
}

}  // namespace s3
