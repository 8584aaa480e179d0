// Contributor insights: which keys are used and throttled most.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/contributorinsights_HowItWorks.html
#include "services/dynamodb/table.h"

namespace dynamodb {

namespace {

constexpr std::int64_t kListedInsightsMax = 100;

std::string insight_key(std::string_view table, std::string_view index) { return store::key(table, index); }

std::string_view mode_name(InsightMode mode) {
  return mode == InsightMode::kThrottled ? "THROTTLED_KEYS" : "ACCESSED_AND_THROTTLED_KEYS";
}

struct Watched {
  OpenTable table;
  const Index* index = nullptr;  // null: the table itself
  bool has_range = false;
};

base::Result<Watched> find_watched(Call& call, In in) {
  Watched watched{.table = TRY(find_table_by_name(call, in.str("TableName")))};
  watched.has_range = watched.table.row.range.has_value();
  if (!in.has("IndexName")) return watched;
  watched.index = watched.table.find_index(in.str("IndexName"));
  if (!watched.index || watched.index->is_local)
    return error("ResourceNotFoundException", fmt::format("Requested resource not found: Table: {} Index: {}",
                                                          watched.table.row.name, in.str("IndexName")));
  watched.has_range = watched.index->range.has_value();
  return watched;
}

void set_names(In in, const Watched& watched, Out& out) {
  out.set("TableName", watched.table.row.name);
  if (in.has("IndexName")) out.set("IndexName", in.str("IndexName"));
}

// "DynamoDBContributorInsights-PKC-…": partition keys consumed, PKT: throttled; SKC and SKT with the sort key.
Value show_rules(const Watched& watched, const Insight& insight) {
  Value::List rules;
  auto add = [&](std::string_view kind) {
    const std::string index = watched.index ? "-" + watched.index->name : "";
    rules.push_back(
        fmt::format("DynamoDBContributorInsights-{}-{}{}-{}", kind, watched.table.row.name, index, insight.enabled_ms));
  };
  if (insight.mode == InsightMode::kAll) add("PKC");
  add("PKT");
  if (watched.has_range && insight.mode == InsightMode::kAll) add("SKC");
  if (watched.has_range) add("SKT");
  return rules;
}

}  // namespace

void forget_insights(const OpenTable& table) {
  table.tx.erase_all(kInsights, store::key(std::string_view(table.row.name)));
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_UpdateContributorInsights.html
base::Result<Out> UpdateContributorInsights(Call& call, In in) {
  const Watched watched = TRY(find_watched(call, in));
  const std::string key = insight_key(watched.table.row.name, in.str("IndexName"));
  Insight insight = watched.table.tx.get(kInsights, key).value_or(Insight{});
  const bool is_enabling = in.str("ContributorInsightsAction") == "ENABLE";
  if (is_enabling && !insight.is_enabled) insight.enabled_ms = call.now_ms();
  insight.is_enabled = is_enabling;
  if (is_enabling)
    insight.mode = in.str("ContributorInsightsMode") == "THROTTLED_KEYS" ? InsightMode::kThrottled : InsightMode::kAll;
  insight.changed_ms = call.now_ms();
  watched.table.tx.put(kInsights, key, insight);
  Out out;
  set_names(in, watched, out);
  out.set("ContributorInsightsStatus", is_enabling ? "ENABLING" : "DISABLING");
  if (is_enabling) out.set("ContributorInsightsMode", mode_name(insight.mode));
  return out;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_DescribeContributorInsights.html
base::Result<Out> DescribeContributorInsights(Call& call, In in) {
  const Watched watched = TRY(find_watched(call, in));
  const auto insight = watched.table.tx.get(kInsights, insight_key(watched.table.row.name, in.str("IndexName")));
  Out out;
  set_names(in, watched, out);
  out.set("ContributorInsightsStatus", insight && insight->is_enabled ? "ENABLED" : "DISABLED");
  if (!insight) return out;
  out.set("LastUpdateDateTime", insight->changed_ms);
  if (!insight->is_enabled) return out;
  out.set("ContributorInsightsRuleList", show_rules(watched, *insight));
  out.set("ContributorInsightsMode", mode_name(insight->mode));
  return out;
}

// https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_ListContributorInsights.html
base::Result<Out> ListContributorInsights(Call& call, In in) {
  const std::int64_t limit = in.num("MaxResults") > 0 ? in.num("MaxResults") : kListedInsightsMax;
  store::Scan scan;
  store::Transaction tx = call.tx;
  if (in.has("TableName")) {
    const OpenTable table = TRY(find_table_by_name(call, in.str("TableName")));
    tx = table.tx;
    scan.prefix = store::key(std::string_view(table.row.name));
  }
  if (in.has("NextToken")) {
    const std::size_t at = in.str("NextToken").find('/');
    scan.after = insight_key(in.str("NextToken").substr(0, at),
                             at == std::string::npos ? "" : in.str("NextToken").substr(at + 1));
  }
  Value::List summaries;
  std::string last;
  bool has_more = false;
  tx.scan(kInsights, scan, [&](std::string_view key, const Insight& insight) {
    has_more = std::ssize(summaries) == limit;
    if (has_more) return false;
    store::KeyReader parts(key);
    const std::string table = parts.text(), index = parts.text();
    Value summary(
        Value::Map{{"TableName", table}, {"ContributorInsightsStatus", insight.is_enabled ? "ENABLED" : "DISABLED"}});
    if (!index.empty()) summary.set("IndexName", index);
    if (insight.is_enabled) summary.set("ContributorInsightsMode", mode_name(insight.mode));
    summaries.push_back(std::move(summary));
    last = table + "/" + index;
    return true;
  });
  Out out{{"ContributorInsightsSummaries", std::move(summaries)}};
  if (has_more) out.set("NextToken", last);
  return out;
}

}  // namespace dynamodb
