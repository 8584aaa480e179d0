// Queries while they run: what only shows when a worker takes its time.
#include <gtest/gtest.h>

#include <deque>

#include "api/logs.h"
#include "kernel/compute.h"
#include "kernel/testing.h"

namespace logs {
namespace {

using base::Value;

// Keeps work until the test wants it done.
struct SlowWorkers : kernel::Workers {
  void run(Work given) override { work.push_back(std::move(given)); }
  void finish() {
    while (!work.empty()) {
      Work next = std::move(work.front());
      work.pop_front();
      next();
    }
  }
  std::deque<Work> work;
};

struct RunningQueries : testing::Test {
  RunningQueries() {
    cloud.employ(&workers);
    call("CreateLogGroup", Value::Map{{"logGroupName", "g"}});
    call("CreateLogStream", Value::Map{{"logGroupName", "g"}, {"logStreamName", "s"}});
    Value::List events;
    for (int i = 0; i < 3; ++i)
      events.push_back(Value::Map{{"timestamp", kernel::to_ms(cloud.now())}, {"message", "m" + std::to_string(i)}});
    call("PutLogEvents", Value::Map{{"logGroupName", "g"}, {"logStreamName", "s"}, {"logEvents", events}});
  }
  // Work holds on to what it belongs to.
  ~RunningQueries() override { workers.work.clear(); }

  base::Result<Value> try_call(std::string_view operation, Value input) {
    return cloud.call("logs", operation, std::move(input));
  }
  Value call(std::string_view operation, Value input) {
    auto answer = try_call(operation, std::move(input));
    EXPECT_TRUE(answer) << operation << ": " << answer.error().message;
    return answer ? *answer : Value();
  }
  base::Result<Value> start() {
    return try_call("StartQuery", Value::Map{{"logGroupName", "g"},
                                             {"startTime", 0},
                                             {"endTime", kernel::to_ms(cloud.now()) / 1000 + 100'000},
                                             {"queryString", "stats count(*)"}});
  }
  void finish() {
    workers.finish();
    cloud.advance(kernel::Millis(1));  // what has been done is noticed
  }
  Value results(const std::string& id) { return call("GetQueryResults", Value::Map{{"queryId", id}}); }

  SlowWorkers workers;
  kernel::testing::TestCloud cloud{{service()}};
};

TEST_F(RunningQueries, AreRunningUntilTheirWorkIsDone) {
  std::string id = start()->at("queryId").str();
  EXPECT_EQ(results(id).at("status").str(), "Running");
  EXPECT_TRUE(results(id).at("results").list().empty());
  ASSERT_EQ(workers.work.size(), 1u);
  finish();
  EXPECT_EQ(results(id).at("status").str(), "Complete");
  EXPECT_EQ(results(id).at("results").list()[0].list()[0].at("value").str(), "3");
}

TEST_F(RunningQueries, CanBeStopped) {
  std::string id = start()->at("queryId").str();
  EXPECT_TRUE(call("StopQuery", Value::Map{{"queryId", id}}).at("success").flag());
  EXPECT_EQ(results(id).at("status").str(), "Cancelled");
  finish();
  EXPECT_EQ(results(id).at("status").str(), "Cancelled");
  EXPECT_TRUE(results(id).at("results").list().empty());
}

TEST_F(RunningQueries, GoOnAfterARestartAndAfterACrash) {
  std::string first = start()->at("queryId").str();
  workers.work.clear();
  cloud.restart();
  EXPECT_EQ(results(first).at("status").str(), "Running");
  finish();
  EXPECT_EQ(results(first).at("status").str(), "Complete");

  std::string second = start()->at("queryId").str();
  workers.work.clear();
  cloud.crash();
  EXPECT_EQ(results(second).at("status").str(), "Running");
  finish();
  EXPECT_EQ(results(second).at("results").list()[0].list()[0].at("value").str(), "3");
}

TEST_F(RunningQueries, EndAfterAnHour) {
  std::string id = start()->at("queryId").str();
  cloud.advance(std::chrono::minutes(61));
  finish();
  EXPECT_EQ(results(id).at("status").str(), "Timeout");
}

TEST_F(RunningQueries, AreNoMoreThanAHundred) {
  for (int i = 0; i < 100; ++i) ASSERT_TRUE(start());
  auto refused = start();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "LimitExceededException");
  finish();
  EXPECT_TRUE(start());
}

}  // namespace
}  // namespace logs
