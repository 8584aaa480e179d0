// The lifecycle of a bucket's objects, as it is configured.
#include <set>

#include "base/json.h"
#include "services/s3/bucket_checks.h"
#include "services/s3/lifecycle_checks.h"

namespace s3 {

namespace {

constexpr std::size_t kLifecycleRulesMax = 1'000;
constexpr std::string_view kRuleIdLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
constexpr std::string_view kMinimumSize = "TransitionDefaultMinimumObjectSize";

// Rules get their ids; the rest stays as it was given.
Result<Value> with_rule_ids(Call& call, const Value& rules) {
  std::set<std::string> ids;
  Value::List list;
  for (const Value& each : rules.list()) {
    TRY_VOID(check_lifecycle_rule(each));
    Value rule = each;
    if (rule.at("ID").str().empty()) rule.set("ID", call.random_text(48, kRuleIdLetters));
    if (!ids.insert(rule.at("ID").str()).second)
      return error("InvalidArgument", "Rule ID must be unique. Found same ID for more than one rule");
    list.push_back(std::move(rule));
  }
  return Value(std::move(list));
}

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketLifecycleConfiguration.html
Result<Out> PutBucketLifecycleConfiguration(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value body = TRY(body_in(in.value(), "LifecycleConfiguration"));
  const Value& rules = body.at("Rules");
  if (rules.list().empty() || rules.list().size() > kLifecycleRulesMax) return malformed_xml();
  std::string minimum = in.str("TransitionDefaultMinimumObjectSize");
  if (minimum.empty()) minimum = "all_storage_classes_128K";
  if (!is_value_of(kMinimumSize, minimum))
    return invalid_argument("Invalid x-amz-transition-default-minimum-object-size",
                            "x-amz-transition-default-minimum-object-size", minimum);
  Value kept = Value::Map{{"Rules", TRY(with_rule_ids(call, rules))}, {std::string(kMinimumSize), minimum}};
  put_configuration(call, bucket, Configuration::kLifecycle, "", base::to_json(kept));
  return Out{{"TransitionDefaultMinimumObjectSize", minimum}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLifecycleConfiguration.html
Result<Out> GetBucketLifecycleConfiguration(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value configured = get_configured(call.tx, bucket, Configuration::kLifecycle);
  if (configured.is_null())
    return error("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist",
                 Value::Map{{"BucketName", bucket.name}});
  return Out{{"Rules", configured.at("Rules")}, {"TransitionDefaultMinimumObjectSize", configured.at(kMinimumSize)}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketLifecycle.html
Result<Out> DeleteBucketLifecycle(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  erase_configuration(call, bucket, Configuration::kLifecycle);
  return Out{};
}

}  // namespace s3
