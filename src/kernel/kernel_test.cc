#include "kernel/cloud.h"

#include <gtest/gtest.h>

#include "kernel/testing.h"

namespace kernel::testing {
namespace {

using namespace std::chrono_literals;

// A made-up service on the model of Amazon SNS, small enough to see what the kernel does with it: Publish counts, and
// its listener and timer leave marks.
struct Mark {
  std::string text;
  std::int64_t at_ms = 0;

  static void fields(auto& self, auto& field) {
    field("text", self.text);
    field("at_ms", self.at_ms);
  }
};
constexpr store::Table<Mark> kMarks{"test.marks"};
constexpr store::Table<Mark> kSwitches{"test.switches"};

Result<void> tick(Call& call, std::string_view key) {
  call.tx.put(kMarks, "tick/" + std::to_string(call.now_ms()), {std::string(key), call.now_ms()});
  if (call.tx.has(kSwitches, "stop")) return {};
  call.arm(Timer{"test.tick", tick}, call.now + 1min, key);
  return {};
}
constexpr Timer kTick{"test.tick", tick};

Result<void> hear(Call& call, const Event& event) {
  if (call.tx.has(kSwitches, "deaf")) return base::fail("Deaf", "The listener does not hear.");
  std::size_t heard = call.tx.scan_keys(kMarks, {.prefix = "heard/"}, [](std::string_view) {});
  call.tx.put(kMarks, fmt::format("heard/{:06}", heard), {event.detail.at("text").str(), call.now_ms()});
  return {};
}

Result<Value> Publish(Call& call, const Value& input) {
  const std::string& text = input.at("Message").str();
  if (text == "wait") {
    auto released = call.tx.get(kSwitches, "released");
    if (released) return Value(Value::Map{{"MessageId", "released"}});
    if (call.now >= call.request.received + 20s) return Value(Value::Map{{"MessageId", "timed out"}});
    return call.park_until(call.request.received + 20s, "test");
  }
  if (text == "fail after writing") {
    call.tx.put(kMarks, "never", {text, 0});
    return base::fail("InvalidParameter", "No.");
  }
  if (text == "arm") call.arm(kTick, call.now + 1min, "k");
  if (text == "release") call.wake("test");
  if (text.starts_with("switch ")) call.tx.put(kSwitches, text.substr(7), {text, 0});
  if (text.starts_with("unswitch ")) call.tx.erase(kSwitches, text.substr(9));
  if (text.starts_with("tell "))
    call.emit({.source = "test", .type = "told", .key = "line", .detail = Value::Map{{"text", text}}});
  if (text.starts_with("inner ")) {
    auto inner =
        call.as_service("sns.amazonaws.com", "arn").invoke({"sns", "Publish"}, Value::Map{{"Message", text.substr(6)}});
    if (!inner) call.tx.put(kMarks, "inner failed", {inner.error().code, 0});
  }
  return Value(Value::Map{{"MessageId", std::to_string(call.next_sequence())}});
}

std::vector<Service> test_services() {
  return {{.id = "sns",
           .operations = {{"Publish", Publish}},
           .timers = {&kTick},
           .listeners = {{"test", "test.hear", hear}}}};
}

class KernelTest : public ::testing::Test {
 protected:
  std::string publish(const std::string& text) {
    auto result = cloud.call("sns", "Publish", Value::Map{{"Message", text}});
    return result ? result->at("MessageId").str() : result.error().code;
  }
  std::size_t marks(std::string_view prefix) {
    return cloud.cloud()
        .store()
        .begin(cloud.place())
        .scan_keys(kMarks, {.prefix = std::string(prefix)}, [](std::string_view) {});
  }

