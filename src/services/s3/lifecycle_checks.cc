// What S3 takes for a rule of a lifecycle.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/intro-lifecycle-rules.html
#include "services/s3/lifecycle_checks.h"

#include <algorithm>
#include <set>

#include "services/s3/bucket_checks.h"

namespace s3 {

namespace {

constexpr std::size_t kRuleIdCharactersMax = 255;
constexpr std::int64_t kMidnightMs = 86'400'000;
constexpr std::int64_t kNewerVersionsMax = 100;
constexpr std::int64_t kInfrequentAccessDaysMin = 30;

std::unexpected<base::Error> bad_argument(std::string message) { return error("InvalidArgument", std::move(message)); }

// As messages name a filter: "(prefix=logs/)".
std::string shown_filter(const Value& rule) {
  const Value& filter = rule.at("Filter");
  std::string prefix = rule.has("Prefix") ? rule.at("Prefix").str() : filter.at("Prefix").str();
  if (filter.has("And")) prefix = filter.at("And").at("Prefix").str();
  return fmt::format("(prefix={})", prefix);
}

bool has_tags(const Value& rule) {
  return rule.at("Filter").has("Tag") || !rule.at("Filter").at("And").at("Tags").list().empty();
}

Result<void> check_sizes(const Value& node) {
  const Value& more = node.at("ObjectSizeGreaterThan");
  const Value& less = node.at("ObjectSizeLessThan");
  if ((!more.is_null() && more.num() < 0) || (!less.is_null() && less.num() < 1)) return malformed_xml();
  if (!more.is_null() && !less.is_null() && more.num() >= less.num())
    return invalid_request("'ObjectSizeLessThan' has to be a value greater than 'ObjectSizeGreaterThan'.");
  return {};
}

Result<void> check_date(const Value& node) {
  if (!node.has("Date") || node.at("Date").num() % kMidnightMs == 0) return {};
  return bad_argument("'Date' must be at midnight GMT");
}

Result<void> check_expiration(const Value& rule) {
  const Value& expiration = rule.at("Expiration");
  if (!expiration.is_map()) return {};
  int kinds = expiration.has("Date") + expiration.has("Days") + expiration.has("ExpiredObjectDeleteMarker");
  if (kinds != 1) return malformed_xml();
  if (expiration.has("Days") && expiration.at("Days").num() <= 0)
    return bad_argument("'Days' for Expiration action must be a positive integer");
  if (expiration.has("ExpiredObjectDeleteMarker") && has_tags(rule))
    return invalid_request("ExpiredObjectDeleteMarker cannot be specified with Tags.");
  return check_date(expiration);
}

bool is_infrequent_access(std::string_view name) { return name == "STANDARD_IA" || name == "ONEZONE_IA"; }

Result<void> check_transitions(const Value& rule) {
  std::set<std::string> classes;
  const Value& expiration = rule.at("Expiration");
  for (const Value& transition : rule.at("Transitions").list()) {
    const std::string& name = transition.at("StorageClass").str();
    if (!is_value_of("TransitionStorageClass", name) || transition.has("Date") == transition.has("Days"))
      return malformed_xml();
    if (transition.has("Days") && transition.at("Days").num() < 0)
      return bad_argument("'Days' for Transition action must be nonnegative");
    if (transition.has("Days") && is_infrequent_access(name) && transition.at("Days").num() < kInfrequentAccessDaysMin)
      return bad_argument(
          fmt::format("'Days' in Transition action must be greater than or equal to 30 for storageClass '{}'", name));
    TRY_VOID(check_date(transition));
    if (!classes.insert(name).second)
      return bad_argument(
          fmt::format("'StorageClass' must be different for 'Transition' actions in same 'Rule' with "
                      "filter '{}'",
                      shown_filter(rule)));
    bool is_mixed = (expiration.has("Date") && transition.has("Days")) ||
                    (expiration.has("Days") && transition.has("Date")) ||
                    transition.has("Date") != rule.at("Transitions").list()[0].has("Date");
    if (is_mixed)
      return invalid_request(
          fmt::format("Found mixed 'Date' and 'Days' based Expiration and Transition actions in "
                      "lifecycle rule for filter '{}'",
                      shown_filter(rule)));
    if (expiration.has("Days") && expiration.at("Days").num() <= transition.at("Days").num())
      return bad_argument(
          fmt::format("'Days' in the Expiration action for filter '{}' must be greater than 'Days' in "
                      "the Transition action",
                      shown_filter(rule)));
    if (expiration.has("Date") && expiration.at("Date").num() <= transition.at("Date").num())
      return bad_argument(
          fmt::format("'Date' in the Expiration action for filter '{}' must be later than 'Date' in "
                      "the Transition action",
                      shown_filter(rule)));
  }
  return {};
}

Result<void> check_newer_versions(const Value& node) {
  if (!node.has("NewerNoncurrentVersions")) return {};
  std::int64_t count = node.at("NewerNoncurrentVersions").num();
  if (count >= 1 && count <= kNewerVersionsMax) return {};
  return bad_argument("'NewerNoncurrentVersions' must be a positive integer up to 100");
}

Result<void> check_noncurrent(const Value& rule) {
  std::set<std::string> classes;
  for (const Value& transition : rule.at("NoncurrentVersionTransitions").list()) {
    const std::string& name = transition.at("StorageClass").str();
    if (!is_value_of("TransitionStorageClass", name) || !transition.has("NoncurrentDays")) return malformed_xml();
    if (transition.at("NoncurrentDays").num() < 0)
      return bad_argument("'NoncurrentDays' for NoncurrentVersionTransition action must be nonnegative");
    if (is_infrequent_access(name) && transition.at("NoncurrentDays").num() < kInfrequentAccessDaysMin)
      return bad_argument(
          fmt::format("'NoncurrentDays' in NoncurrentVersionTransition action must be greater than or "
                      "equal to 30 for storageClass '{}'",
                      name));
    if (!classes.insert(name).second)
      return bad_argument(
          fmt::format("'StorageClass' must be different for 'NoncurrentVersionTransition' actions in "
                      "same 'Rule' with filter '{}'",
                      shown_filter(rule)));
    TRY_VOID(check_newer_versions(transition));
  }
  const Value& expiration = rule.at("NoncurrentVersionExpiration");
  if (!expiration.is_map()) return {};
  if (!expiration.has("NoncurrentDays")) return malformed_xml();
  if (expiration.at("NoncurrentDays").num() <= 0)
    return bad_argument("'NoncurrentDays' for NoncurrentVersionExpiration action must be a positive integer");
  for (const Value& transition : rule.at("NoncurrentVersionTransitions").list())
    if (expiration.at("NoncurrentDays").num() <= transition.at("NoncurrentDays").num())
      return bad_argument(
          fmt::format("'NoncurrentDays' in the NoncurrentVersionExpiration action for filter '{}' must "
                      "be greater than 'NoncurrentDays' in the NoncurrentVersionTransition action",
                      shown_filter(rule)));
  return check_newer_versions(expiration);
}

Result<void> check_aborting(const Value& rule) {
  const Value& aborting = rule.at("AbortIncompleteMultipartUpload");
  if (!aborting.is_map()) return {};
  if (!aborting.has("DaysAfterInitiation")) return malformed_xml();
  if (aborting.at("DaysAfterInitiation").num() <= 0)
    return bad_argument("'DaysAfterInitiation' for AbortIncompleteMultipartUpload action must be a positive integer");
  if (has_tags(rule)) return invalid_request("AbortIncompleteMultipartUpload cannot be specified with Tags.");
  const Value& filter = rule.at("Filter");
  bool has_sizes = filter.has("ObjectSizeGreaterThan") || filter.has("ObjectSizeLessThan") ||
                   filter.at("And").has("ObjectSizeGreaterThan") || filter.at("And").has("ObjectSizeLessThan");
  if (has_sizes) return invalid_request("AbortIncompleteMultipartUpload cannot be specified with Object Size.");
  return {};
}

}  // namespace

Result<void> check_filter(const Value& filter) {
  if (!filter.is_map()) return {};
  if (filter.map().size() > 1) return malformed_xml();
  TRY_VOID(check_sizes(filter));
  if (filter.has("Tag")) TRY(read_bucket_tags(Value::List{filter.at("Tag")}));
  if (!filter.has("And")) return {};
  const Value& both = filter.at("And");
  std::size_t predicates = both.at("Tags").list().size();
  for (const auto& [name, value] : both.map()) predicates += name != "Tags";
  if (predicates < 2) return malformed_xml();
  TRY(read_bucket_tags(both.at("Tags")));
  return check_sizes(both);
}

Result<void> check_lifecycle_rule(const Value& rule) {
  if (rule.at("ID").str().size() > kRuleIdCharactersMax)
    return bad_argument("ID length should not exceed allowed limit of 255");
  if (rule.at("Status").str() != "Enabled" && rule.at("Status").str() != "Disabled") return malformed_xml();
  if (rule.has("Filter") == rule.has("Prefix")) return malformed_xml();
  TRY_VOID(check_filter(rule.at("Filter")));
  bool acts = rule.has("Expiration") || !rule.at("Transitions").list().empty() ||
              !rule.at("NoncurrentVersionTransitions").list().empty() || rule.has("NoncurrentVersionExpiration") ||
              rule.has("AbortIncompleteMultipartUpload");
  if (!acts) return invalid_request("At least one action needs to be specified in a rule");
  TRY_VOID(check_expiration(rule));
  TRY_VOID(check_transitions(rule));
  TRY_VOID(check_noncurrent(rule));
  return check_aborting(rule);
}

}  // namespace s3
