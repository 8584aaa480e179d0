// What events set off: metric points, and deliveries to functions. Lambda and CloudWatch are made-up services here,
// that remember what they are told. And walks over chunks, as queries make them.
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/gzip.h"
#include "base/json.h"
#include "kernel/testing.h"
#include "services/logs/group.h"

namespace logs {
namespace {

using namespace std::chrono_literals;
using kernel::testing::TestCloud;
using M = Value::Map;

constexpr const char* kFunction = "arn:aws:lambda:us-east-1:000000000000:function:f";

struct Told {
  std::string text;

  static void fields(auto& self, auto& field) { field("text", self.text); }
};
constexpr store::Table<Told> kInvoked{"test.invoked"};
constexpr store::Table<Told> kMetrics{"test.metrics"};

Result<Value> invoke(Call& call, const Value& input) {
  if (input.at("InvocationType").str() == "DryRun") return Value(M{{"StatusCode", 204}});
  EXPECT_EQ(input.at("InvocationType").str(), "Event");
  EXPECT_EQ(input.at("FunctionName").str(), kFunction);
  const Value event = base::parse_json(input.at("Payload").str()).value();
  const auto packed = base::from_base64(event.at("awslogs").at("data").str());
  call.tx.put(kInvoked, store::key(call.next_sequence()), {base::gunzip(*packed, 1 << 20).value()});
  return Value(M{{"StatusCode", 202}});
}

Result<void> note_metrics(Call& call, const kernel::Event& event) {
  for (const Value& point : event.detail.at("points").list())
    call.tx.put(kMetrics, store::key(call.next_sequence()), {base::to_json(point)});
  return {};
}

std::vector<kernel::Service> services() {
  std::vector<kernel::Service> services;
  services.push_back(service());
  services.push_back({.id = "lambda", .operations = {{"Invoke", invoke}}});
  services.push_back({.id = "cloudwatch", .listeners = {{"logs", "test.metrics", note_metrics}}});
  return services;
}

class Deliveries : public ::testing::Test {
 protected:
  TestCloud cloud_{services()};

  void SetUp() override {
    call("CreateLogGroup", M{{"logGroupName", "g"}});
    call("CreateLogStream", M{{"logGroupName", "g"}, {"logStreamName", "s"}});
  }
  Value call(const char* operation, M input) {
    auto result = cloud_.call("logs", operation, std::move(input));
    EXPECT_TRUE(result) << operation << ": " << result.error().message;
    return result ? *result : Value();
  }
  void put(const std::vector<std::string>& messages) {
    Value::List events;
    for (const std::string& message : messages)
      events.push_back(M{{"timestamp", kernel::to_ms(cloud_.now())}, {"message", message}});
    call("PutLogEvents", M{{"logGroupName", "g"}, {"logStreamName", "s"}, {"logEvents", events}});
    cloud_.advance(0ms);
  }
  std::vector<Value> taken(const store::Table<Told>& table) {
    std::vector<Value> told;
    auto done = cloud_.cloud().transact(cloud_.place(), [&](Call& inner) -> Result<void> {
      inner.tx.scan(table, "",
                    [&](std::string_view, Told& row) { told.push_back(base::parse_json(row.text).value()); });
      inner.tx.erase_all(table, "");
      return {};
    });
    EXPECT_TRUE(done);
    return told;
  }
  void put_metric_filter(const char* pattern, M transformation) {
    transformation.emplace_back("metricName", "m");
    transformation.emplace_back("metricNamespace", "n");
    call("PutMetricFilter", M{{"logGroupName", "g"},
                              {"filterName", "f"},
                              {"filterPattern", pattern},
                              {"metricTransformations", Value::List{transformation}}});
  }
};

// CWL.8
TEST_F(Deliveries, ASubscriberIsToldOfWhatMatches) {
  call("PutSubscriptionFilter",
       M{{"logGroupName", "g"}, {"filterName", "f"}, {"filterPattern", "ERROR"}, {"destinationArn", kFunction}});
  const Value described = call("DescribeSubscriptionFilters", M{{"logGroupName", "g"}});
  EXPECT_EQ(described.at("subscriptionFilters").list().front().at("distribution").str(), "ByLogStream");
  put({"ERROR one", "INFO two", "ERROR three"});
  const auto told = taken(kInvoked);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told[0].at("messageType").str(), "DATA_MESSAGE");
  EXPECT_EQ(told[0].at("owner").str(), "000000000000");
  EXPECT_EQ(told[0].at("logGroup").str(), "g");
  EXPECT_EQ(told[0].at("logStream").str(), "s");
  EXPECT_EQ(told[0].at("subscriptionFilters").list().front().str(), "f");
  ASSERT_EQ(told[0].at("logEvents").list().size(), 2U);
  const Value event = told[0].at("logEvents").list()[1];
  EXPECT_EQ(event.at("message").str(), "ERROR three");
  EXPECT_EQ(event.at("timestamp").num(), kernel::to_ms(cloud_.now()));
  const Value found = call("FilterLogEvents", M{{"logGroupName", "g"}, {"filterPattern", "three"}});
  EXPECT_EQ(event.at("id").str(), found.at("events").list().front().at("eventId").str());
  put({"INFO four"});
  EXPECT_TRUE(taken(kInvoked).empty());
  call("DeleteSubscriptionFilter", M{{"logGroupName", "g"}, {"filterName", "f"}});
  put({"ERROR five"});
  EXPECT_TRUE(taken(kInvoked).empty());
}

TEST_F(Deliveries, AGroupHasTwoSubscribersAtMost) {
  for (const char* name : {"a", "b", "b"})
    call("PutSubscriptionFilter",
         M{{"logGroupName", "g"}, {"filterName", name}, {"filterPattern", ""}, {"destinationArn", kFunction}});
  auto third =
      cloud_.call("logs", "PutSubscriptionFilter",
                  M{{"logGroupName", "g"}, {"filterName", "c"}, {"filterPattern", ""}, {"destinationArn", kFunction}});
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, "LimitExceededException");
  put({"x"});
  EXPECT_EQ(taken(kInvoked).size(), 2U);
  const Value page = call("DescribeSubscriptionFilters", M{{"logGroupName", "g"}, {"limit", 1}});
  EXPECT_EQ(page.at("subscriptionFilters").list().size(), 1U);
  const Value rest = call("DescribeSubscriptionFilters", M{{"logGroupName", "g"}, {"nextToken", page.at("nextToken")}});
  EXPECT_EQ(rest.at("subscriptionFilters").list().front().at("filterName").str(), "b");
}