  TestCloud cloud{test_services()};
};

TEST_F(KernelTest, AnOperationThatIsNotListedAnswersNotImplementedNamingItself) {
  auto result = cloud.call("sns", "ListTopics", Value::Map{});
  ASSERT_FALSE(result);
  EXPECT_EQ(result.error().code, "NotImplemented");
  EXPECT_NE(result.error().message.find("ListTopics"), std::string::npos);
}

TEST_F(KernelTest, AnInvalidRequestDoesNotReachTheOperation) {
  auto result = cloud.call("sns", "Publish", Value::Map{});
  ASSERT_FALSE(result);
  EXPECT_NE(result.error().code, "NotImplemented");
}

TEST_F(KernelTest, AnErrorDropsTheWrites) {
  EXPECT_EQ(publish("fail after writing"), "InvalidParameter");
  EXPECT_EQ(marks(""), 0u);
}

TEST_F(KernelTest, OnlyTheRootOfTheAccountMayDoAnything) {
  cloud.become(
      {.type = Principal::Type::kUser, .account = "000000000000", .arn = "arn:aws:iam::000000000000:user/bob"});
  EXPECT_EQ(publish("hello"), "AccessDenied");
  cloud.become({});
  EXPECT_EQ(publish("hello"), "AccessDenied");
}

TEST_F(KernelTest, SequencesGrowAcrossRestartsAndCrashes) {
  std::uint64_t first = std::stoull(publish("a"));
  std::uint64_t second = std::stoull(publish("b"));
  cloud.restart();
  std::uint64_t third = std::stoull(publish("c"));
  cloud.crash();
  std::uint64_t fourth = std::stoull(publish("d"));
  EXPECT_LT(first, second);
  EXPECT_LT(second, third);
  EXPECT_LT(third, fourth);
}

TEST_F(KernelTest, AWaitingCallReturnsWhenWoken) {
  auto waiting = cloud.start("sns", "Publish", Value::Map{{"Message", "wait"}});
  cloud.advance(5s);
  EXPECT_EQ(cloud.answer(waiting), nullptr);
  publish("switch released");
  EXPECT_EQ(cloud.answer(waiting), nullptr);
  publish("release");
  ASSERT_NE(cloud.answer(waiting), nullptr);
  EXPECT_EQ((*cloud.answer(waiting))->at("MessageId").str(), "released");
}

TEST_F(KernelTest, AWaitingCallReturnsAtItsDeadline) {
  auto waiting = cloud.start("sns", "Publish", Value::Map{{"Message", "wait"}});
  cloud.advance(19'999ms);
  EXPECT_EQ(cloud.answer(waiting), nullptr);
  cloud.advance(1ms);
  ASSERT_NE(cloud.answer(waiting), nullptr);
  EXPECT_EQ((*cloud.answer(waiting))->at("MessageId").str(), "timed out");
}

TEST_F(KernelTest, WhenAWokenClientIsGoneTheNextInLineIsServed) {
  auto first = cloud.start("sns", "Publish", Value::Map{{"Message", "wait"}});
  auto second = cloud.start("sns", "Publish", Value::Map{{"Message", "wait"}});
  cloud.hang_up(first);
  publish("switch released");
  publish("release");
  ASSERT_NE(cloud.answer(second), nullptr);
}

TEST_F(KernelTest, TimersFireAtTheirTimeEachInItsOwnMoment) {
  publish("arm");
  cloud.advance(59s);
  EXPECT_EQ(marks("tick/"), 0u);
  cloud.advance(1s);
  EXPECT_EQ(marks("tick/"), 1u);
  cloud.advance(10min);
  EXPECT_EQ(marks("tick/"), 11u);
  cloud.restart();
  cloud.advance(10min);
  EXPECT_EQ(marks("tick/"), 21u);
  publish("switch stop");
  cloud.advance(10min);
  EXPECT_EQ(marks("tick/"), 22u);
}

TEST_F(KernelTest, ArmingAgainReplaces) {
  publish("arm");
  cloud.advance(30s);
  publish("arm");
  cloud.advance(59s);
  EXPECT_EQ(marks("tick/"), 0u);
  EXPECT_EQ(cloud.count_rows("kernel.timers"), 1u);
}

TEST_F(KernelTest, EventsAreDeliveredAfterTheCommitInOrder) {
  for (int i = 0; i < 10; ++i) publish("tell " + std::to_string(i));
  EXPECT_EQ(marks("heard/"), 10u);
  auto row = cloud.cloud().store().begin(cloud.place()).get(kMarks, "heard/000003");
  EXPECT_EQ(row->text, "tell 3");
  EXPECT_EQ(cloud.count_rows("kernel.outbox"), 0u);
}

TEST_F(KernelTest, AFailingDeliveryIsTriedAgainWithBackOffAndKeepsTheOrder) {
  publish("switch deaf");
  publish("tell 0");
  publish("tell 1");
  EXPECT_EQ(marks("heard/"), 0u);
  EXPECT_EQ(cloud.count_rows("kernel.outbox"), 2u);
  cloud.restart();  // survives
  publish("unswitch deaf");
  cloud.advance(1min);
  EXPECT_EQ(marks("heard/"), 2u);
  EXPECT_EQ(cloud.cloud().store().begin(cloud.place()).get(kMarks, "heard/000000")->text, "tell 0");
}

TEST_F(KernelTest, ADeliveryThatNeverSucceedsIsDroppedAfterADay) {
  publish("switch deaf");
  publish("tell 0");
  cloud.advance(23h);
  EXPECT_EQ(cloud.count_rows("kernel.outbox"), 1u);
  cloud.advance(2h);
  EXPECT_EQ(cloud.count_rows("kernel.outbox"), 0u);
}

TEST_F(KernelTest, AnInnerCallJoinsTheTransactionAndAnErrorUndoesOnlyItsOwnWrites) {
  publish("inner fail after writing");
  EXPECT_EQ(marks("never"), 0u);
  EXPECT_EQ(marks("inner failed"), 1u);
  publish("inner tell x");
  EXPECT_EQ(marks("heard/"), 1u);
}

TEST_F(KernelTest, NothingIsAnsweredThatTheDiskDidNotTake) {
  cloud.disk().fail_writes_after(0);
  EXPECT_EQ(publish("switch lost"), "InternalFailure");
  cloud.crash();
  EXPECT_EQ(cloud.count_rows("test.switches"), 0u);
}

}  // namespace
}  // namespace kernel::testing
