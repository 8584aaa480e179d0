#include "runner/script.h"

#include <gtest/gtest.h>

namespace {

using runner::Expectation;
using runner::parse_script;
using runner::Step;

TEST(Script, ReadsCallsWithTheirExpectations) {
  auto cases = parse_script(
      "# a queue can be made\n"
      "sqs CreateQueue {QueueName: \"q\",\n"
      "  Attributes: {DelaySeconds: \"5\"},}\n"
      "-> {\"QueueUrl\": $url}\n"
      "\n"
      "# a comment\n"
      "sqs ListQueues\n"
      "!! QueueDoesNotExist 400 The specified ... exist.\n");
  ASSERT_TRUE(cases) << cases.error().message;
  ASSERT_EQ(cases->size(), 1u);
  const auto& script = cases->front();
  EXPECT_EQ(script.description, "a queue can be made");
  ASSERT_EQ(script.steps.size(), 2u);
  EXPECT_EQ(script.steps[0].line, 2);
  EXPECT_EQ(script.steps[0].operation, "CreateQueue");
  EXPECT_EQ(script.steps[0].expected.kind, Expectation::Kind::kMatch);
  EXPECT_EQ(script.steps[1].line, 7);
  EXPECT_EQ(script.steps[1].expected.code, "QueueDoesNotExist");
  EXPECT_EQ(script.steps[1].expected.status, 400);
  EXPECT_EQ(script.steps[1].expected.message, "The specified ... exist.");
  EXPECT_EQ(script.services(), std::vector<std::string>{"sqs"});
}

TEST(Script, ReadsEveryKindOfLine) {
  auto cases = parse_script(
      "# one\n"
      "over json\n"
      "clock +1h30m\n"
      "as user/alice\n"
      "in 111122223333 eu-west-1\n"
      "let name \"x\"\n"
      "restart\n"
      "crash\n"
      "fault write 3\n"
      "heal\n"
      "rows sqs.messages -> 3\n"
      "start r1 sqs ReceiveMessage {}\n"
      "waiting r1\n"
      "wait r1\n"
      "-> {}\n"
      "gone r1\n"
      "repeat 3\n"
      "  clock +1s\n"
      "end\n"
      "---\n"
      "# two\n"
      "skip: not there yet\n");
  ASSERT_TRUE(cases) << cases.error().message;
  ASSERT_EQ(cases->size(), 2u);
  const auto& steps = cases->front().steps;
  std::vector<Step::Kind> kinds;
  for (auto& step : steps) kinds.push_back(step.kind);
  using enum Step::Kind;
  EXPECT_EQ(kinds, (std::vector{kClock, kAs, kIn, kLet, kRestart, kCrash, kFault, kHeal, kRows, kStart, kWaiting, kWait,
                                kGone, kRepeat}));
  EXPECT_EQ(steps[0].count, 5'400'000);
  EXPECT_EQ(steps[9].name, "r1");
  EXPECT_EQ(steps[13].body.size(), 1u);
  EXPECT_EQ(cases->back().skip_reason, "not there yet");
}

TEST(Script, SaysOnWhichLineItIsWrong) {
  auto message = [](std::string_view text) { return parse_script(text).error().message; };
  EXPECT_EQ(message("# a\nsqs CreateQueue {\"QueueName\" \"q\"}\n"), "2: a : is missing after QueueName");
  EXPECT_EQ(message("sqs CreateQueue\n"), "1: a case begins with '# ' and what it proves");
  EXPECT_EQ(message("# a\nclock 5\n"), "2: clock wants a duration: clock +1h30m");
  EXPECT_EQ(message("# a\n-> {}\n"), "2: an expectation without a call");
  EXPECT_EQ(message(""), "1: there is no case");
}

}  // namespace
