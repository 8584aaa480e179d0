// Whatever happens between an event's acceptance and its end, crashes included: it is run at least once, or given up
// for its age, and ends in exactly one of success and failure, of which everybody is told once.
#include <map>
#include <set>

#include "base/json.h"
#include "kernel/simulation.h"
#include "services/lambda/async.h"

namespace lambda {
namespace {

using kernel::Millis;
using kernel::testing::TestCloud;
using M = Value::Map;

constexpr const char* kRole = "arn:aws:iam::000000000000:role/worker";
constexpr const char* kQueues = "arn:aws:sqs:us-east-1:000000000000:";
constexpr const char* kTrust =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},)"
    R"("Action":"sts:AssumeRole"}]})";
constexpr const char* kAll = R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";

struct Sent {
  std::string queue, body;

  static void fields(auto& self, auto& field) {
    field("queue", self.queue);
    field("body", self.body);
  }
};
constexpr store::Table<Sent> kSent{"test.sent", store::Scope::kGlobal};

// Stand-ins for the services that Lambda needs: a queue that takes everything, and one role that may do everything.
Result<Value> send(Call& call, const Value& input) {
  const std::string& url = input.at("QueueUrl").str();
  call.tx.put(kSent, store::key(call.next_sequence()), {url.substr(url.rfind('/') + 1), input.at("MessageBody").str()});
  return Value(M{{"MessageId", call.uuid()}});
}

std::string trust_of(Call&, std::string_view) { return kTrust; }

kernel::PrincipalPolicies policies_of(Call& call, const kernel::Principal&) {
  return {.identity = {{"all", *call.cloud().policies().compile(kAll, policy::Kind::kIdentity)}}, .id = "AROAWORKER"};
}

std::vector<kernel::Service> services() {
  return {service(),
          {.id = "sqs", .operations = {{"SendMessage", send}}},
          {.id = "iam", .access = {.policy_of = trust_of, .policies_of_principal = policies_of}}};
}

class AsyncInvocations {
 public:
  explicit AsyncInvocations(TestCloud& cloud) : cloud_(cloud) {
    for (const char* handler : {"echo", "fail", "fail_times_2", "hang"}) add_function(handler);
  }

