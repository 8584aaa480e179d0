// Whatever happens, crashes included: every message and every change is handled at least once, nothing is deleted
// before, FIFO queues keep the order of their groups, and streams that of each item.
#include <map>
#include <set>

#include "base/json.h"
#include "base/random.h"
#include "kernel/simulation.h"
#include "services/lambda/sources.h"

namespace sqs {
kernel::Service service();
}
namespace dynamodb {
kernel::Service service();
}

namespace lambda {
namespace {

using kernel::Millis;
using kernel::testing::TestCloud;
using M = Value::Map;

constexpr const char* kSourceTrust =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},)"
    R"("Action":"sts:AssumeRole"}]})";
constexpr const char* kEverything =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";

std::string source_trust(Call&, std::string_view) { return kSourceTrust; }

kernel::PrincipalPolicies source_policies(Call& call, const kernel::Principal&) {
  return {.identity = {{"all", *call.cloud().policies().compile(kEverything, policy::Kind::kIdentity)}},
          .id = "AROAWORKER"};
}

std::vector<kernel::Service> source_services() {
  return {service(),
          sqs::service(),
          dynamodb::service(),
          {.id = "iam", .access = {.policy_of = source_trust, .policies_of_principal = source_policies}}};
}

// What was sent and handled: per line of things that must stay in order ("fifo/a"), or in any order ("standard").
struct Book {
  std::map<std::string, std::set<std::int64_t>> sent, maybe_sent, handled;

  bool is_handled_before(const std::string& line, std::int64_t number) {
    for (std::int64_t before : sent[line])
      if (before < number && !handled[line].contains(before)) return false;
    return true;
  }
};

class Sources {
 public:
  explicit Sources(TestCloud& cloud, std::uint64_t seed) : cloud_(cloud), dice_(seed) {
    cloud_.functions().script = [this](const kernel::FunctionRequest& request) { return handle(request); };
    for (const char* name : {"standard", "fifo", "stream"}) add_function(name);
    call("sqs", "CreateQueue", M{{"QueueName", "standard"}});
    call(
        "sqs", "CreateQueue",
        M{{"QueueName", "fifo.fifo"}, {"Attributes", M{{"FifoQueue", "true"}, {"ContentBasedDeduplication", "true"}}}});
    const Value table =
        call("dynamodb", "CreateTable",
             M{{"TableName", "items"},
               {"BillingMode", "PAY_PER_REQUEST"},
               {"AttributeDefinitions", Value::List{M{{"AttributeName", "id"}, {"AttributeType", "S"}}}},
               {"KeySchema", Value::List{M{{"AttributeName", "id"}, {"KeyType", "HASH"}}}},
               {"StreamSpecification", M{{"StreamEnabled", true}, {"StreamViewType", "NEW_IMAGE"}}}});
    cloud_.advance(std::chrono::seconds(10));
    map("standard", "arn:aws:sqs:us-east-1:000000000000:standard", M{});
    map("fifo", "arn:aws:sqs:us-east-1:000000000000:fifo.fifo", M{});
    map("stream", table.at("TableDescription").at("LatestStreamArn").str(),
        M{{"StartingPosition", "LATEST"}, {"BatchSize", 3}, {"BisectBatchOnFunctionError", true}});
  }

