// Rotation by a Lambda function. The function here is a made-up service in Lambda's and KMS's places, which does what
// the functions do that AWS gives away.
#include <gtest/gtest.h>

#include "base/json.h"
#include "base/time_text.h"
#include "kernel/testing.h"
#include "services/secretsmanager/secret.h"

namespace secretsmanager {
namespace {

using namespace std::chrono_literals;
using kernel::testing::TestCloud;
using M = Value::Map;

constexpr const char* kFunction = "arn:aws:lambda:us-east-1:000000000000:function:rotate";
constexpr const char* kToken = "00000000-0000-4000-8000-00000000000";

// What the function was asked to do, and how often it is to fail.
struct Ask {
  std::string step, version;
  std::int64_t left = 0;

  static void fields(auto& self, auto& field) {
    field("step", self.step);
    field("version", self.version);
    field("left", self.left);
  }
};
constexpr store::Table<Ask> kAsked{"test.asked"};
constexpr store::Table<Ask> kFailing{"test.failing"};

Result<Value> ask_secrets(Call& call, std::string_view operation, Value input) {
  kernel::Client client(call, kernel::Principal::root("000000000000"), {"000000000000", "us-east-1"});
  return client.invoke({"secretsmanager", operation}, std::move(input));
}

Result<Value> rotate(Call& call, const Value& event) {
  const std::string& step = event.at("Step").str();
  const std::string& secret = event.at("SecretId").str();
  const std::string& version = event.at("ClientRequestToken").str();
  if (step == "createSecret")
    TRY(ask_secrets(call, "PutSecretValue",
                    M{{"SecretId", secret},
                      {"ClientRequestToken", version},
                      {"SecretString", "value of " + version},
                      {"VersionStages", Value::List{"AWSPENDING"}}}));
  if (step != "finishSecret") return Value(M{{"StatusCode", 200}});
  Value stages = TRY(ask_secrets(call, "DescribeSecret", M{{"SecretId", secret}})).at("VersionIdsToStages");
  std::string current;
  for (const auto& [id, labels] : stages.map())
    for (const Value& label : labels.list())
      if (label.str() == kCurrent) current = id;
  TRY(ask_secrets(call, "UpdateSecretVersionStage",
                  M{{"SecretId", secret},
                    {"VersionStage", kCurrent},
                    {"MoveToVersionId", version},
                    {"RemoveFromVersionId", current}}));
  TRY(ask_secrets(call, "UpdateSecretVersionStage",
                  M{{"SecretId", secret}, {"VersionStage", kPending}, {"RemoveFromVersionId", version}}));
  return Value(M{{"StatusCode", 200}});
}

Result<Value> run_function(Call& call, const Value& input) {
  if (input.at("InvocationType").str() == "DryRun") return Value(M{{"StatusCode", 204}});
  Value event = TRY(base::parse_json(input.at("Payload").str()));
  call.tx.put(kAsked, store::key(call.next_sequence()),
              {.step = event.at("Step").str(), .version = event.at("ClientRequestToken").str()});
  if (auto failing = call.tx.get(kFailing, ""); failing && failing->left > 0) {
    call.tx.put(kFailing, "", {.step = "", .version = "", .left = failing->left - 1});
    return Value(M{{"StatusCode", 200}, {"FunctionError", "Unhandled"}});
  }
  return rotate(call, event);
}

Result<Value> make_key(Call&, const Value& input) {
  return Value(M{{"CiphertextBlob", input.at("KeyId").str()},
                 {"Plaintext", "a data key for tests, 32 bytes.."},
                 {"KeyId", input.at("KeyId")}});
}
Result<Value> open_key(Call&, const Value& input) {
  return Value(M{{"Plaintext", "a data key for tests, 32 bytes.."}, {"KeyId", input.at("CiphertextBlob")}});
}

std::vector<kernel::Service> services() {
  std::vector<kernel::Service> services;
  services.push_back(service());
  services.push_back({.id = "lambda", .operations = {{"Invoke", run_function}}});
  services.push_back({.id = "kms", .operations = {{"GenerateDataKey", make_key}, {"Decrypt", open_key}}});
  return services;
}

class Rotations : public ::testing::Test {
 protected:
  TestCloud cloud_{services()};

