// Whatever is done in whichever order, and however often the cloud falls over: a table holds what was answered, a
// transaction happened whole or not at all, an index holds what the table says, the stream has told all that happened
// once and in order, and restored to any moment the table is what it was then.
#include <map>
#include <set>

#include "aws/dynamodb_changes.h"
#include "services/dynamodb/tests/grouped_table.h"

namespace dynamodbstreams {
kernel::Service service();
}  // namespace dynamodbstreams

namespace dynamodb {
namespace {

constexpr int kItems = 12;

Value text(const std::string& value) { return M{{"S", value}}; }
Value number(std::int64_t value) { return M{{"N", std::to_string(value)}}; }

// What an item should be.
struct Known {
  std::int64_t n = 0;
  std::string group;  // empty: not in the index

  bool operator==(const Known&) const = default;
};

class Bank {
 public:
  explicit Bank(TestCloud& cloud) : cloud_(cloud) {
    auto made = cloud_.call(
        "dynamodb", "CreateTable",
        grouped_table(
            "Bank", M{{"StreamSpecification", M{{"StreamEnabled", true}, {"StreamViewType", "NEW_AND_OLD_IMAGES"}}}}));
    EXPECT_TRUE(made);
    if (made) stream_ = made->at("TableDescription").at("LatestStreamArn").str();
    EXPECT_TRUE(cloud_.call(
        "dynamodb", "UpdateContinuousBackups",
        M{{"TableName", "Bank"}, {"PointInTimeRecoverySpecification", M{{"PointInTimeRecoveryEnabled", true}}}}));
  }

  void step() {
    switch (cloud_.roll(8)) {
      case 0:
      case 1: put(); break;
      case 2: remove(); break;
      case 3: add(); break;
      case 4: move_between(); break;
      case 5: put_if_absent(); break;
      case 6: pass_time(); break;
      default:
        if (cloud_.roll(4) == 0) cloud_.roll(2) == 0 ? cloud_.restart() : cloud_.crash();
    }
  }

  void check() {
    EXPECT_EQ(read(M{{"TableName", "Bank"}}), known_);
    std::map<std::string, Known> grouped;
    for (const auto& [key, known] : known_)
      if (!known.group.empty()) grouped.emplace(key, known);
    EXPECT_EQ(read(M{{"TableName", "Bank"}, {"IndexName", "by-g"}}), grouped);
    auto described = cloud_.call("dynamodb", "DescribeTable", M{{"TableName", "Bank"}});
    ASSERT_TRUE(described);
    EXPECT_EQ(described->at("Table").at("ItemCount").num(), std::ssize(known_));
    EXPECT_EQ(described->at("Table").at("GlobalSecondaryIndexes").list()[0].at("ItemCount").num(), std::ssize(grouped));
    check_changes();
    check_stream();
  }

  // The table as it was at some moment.
  void check_recovery() {
    if (moments_.empty()) return;
    auto moment = moments_.begin();
    std::advance(moment, static_cast<std::ptrdiff_t>(cloud_.roll(moments_.size())));
    ASSERT_TRUE(
        cloud_.call("dynamodb", "RestoreTableToPointInTime",
                    M{{"SourceTableName", "Bank"}, {"TargetTableName", "Past"}, {"RestoreDateTime", moment->first}}));
    EXPECT_EQ(read(M{{"TableName", "Past"}}), moment->second);
    ASSERT_TRUE(cloud_.call("dynamodb", "DeleteTable", M{{"TableName", "Past"}}));
  }