  void step() {
    switch (cloud_.roll(14)) {
      case 0:
      case 1:
      case 2: send_standard(); break;
      case 3:
      case 4:
      case 5: send_fifo(); break;
      case 6:
      case 7:
      case 8: write_item(); break;
      case 9:
      case 10: cloud_.advance(Millis(cloud_.roll(20'000))); break;
      case 11: cloud_.roll(2) == 0 ? cloud_.restart() : cloud_.crash(); break;
      case 12: change(); break;
      default: fail_writes(); break;
    }
  }

  void drain() {
    is_failing_ = false;
    for (const std::string& uuid : uuids_)
      call("lambda", "UpdateEventSourceMapping", M{{"UUID", uuid}, {"Enabled", true}});
    cloud_.advance(std::chrono::hours(3));
    for (const char* line : {"standard", "fifo/a", "item/0"}) EXPECT_GE(book_.sent[line].size(), 3u) << line;
    for (const auto& [line, numbers] : book_.sent)
      for (std::int64_t number : numbers)
        EXPECT_TRUE(book_.handled[line].contains(number)) << "never handled: " << line << " " << number;
    for (const char* rows : {"sqs.messages", "sqs.fifo_messages", "lambda.batches", "lambda.batch_parts"})
      EXPECT_EQ(cloud_.count_rows(rows), 0u) << rows;
    for (const std::string& uuid : uuids_) {
      EXPECT_EQ(call("lambda", "GetEventSourceMapping", M{{"UUID", uuid}}).at("State").str(), "Enabled");
      call("lambda", "DeleteEventSourceMapping", M{{"UUID", uuid}});
    }
    cloud_.advance(std::chrono::seconds(1));
    for (const char* rows : {"lambda.mappings", "lambda.mapping_lines", "lambda.positions"})
      EXPECT_EQ(cloud_.count_rows(rows), 0u) << rows;
  }

 private:
  Value call(std::string_view service_id, std::string_view operation, M input) {
    auto answer = cloud_.call(service_id, operation, std::move(input));
    EXPECT_TRUE(answer) << operation << ": " << answer.error().code << ": " << answer.error().message;
    return answer ? *answer : Value();
  }

  void add_function(const std::string& name) {
    auto done = cloud_.cloud().transact(cloud_.place(), [&](Call& inner) -> Result<void> {
      inner.tx.put(kFunctions, name, {.name = name, .incarnation = inner.next_sequence()});
      Version version{.role = "arn:aws:iam::000000000000:role/worker",
                      .runtime = "python3.12",
                      .handler = "script",
                      .state = "Active"};
      version.code_folder = "/nowhere";
      inner.tx.put(kVersions, store::key(name, std::uint64_t{0}), version);
      return {};
    });
    ASSERT_TRUE(done);
  }

  void map(const std::string& function, const std::string& source, M more) {
    M input{{"FunctionName", function},
            {"EventSourceArn", source},
            {"FunctionResponseTypes", Value::List{"ReportBatchItemFailures"}}};
    for (auto& member : more) input.push_back(std::move(member));
    uuids_.push_back(call("lambda", "CreateEventSourceMapping", std::move(input)).at("UUID").str());
  }

  // The function: handles records until one goes wrong, and says from which on it has not.
  std::optional<std::string> handle(const kernel::FunctionRequest& request) {
    auto event = base::parse_json(request.payload);
    EXPECT_TRUE(event) << request.payload;
    if (is_failing_ && dice_.below(8) == 0) return std::nullopt;
    Value::List failures;
    for (const Value& record : event->at("Records").list()) {
      const bool is_stream = record.has("dynamodb");
      const Value& image = record.at("dynamodb").at("NewImage");
      const std::string text = is_stream ? "item/" + image.at("id").at("S").str() + ":" + image.at("n").at("N").str()
                                         : record.at("body").str();
      const std::string line = text.substr(0, text.find(':'));
      const std::int64_t number = std::stoll(text.substr(text.find(':') + 1));
      const bool is_ordered = line != "standard";
      const bool fails = (is_failing_ && dice_.below(5) == 0) || (is_ordered && !failures.empty());
      if (fails) {
        failures.push_back(
            M{{"itemIdentifier", is_stream ? record.at("dynamodb").at("SequenceNumber") : record.at("messageId")}});
        continue;
      }
      if (is_ordered) {
        EXPECT_TRUE(book_.is_handled_before(line, number)) << "out of turn: " << text;
      }
      book_.handled[line].insert(number);
    }
    return base::to_json(Value(M{{"batchItemFailures", std::move(failures)}}));
  }

  // Sends what comes next in a line; whether it was taken is uncertain where the call fails.
  void send(const std::string& line, std::string_view service_id, std::string_view operation, const M& input) {
    auto handle = cloud_.start(service_id, operation, input);
    const Result<Value>* answer = cloud_.answer(handle);
    (answer && *answer ? book_.sent : book_.maybe_sent)[line].insert(next_);
    ++next_;
  }
  void send_standard() {
    send("standard", "sqs", "SendMessage",
         M{{"QueueUrl", "standard"}, {"MessageBody", fmt::format("standard:{}", next_)}});
  }
  void send_fifo() {
    const std::string group = std::string(1, static_cast<char>('a' + cloud_.roll(3)));
    send("fifo/" + group, "sqs", "SendMessage",
         M{{"QueueUrl", "fifo.fifo"},
           {"MessageGroupId", group},
           {"MessageBody", fmt::format("fifo/{}:{}", group, next_)}});
  }
  void write_item() {
    const std::string id = std::to_string(cloud_.roll(6));
    send("item/" + id, "dynamodb", "PutItem",
         M{{"TableName", "items"}, {"Item", M{{"id", M{{"S", id}}}, {"n", M{{"N", std::to_string(next_)}}}}}});
  }

  void change() {
    const std::string& uuid = uuids_[cloud_.roll(uuids_.size())];
    M input{{"UUID", uuid}, {"Enabled", cloud_.roll(3) != 0}};
    if (uuid == uuids_.back())
      input.emplace_back("ParallelizationFactor", static_cast<std::int64_t>(1 + cloud_.roll(4)));
    else
      input.emplace_back("ScalingConfig", M{{"MaximumConcurrency", static_cast<std::int64_t>(2 + cloud_.roll(6))}});
    call("lambda", "UpdateEventSourceMapping", std::move(input));
  }

  // The disk fails while it is written: what was not answered is open.
  void fail_writes() {
    cloud_.disk().fail_writes_after(cloud_.roll(3));
    cloud_.roll(2) == 0 ? send_standard() : write_item();
    cloud_.crash();
  }

  TestCloud& cloud_;
  base::SeededDice dice_;
  Book book_;
  std::vector<std::string> uuids_;
  std::int64_t next_ = 1;
  bool is_failing_ = true;
};

TEST(Sources, EverythingIsHandledAndKeepsItsOrder) {
  kernel::testing::for_each_seed([](std::uint64_t seed) {
    TestCloud cloud(source_services(), seed);
    Sources simulation(cloud, seed);
    for (int i = 0; i < 300 && !::testing::Test::HasFailure(); ++i) simulation.step();
    simulation.drain();
  });
}

}  // namespace
}  // namespace lambda