TEST_F(Deliveries, APolicyOfTheAccountSubscribesAllGroupsButThoseLeftOut) {
  call("PutAccountPolicy", M{{"policyName", "p"},
                             {"policyType", "SUBSCRIPTION_FILTER_POLICY"},
                             {"policyDocument", base::to_json(M{{"DestinationArn", kFunction}, {"FilterPattern", ""}})},
                             {"selectionCriteria", "LogGroupName NOT IN [\"other\"]"}});
  put({"x"});
  EXPECT_EQ(taken(kInvoked).size(), 1U);
  call("CreateLogGroup", M{{"logGroupName", "other"}});
  call("CreateLogStream", M{{"logGroupName", "other"}, {"logStreamName", "s"}});
  call("PutLogEvents", M{{"logGroupName", "other"},
                         {"logStreamName", "s"},
                         {"logEvents", Value::List{M{{"timestamp", kernel::to_ms(cloud_.now())}, {"message", "x"}}}}});
  cloud_.advance(0ms);
  EXPECT_TRUE(taken(kInvoked).empty());
}

TEST_F(Deliveries, FiltersOfTransformedLogsSeeWhatWasMade) {
  const Value grok(M{{"grok", M{{"match", "%{WORD:level} %{INT:ms} %{GREEDYDATA:secret}"}}}});
  const Value without(M{{"deleteKeys", M{{"withKeys", Value::List{"secret"}}}}});
  call("PutTransformer", M{{"logGroupIdentifier", "g"}, {"transformerConfig", Value::List{grok, without}}});
  call("PutSubscriptionFilter", M{{"logGroupName", "g"},
                                  {"filterName", "f"},
                                  {"filterPattern", "{ $.level = ERROR }"},
                                  {"destinationArn", kFunction},
                                  {"applyOnTransformedLogs", true}});
  call("PutMetricFilter", M{{"logGroupName", "g"},
                            {"filterName", "f"},
                            {"filterPattern", "{ $.ms > 1 }"},
                            {"applyOnTransformedLogs", true},
                            {"metricTransformations",
                             Value::List{M{{"metricName", "m"}, {"metricNamespace", "n"}, {"metricValue", "$.ms"}}}}});
  put({"ERROR 12 hidden", "INFO 1 hidden", "ERROR is not so"});
  const auto told = taken(kInvoked);
  ASSERT_EQ(told.size(), 1U);
  ASSERT_EQ(told[0].at("logEvents").list().size(), 1U);
  EXPECT_EQ(told[0].at("logEvents").list()[0].at("message").str(), R"({"level":"ERROR","ms":"12"})");
  const auto points = taken(kMetrics);
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].at("value").real(), 12);
  // Readers see what came.
  const Value found = call("FilterLogEvents", M{{"logGroupName", "g"}, {"filterPattern", "hidden"}});
  EXPECT_EQ(found.at("events").list().size(), 2U);
}

