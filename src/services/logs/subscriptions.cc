// Subscription filters: events that match go to a function as they come.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
#include "aws/log_pattern.h"
#include "base/arn.h"
#include "base/bytes.h"
#include "base/gzip.h"
#include "base/json.h"
#include "kernel/authorization.h"
#include "kernel/cloud.h"
#include "services/logs/group.h"

namespace logs {

namespace {

constexpr std::int64_t kSubscriptionFiltersMax = 2;  // of a group
constexpr std::int64_t kSubscriptionPageMax = 50;
constexpr kernel::OperationId kInvoke{"lambda", "Invoke"};
// "CloudWatch Logs … retries for up to 24 hours".
constexpr std::int64_t kRetriedMs = 24 * kHourMs;

std::unexpected<base::Error> cannot_execute() {
  return error("InvalidParameterException",
               "Could not execute the lambda function. Make sure you have given CloudWatch Logs permission to execute "
               "your function.");
}

Value show_subscription(const std::string& group, const SubscriptionFilter& filter) {
  Out shown{{"filterName", filter.name},         {"logGroupName", group},
            {"filterPattern", filter.pattern},   {"destinationArn", filter.destination_arn},
            {"creationTime", filter.created_ms}, {"applyOnTransformedLogs", filter.on_transformed}};
  if (!filter.distribution.empty()) shown.set("distribution", filter.distribution);
  if (!filter.role_arn.empty()) shown.set("roleArn", filter.role_arn);
  return shown;
}

// As CloudWatch Logs, on behalf of a group. Functions admit it under its name with the region or without.
Result<Value> invoke_as_logs(Call& call, const std::string& source_arn, const Value& input) {
  Result<Value> answer = base::fail("AccessDeniedException", "");
  for (const std::string& name :
       {fmt::format("logs.{}.amazonaws.com", call.place.region), std::string("logs.amazonaws.com")}) {
    answer = call.as_service(name, source_arn).invoke(kInvoke, input);
    if (answer || answer.error().code != "AccessDeniedException") return answer;
  }
  return answer;
}

std::string event_text(std::string_view payload) {
  return base::to_json(Value::Map{{"awslogs", Value::Map{{"data", base::to_base64(base::gzip(payload))}}}});
}

Result<void> check_function(Call& call, const OpenGroup* group, const std::string& arn) {
  if (base::Arn::parse(arn).account != call.place.account)
    return error("AccessDeniedException",
                 "Cross-account lambda invocation passing is not allowed. You must use DestinationPolicies to create "
                 "cross account lambda triggers.");
  if (!call.cloud().find_service(kInvoke.service)) return cannot_execute();
  const std::string source = group
                                 ? group->arn() + ":*"
                                 : fmt::format("arn:aws:logs:{}:{}:log-group:*", call.place.region, call.place.account);
  auto tried = invoke_as_logs(call, source, Value::Map{{"FunctionName", arn}, {"InvocationType", "DryRun"}});
  if (!tried) return cannot_execute();
  return {};
}

// A destination of this or another account, whose policy must admit the caller. What it leads to is checked when it is
// put.
Result<void> check_destination(Call& call, const base::Arn& arn, const std::string& text) {
  const store::Transaction tx = call.tx.at({std::string(arn.account), std::string(arn.region)});
  if (!arn.resource.starts_with("destination:") || !tx.has(kDestinations, arn.resource.substr(12)))
    return error("InvalidParameterException",
                 "Could not deliver test message to specified destination. Check if the destination is valid.");
  return call.authorize("logs:PutSubscriptionFilter", text);
}

// Payloads and where they go: https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/SubscriptionFilters.html
Value detail_of(const Call& call, const std::string& source_arn, const SubscriptionFilter& filter, Value message) {
  return Value::Map{{"destination", filter.destination_arn},
                    {"source", source_arn},
                    {"emitted", call.now_ms()},
                    {"payload", std::move(message)}};
}

}  // namespace

Result<void> check_target(Call& call, const OpenGroup* group, const std::string& arn, const std::string& role_arn) {
  const base::Arn parsed = base::Arn::parse(arn);
  if (!parsed) return error("InvalidParameterException", "destinationArn is not a valid ARN");
  if (parsed.service == "lambda") return check_function(call, group, arn);
  if (parsed.service == "logs" && group && parsed.resource.starts_with("destination:"))
    return check_destination(call, parsed, arn);
  if (parsed.service != "kinesis" && parsed.service != "firehose")
    return error(
        "InvalidParameterException",
        fmt::format("PutSubscriptionFilter operation cannot work with destinationArn for vendor {}", parsed.service));
  if (role_arn.empty())
    return error("InvalidParameterException",
                 fmt::format("destinationArn for vendor {} cannot be used without roleArn", parsed.service));
  TRY_VOID(kernel::authorize_pass_role(call, role_arn, "logs.amazonaws.com"));
  // There are no such streams, as there are no such services.
  const bool is_kinesis = parsed.service == "kinesis";
  return error("InvalidParameterException",
               fmt::format("Could not deliver test message to specified {} stream. Check if the given {} stream is in "
                           "ACTIVE state. ",
                           is_kinesis ? "Kinesis" : "Firehose", is_kinesis ? "kinesis" : "Firehose"));
}

void emit_to_subscriber(Call& call, const OpenGroup& group, const Stream& stream, const SubscriptionFilter& filter,
                        Value::List events) {
  Value message = Value::Map{{"messageType", "DATA_MESSAGE"},
                             {"owner", group.tx.place().account},
                             {"logGroup", group.row.name},
                             {"logStream", stream.name},
                             {"subscriptionFilters", Value::List{filter.name}},
                             {"logEvents", std::move(events)}};
  call.emit({.source = "logs.subscriptions",
             .type = "DataMessage",
             .key = group.row.name + ":" + filter.name,
             .detail = detail_of(call, group.arn() + ":*", filter, std::move(message))});
}

Result<void> deliver_to_subscriber(Call& call, const kernel::Event& event) {
  const Value& detail = event.detail;
  const Value input = Value::Map{{"FunctionName", detail.at("destination").str()},
                                 {"InvocationType", "Event"},
                                 {"Payload", event_text(base::to_json(detail.at("payload")))}};
  auto invoked = invoke_as_logs(call, detail.at("source").str(), input);
  if (invoked) return {};
  const std::string& code = invoked.error().code;
  // What will not go away is not tried again: the function is not there any more, or does not admit it.
  const bool is_final = code == "AccessDeniedException" || code == "ResourceNotFoundException" ||
                        code == "InvalidParameterValueException" || code == "RequestTooLargeException" ||
                        call.now_ms() - detail.at("emitted").num() > kRetriedMs;
  if (is_final) return {};
  return std::unexpected(invoked.error());
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutSubscriptionFilter.html
base::Result<Out> PutSubscriptionFilter(Call& call, In in) {
  TRY(aws::LogPattern::parse(in.str("filterPattern")));
  if (in.has("fieldSelectionCriteria") || in.has("emitSystemFields"))
    return base::fail("NotImplemented", "Subscription filters of centralized logs are not implemented.");
  OpenGroup group = TRY(find_group(call, in.value()));
  if (group.row.group_class == "INFREQUENT_ACCESS")
    return error("InvalidOperationException",
                 "Subscription filters are not supported for log groups of the Infrequent Access class.");
  const std::string key = store::key(group.row.id, std::string_view(in.str("filterName")));
  const auto existing = group.tx.get(kSubscriptionFilters, key);
  if (!existing && group.row.subscription_filters >= kSubscriptionFiltersMax)
    return error("LimitExceededException", "Resource limit exceeded.");
  TRY_VOID(check_target(call, &group, in.str("destinationArn"), in.str("roleArn")));
  group.tx.put(kSubscriptionFilters, key,
               {.name = in.str("filterName"),
                .pattern = in.str("filterPattern"),
                .destination_arn = in.str("destinationArn"),
                .role_arn = in.str("roleArn"),
                .distribution = in.has("distribution") ? in.str("distribution") : "ByLogStream",
                .created_ms = existing ? existing->created_ms : call.now_ms(),
                .on_transformed = in.flag("applyOnTransformedLogs")});
  if (!existing) {
    ++group.row.subscription_filters;
    put_group(group);
  }
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteSubscriptionFilter.html
base::Result<Out> DeleteSubscriptionFilter(Call& call, In in) {
  OpenGroup group = TRY(find_group(call, in.value()));
  const std::string key = store::key(group.row.id, std::string_view(in.str("filterName")));
  if (!group.tx.has(kSubscriptionFilters, key))
    return error("ResourceNotFoundException", "The specified subscription filter does not exist.");
  group.tx.erase(kSubscriptionFilters, key);
  --group.row.subscription_filters;
  put_group(group);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeSubscriptionFilters.html
base::Result<Out> DescribeSubscriptionFilters(Call& call, In in) {
  const OpenGroup group = TRY(find_group(call, in.value()));
  std::string prefix = store::key(group.row.id, std::string_view(in.str("filterNamePrefix")));
  prefix.pop_back();
  store::Scan scan{.prefix = prefix};
  if (auto after = TRY(read_token(in.value()))) scan.after = store::key(group.row.id, std::string_view(*after));
  const std::int64_t limit = in.num("limit", kSubscriptionPageMax);
  Out answer;
  Value::List shown;
  std::string last;
  group.tx.scan(kSubscriptionFilters, scan, [&](std::string_view, const SubscriptionFilter& filter) {
    if (std::ssize(shown) == limit) {
      answer.set("nextToken", write_token(last));
      return false;
    }
    last = filter.name;
    shown.push_back(show_subscription(group.row.name, filter));
    return true;
  });
  answer.set("subscriptionFilters", std::move(shown));
  return answer;
}

}  // namespace logs
