// Several lanes at one queue: every message reaches one receiver, once, and nobody waits for one that is there.
#include <gtest/gtest.h>

#include <condition_variable>
#include <mutex>
#include <set>
#include <thread>

#include "api/sqs.h"
#include "base/random.h"
#include "kernel/cloud.h"
#include "kernel/lane.h"
#include "kernel/testing.h"
#include "store/memory_engine.h"

namespace sqs {
namespace {

using base::Value;
using M = Value::Map;

constexpr int kSenders = 2;
constexpr int kReceivers = 2;
constexpr int kMessagesPerSender = 300;

// Each thread rolls dice of its own.
struct ThreadDice : base::Dice {
  std::uint64_t next() override {
    thread_local base::SecureDice dice;
    return dice.next();
  }
};

// One thread's lane and what it takes to call through it and wait for the answer.
class Caller {
 public:
  explicit Caller(kernel::Cloud& cloud) : cloud_(cloud), lane_(cloud, [this] { nudge(); }) {}

  base::Result<Value> call(const char* operation, M input) {
    const model::Service* model = model::find_service("sqs");
    std::optional<base::Result<Value>> answer;
    lane_.submit({.service = model,
                  .operation = model->find_operation(operation),
                  .input = std::move(input),
                  .caller = kernel::Principal::root("000000000000"),
                  .request = {.received = cloud_.clock().now()},
                  .place = {"000000000000", "us-east-1"}},
                 [&](kernel::Answer given) { answer = std::move(given.result); });
    while (!answer) {
      if (lane_.turn() || answer) continue;
      std::unique_lock lock(mutex_);
      nudged_.wait_for(lock, std::chrono::milliseconds(100), [&] { return std::exchange(has_nudge_, false); });
    }
    return *std::move(answer);
  }

 private:
  void nudge() {
    std::lock_guard lock(mutex_);
    has_nudge_ = true;
    nudged_.notify_one();
  }

  kernel::Cloud& cloud_;
  std::mutex mutex_;
  std::condition_variable nudged_;
  bool has_nudge_ = false;
  kernel::Lane lane_;
};

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
    EXPECT_TRUE(caller.call("SendMessage", std::move(input)));
  }
}

// Receives until the queue is deleted.
void receive_all(Caller& caller, const std::string& queue, Outcome& outcome) {
  for (;;) {
    auto answer =
        caller.call("ReceiveMessage", M{{"QueueUrl", queue}, {"MaxNumberOfMessages", 3}, {"WaitTimeSeconds", 20}});
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
          caller.call("DeleteMessage", M{{"QueueUrl", queue}, {"ReceiptHandle", message.at("ReceiptHandle")}});
      EXPECT_TRUE(deleted || deleted.error().code == "QueueDoesNotExist");
    }
  }
}

void run(const std::string& queue, Outcome& outcome) {
  auto store = store::Store::open(store::memory_home(store::make_memory_disk()));
  ASSERT_TRUE(store);
  kernel::AdjustableClock clock;
  ThreadDice dice;
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
  ASSERT_TRUE(callers[0]->call("CreateQueue", M{{"QueueName", queue}, {"Attributes", std::move(attributes)}}));

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
  EXPECT_TRUE(callers[0]->call("DeleteQueue", M{{"QueueUrl", queue}}));
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
