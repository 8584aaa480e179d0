// Several lanes at one queue: every message reaches one receiver, once, and nobody waits for one that is there.
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "api/sqs.h"
#include "kernel/testing_lanes.h"
#include "store/memory_engine.h"

namespace sqs {
namespace {

using base::Value;
using M = Value::Map;

constexpr int kSenders = 2;
constexpr int kReceivers = 2;
constexpr int kMessagesPerSender = 300;

using Caller = kernel::testing::LaneCaller;

struct Outcome {
  std::mutex mutex;
  std::condition_variable is_complete;
  std::multiset<std::string> received;
  std::map<std::string, int> latest;  // by group: the number of its latest message
  bool is_ordered = true;
};

void send_all(Caller& caller, int sender, const std::string& queue) {
  for (int i = 0; i < kMessagesPerSender; ++i) {
    M input{{"QueueUrl", queue}, {"MessageBody", std::to_string(sender) + " " + std::to_string(i)}};
    if (queue.ends_with(".fifo")) input.emplace_back("MessageGroupId", std::to_string(sender));
    EXPECT_TRUE(caller.call("sqs", "SendMessage", std::move(input)));
  }
}

// Receives until the queue is deleted.
void receive_all(Caller& caller, const std::string& queue, Outcome& outcome) {
  for (;;) {
    auto answer = caller.call("sqs", "ReceiveMessage",
                              M{{"QueueUrl", queue}, {"MaxNumberOfMessages", 3}, {"WaitTimeSeconds", 20}});
    if (!answer) return;
    EXPECT_TRUE(answer->has("Messages")) << "waited for nothing";
    for (const Value& message : answer->at("Messages").list()) {
      const std::string& body = message.at("Body").str();
      std::unique_lock lock(outcome.mutex);
      outcome.received.insert(body);
      int& latest = outcome.latest.try_emplace(body.substr(0, 1), -1).first->second;
      outcome.is_ordered = outcome.is_ordered && std::stoi(body.substr(2)) > latest;
      latest = std::stoi(body.substr(2));
      if (outcome.received.size() == std::size_t{kSenders} * kMessagesPerSender) outcome.is_complete.notify_one();
      lock.unlock();
      auto deleted =
          caller.call("sqs", "DeleteMessage", M{{"QueueUrl", queue}, {"ReceiptHandle", message.at("ReceiptHandle")}});
      EXPECT_TRUE(deleted || deleted.error().code == "QueueDoesNotExist");
    }
  }
}

void run(const std::string& queue, Outcome& outcome) {
  auto store = store::Store::open(store::memory_home(store::make_memory_disk()));
  ASSERT_TRUE(store);
  kernel::AdjustableClock clock;
  kernel::testing::ThreadDice dice;
  kernel::Cloud cloud({.store = **store,
                       .clock = clock,
                       .dice = dice,
                       .log = {},
                       .root_key = kernel::testing::kRootKey,
                       .services = {service()}});
  std::vector<std::unique_ptr<Caller>> callers;
  for (int i = 0; i < kSenders + kReceivers; ++i) callers.push_back(std::make_unique<Caller>(cloud));
  M attributes;
  if (queue.ends_with(".fifo")) attributes = {{"FifoQueue", "true"}, {"ContentBasedDeduplication", "true"}};
  ASSERT_TRUE(callers[0]->call("sqs", "CreateQueue", M{{"QueueName", queue}, {"Attributes", std::move(attributes)}}));

  std::vector<std::thread> senders, receivers;
  for (int i = 0; i < kReceivers; ++i)
    receivers.emplace_back([&, i] { receive_all(*callers[static_cast<std::size_t>(kSenders + i)], queue, outcome); });
  for (int i = 0; i < kSenders; ++i)
    senders.emplace_back([&, i] { send_all(*callers[static_cast<std::size_t>(i)], i, queue); });
  for (std::thread& sender : senders) sender.join();
  {
    std::unique_lock lock(outcome.mutex);
    outcome.is_complete.wait(lock,
                             [&] { return outcome.received.size() == std::size_t{kSenders} * kMessagesPerSender; });
  }
  EXPECT_TRUE(callers[0]->call("sqs", "DeleteQueue", M{{"QueueUrl", queue}}));
  for (std::thread& receiver : receivers) receiver.join();
}

TEST(Lanes, messages_of_a_standard_queue_reach_one_receiver_each) {
  Outcome outcome;
  run("q", outcome);
  EXPECT_EQ(outcome.received.size(), std::size_t{kSenders} * kMessagesPerSender);
  EXPECT_EQ(std::set<std::string>(outcome.received.begin(), outcome.received.end()).size(), outcome.received.size());
}

TEST(Lanes, messages_of_a_fifo_queue_reach_receivers_in_order) {
  Outcome outcome;
  run("q.fifo", outcome);
  EXPECT_EQ(outcome.received.size(), std::size_t{kSenders} * kMessagesPerSender);
  EXPECT_TRUE(outcome.is_ordered);
}

}  // namespace
}  // namespace sqs
