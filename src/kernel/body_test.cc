// Bodies that are streamed in and out, and what is made beside the store.
#include "kernel/body.h"

#include <gtest/gtest.h>

#include "kernel/lane.h"
#include "kernel/testing.h"

namespace kernel::testing {
namespace {

// What the operation below has made and not taken back.
int& things_there() {
  static int count = 0;
  return count;
}

class Thing : public Attachment {
 public:
  Thing() { ++things_there(); }
  ~Thing() override {
    if (!is_needed_) --things_there();
  }
  void on_commit() override { is_needed_ = true; }

 private:
  bool is_needed_ = false;
};

class Gathering : public BodyIntake {
 public:
  Result<void> take(std::string_view bytes) override {
    text += bytes;
    return {};
  }
  Result<void> end() override { return {}; }
  std::string text;
};

class Spelled : public AnswerBody {
 public:
  explicit Spelled(std::string text) : text_(std::move(text)) {}
  Next next(std::string& out) override {
    if (at_ == text_.size()) return Next::kEnd;
    out = text_[at_++];
    return Next::kData;
  }

 private:
  std::string text_;
  std::size_t at_ = 0;
};

struct Row {
  std::string body;
  static void fields(auto& self, auto& field) { field("body", self.body); }
};
constexpr store::Table<Row> kRows{"s3.test_rows"};

Result<Value> put(Call& call, const Value& input) {
  call.attach(std::make_shared<Thing>());
  if (input.at("Key").str() == "refused") return base::fail("NoSuchKey", "No.");
  auto* intake = static_cast<Gathering*>(call.intake());
  call.tx.put(kRows, input.at("Key").str(), {intake ? intake->text : input.at("Body").str()});
  return Value(Value::Map{});
}

Result<Value> get(Call& call, const Value& input) {
  auto row = call.tx.get(kRows, input.at("Key").str());
  if (!row) return base::fail("NoSuchKey", "No.");
  call.answer_with(std::make_unique<Spelled>(row->body));
  return Value(Value::Map{});
}

// A copy by way of the operations themselves.
Result<Value> copy(Call& call, const Value& input) {
  Client self = call.as_caller("s3.amazonaws.com");
  Value got = TRY(self.invoke({"s3", "GetObject"}, Value::Map{{"Bucket", "b"}, {"Key", input.at("CopySource").str()}}));
  TRY(self.invoke({"s3", "PutObject"},
                  Value::Map{{"Bucket", "b"}, {"Key", input.at("Key").str()}, {"Body", got.at("Body").str()}}));
  return Value(Value::Map{});
}

Result<std::unique_ptr<BodyIntake>> make_intake(Call& call, const BodyAhead& ahead) {
  if (ahead.length > 100u) return base::fail("EntityTooLarge", "Too long.");
  EXPECT_EQ(call.operation->name, "PutObject");
  return std::make_unique<Gathering>();
}

class StreamedBodies : public ::testing::Test {
 protected:
  StreamedBodies()
      : cloud({{.id = "s3",
                .operations = {{"PutObject", put}, {"GetObject", get}, {"CopyObject", copy}},
                .make_intake = make_intake}}),
        lane(cloud.cloud(), [] {}) {
    things_there() = 0;
  }

  Invocation put_object(std::string key) {
    const model::Service* model = model::find_service("s3");
    return {.service = model,
            .operation = model->find_operation("PutObject"),
            .input = Value::Map{{"Bucket", "b"}, {"Key", std::move(key)}},
            .caller = cloud.caller(),
            .request = {.received = cloud.now()},
            .place = cloud.place()};
  }
  std::string stored(std::string key) {
    auto answer = cloud.call("s3", "GetObject", Value::Map{{"Bucket", "b"}, {"Key", std::move(key)}});
    return answer ? answer->at("Body").str() : answer.error().code;
  }

  TestCloud cloud;
  Lane lane;
};

TEST_F(StreamedBodies, AreTakenBeforeTheOperationRuns) {
  Invocation invocation = put_object("k");
  auto intake = lane.open_intake(invocation, {.length = 10});
  ASSERT_TRUE(intake && *intake);
  ASSERT_TRUE((*intake)->take("hello "));
  ASSERT_TRUE((*intake)->take("you!"));
  ASSERT_TRUE((*intake)->end());
  invocation.intake = *intake;
  bool answered = false;
  lane.submit(std::move(invocation), [&](Answer answer) { answered = answer.result.has_value(); });
  while (lane.turn()) continue;
  EXPECT_TRUE(answered);
  EXPECT_EQ(stored("k"), "hello you!");
}

TEST_F(StreamedBodies, AreRefusedBeforeTheyCome) {
  auto too_long = lane.open_intake(put_object("k"), {.length = 101});
  ASSERT_FALSE(too_long);
  EXPECT_EQ(too_long.error().code, "EntityTooLarge");
  Invocation stranger = put_object("k");
  stranger.caller = Principal{};
  auto denied = lane.open_intake(stranger, {.length = 1});
  ASSERT_FALSE(denied);
  EXPECT_EQ(denied.error().code, "AccessDenied");
}

TEST_F(StreamedBodies, OfInnerCallsAreMembersOfWhatTheyAnswer) {
  ASSERT_TRUE(cloud.call("s3", "PutObject", Value::Map{{"Bucket", "b"}, {"Key", "one"}, {"Body", "spelled"}}));
  ASSERT_TRUE(cloud.call("s3", "CopyObject", Value::Map{{"Bucket", "b"}, {"Key", "two"}, {"CopySource", "one"}}));
  EXPECT_EQ(stored("two"), "spelled");
}

TEST_F(StreamedBodies, LeaveWhatWasAttachedOnlyWhereItCommitted) {
  ASSERT_TRUE(cloud.call("s3", "PutObject", Value::Map{{"Bucket", "b"}, {"Key", "k"}, {"Body", "x"}}));
  EXPECT_EQ(things_there(), 1);
  ASSERT_FALSE(cloud.call("s3", "PutObject", Value::Map{{"Bucket", "b"}, {"Key", "refused"}, {"Body", "x"}}));
  EXPECT_EQ(things_there(), 1);
  ASSERT_FALSE(cloud.call("s3", "CopyObject", Value::Map{{"Bucket", "b"}, {"Key", "refused"}, {"CopySource", "k"}}));
  EXPECT_EQ(things_there(), 1);
}

}  // namespace
}  // namespace kernel::testing
