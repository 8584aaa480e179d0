// What calls wait for outside of the store: errands, in operations, in calls made inside and in listeners; and pipes.
#include <gtest/gtest.h>

#include "kernel/cloud.h"
#include "kernel/pipe.h"
#include "kernel/testing.h"

namespace kernel::testing {
namespace {

using namespace std::chrono_literals;

struct Mark {
  std::string text;

  static void fields(auto& self, auto& field) { field("text", self.text); }
};
constexpr store::Table<Mark> kMarks{"test.marks"};

// An errand that the test ends when it likes.
struct Sum : Errand {
  explicit Sum(std::vector<Sum*>& open) : all(open) { all.push_back(this); }
  ~Sum() override { std::erase(all, this); }
  void start(Done when_done) override { done = std::move(when_done); }
  void end(std::string result) {
    answer = std::move(result);
    done();
  }

  std::vector<Sum*>& all;
  std::string answer;
  Done done;
};

std::vector<Sum*>& open_sums() {
  static std::vector<Sum*> open;
  return open;
}

Result<std::string> sum(Call& call, const std::string& name) {
  auto running = call.errand<Sum>(name);
  if (!running) return call.begin_errand(name, std::make_shared<Sum>(open_sums()), call.now + 20s);
  if (running->is_over()) return running->answer;
  if (call.now >= call.request.received + 20s) return std::string("late");
  return call.await_errand(name, call.request.received + 20s);
}

Result<Value> Publish(Call& call, const Value& input) {
  const std::string& text = input.at("Message").str();
  call.tx.put(kMarks, store::key(call.next_sequence()), {text});
  if (text.starts_with("inner ")) {
    auto inner =
        call.as_service("sns.amazonaws.com", "arn").invoke({"sns", "Publish"}, Value::Map{{"Message", text.substr(6)}});
    return inner ? Result<Value>(std::move(inner)) : Value(Value::Map{{"MessageId", "swallowed"}});
  }
  if (text == "tell") {
    call.emit({.source = "test", .type = "told", .key = "line", .detail = Value::Map{{"text", text}}});
    return Value(Value::Map{{"MessageId", "told"}});
  }
  if (text == "compute") {
    int number = TRY(compute<int>(call, "number", [] { return 42; }));
    return Value(Value::Map{{"MessageId", std::to_string(number)}});
  }
  return Value(Value::Map{{"MessageId", TRY(sum(call, "sum/" + text))}});
}

Result<void> hear(Call& call, const Event&) {
  std::string answer = TRY(sum(call, "heard"));
  if (answer == "bad") return base::fail("Bad", "The sum is bad.");
  call.tx.put(kMarks, "heard", {answer});
  return {};
}

class ErrandsTest : public ::testing::Test {
 protected:
  TestCloud::Handle publish(const std::string& text) {
    return cloud.start("sns", "Publish", Value::Map{{"Message", text}});
  }
  std::string answer(TestCloud::Handle handle) {
    const Result<Value>* found = cloud.answer(handle);
    if (!found) return "none";
    return *found ? (*found)->at("MessageId").str() : found->error().code;
  }
  void end(std::size_t which, const std::string& text) {
    open_sums().at(which)->end(text);
    cloud.advance(0s);
  }
  std::string heard() {
    auto row = cloud.cloud().store().begin(cloud.place()).get(kMarks, "heard");
    return row ? row->text : "";
  }

