// What happens to events when they have come: filters, subscriptions, findings.
#include "aws/log_pattern.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "services/logs/masking.h"

namespace logs {

namespace {

constexpr std::int64_t kDeliveredBytesMax = 524'288;  // of messages in one delivery to a subscriber

// Events as filters see them that are for transformed logs.
std::vector<NewEvent> as_transformed(std::vector<NewEvent> events) {
  for (NewEvent& event : events)
    if (!event.transformed.empty()) event.message = event.transformed;
  return events;
}

std::vector<SubscriptionFilter> subscriptions_of(Call& call, const OpenGroup& group) {
  std::vector<SubscriptionFilter> filters;
  if (group.row.subscription_filters > 0) {
    group.tx.scan(kSubscriptionFilters, store::key(group.row.id),
                  [&](std::string_view, SubscriptionFilter& filter) { filters.push_back(std::move(filter)); });
  }
  each_account_policy(call, "SUBSCRIPTION_FILTER_POLICY", group.row.name, [&](const AccountPolicy& policy) {
    const auto document = base::parse_json(policy.document).value_or(Value());
    filters.push_back({.name = policy.name,
                       .pattern = document.at("FilterPattern").str(),
                       .destination_arn = document.at("DestinationArn").str(),
                       .role_arn = document.at("RoleArn").str()});
  });
  return filters;
}

void subscribe(Call& call, const OpenGroup& group, const Stream& stream, const SubscriptionFilter& filter,
               const Masker& masker, const std::vector<NewEvent>& events, std::uint64_t first_ordinal) {
  const auto pattern = aws::LogPattern::parse(filter.pattern);
  if (!pattern) return;  // it was checked when it was put
  Value::List wanted;
  std::int64_t bytes = 0;
  std::uint64_t ordinal = first_ordinal;
  for (const NewEvent& event : events) {
    const std::uint64_t own = ordinal++;
    if (!pattern->matches(event.message)) continue;
    wanted.push_back(Value::Map{{"id", event_id(stream.id, event.timestamp_ms, own)},
                                {"timestamp", event.timestamp_ms},
                                {"message", masker.mask(std::string(event.message))}});
    bytes += std::ssize(event.message);
    if (bytes < kDeliveredBytesMax) continue;
    emit_to_subscriber(call, group, stream, filter, std::exchange(wanted, {}));
    bytes = 0;
  }
  if (!wanted.empty()) emit_to_subscriber(call, group, stream, filter, std::move(wanted));
}

// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/mask-sensitive-log-data-audit-findings.html
std::string finding_of(const Call& call, const OpenGroup& group, const std::vector<Detection>& detections) {
  std::map<std::string, Value::List> by_name;
  for (const Detection& detection : detections) {
    by_name[detection.identifier].push_back(Value::Map{{"start", static_cast<std::int64_t>(detection.begin)},
                                                       {"end", static_cast<std::int64_t>(detection.end)}});
  }
  Value::List identifiers;
  for (auto& [name, places] : by_name)
    identifiers.push_back(Value::Map{{"name", name}, {"count", std::ssize(places)}, {"detections", std::move(places)}});
  return base::to_json(Value::Map{{"auditTimestamp", base::format_iso8601(call.now_ms() / 1'000 * 1'000)},
                                  {"resourceArn", group.arn() + ":*"},
                                  {"dataIdentifiers", std::move(identifiers)}});
}

// Findings stand in a stream of the name of the group they are about. They are not filtered themselves.
Result<void> report_findings(Call& call, const OpenGroup& group, const Masker& masker,
                             const std::vector<NewEvent>& events) {
  const std::vector<std::string> names = findings_groups(call, group);
  if (names.empty()) return {};
  std::vector<std::string> findings;
  for (const NewEvent& event : events) {
    if (auto detections = masker.find(event.message); !detections.empty())
      findings.push_back(finding_of(call, group, detections));
  }
  if (findings.empty()) return {};
  for (const std::string& name : names) {
    auto target = get_group(call.tx, name);
    if (!target) continue;
    std::string stream_name = group.row.name;
    std::ranges::replace(stream_name, '/', '_');
    auto stream = get_stream(*target, stream_name);
    if (!stream) stream = Stream{.id = call.next_sequence(), .name = stream_name, .created_ms = call.now_ms()};
    std::vector<NewEvent> reported;
    for (const std::string& finding : findings) reported.push_back({call.now_ms(), finding});
    TRY_VOID(append_events(call, *target, *stream, reported));
  }
  return {};
}

}  // namespace

Result<void> run_filters(Call& call, const OpenGroup& group, const Stream& stream, const std::vector<NewEvent>& events,
                         std::uint64_t first_ordinal) {
  const std::vector<NewEvent> transformed = as_transformed(events);
  if (group.row.metric_filters > 0) {
    Value::List points;
    group.tx.scan(kMetricFilters, store::key(group.row.id), [&](std::string_view, const MetricFilter& filter) {
      const Value made = metric_points(filter, filter.on_transformed ? transformed : events);
      for (const Value& point : made.list()) points.push_back(point);
    });
    if (!points.empty()) {
      call.emit({.source = "logs",
                 .type = "MetricFilterMatched",
                 .key = group.row.name,
                 .detail = Value::Map{{"logGroupName", group.row.name}, {"points", std::move(points)}}});
    }
  }
  const auto subscriptions = subscriptions_of(call, group);
  const Masker masker = masker_of(call, group);
  for (const SubscriptionFilter& filter : subscriptions)
    subscribe(call, group, stream, filter, masker, filter.on_transformed ? transformed : events, first_ordinal);
  tell_tails(call, group, stream, masker, events);
  if (masker.hides_something()) TRY_VOID(report_findings(call, group, masker, events));
  return {};
}

}  // namespace logs