TEST_F(Deliveries, AMetricHasAPointForEachMatch) {
  put_metric_filter("{ $.took > 1 }",
                    M{{"metricValue", "$.took"}, {"unit", "Seconds"}, {"dimensions", M{{"Path", "$.path"}}}});
  put({R"({"took": 2.5, "path": "/a"})", R"({"took": 1, "path": "/a"})", R"({"took": 3})", "text"});
  const auto points = taken(kMetrics);
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].at("metricNamespace").str(), "n");
  EXPECT_EQ(points[0].at("metricName").str(), "m");
  EXPECT_EQ(points[0].at("value").real(), 2.5);
  EXPECT_EQ(points[0].at("unit").str(), "Seconds");
  EXPECT_EQ(points[0].at("dimensions").at("Path").str(), "/a");
  EXPECT_EQ(points[0].at("timestamp").num(), kernel::to_ms(cloud_.now()));
}

// CWL.12: what came before the filter makes no points; without a match there is the default value.
TEST_F(Deliveries, AMetricIsOfWhatComesAndHasADefaultValue) {
  put({"ERROR before"});
  put_metric_filter("ERROR", M{{"metricValue", "1"}, {"defaultValue", 0.0}});
  EXPECT_TRUE(taken(kMetrics).empty());
  put({"INFO"});
  auto points = taken(kMetrics);
  ASSERT_EQ(points.size(), 1U);
  EXPECT_EQ(points[0].at("value").real(), 0);
  put({"ERROR", "ERROR"});
  points = taken(kMetrics);
  ASSERT_EQ(points.size(), 2U);
  EXPECT_EQ(points[0].at("value").real(), 1);
}

TEST_F(Deliveries, ChunksOfATimeRangeAreWalkedOutsideOfACall) {
  put({"first", "second"});
  cloud_.advance(2h);
  put({"third"});
  const auto group = [&] {
    auto tx = cloud_.cloud().store().begin(cloud_.place());
    return *get_group(tx, "g");
  }();
  const auto messages_from = [&](std::int64_t from_ms, std::int64_t to_ms) {
    std::vector<std::string> messages;
    const auto tx = cloud_.cloud().store().begin(cloud_.place());
    auto walked = for_each_chunk(tx, {}, group.row.id, from_ms, to_ms, [&](const ChunkView& chunk) {
      EXPECT_EQ(chunk.stream, "s");
      EventReader reader(chunk.packed);
      for (LogEvent event; reader.next(event);) messages.emplace_back(event.message);
      return true;
    });
    EXPECT_TRUE(walked);
    return messages;
  };
  const std::int64_t now_ms = kernel::to_ms(cloud_.now());
  EXPECT_EQ(messages_from(0, now_ms + 1), (std::vector<std::string>{"first", "second", "third"}));
  EXPECT_EQ(messages_from(now_ms - 1, now_ms + 1), (std::vector<std::string>{"third"}));
  EXPECT_EQ(messages_from(0, now_ms), (std::vector<std::string>{"first", "second"}));
}

// GetLogRecord takes what queries answer as @ptr.
TEST_F(Deliveries, ARecordIsFoundByItsPointer) {
  put({"plain", R"({"a": {"b": 1}, "c": "x"})"});
  std::string pointer;
  auto done = cloud_.cloud().transact(cloud_.place(), [&](Call& inner) -> Result<void> {
    const OpenGroup group = TRY(find_group_named(inner, "g"));
    const Stream stream = TRY(find_stream(group, "s"));
    pointer = event_pointer(group, stream.id, inner.now_ms(), 1);
    return {};
  });
  ASSERT_TRUE(done);
  const Value record = call("GetLogRecord", M{{"logRecordPointer", pointer}}).at("logRecord");
  EXPECT_EQ(record.at("@message").str(), R"({"a": {"b": 1}, "c": "x"})");
  EXPECT_EQ(record.at("@logStream").str(), "s");
  EXPECT_EQ(record.at("@log").str(), "000000000000:g");
  EXPECT_EQ(record.at("a.b").str(), "1");
  EXPECT_EQ(record.at("c").str(), "x");
}

}  // namespace
}  // namespace logs
