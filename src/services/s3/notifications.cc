// Event notifications: what a bucket's owner is told of what happens to its objects.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/EventNotifications.html
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/arn.h"
#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "kernel/canonical_user.h"
#include "kernel/cloud.h"
#include "services/s3/bucket_checks.h"
#include "services/s3/objects.h"
#include "services/s3/over_time.h"

namespace s3 {

namespace {

constexpr std::array<std::string_view, 29> kEventNames{
    "s3:IntelligentTiering",
    "s3:LifecycleExpiration:*",
    "s3:LifecycleExpiration:Delete",
    "s3:LifecycleExpiration:DeleteMarkerCreated",
    "s3:LifecycleTransition",
    "s3:ObjectAcl:Put",
    "s3:ObjectAnnotation:*",
    "s3:ObjectCreated:*",
    "s3:ObjectCreated:CompleteMultipartUpload",
    "s3:ObjectCreated:Copy",
    "s3:ObjectCreated:Post",
    "s3:ObjectCreated:Put",
    "s3:ObjectRemoved:*",
    "s3:ObjectRemoved:Delete",
    "s3:ObjectRemoved:DeleteMarkerCreated",
    "s3:ObjectRestore:*",
    "s3:ObjectRestore:Completed",
    "s3:ObjectRestore:Delete",
    "s3:ObjectRestore:Post",
    "s3:ObjectTagging:*",
    "s3:ObjectTagging:Delete",
    "s3:ObjectTagging:Put",
    "s3:ReducedRedundancyLostObject",
    "s3:Replication:*",
    "s3:Replication:OperationFailedReplication",
    "s3:Replication:OperationMissedThreshold",
    "s3:Replication:OperationNotTracked",
    "s3:Replication:OperationReplicatedAfterThreshold",
    "s3:TestEvent",
};

// A kind of destination: where it stands in the configuration, and the service that must be there to take events.
struct Destination {
  std::string_view list, arn, service, noun;
};
constexpr std::array<Destination, 3> kDestinations{{
    {"QueueConfigurations", "QueueArn", "sqs", "queue"},
    {"TopicConfigurations", "TopicArn", "sns", "topic"},
    {"LambdaFunctionConfigurations", "LambdaFunctionArn", "lambda", "function"},
}};

struct NameFilter {
  std::string prefix, suffix;
};

NameFilter filter_of(const Value& part) {
  NameFilter filter;
  for (const Value& rule : part.at("Filter").at("Key").at("FilterRules").list()) {
    const bool is_prefix = base::to_lower(rule.at("Name").str()) == "prefix";
    (is_prefix ? filter.prefix : filter.suffix) = rule.at("Value").str();
  }
  return filter;
}

// Filters hold key names, of which a '+' may be given for a space and %XX for other characters.
std::string decoded(const std::string& text) { return base::percent_decode(text, base::Plus::kSpace).value_or(text); }

bool covers(std::string_view name, std::string_view type) {
  name.remove_prefix(std::min<std::size_t>(3, name.size()));
  if (name.ends_with(":*")) return type.starts_with(name.substr(0, name.size() - 1));
  return name == type;
}

bool may_overlap(std::string_view first, std::string_view second) {
  auto family = [](std::string_view name) { return name.ends_with('*') ? name.substr(0, name.size() - 1) : name; };
  if (first.ends_with('*') && second.starts_with(family(first))) return true;
  return (second.ends_with('*') && first.starts_with(family(second))) || first == second;
}

Result<void> check_filter(const Value& part) {
  bool has_prefix = false, has_suffix = false;
  for (const Value& rule : part.at("Filter").at("Key").at("FilterRules").list()) {
    const std::string name = base::to_lower(rule.at("Name").str());
    if (name != "prefix" && name != "suffix")
      return invalid_argument("filter rule name must be either prefix or suffix", "FilterRule.Name",
                              rule.at("Name").str());
    bool& seen = name == "prefix" ? has_prefix : has_suffix;
    if (std::exchange(seen, true))
      return invalid_argument("Cannot specify more than one " + name + " rule in a filter.", "FilterRule.Name", name);
    if (rule.at("Value").str().size() > 1'024)
      return invalid_argument("Size of filter rule value cannot exceed 1024 bytes in UTF-8 representation",
                              "FilterRule.Value", rule.at("Value").str());
  }
  return {};
}

Result<void> check_part(const Value& part, const Destination& destination) {
  if (part.at("Events").list().empty()) return malformed_xml();
  for (const Value& event : part.at("Events").list()) {
    if (std::ranges::find(kEventNames, event.str()) == kEventNames.end() || event.str() == "s3:TestEvent")
      return invalid_argument("A specified event type is not supported for notifications.", "Event", event.str());
  }
  const std::string& arn = part.at(destination.arn).str();
  const base::Arn parsed = base::Arn::parse(arn);
  if (!parsed || parsed.service != destination.service)
    return invalid_argument("The ARN is not well formed", std::string(destination.arn), arn);
  return check_filter(part);
}

// "You can't have two rules with overlapping event types and prefixes or suffixes."
Result<void> check_overlaps(const Value& configuration) {
  std::vector<const Value*> parts;
  for (const Destination& destination : kDestinations) {
    for (const Value& part : configuration.at(destination.list).list()) parts.push_back(&part);
  }
  for (std::size_t first = 0; first < parts.size(); ++first) {
    for (std::size_t second = first + 1; second < parts.size(); ++second) {
      const NameFilter one = filter_of(*parts[first]), other = filter_of(*parts[second]);
      const bool prefixes = one.prefix.starts_with(other.prefix) || other.prefix.starts_with(one.prefix);
      const bool suffixes = one.suffix.ends_with(other.suffix) || other.suffix.ends_with(one.suffix);
      if (!prefixes || !suffixes) continue;
      for (const Value& event : parts[first]->at("Events").list()) {
        for (const Value& other_event : parts[second]->at("Events").list()) {
          if (may_overlap(event.str(), other_event.str()))
            return error("InvalidArgument",
                         "Configuration is ambiguously defined. Cannot have overlapping suffixes in two rules if the "
                         "prefixes are overlapping for the same event type.");
        }
      }
    }
  }
  return {};
}

std::unexpected<base::Error> unreachable(std::string_view arn, std::string_view why) {
  return error("InvalidArgument", "Unable to validate the following destination configurations",
               Value::Map{{"ArgumentName1", arn}, {"ArgumentValue1", why}});
}

std::string queue_url_of(const Call& call, const base::Arn& arn) {
  return fmt::format("{}/{}/{}", call.request.base_url, arn.account, arn.resource);
}

// `trace`: X-Ray's header of the request that has brought it about; empty: it had none.
Result<void> send_to_queue(Call& call, const Bucket& bucket, const std::string& queue_arn, const std::string& body,
                           const std::string& trace = {}) {
  const base::Arn arn = base::Arn::parse(queue_arn);
  const kernel::Client queue = as_s3(call, bucket).in({bucket.account, std::string(arn.region)});
  Value message = Value::Map{{"QueueUrl", queue_url_of(call, arn)}, {"MessageBody", body}};
  if (!trace.empty()) {
    const Value header = Value::Map{{"DataType", "String"}, {"StringValue", trace}};
    message.set("MessageSystemAttributes", Value::Map{{"AWSTraceHeader", header}});
  }
  auto sent = queue.invoke({"sqs", "SendMessage"}, std::move(message));
  if (!sent) return std::unexpected(sent.error());
  return {};
}

std::string test_event(const Call& call, const Bucket& bucket) {
  return base::to_json(Value::Map{{"Service", "Amazon S3"},
                                  {"Event", "s3:TestEvent"},
                                  {"Time", time_with_ms(call.now_ms())},
                                  {"Bucket", bucket.name},
                                  {"RequestId", call.request.id},
                                  {"HostId", base::to_base64(base::sha256(call.request.id))}});
}

Result<void> invoke_function(Call& call, const Bucket& bucket, const std::string& function_arn, std::string_view type,
                             const std::string& payload, const std::string& trace = {}) {
  Value invocation = Value::Map{{"FunctionName", function_arn}, {"InvocationType", type}, {"Payload", payload}};
  if (!trace.empty()) invocation.set("VirgaTraceHeader", trace);
  auto invoked = as_s3(call, bucket).invoke({"lambda", "Invoke"}, std::move(invocation));
  if (!invoked) return std::unexpected(invoked.error());
  return {};
}

Result<void> verify(Call& call, const Bucket& bucket, const Value& part, const Destination& destination) {
  const std::string& arn = part.at(destination.arn).str();
  const base::Arn parsed = base::Arn::parse(arn);
  if (parsed.region != bucket.region)
    return unreachable(arn,
                       "The notification destination service region is not valid for the bucket location constraint");
  if (destination.service == "lambda") {
    if (invoke_function(call, bucket, arn, "DryRun", "{}")) return {};
    return unreachable(arn, fmt::format("Not authorized to invoke function [{}]", arn));
  }
  if (parsed.resource.ends_with(".fifo")) return unreachable(arn, "FIFO SQS queues are not supported");
  auto sent = send_to_queue(call, bucket, arn, test_event(call, bucket));
  if (sent) return {};
  if (sent.error().code == "QueueDoesNotExist") return unreachable(arn, "The destination queue does not exist");
  return unreachable(arn,
                     "Permissions on the destination queue do not allow S3 to publish notifications from this bucket");
}

// ---- delivering

std::string event_version(std::string_view type) {
  if (type.starts_with("Replication:")) return "2.2";
  for (std::string_view newer :
       {"Lifecycle", "IntelligentTiering", "ObjectAcl", "ObjectTagging", "ObjectRestore:Delete"}) {
    if (type.starts_with(newer)) return "2.3";
  }
  return "2.1";
}

std::string encoded_key(std::string_view key) {
  std::string text = base::percent_encode(key, "/*");
  for (std::size_t at = text.find("%20"); at != text.npos; at = text.find("%20", at)) text.replace(at, 3, "+");
  return text;
}

std::string shown_principal(const Value& detail) {
  if (!detail.at("principal").str().empty()) return "AWS:" + detail.at("principal").str();
  return detail.at("requestId").str().empty() ? "s3.amazonaws.com" : "Anonymous";
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/notification-content-structure.html
std::string message_of(const Bucket& bucket, const kernel::Event& event, const std::string& configuration_id) {
  const Value& detail = event.detail;
  Value object = Value::Map{{"key", encoded_key(detail.at("key").str())}};
  const bool is_gone = event.type == "ObjectRemoved:Delete" || event.type == "LifecycleExpiration:Delete";
  if (!is_gone && detail.has("size")) object.set("size", detail.at("size"));
  if (!is_gone && !detail.at("eTag").str().empty()) object.set("eTag", detail.at("eTag"));
  if (!detail.at("versionId").str().empty()) object.set("versionId", detail.at("versionId"));
  object.set("sequencer", detail.at("sequencer"));
  const std::string& request = detail.at("requestId").str();
  Value record = Value::Map{
      {"eventVersion", event_version(event.type)},
      {"eventSource", "aws:s3"},
      {"awsRegion", bucket.region},
      {"eventTime", time_with_ms(detail.at("time").num())},
      {"eventName", event.type},
      {"userIdentity", Value::Map{{"principalId", shown_principal(detail)}}},
      {"requestParameters", Value::Map{{"sourceIPAddress", detail.at("sourceIp")}}},
      {"responseElements",
       Value::Map{{"x-amz-request-id", request}, {"x-amz-id-2", base::to_base64(base::sha256(request))}}},
      {"s3", Value::Map{{"s3SchemaVersion", "1.0"},
                        {"configurationId", configuration_id},
                        {"bucket", Value::Map{{"name", bucket.name},
                                              {"ownerIdentity",
                                               Value::Map{{"principalId", kernel::canonical_user_of(bucket.account)}}},
                                              {"arn", bucket.arn()}}},
                        {"object", object}}}};
  for (const auto& [name, value] : detail.at("more").map()) record.set(name, value);
  return base::to_json(Value::Map{{"Records", Value::List{record}}});
}

bool wants(const Value& part, const kernel::Event& event) {
  const NameFilter filter = filter_of(part);
  const std::string& key = event.detail.at("key").str();
  if (!key.starts_with(decoded(filter.prefix)) || !key.ends_with(decoded(filter.suffix))) return false;
  return std::ranges::any_of(part.at("Events").list(),
                             [&](const Value& name) { return covers(name.str(), event.type); });
}

}  // namespace

std::string time_with_ms(std::int64_t time_ms) {
  const std::string text = base::format_iso8601(time_ms);
  return text.find('.') == text.npos ? text.substr(0, text.size() - 1) + ".000Z" : text;
}

kernel::Client as_s3(Call& call, const Bucket& bucket) {
  return {call,
          kernel::Principal::service("s3.amazonaws.com", bucket.account, bucket.arn()),
          {bucket.account, bucket.region}};
}

Result<Value> check_notifications(Call& call, const Bucket& bucket, Value configuration, Destinations destinations) {
  if (configuration.has("EventBridgeConfiguration") && !call.cloud().find_service("events"))
    return error("NotImplemented", "Notifications to EventBridge are not implemented: this cloud has no EventBridge.");
  for (const Destination& destination : kDestinations) {
    Value::List parts = configuration.at(destination.list).list();
    for (Value& part : parts) {
      TRY_VOID(check_part(part, destination));
      if (!call.cloud().find_service(destination.service))
        return error("NotImplemented",
                     fmt::format("Notifications to a {} are not implemented; to a queue and a function they are.",
                                 destination.noun));
      if (part.at("Id").str().empty()) part.set("Id", call.uuid());
      if (part.at("Id").str().size() > 255)
        return invalid_argument("Id must be at most 255 characters long", "Id", part.at("Id").str());
    }
    if (!parts.empty()) configuration.set(destination.list, std::move(parts));
  }
  TRY_VOID(check_overlaps(configuration));
  if (destinations == Destinations::kTrust) return configuration;
  for (const Destination& destination : kDestinations) {
    for (const Value& part : configuration.at(destination.list).list())
      TRY_VOID(verify(call, bucket, part, destination));
  }
  return configuration;
}

Result<void> deliver_notifications(Call& call, const kernel::Event& event) {
  auto bucket = get_bucket(call.tx, event.detail.at("bucket").str());
  if (!bucket) return {};
  const Value configuration = get_configured(call.tx, *bucket, Configuration::kNotification);
  for (const Destination& destination : kDestinations) {
    for (const Value& part : configuration.at(destination.list).list()) {
      if (!wants(part, event)) continue;
      const std::string& arn = part.at(destination.arn).str();
      const std::string text = message_of(*bucket, event, part.at("Id").str());
      const std::string& trace = event.detail.at("trace").str();
      auto sent = destination.service == "lambda" ? invoke_function(call, *bucket, arn, "Event", text, trace)
                                                  : send_to_queue(call, *bucket, arn, text, trace);
      // A destination that is gone, or admits S3 no more, misses its events.
      if (!sent)
        call.cloud().log().write(base::Level::kWarn, "A destination did not take a notification of a bucket.",
                                 {{"bucket", bucket->name}, {"destination", arn}, {"error", sent.error().code}});
    }
  }
  return {};
}

}  // namespace s3