  TestCloud cloud{{{.id = "sns", .operations = {{"Publish", Publish}}, .listeners = {{"test", "test.hear", hear}}}}};
};

TEST_F(ErrandsTest, AnOperationWaitsForItsErrandAndHasItsEffectsOnce) {
  auto call = publish("a");
  ASSERT_EQ(open_sums().size(), 1u);
  EXPECT_EQ(answer(call), "none");
  EXPECT_EQ(cloud.count_rows("test.marks"), 0u);
  EXPECT_EQ(cloud.cloud().errands_running(), 1);
  end(0, "7");
  EXPECT_EQ(answer(call), "7");
  EXPECT_EQ(cloud.count_rows("test.marks"), 1u);
  EXPECT_EQ(cloud.cloud().errands_running(), 0);
  EXPECT_TRUE(open_sums().empty());
}

TEST_F(ErrandsTest, TheDeadlineComesBeforeTheErrandIsOver) {
  auto call = publish("a");
  cloud.advance(19s);
  EXPECT_EQ(answer(call), "none");
  cloud.advance(1s);
  EXPECT_EQ(answer(call), "late");
}

TEST_F(ErrandsTest, AnInnerCallHasTheOuterOneWait) {
  auto call = publish("inner inner a");
  ASSERT_EQ(open_sums().size(), 1u);
  EXPECT_EQ(answer(call), "none") << "the outer call swallowed that the inner one waits";
  EXPECT_EQ(cloud.count_rows("test.marks"), 0u);
  end(0, "8");
  EXPECT_EQ(answer(call), "8");
  EXPECT_EQ(cloud.count_rows("test.marks"), 3u);
}

TEST_F(ErrandsTest, AClientThatGoesAwayDropsTheErrand) {
  auto call = publish("a");
  ASSERT_EQ(open_sums().size(), 1u);
  cloud.hang_up(call);
  EXPECT_TRUE(open_sums().empty());
}

TEST_F(ErrandsTest, AListenerWaitsAndHoldsBackItsLine) {
  publish("tell");
  publish("tell");
  cloud.advance(0s);
  ASSERT_EQ(open_sums().size(), 1u) << "two deliveries of a line at once";
  EXPECT_EQ(cloud.count_rows("kernel.outbox"), 2u);
  end(0, "first");
  EXPECT_EQ(heard(), "first");
  ASSERT_EQ(open_sums().size(), 1u);
  end(0, "second");
  EXPECT_EQ(heard(), "second");
  EXPECT_EQ(cloud.count_rows("kernel.outbox"), 0u);
}

TEST_F(ErrandsTest, AListenerThatFailsAfterItsErrandBeginsItAnew) {
  publish("tell");
  cloud.advance(0s);
  end(0, "bad");
  EXPECT_TRUE(open_sums().empty());
  cloud.advance(1s);
  ASSERT_EQ(open_sums().size(), 1u);
  end(0, "good");
  EXPECT_EQ(heard(), "good");
}

TEST_F(ErrandsTest, ACrashDeliversAgainWhatWaited) {
  publish("tell");
  cloud.advance(0s);
  ASSERT_EQ(open_sums().size(), 1u);
  cloud.crash();
  EXPECT_TRUE(open_sums().empty());
  cloud.advance(0s);
  ASSERT_EQ(open_sums().size(), 1u);
  end(0, "again");
  EXPECT_EQ(heard(), "again");
}

TEST_F(ErrandsTest, WithoutWorkersWhatIsComputedIsThereAtOnce) { EXPECT_EQ(answer(publish("compute")), "42"); }

TEST(Pipe, GivesWhatIsWrittenAndThenItsEnd) {
  auto pipe = Pipe::make();
  auto reader = pipe->reader();
  int resumed = 0;
  std::string out;
  EXPECT_EQ(reader->next(out), AnswerBody::Next::kLater);
  reader->on_start([&] { ++resumed; });
  EXPECT_TRUE(pipe->write("a"));
  EXPECT_TRUE(pipe->write("b"));
  EXPECT_EQ(pipe->waiting_bytes(), 2u);
  EXPECT_EQ(resumed, 1);
  EXPECT_EQ(reader->next(out), AnswerBody::Next::kData);
  EXPECT_EQ(out, "ab");
  pipe->end();
  out.clear();
  EXPECT_EQ(reader->next(out), AnswerBody::Next::kEnd);
  reader.reset();
  EXPECT_FALSE(pipe->write("c"));
  EXPECT_TRUE(pipe->is_unread());
}

TEST(Pipe, AnEncoderFramesTheBytesAndTellsTheError) {
  auto pipe = Pipe::make();
  auto reader = pipe->reader({.encode = [](std::string_view bytes) { return "<" + std::string(bytes) + ">"; },
                              .finish = [](const base::Error* error) { return error ? error->code : "end"; }});
  pipe->write("a");
  pipe->fail({"Broken", "It broke."});
  std::string out;
  EXPECT_EQ(reader->next(out), AnswerBody::Next::kEnd);
  EXPECT_EQ(out, "<a>Broken");
}

TEST(Pipe, ItsHeadIsReadApart) {
  auto pipe = Pipe::make();
  int called = 0;
  pipe->write("he");
  pipe->await_head("||", 100, [&] { ++called; });
  EXPECT_EQ(called, 0);
  pipe->write("ad||rest");
  EXPECT_EQ(called, 1);
  EXPECT_EQ(pipe->take_head("||"), "head");
  EXPECT_EQ(pipe->take_head("||"), std::nullopt);
  auto reader = pipe->reader();
  std::string out;
  EXPECT_EQ(reader->next(out), AnswerBody::Next::kData);
  EXPECT_EQ(out, "rest");
  auto other = Pipe::make();
  other->await_head("||", 100, [&] { ++called; });
  other->end();
  EXPECT_EQ(called, 2);
}

TEST(Pipe, WithoutAnEncoderAnErrorCutsTheAnswer) {
  auto pipe = Pipe::make();
  auto reader = pipe->reader();
  pipe->fail({"Broken", "It broke."});
  std::string out;
  EXPECT_EQ(reader->next(out), AnswerBody::Next::kFail);
}

}  // namespace
}  // namespace kernel::testing
