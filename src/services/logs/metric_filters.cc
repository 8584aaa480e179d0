// Metric filters: matches become points of metrics.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/MonitoringLogData.html
#include <cmath>

#include "aws/log_pattern.h"
#include "base/json.h"
#include "base/strings.h"
#include "services/logs/group.h"

namespace logs {

namespace {

constexpr std::int64_t kMetricFiltersMax = 100;  // of a group
constexpr std::int64_t kMetricFilterPageMax = 50;
constexpr std::size_t kDimensionsMax = 3;

Value show_filter(const std::string& group, const MetricFilter& filter) {
  return Out{{"filterName", filter.name},
             {"filterPattern", filter.pattern},
             {"metricTransformations", Value::List{base::parse_json(filter.transformation).value_or(Value())}},
             {"creationTime", filter.created_ms},
             {"logGroupName", group},
             {"applyOnTransformedLogs", filter.on_transformed}};
}

bool is_selector(const std::string& text) { return text.starts_with('$') && text.size() > 1; }

Result<void> check_transformation(const Value& transformation, const std::string& pattern) {
  const std::string& value = transformation.at("metricValue").str();
  const std::string_view form = base::trim(pattern);
  const bool has_fields = form.starts_with('{') || form.starts_with('[');
  if (!is_selector(value) && !base::parse_number<double>(value))
    return error("InvalidParameterException",
                 fmt::format("Invalid metric transformation: invalid metric value {}", value));
  if (is_selector(value) && !has_fields)
    return error("InvalidParameterException",
                 fmt::format("Invalid metric transformation: the filter pattern has no field {}", value));
  const Value::Map& dimensions = transformation.at("dimensions").map();
  if (dimensions.empty()) return {};
  if (dimensions.size() > kDimensionsMax)
    return error("InvalidParameterException", "A metric filter can have up to 3 dimensions.");
  // "If you specify a default value, you can't assign dimensions".
  if (transformation.has("defaultValue"))
    return error("InvalidParameterException",
                 "Invalid metric transformation: dimensions and default value are mutually exclusive.");
  for (const auto& [name, selector] : dimensions) {
    if (!is_selector(selector.str()) || !has_fields)
      return error(
          "InvalidParameterException",
          fmt::format("Invalid metric transformation: dimension value {} must be a field selector.", selector.str()));
  }
  return {};
}

// The point that one event makes; null: none.
Value point_of(const Value& transformation, const aws::LogPattern& pattern, const NewEvent& event) {
  std::string text = transformation.at("metricValue").str();
  if (is_selector(text)) text = pattern.value_of(event.message, text).value_or("");
  const auto number = base::parse_number<double>(text);
  if (!number || !std::isfinite(*number)) return Value();
  Value dimensions{Value::Map{}};
  for (const auto& [name, selector] : transformation.at("dimensions").map()) {
    auto value = pattern.value_of(event.message, selector.str());
    // "If the field is not there, no metric with this dimension is reported."
    if (!value || value->empty()) return Value();
    dimensions.set(name, *std::move(value));
  }
  return Value::Map{{"timestamp", event.timestamp_ms}, {"value", *number}, {"dimensions", std::move(dimensions)}};
}

}  // namespace

Value metric_points(const MetricFilter& filter, const std::vector<NewEvent>& events) {
  const auto pattern = aws::LogPattern::parse(filter.pattern);
  const auto transformation = base::parse_json(filter.transformation);
  if (!pattern || !transformation) return Value();  // both were checked when they were put
  Value::List points;
  bool has_match = false;
  for (const NewEvent& event : events) {
    if (!pattern->matches(event.message)) continue;
    has_match = true;
    if (Value point = point_of(*transformation, *pattern, event); !point.is_null()) points.push_back(std::move(point));
  }
  // "The default value … published to CloudWatch when the filter pattern does not match."
  if (!has_match && transformation->has("defaultValue"))
    points.push_back(Value::Map{{"timestamp", events.back().timestamp_ms},
                                {"value", transformation->at("defaultValue").real()},
                                {"dimensions", Value::Map{}}});
  for (Value& point : points) {
    point.set("filterName", filter.name);
    point.set("metricNamespace", transformation->at("metricNamespace"));
    point.set("metricName", transformation->at("metricName"));
    point.set("unit", transformation->has("unit") ? transformation->at("unit") : Value("None"));
  }
  return points;
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutMetricFilter.html
base::Result<Out> PutMetricFilter(Call& call, In in) {
  TRY(aws::LogPattern::parse(in.str("filterPattern")));
  const Value& transformation = in.list("metricTransformations").front();
  TRY_VOID(check_transformation(transformation, in.str("filterPattern")));
  if (in.has("fieldSelectionCriteria") || in.has("emitSystemFieldDimensions"))
    return base::fail("NotImplemented", "Metric filters of centralized logs are not implemented.");
  OpenGroup group = TRY(find_group(call, in.value()));
  if (!is_class_standard(group))
    return error("InvalidOperationException",
                 "Metric filters are supported only for log groups of the Standard class.");
  const std::string key = store::key(group.row.id, std::string_view(in.str("filterName")));
  const auto existing = group.tx.get(kMetricFilters, key);
  if (!existing && group.row.metric_filters >= kMetricFiltersMax)
    return error("LimitExceededException", "Resource limit exceeded.");
  group.tx.put(kMetricFilters, key,
               {.name = in.str("filterName"),
                .pattern = in.str("filterPattern"),
                .transformation = base::to_json(transformation),
                .created_ms = existing ? existing->created_ms : call.now_ms(),
                .on_transformed = in.flag("applyOnTransformedLogs")});
  if (!existing) {
    ++group.row.metric_filters;
    put_group(group);
  }
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteMetricFilter.html
base::Result<Out> DeleteMetricFilter(Call& call, In in) {
  OpenGroup group = TRY(find_group(call, in.value()));
  const std::string key = store::key(group.row.id, std::string_view(in.str("filterName")));
  if (!group.tx.has(kMetricFilters, key))
    return error("ResourceNotFoundException", "The specified metric filter does not exist.");
  group.tx.erase(kMetricFilters, key);
  --group.row.metric_filters;
  put_group(group);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeMetricFilters.html
base::Result<Out> DescribeMetricFilters(Call& call, In in) {
  if (in.has("metricName") != in.has("metricNamespace"))
    return error("InvalidParameterException", "metricName and metricNamespace must be specified together.");
  std::string after_group, after_filter;
  if (auto token = TRY(read_token(in.value()))) {
    store::KeyReader parts(*token);
    after_group = parts.text();
    after_filter = parts.text();
    if (!parts.ok()) return error("InvalidParameterException", "The specified nextToken is invalid.");
  }
  const std::int64_t limit = in.num("limit", kMetricFilterPageMax);
  Out answer;
  Value::List shown;
  std::string last_token;
  auto visit_group = [&](const OpenGroup& group) {
    std::string prefix = store::key(group.row.id, std::string_view(in.str("filterNamePrefix")));
    prefix.pop_back();
    store::Scan scan{.prefix = prefix};
    if (group.row.name == after_group) scan.after = store::key(group.row.id, std::string_view(after_filter));
    bool is_open = true;
    call.tx.scan(kMetricFilters, scan, [&](std::string_view, const MetricFilter& filter) {
      const Value shown_filter = show_filter(group.row.name, filter);
      const Value& metric = shown_filter.at("metricTransformations").list().front();
      if (in.has("metricName") && (metric.at("metricName").str() != in.str("metricName") ||
                                   metric.at("metricNamespace").str() != in.str("metricNamespace")))
        return true;
      if (std::ssize(shown) == limit) {
        answer.set("nextToken", write_token(last_token));
        return is_open = false;
      }
      last_token = store::key(std::string_view(group.row.name), std::string_view(filter.name));
      shown.push_back(shown_filter);
      return true;
    });
    return is_open;
  };
  if (in.has("logGroupName")) {
    visit_group(TRY(find_group(call, in.value())));
  } else {
    store::Scan groups;
    if (!after_group.empty()) groups.from = after_group;
    call.tx.scan(kGroups, groups, [&](std::string_view, const Group& row) {
      return row.metric_filters == 0 || visit_group({call.tx, row});
    });
  }
  answer.set("metricFilters", std::move(shown));
  return answer;
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestMetricFilter.html
base::Result<Out> TestMetricFilter(Call&, In in) {
  const aws::LogPattern pattern = TRY(aws::LogPattern::parse(in.str("filterPattern")));
  Value::List matches;
  std::int64_t number = 0;
  for (const Value& message : in.list("logEventMessages")) {
    ++number;
    if (!pattern.matches(message.str())) continue;
    Value values{Value::Map{}};
    for (auto& [name, text] : pattern.extract(message.str())) values.set(name, std::move(text));
    matches.push_back(Out{{"eventNumber", number}, {"eventMessage", message}, {"extractedValues", std::move(values)}});
  }
  return Out{{"matches", std::move(matches)}};
}

}  // namespace logs
