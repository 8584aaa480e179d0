// No message is lost, none is handed out while it is hidden; a FIFO queue keeps the order of its groups and takes each
// deduplication id once.
#include <map>
#include <set>

#include "api/sqs.h"
#include "kernel/simulation.h"

namespace sqs {
namespace {

using base::Value;
using kernel::Millis;
using kernel::Seconds;
using kernel::Time;
using kernel::testing::TestCloud;
using M = Value::Map;

// What a client may assume of a message it has sent.
struct Known {
  Time hidden_until;
  std::string handle;  // of the latest receive
  int receives = 0;
  bool is_certain = true;  // false: the send was not answered
};

class StandardQueue {
 public:
  explicit StandardQueue(TestCloud& cloud) : cloud_(cloud) {
    create("dead", M{});
    create("q", M{{"RedrivePolicy",
                   R"({"deadLetterTargetArn":"arn:aws:sqs:us-east-1:000000000000:dead","maxReceiveCount":5})"}});
  }

  void step() {
    switch (cloud_.roll(12)) {
      case 0:
      case 1:
      case 2: send(); break;
      case 3:
      case 4:
      case 5: receive(); break;
      case 6: remove(); break;
      case 7: change_visibility(); break;
      case 8:
      case 9: cloud_.advance(Millis(cloud_.roll(20'000))); break;
      case 10: cloud_.roll(2) == 0 ? cloud_.restart() : cloud_.crash(); break;
      default: send_in_vain(); break;
    }
  }

  // In the end everything that was not deleted is there, once.
  void drain() {
    cloud_.advance(std::chrono::hours(13));
    std::set<std::string> seen;
    for (const char* queue : {"q", "dead"}) {
      for (int empty = 0; empty < 3;) {
        Value messages = call("ReceiveMessage", M{{"QueueUrl", queue}, {"MaxNumberOfMessages", 10}}).at("Messages");
        empty = messages.list().empty() ? empty + 1 : 0;
        for (const Value& message : messages.list()) {
          EXPECT_TRUE(known_.contains(message.at("Body").str()))
              << "a deleted message came back: " << message.at("Body").str();
          EXPECT_TRUE(seen.insert(message.at("Body").str()).second) << "twice: " << message.at("Body").str();
          call("DeleteMessage", M{{"QueueUrl", queue}, {"ReceiptHandle", message.at("ReceiptHandle")}});
        }
      }
    }
    for (const auto& [body, message] : known_)
      EXPECT_TRUE(!message.is_certain || seen.contains(body)) << "lost: " << body;
    for (const char* table : {"sqs.messages", "sqs.moved", "sqs.hidden", "sqs.bodies"})
      EXPECT_EQ(cloud_.count_rows(table), 0u) << table;
  }

 private:
  void create(const char* name, M attributes) {
    call("CreateQueue", M{{"QueueName", name}, {"Attributes", std::move(attributes)}});
  }

  Value call(const char* operation, M input) {
    auto result = cloud_.call("sqs", operation, std::move(input));
    EXPECT_TRUE(result) << operation << ": " << result.error().message;
    return result ? *result : Value();
  }

  std::string new_body() {
    std::string body = "message " + std::to_string(sent_++);
    if (cloud_.roll(10) == 0) body.append(5'000, '.');  // too long to stand in its row
    return body;
  }

  void send() {
    const std::int64_t delay_seconds = cloud_.roll(3) == 0 ? std::int64_t(cloud_.roll(30)) : 0;
    std::string body = new_body();
    call("SendMessage", M{{"QueueUrl", "q"}, {"MessageBody", body}, {"DelaySeconds", delay_seconds}});
    known_[body] = {.hidden_until = cloud_.now() + Seconds(delay_seconds)};
  }

  // The disk fails, so the send is not answered; after the crash the message may be there or not.
  void send_in_vain() {
    std::string body = new_body();
    cloud_.disk().fail_writes_after(0);
    auto result = cloud_.call("sqs", "SendMessage", M{{"QueueUrl", "q"}, {"MessageBody", body}});
    EXPECT_FALSE(result);
    known_[body] = {.hidden_until = cloud_.now(), .is_certain = false};
    cloud_.disk().heal();
    cloud_.crash();
  }

  void receive() {
    const std::int64_t timeout_seconds = std::int64_t(cloud_.roll(40)),
                       wait_seconds = cloud_.roll(3) == 0 ? std::int64_t(cloud_.roll(21)) : 0;
    Value messages = call("ReceiveMessage", M{{"QueueUrl", "q"},
                                              {"VisibilityTimeout", timeout_seconds},
                                              {"WaitTimeSeconds", wait_seconds},
                                              {"MaxNumberOfMessages", 1 + std::int64_t(cloud_.roll(10))}})
                         .at("Messages");
    for (const Value& message : messages.list()) {
      auto found = known_.find(message.at("Body").str());
      ASSERT_NE(found, known_.end()) << "a deleted message came back";
      EXPECT_LE(found->second.hidden_until, cloud_.now()) << "handed out while hidden: " << found->first;
      EXPECT_LT(found->second.receives, 5) << "should have gone to the dead-letter queue: " << found->first;
      found->second.receives += 1;
      found->second.hidden_until = cloud_.now() + Seconds(timeout_seconds);
      found->second.handle = message.at("ReceiptHandle").str();
    }
  }

  // Some message that has been received.
  std::map<std::string, Known>::iterator pick() {
    auto at = known_.begin();
    std::advance(at, known_.empty() ? 0 : cloud_.roll(known_.size()));
    for (; at != known_.end() && at->second.handle.empty(); ++at) continue;
    return at;
  }

  void remove() {
    auto at = pick();
    if (at == known_.end() || at->second.receives >= 5) return;  // it may have moved away, and its handle be void
    call("DeleteMessage", M{{"QueueUrl", "q"}, {"ReceiptHandle", at->second.handle}});
    known_.erase(at);
  }

  void change_visibility() {
    auto at = pick();
    if (at == known_.end()) return;
    const std::int64_t timeout_seconds = std::int64_t(cloud_.roll(60));
    auto result =
        cloud_.call("sqs", "ChangeMessageVisibility",
                    M{{"QueueUrl", "q"}, {"ReceiptHandle", at->second.handle}, {"VisibilityTimeout", timeout_seconds}});
    EXPECT_EQ(result.has_value(), at->second.hidden_until > cloud_.now());
    if (result) at->second.hidden_until = cloud_.now() + Seconds(timeout_seconds);
  }

  TestCloud& cloud_;
  std::map<std::string, Known> known_;
  std::size_t sent_ = 0;
};

class FifoQueue {
 public:
  explicit FifoQueue(TestCloud& cloud) : cloud_(cloud) {
    call("CreateQueue", M{{"QueueName", "q.fifo"}, {"Attributes", M{{"FifoQueue", "true"}}}});
  }

  void step() {
    switch (cloud_.roll(10)) {
      case 0:
      case 1:
      case 2: send(); break;
      case 3:
      case 4:
      case 5: receive(); break;
      case 6: remove(); break;
      case 7: change_visibility(); break;
      case 8: cloud_.advance(Millis(cloud_.roll(30'000))); break;
      default: cloud_.roll(2) == 0 ? cloud_.restart() : cloud_.crash(); break;
    }
  }

  void drain() {
    cloud_.advance(std::chrono::hours(13));
    for (int empty = 0; empty < 3;) {
      std::size_t before = count();
      receive();
      empty = count() == before && received_ == 0 ? empty + 1 : 0;
      for (auto& [name, group] : groups_)
        while (!group.empty() && group.front().hidden_until > cloud_.now()) remove_front(group);
    }
    for (const auto& [name, group] : groups_)
      EXPECT_TRUE(group.empty()) << "lost in group " << name << ": " << group.front().body;
    for (const char* table : {"sqs.fifo_messages", "sqs.groups", "sqs.ready", "sqs.hidden"})
      EXPECT_EQ(cloud_.count_rows(table), 0u) << table;
  }

 private:
  struct Sent {
    std::string body;
    Time hidden_until{};
    std::string handle = {};
  };
  using Group = std::vector<Sent>;

  Value call(const char* operation, M input) {
    auto result = cloud_.call("sqs", operation, std::move(input));
    EXPECT_TRUE(result) << operation << ": " << result.error().message;
    return result ? *result : Value();
  }

  std::size_t count() const {
    std::size_t messages = 0;
    for (const auto& [name, group] : groups_) messages += group.size();
    return messages;
  }

  void send() {
    std::string group = "g" + std::to_string(cloud_.roll(4)), id = "d" + std::to_string(cloud_.roll(30));
    std::string body = group + " " + std::to_string(sent_++);
    Value answer = call(
        "SendMessage",
        M{{"QueueUrl", "q.fifo"}, {"MessageBody", body}, {"MessageGroupId", group}, {"MessageDeduplicationId", id}});
    auto known = accepted_.find(id);
    const bool is_duplicate = known != accepted_.end() && cloud_.now() < known->second.first + std::chrono::minutes(5);
    if (is_duplicate) {
      EXPECT_EQ(answer.at("MessageId").str(), known->second.second);
      return;
    }
    accepted_[id] = {cloud_.now(), answer.at("MessageId").str()};
    EXPECT_LT(last_number_, answer.at("SequenceNumber").str());
    last_number_ = answer.at("SequenceNumber").str();
    groups_[group].push_back({body});
  }

  void receive() {
    const std::int64_t timeout_seconds = 1 + std::int64_t(cloud_.roll(40));
    Value messages = call("ReceiveMessage", M{{"QueueUrl", "q.fifo"},
                                              {"VisibilityTimeout", timeout_seconds},
                                              {"MaxNumberOfMessages", 1 + std::int64_t(cloud_.roll(10))},
                                              {"AttributeNames", Value::List{"MessageGroupId"}}})
                         .at("Messages");
    received_ = messages.list().size();
    std::map<std::string, std::size_t> taken;
    for (const Value& message : messages.list()) {
      const std::string& name = message.at("Attributes").at("MessageGroupId").str();
      Group& group = groups_[name];
      for (const Sent& sent : group) {
        if (taken[name] > 0) break;  // the first one taken from it tells
        EXPECT_LE(sent.hidden_until, cloud_.now()) << "the group has a message in flight: " << sent.body;
      }
      ASSERT_LT(taken[name], group.size()) << "a deleted message came back: " << message.at("Body").str();
      Sent& next = group[taken[name]++];
      ASSERT_EQ(message.at("Body").str(), next.body) << "out of order";
      next.hidden_until = cloud_.now() + Seconds(timeout_seconds);
      next.handle = message.at("ReceiptHandle").str();
    }
  }

  // A group and a message in it that is in flight.
  std::pair<Group*, std::size_t> pick() {
    for (auto& [name, group] : groups_)
      for (std::size_t i = 0; i < group.size(); ++i)
        if (group[i].hidden_until > cloud_.now() && cloud_.roll(3) == 0) return {&group, i};
    return {nullptr, 0};
  }

  void remove() {
    auto [group, index] = pick();
    if (!group) return;
    call("DeleteMessage", M{{"QueueUrl", "q.fifo"}, {"ReceiptHandle", (*group)[index].handle}});
    group->erase(group->begin() + std::ptrdiff_t(index));
  }

  void remove_front(Group& group) {
    call("DeleteMessage", M{{"QueueUrl", "q.fifo"}, {"ReceiptHandle", group.front().handle}});
    group.erase(group.begin());
  }

  void change_visibility() {
    auto [group, index] = pick();
    if (!group) return;
    const std::int64_t timeout_seconds = std::int64_t(cloud_.roll(60));
    call("ChangeMessageVisibility",
         M{{"QueueUrl", "q.fifo"}, {"ReceiptHandle", (*group)[index].handle}, {"VisibilityTimeout", timeout_seconds}});
    (*group)[index].hidden_until = cloud_.now() + Seconds(timeout_seconds);
  }

  TestCloud& cloud_;
  std::map<std::string, Group> groups_;
  std::map<std::string, std::pair<Time, std::string>> accepted_;  // by deduplication id: when, and its message's id
  std::string last_number_;
  std::size_t sent_ = 0;
  std::size_t received_ = 0;
};

template <class Queue>
void simulate(std::uint64_t seed) {
  TestCloud cloud({service()}, seed);
  Queue queue(cloud);
  for (int step = 0; step < 800; ++step) {
    SCOPED_TRACE("step " + std::to_string(step));
    queue.step();
    if (::testing::Test::HasFailure()) return;
  }
  queue.drain();
}

TEST(Delivery, standard_queues_lose_nothing_and_hand_nothing_out_early) {
  kernel::testing::for_each_seed([](std::uint64_t seed) { simulate<StandardQueue>(seed); });
}

TEST(Delivery, fifo_queues_keep_order_and_take_each_id_once) {
  kernel::testing::for_each_seed([](std::uint64_t seed) { simulate<FifoQueue>(seed); });
}

}  // namespace
}  // namespace sqs
