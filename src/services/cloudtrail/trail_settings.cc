// What a trail records, and whether it does.
#include "base/json.h"
#include "base/time_text.h"
#include "services/cloudtrail/selectors.h"
#include "services/cloudtrail/trails.h"

namespace cloudtrail {

namespace {

Value default_event_selectors() {
  return Value::List{Value::Map{{"ReadWriteType", "All"},
                                {"IncludeManagementEvents", true},
                                {"DataResources", Value::List{}},
                                {"ExcludeManagementEventSources", Value::List{}}}};
}

// What is not said is as in the default.
Value complete(const Value& selectors) {
  const Value whole = default_event_selectors();
  Value::List list;
  for (const Value& given : selectors.list()) {
    Value selector(Value::Map{});
    for (const auto& [name, value] : whole.list()[0].map())
      selector.set(name, given.has(name) ? given.at(name) : value);
    list.push_back(std::move(selector));
  }
  return Value(std::move(list));
}

Out show_selectors(const Call& call, const Trail& trail) {
  Out out{{"TrailARN", trail_arn(call, trail)}};
  if (!trail.advanced_selectors.empty()) {
    out.set("AdvancedEventSelectors", show_advanced_selectors(trail.advanced_selectors));
  } else if (trail.event_selectors.empty()) {
    out.set("EventSelectors", default_event_selectors());
  } else if (auto selectors = base::parse_json(trail.event_selectors)) {
    out.set("EventSelectors", *std::move(selectors));
  }
  return out;
}

Out show_insights(const Call& call, const Trail& trail) {
  Value::List selectors;
  for (const std::string& type : trail.insights) selectors.push_back(Out{{"InsightType", type}});
  return Out{{"TrailARN", trail_arn(call, trail)}, {"InsightSelectors", std::move(selectors)}};
}

}  // namespace

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StartLogging.html
base::Result<Out> StartLogging(Call& call, In in) {
  Trail trail = TRY(find_trail_at_home(call, in.str("Name")));
  if (!trail.is_logging) trail.started_ms = call.now_ms();
  trail.is_logging = true;
  call.tx.put(kTrails, trail_key(trail), trail);
  return Out{};
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_StopLogging.html
base::Result<Out> StopLogging(Call& call, In in) {
  Trail trail = TRY(find_trail_at_home(call, in.str("Name")));
  if (trail.is_logging) trail.stopped_ms = call.now_ms();
  trail.is_logging = false;
  call.tx.put(kTrails, trail_key(trail), trail);
  return Out{};
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetTrailStatus.html
base::Result<Out> GetTrailStatus(Call& call, In in) {
  auto found = find_trail(call, in.str("Name"));
  if (!found && found.error().code == "TrailNotFoundException" && !in.str("Name").starts_with("arn:"))
    return error("TrailNotFoundException",
                 fmt::format("Unknown trail: {} for the user: {}", call.arn("cloudtrail", "trail/" + in.str("Name")),
                             call.place.account));
  Trail trail = TRY(std::move(found));
  Out out{{"IsLogging", trail.is_logging}};
  if (trail.started_ms) out.set("StartLoggingTime", trail.started_ms);
  if (trail.stopped_ms) out.set("StopLoggingTime", trail.stopped_ms);
  // Fields of the first version of the service, as texts.
  auto text = [](std::int64_t time_ms) { return time_ms ? base::format_iso8601(time_ms - time_ms % 1'000) : ""; };
  out.set("LatestDeliveryAttemptTime", "");
  out.set("LatestNotificationAttemptTime", "");
  out.set("LatestNotificationAttemptSucceeded", "");
  out.set("LatestDeliveryAttemptSucceeded", "");
  out.set("TimeLoggingStarted", text(trail.started_ms));
  out.set("TimeLoggingStopped", text(trail.stopped_ms));
  return out;
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutEventSelectors.html
base::Result<Out> PutEventSelectors(Call& call, In in) {
  Trail trail = TRY(find_trail_at_home(call, in.str("TrailName")));
  bool has_basic = in.has("EventSelectors"), has_advanced = in.has("AdvancedEventSelectors");
  if (has_basic == has_advanced)
    return error("InvalidEventSelectorsException",
                 "Specify either EventSelectors or AdvancedEventSelectors, and not both.");
  std::vector<AdvancedSelector> advanced = read_advanced_selectors(in["AdvancedEventSelectors"]);
  TRY_VOID(check_event_selectors(in["EventSelectors"]));
  TRY_VOID(check_advanced_selectors(advanced, SelectorUse::kTrail));
  trail.event_selectors = has_basic ? base::to_json(complete(in["EventSelectors"])) : "";
  trail.advanced_selectors = std::move(advanced);
  call.tx.put(kTrails, trail_key(trail), trail);
  return show_selectors(call, trail);
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetEventSelectors.html
base::Result<Out> GetEventSelectors(Call& call, In in) {
  Trail trail = TRY(find_trail(call, in.str("TrailName")));
  return show_selectors(call, trail);
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_PutInsightSelectors.html
base::Result<Out> PutInsightSelectors(Call& call, In in) {
  // LIMIT: event data stores have no insights of their own.
  if (in.has("EventDataStore") || in.has("InsightsDestination"))
    return error("UnsupportedOperationException",
                 "Insights are only found for trails here, not for event data stores.");
  if (!in.has("TrailName"))
    return error("InvalidParameterCombinationException",
                 "You must specify either TrailName, or EventDataStore and InsightsDestination.");
  Trail trail = TRY(find_trail_at_home(call, in.str("TrailName")));
  std::vector<std::string> types;
  for (const Value& selector : in.list("InsightSelectors")) {
    const std::string& type = selector.at("InsightType").str();
    if (type.empty() || std::ranges::find(types, type) != types.end())
      return error("InvalidInsightSelectorsException", "Each insight selector must name an insight type of its own.");
    // LIMIT: data events are not counted.
    for (const Value& category : selector.at("EventCategories").list())
      if (category.str() != "Management")
        return error("UnsupportedOperationException", "Insights are only found in management events here.");
    types.push_back(type);
  }
  bool is_new = trail.insights.empty();
  trail.insights = std::move(types);
  if (is_new) trail.insights_since_ms = call.now_ms();
  call.tx.put(kTrails, trail_key(trail), trail);
  update_selection(call, trail);
  return show_insights(call, trail);
}

// https://docs.aws.amazon.com/awscloudtrail/latest/APIReference/API_GetInsightSelectors.html
base::Result<Out> GetInsightSelectors(Call& call, In in) {
  if (in.has("EventDataStore") && in.has("TrailName"))
    return error("InvalidParameterCombinationException", "You can only specify one of TrailName and EventDataStore.");
  if (!in.has("TrailName"))
    return error("InsightNotEnabledException", "Insights are not enabled for the event data store.");
  Trail trail = TRY(find_trail(call, in.str("TrailName")));
  if (trail.insights.empty())
    return error("InsightNotEnabledException", fmt::format("Insights are not enabled for the trail {}.", trail.name));
  return show_insights(call, trail);
}

void update_selection(Call& call, const Trail& trail) {
  Selection selection = call.tx.get(kSelection, "").value_or(Selection{});
  auto is_of_trail = [&](const WatchedPlace& watched) {
    return watched.account == call.place.account && watched.region == trail.home_region && watched.trail == trail.name;
  };
  bool changed = std::erase_if(selection.watched, is_of_trail) > 0;
  if (!trail.insights.empty()) {
    auto watches = [&](std::string_view type) {
      return std::ranges::find(trail.insights, type) != trail.insights.end();
    };
    selection.watched.push_back({.account = call.place.account,
                                 .region = trail.home_region,
                                 .is_multi_region = trail.is_multi_region,
                                 .watches_calls = watches("ApiCallRateInsight"),
                                 .watches_errors = watches("ApiErrorRateInsight"),
                                 .since_ms = trail.insights_since_ms,
                                 .trail = trail.name});
    changed = true;
  }
  if (changed) call.tx.put(kSelection, "", selection);
}

}  // namespace cloudtrail