  void step() {
    switch (cloud_.roll(10)) {
      case 0:
      case 1:
      case 2:
      case 3: invoke(); break;
      case 4:
      case 5: cloud_.advance(Millis(cloud_.roll(90'000))); break;
      case 6: cloud_.advance(Millis(cloud_.roll(3'000))); break;
      case 7: reserve(cloud_.roll(3) == 0 ? std::optional<std::int64_t>(1) : std::nullopt); break;
      case 8: cloud_.roll(4) == 0 ? cloud_.restart() : cloud_.crash(); break;
      default: invoke_in_vain(); break;
    }
  }

  void drain() {
    reserve(std::nullopt);
    cloud_.advance(std::chrono::hours(8));
    std::map<std::string, std::multiset<std::string>> told = told_of();
    for (const auto& [id, handler] : accepted_) {
      const std::size_t good = told["good"].count(id), bad = told["bad"].count(id), dead = told["dead"].count(id);
      EXPECT_EQ(good + bad, 1u) << handler << " " << id;
      EXPECT_EQ(dead, bad) << handler << " " << id;
      if (handler == "echo") {
        EXPECT_EQ(good, 1u) << id;
      }
      if (handler == "fail" || handler == "hang") {
        EXPECT_EQ(bad, 1u) << handler << " " << id;
      }
    }
    for (const auto& id : told["good"]) EXPECT_TRUE(accepted_.contains(id) || uncertain_.contains(id)) << id;
    for (const char* queue : {"good", "bad", "dead"}) EXPECT_FALSE(told[queue].empty()) << queue;
    for (const char* table : {"lambda.async_events", "kernel.outbox", "kernel.timers"})
      EXPECT_EQ(cloud_.count_rows(table), 0u) << table;
  }

 private:
  void add_function(const std::string& handler) {
    change([&](Call& call) {
      call.tx.put(kFunctions, handler, {.name = handler, .incarnation = call.next_sequence()});
      Version version{.role = kRole, .runtime = "python3.12", .handler = handler, .state = "Active"};
      version.code_folder = "/nowhere";
      version.dead_letter_arn = std::string(kQueues) + "dead";
      call.tx.put(kVersions, store::key(handler, std::uint64_t{0}), version);
      call.tx.put(kEventInvokeConfigs, store::key(handler, "$LATEST"),
                  {.on_success = std::string(kQueues) + "good", .on_failure = std::string(kQueues) + "bad"});
    });
  }

  void change(const std::function<void(Call&)>& body) {
    auto done = cloud_.cloud().transact(cloud_.place(), [&](Call& call) -> Result<void> {
      body(call);
      return {};
    });
    ASSERT_TRUE(done);
  }

  void reserve(std::optional<std::int64_t> concurrency) {
    change([&](Call& call) {
      Function row = *call.tx.get(kFunctions, "hang");
      row.reserved_concurrency = concurrency;
      call.tx.put(kFunctions, "hang", row);
    });
  }

  std::pair<std::string, M> random_event() {
    static constexpr const char* kHandlers[] = {"echo", "fail", "fail_times_2", "hang"};
    const std::string handler = kHandlers[cloud_.roll(std::size(kHandlers))];
    const std::string id = std::to_string(next_id_++);
    handlers_[id] = handler;
    return {
        id,
        M{{"FunctionName", handler}, {"InvocationType", "Event"}, {"Payload", fmt::format(R"({{"id":"{}"}})", id)}}};
  }

  void invoke() {
    auto [id, input] = random_event();
    auto answer = cloud_.call("lambda", "Invoke", std::move(input));
    ASSERT_TRUE(answer) << answer.error().code << ": " << answer.error().message;
    EXPECT_EQ(answer->at("StatusCode").num(), 202);
    accepted_[id] = handlers_[id];
  }

  // The disk fails while it is written: the caller is not answered well, and whether the event is there is open.
  void invoke_in_vain() {
    cloud_.disk().fail_writes_after(cloud_.roll(2));
    auto [id, input] = random_event();
    auto handle = cloud_.start("lambda", "Invoke", std::move(input));
    const Result<Value>* answer = cloud_.answer(handle);
    if (answer && *answer)
      accepted_[id] = handlers_[id];
    else
      uncertain_.insert(id);
    cloud_.crash();
  }

  std::map<std::string, std::multiset<std::string>> told_of() {
    std::map<std::string, std::multiset<std::string>> told;
    cloud_.cloud().store().begin({}).scan(kSent, store::Scan{}, [&](std::string_view, Sent& sent) {
      auto record = base::parse_json(sent.body);
      ASSERT_TRUE(record) << sent.body;
      const Value& event = sent.queue == "dead" ? *record : record->at("requestPayload");
      told[sent.queue].insert(event.at("id").str());
      if (sent.queue == "good") {
        EXPECT_EQ(record->at("requestContext").at("condition").str(), "Success");
      }
      if (sent.queue == "bad") {
        EXPECT_NE(record->at("requestContext").at("condition").str(), "Success");
      }
    });
    return told;
  }

  TestCloud& cloud_;
  std::uint64_t next_id_ = 1;
  std::map<std::string, std::string> handlers_, accepted_;
  std::set<std::string> uncertain_;
};

TEST(AsyncInvocations, EveryEventEndsOnce) {
  kernel::testing::for_each_seed([](std::uint64_t seed) {
    TestCloud cloud(services(), seed);
    AsyncInvocations simulation(cloud);
    for (int i = 0; i < 300 && !::testing::Test::HasFailure(); ++i) simulation.step();
    simulation.drain();
  });
}

}  // namespace
}  // namespace lambda
