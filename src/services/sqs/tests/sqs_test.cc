// What text tests do not reach: quotas that are changed, many messages, looking in from outside.
#include <gtest/gtest.h>

#include "kernel/limits.h"
#include "kernel/testing.h"
#include "services/sqs/peek.h"
#include "services/sqs/queue.h"

namespace sqs {
namespace {

using kernel::Seconds;
using kernel::testing::TestCloud;
using M = Value::Map;

class Queues : public ::testing::Test {
 protected:
  TestCloud cloud_{{service()}};

  Value call(const char* operation, M input) {
    auto result = cloud_.call("sqs", operation, std::move(input));
    EXPECT_TRUE(result) << operation << ": " << result.error().message;
    return result ? *result : Value();
  }
  void create(const char* name, M attributes = {}) {
    call("CreateQueue", M{{"QueueName", name}, {"Attributes", std::move(attributes)}});
  }
  void send(int count) {
    for (int i = 0; i < count; ++i) call("SendMessage", M{{"QueueUrl", "q"}, {"MessageBody", std::to_string(i)}});
  }
  std::size_t receive(std::int64_t count) {
    return call("ReceiveMessage", M{{"QueueUrl", "q"}, {"MaxNumberOfMessages", count}}).at("Messages").list().size();
  }
  void set_in_flight_max(std::int64_t value) {
    auto done = cloud_.cloud().transact(cloud_.place(), [&](Call& inner) -> base::Result<void> {
      inner.tx.put(kernel::kLimits, store::key(kInFlightMax.service, kInFlightMax.code), {value});
      return {};
    });
    EXPECT_TRUE(done);
  }
  base::Result<Value> peek(const PeekOptions& options) {
    base::Result<Value> seen;
    auto done = cloud_.cloud().transact(cloud_.place(), [&](Call& inner) -> base::Result<void> {
      seen = peek_messages(inner, "q", options);
      return {};
    });
    EXPECT_TRUE(done);
    return seen;
  }
};

// "If you reach this quota [of messages in flight] while using short polling, Amazon SQS returns the OverLimit error."
TEST_F(Queues, short_polls_of_a_standard_queue_are_refused_at_the_in_flight_quota) {
  create("q");
  send(20);
  set_in_flight_max(12);
  EXPECT_EQ(receive(10), 10u);
  EXPECT_EQ(receive(10), 2u);
  auto refused = cloud_.call("sqs", "ReceiveMessage", M{{"QueueUrl", "q"}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "OverLimit");
  // "If you use long polling, Amazon SQS returns no error messages."
  EXPECT_FALSE(call("ReceiveMessage", M{{"QueueUrl", "q"}, {"WaitTimeSeconds", 5}}).has("Messages"));
  cloud_.advance(Seconds(30));
  EXPECT_EQ(receive(10), 10u);
}

TEST_F(Queues, a_fifo_queue_at_the_in_flight_quota_answers_nothing) {
  create("q.fifo", M{{"FifoQueue", "true"}, {"ContentBasedDeduplication", "true"}});
  for (const char* group : {"a", "b"})
    call("SendMessage", M{{"QueueUrl", "q.fifo"}, {"MessageBody", group}, {"MessageGroupId", group}});
  set_in_flight_max(1);
  EXPECT_TRUE(call("ReceiveMessage", M{{"QueueUrl", "q.fifo"}}).has("Messages"));
  EXPECT_FALSE(call("ReceiveMessage", M{{"QueueUrl", "q.fifo"}}).has("Messages"));
}

TEST_F(Queues, a_purged_queue_of_many_messages_is_cleared_step_by_step) {
  create("q");
  send(2'500);
  call("PurgeQueue", M{{"QueueUrl", "q"}});
  EXPECT_EQ(receive(1), 0u);
  EXPECT_EQ(cloud_.count_rows("sqs.messages"), 0u);
  EXPECT_EQ(cloud_.count_rows("sqs.depth"), 0u);
}

TEST_F(Queues, peeking_shows_messages_and_changes_nothing) {
  create("q");
  send(2);
  call("SendMessage", M{{"QueueUrl", "q"}, {"MessageBody", "late"}, {"DelaySeconds", 10}});
  EXPECT_EQ(receive(1), 1u);

  auto bodies = [&](const PeekOptions& options) {
    std::string text;
    auto seen = peek(options);
    EXPECT_TRUE(seen);
    for (const Value& message : seen->at("Messages").list()) text += message.at("Body").str() + " ";
    return text;
  };
  using Show = PeekOptions::Show;
  EXPECT_EQ(bodies({}), "1 ");
  EXPECT_EQ(bodies({.invisible = Show::kAll}), "0 1 ");
  EXPECT_EQ(bodies({.delayed = Show::kAll, .invisible = Show::kAll}), "0 1 late ");
  EXPECT_EQ(receive(10), 1u);
}

TEST_F(Queues, a_policy_is_found_by_the_queues_arn) {
  const std::string kPolicy = R"({"Statement":{"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*"}})";
  create("q", M{{"Policy", kPolicy}});
  auto done = cloud_.cloud().transact({"111122223333", "eu-west-1"}, [&](Call& inner) -> base::Result<void> {
    EXPECT_EQ(queue_policy(inner.tx, "arn:aws:sqs:us-east-1:000000000000:q"), kPolicy);
    EXPECT_EQ(queue_policy(inner.tx, "arn:aws:sqs:us-east-1:000000000000:nope"), "");
    EXPECT_EQ(queue_policy(inner.tx, "nonsense"), "");
    return {};
  });
  EXPECT_TRUE(done);
}

// What is behind the floor would be lost: a clock that was ahead when a snapshot was taken may be behind afterwards.
TEST_F(Queues, messages_before_the_floor_lower_it) {
  create("q");
  auto done = cloud_.cloud().transact(cloud_.place(), [&](Call& inner) -> base::Result<void> {
    auto queue = find_queue(inner, "q");
    queue->tx.put(kFloors, queue->generation_key(), {kernel::to_ms(cloud_.now() + Seconds(1'000))});
    return {};
  });
  EXPECT_TRUE(done);
  send(1);
  EXPECT_EQ(receive(1), 1u);
}

}  // namespace
}  // namespace sqs