  void SetUp() override {
    call("CreateSecret", M{{"Name", "s"}, {"SecretString", "first"}, {"ClientRequestToken", token(0)}});
  }
  static std::string token(int number) { return kToken + std::to_string(number); }
  Value call(const char* operation, M input) {
    auto result = cloud_.call("secretsmanager", operation, std::move(input));
    EXPECT_TRUE(result) << operation << ": " << result.error().message;
    return result ? *result : Value();
  }
  void start(int number, M rules, M more = {}) {
    M input{{"SecretId", "s"}, {"ClientRequestToken", token(number)}, {"RotationLambdaARN", kFunction}};
    input.emplace_back("RotationRules", std::move(rules));
    for (auto& member : more) input.push_back(std::move(member));
    call("RotateSecret", std::move(input));
    cloud_.advance(0ms);
  }
  Value describe() { return call("DescribeSecret", M{{"SecretId", "s"}}); }
  std::string value() { return call("GetSecretValue", M{{"SecretId", "s"}}).at("SecretString").str(); }
  std::string next() { return base::format_iso8601(describe().at("NextRotationDate").num()); }
  std::vector<std::string> asked() {
    std::vector<std::string> steps;
    auto done = cloud_.cloud().transact(cloud_.place(), [&](Call& inner) -> Result<void> {
      inner.tx.scan(kAsked, "", [&](std::string_view, Ask& ask) { steps.push_back(ask.step); });
      inner.tx.erase_all(kAsked, "");
      return {};
    });
    EXPECT_TRUE(done);
    return steps;
  }
  void fail(std::int64_t times) {
    auto done = cloud_.cloud().transact(cloud_.place(), [&](Call& inner) -> Result<void> {
      inner.tx.put(kFailing, "", {.step = "", .version = "", .left = times});
      return {};
    });
    EXPECT_TRUE(done);
  }
};

const std::vector<std::string> kAllSteps{"createSecret", "setSecret", "testSecret", "finishSecret"};

TEST_F(Rotations, a_secret_is_rotated_in_four_steps_at_once_and_then_by_its_schedule) {
  start(1, M{{"ScheduleExpression", "rate(10 days)"}, {"Duration", "3h"}});
  EXPECT_EQ(asked(), kAllSteps);
  EXPECT_EQ(value(), "value of " + token(1));
  Value shown = describe();
  EXPECT_TRUE(shown.at("RotationEnabled").flag());
  EXPECT_EQ(shown.at("LastRotatedDate").num(), kernel::to_ms(TestCloud::kStart));
  EXPECT_EQ(next(), "2026-01-11T02:59:59Z");
  EXPECT_EQ(shown.at("VersionIdsToStages").at(token(0)).list().front().str(), kPrevious);

  cloud_.advance(10 * 24h - 1ms);
  EXPECT_EQ(asked(), std::vector<std::string>{});
  cloud_.restart();
  cloud_.advance(1ms);
  EXPECT_EQ(asked(), kAllSteps);
  EXPECT_NE(value(), "value of " + token(1));
  EXPECT_EQ(next(), "2026-01-21T02:59:59Z");
}

TEST_F(Rotations, a_calendar_says_when) {
  start(1, M{{"ScheduleExpression", "cron(0 16 1,15 * ? *)"}});
  EXPECT_EQ(next(), "2026-01-01T23:59:59Z");
  cloud_.advance(16h);
  EXPECT_EQ(next(), "2026-01-15T23:59:59Z");
  asked();
  cloud_.advance(14 * 24h);
  EXPECT_EQ(asked(), kAllSteps);
}

TEST_F(Rotations, days_are_counted_from_the_last_rotation) {
  cloud_.advance(5h);
  start(1, M{{"AutomaticallyAfterDays", 30}});
  EXPECT_EQ(next(), "2026-01-31T23:59:59Z");
}

TEST_F(Rotations, a_step_that_fails_is_made_again) {
  fail(2);
  start(1, M{{"AutomaticallyAfterDays", 1}});
  EXPECT_EQ(asked(), std::vector<std::string>{"createSecret"});
  auto refused = cloud_.call("secretsmanager", "RotateSecret", M{{"SecretId", "s"}, {"ClientRequestToken", token(2)}});
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "InvalidRequestException");
  EXPECT_EQ(value(), "first");
  cloud_.advance(1min);
  EXPECT_EQ(asked(), std::vector<std::string>{"createSecret"});
  cloud_.advance(2min);
  EXPECT_EQ(asked(), kAllSteps);
  EXPECT_EQ(value(), "value of " + token(1));
}

TEST_F(Rotations, what_failed_for_good_is_tried_again_in_the_next_window) {
  fail(5);
  start(1, M{{"AutomaticallyAfterDays", 1}});
  cloud_.advance(23h);
  EXPECT_EQ(asked(), std::vector<std::string>(5, "createSecret"));
  EXPECT_EQ(value(), "first");
  cloud_.advance(2h);
  EXPECT_EQ(asked(), kAllSteps);
  EXPECT_EQ(value(), "value of " + token(1));
}

TEST_F(Rotations, without_haste_the_function_is_only_tried) {
  start(1, M{{"AutomaticallyAfterDays", 2}}, M{{"RotateImmediately", false}});
  EXPECT_EQ(asked(), std::vector<std::string>{"testSecret"});
  EXPECT_EQ(value(), "first");
  EXPECT_EQ(describe().at("VersionIdsToStages").map().size(), 1u);
  cloud_.advance(2 * 24h);
  EXPECT_EQ(asked(), kAllSteps);
}

TEST_F(Rotations, a_rotation_that_is_cancelled_does_not_come_back) {
  fail(100);
  start(1, M{{"AutomaticallyAfterDays", 1}});
  EXPECT_EQ(call("CancelRotateSecret", M{{"SecretId", "s"}}).at("VersionId").str(), token(1));
  asked();
  cloud_.advance(5 * 24h);
  EXPECT_EQ(asked(), std::vector<std::string>{});
  EXPECT_FALSE(describe().at("RotationEnabled").flag());
}

}  // namespace
}  // namespace secretsmanager