 private:
  void pass_time() {
    moments_[kernel::to_ms(cloud_.now())] = known_;
    cloud_.advance(kernel::Millis(cloud_.roll(60'000)));
  }

  // What the cloud has answered to have happened.
  void become(const std::string& key, std::optional<Known> known) {
    auto at = known_.find(key);
    const std::optional<Known> before = at == known_.end() ? std::nullopt : std::optional(at->second);
    if (before == known) return;
    history_[key].push_back(known);
    if (known)
      known_[key] = *known;
    else
      known_.erase(key);
  }

  void pay(const std::string& key, std::int64_t amount) {
    auto at = known_.find(key);
    Known known = at == known_.end() ? Known{} : at->second;
    known.n += amount;
    become(key, known);
  }

  std::string some_key() { return "k" + std::to_string(cloud_.roll(kItems)); }

  Value item_of(const std::string& key, const Known& known) {
    M item{{"p", text(key)}, {"n", number(known.n)}};
    if (!known.group.empty()) item.emplace_back("g", text(known.group));
    return item;
  }

  Known some_item() {
    Known known{.n = static_cast<std::int64_t>(cloud_.roll(100))};
    if (cloud_.roll(3) != 0) known.group = "g" + std::to_string(cloud_.roll(3));
    return known;
  }

  void put() {
    const std::string key = some_key();
    const Known known = some_item();
    ASSERT_TRUE(cloud_.call("dynamodb", "PutItem", M{{"TableName", "Bank"}, {"Item", item_of(key, known)}}));
    become(key, known);
  }

  void put_if_absent() {
    const std::string key = some_key();
    const Known known = some_item();
    auto done = cloud_.call(
        "dynamodb", "PutItem",
        M{{"TableName", "Bank"}, {"Item", item_of(key, known)}, {"ConditionExpression", "attribute_not_exists(p)"}});
    EXPECT_EQ(done.has_value(), !known_.contains(key));
    if (done) become(key, known);
  }

  void remove() {
    const std::string key = some_key();
    ASSERT_TRUE(cloud_.call("dynamodb", "DeleteItem", M{{"TableName", "Bank"}, {"Key", M{{"p", text(key)}}}}));
    become(key, std::nullopt);
  }

  void add() {
    const std::string key = some_key();
    const auto amount = static_cast<std::int64_t>(cloud_.roll(10));
    auto done = cloud_.call("dynamodb", "UpdateItem",
                            M{{"TableName", "Bank"},
                              {"Key", M{{"p", text(key)}}},
                              {"UpdateExpression", "ADD n :n"},
                              {"ExpressionAttributeValues", M{{":n", number(amount)}}},
                              {"ReturnValues", "UPDATED_NEW"}});
    ASSERT_TRUE(done);
    pay(key, amount);
    EXPECT_EQ(done->at("Attributes").at("n").at("N").str(), std::to_string(known_[key].n));
  }

  // Takes from one item and gives to another, if there is enough.
  void move_between() {
    const std::string from = some_key(), to = some_key();
    const auto amount = static_cast<std::int64_t>(cloud_.roll(60));
    auto update = [&](const std::string& key, std::int64_t change, bool needs_enough) {
      M values{{":n", number(change)}};
      M parameters{{"TableName", "Bank"}, {"Key", M{{"p", text(key)}}}, {"UpdateExpression", "ADD n :n"}};
      if (needs_enough) {
        parameters.emplace_back("ConditionExpression", "n >= :least");
        values.emplace_back(":least", number(amount));
      }
      parameters.emplace_back("ExpressionAttributeValues", std::move(values));
      return Value(M{{"Update", std::move(parameters)}});
    };
    auto done = cloud_.call("dynamodb", "TransactWriteItems",
                            M{{"TransactItems", L{update(from, -amount, true), update(to, amount, false)}}});
    const bool has_enough = known_.contains(from) && known_[from].n >= amount;
    EXPECT_EQ(done.has_value(), from != to && has_enough);
    if (!done) return;
    pay(from, -amount);
    pay(to, amount);
  }

  std::map<std::string, Known> read(const M& parameters) {
    std::map<std::string, Known> found;
    for (const Value& item : scan_all(cloud_, parameters)) found[item.at("p").at("S").str()] = known_of(item);
    return found;
  }

  static Known known_of(const Value& item) {
    return {std::stoll(item.at("n").at("N").str()), item.at("g").at("S").str()};
  }

  // The stream tells what has happened to each item: all of it, once, in order.
  void check_stream() {
    std::map<std::string, std::vector<std::optional<Known>>> told;
    for (const Value& record : read_stream(cloud_, stream_)) {
      const Value& change = record.at("dynamodb");
      std::optional<Known> known;
      if (change.has("NewImage")) known = known_of(change.at("NewImage"));
      auto& of_item = told[change.at("Keys").at("p").at("S").str()];
      EXPECT_EQ(change.has("OldImage"), !of_item.empty() && of_item.back().has_value());
      if (change.has("OldImage") && !of_item.empty()) {
        EXPECT_EQ(known_of(change.at("OldImage")), of_item.back());
      }
      of_item.push_back(known);
    }
    EXPECT_EQ(told, history_);
  }

  // Replays what was recorded.
  void check_changes() {
    std::map<std::string, std::string> replayed;
    store::Transaction tx = cloud_.cloud().store().begin(cloud_.place());
    tx.scan(aws::dynamodb::kChanges, store::Scan{}, [&](std::string_view, const aws::dynamodb::Change& change) {
      std::string& image = replayed[change.keys];
      EXPECT_EQ(image, change.old_image);
      image = change.new_image;
    });
    std::erase_if(replayed, [](const auto& one) { return one.second.empty(); });
    EXPECT_EQ(replayed.size(), known_.size());
    for (const auto& [keys, image] : replayed) {
      const Value item = aws::dynamodb::item_to_value(image);
      const Known& known = known_[item.at("p").at("S").str()];
      EXPECT_EQ(item.at("n").at("N").str(), std::to_string(known.n));
      EXPECT_EQ(item.at("g").at("S").str(), known.group);
    }
  }

  TestCloud& cloud_;
  std::string stream_;
  std::map<std::string, Known> known_;
  std::map<std::string, std::vector<std::optional<Known>>> history_;  // of each item, since the beginning
  std::map<std::int64_t, std::map<std::string, Known>> moments_;      // when time went on, in milliseconds
};

TEST(DynamodbSimulation, TablesIndexesAndChangesTellTheSameStory) {
  kernel::testing::for_each_seed([](std::uint64_t seed) {
    TestCloud cloud({service(), dynamodbstreams::service()}, seed);
    Bank bank(cloud);
    for (int step = 0; step < 400 && !::testing::Test::HasFailure(); ++step) {
      SCOPED_TRACE("step " + std::to_string(step));
      bank.step();
      if (step % 20 == 0) bank.check();
      if (step % 40 == 39) bank.check_recovery();
    }
    bank.check();
    bank.check_recovery();
  });
}

}  // namespace
}  // namespace dynamodb
