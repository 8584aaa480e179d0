// Several lanes at one table: whatever happens at the same time is as if one had happened after the other.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <thread>

#include "api/dynamodb.h"
#include "aws/dynamodb_changes.h"
#include "kernel/testing_lanes.h"

namespace dynamodb {
namespace {

using base::Value;
using Caller = kernel::testing::LaneCaller;
using M = Value::Map;
using L = Value::List;

constexpr std::size_t kCallers = 4;
constexpr int kCallsEach = 150;
constexpr int kAccounts = 5;
constexpr int kMoneyEach = 20;

Value number(int value) { return M{{"N", std::to_string(value)}}; }
M key_of(int account) { return M{{"p", number(account)}}; }

// A cloud with a table of accounts, and callers that are threads of their own.
class Bank {
 public:
  Bank()
      : store_(*store::Store::open(store::memory_home(store::make_memory_disk()))),
        cloud_({.store = *store_,
                .clock = clock_,
                .dice = dice_,
                .log = {},
                .root_key = kernel::testing::kRootKey,
                .services = {service()}}) {
    for (std::size_t i = 0; i < kCallers; ++i) callers_.push_back(std::make_unique<Caller>(cloud_));
    EXPECT_TRUE(first().call("dynamodb", "CreateTable",
                             M{{"TableName", "Bank"},
                               {"BillingMode", "PAY_PER_REQUEST"},
                               {"AttributeDefinitions", L{M{{"AttributeName", "p"}, {"AttributeType", "N"}}}},
                               {"KeySchema", L{M{{"AttributeName", "p"}, {"KeyType", "HASH"}}}},
                               {"StreamSpecification", M{{"StreamEnabled", true}, {"StreamViewType", "NEW_IMAGE"}}}}));
    for (int account = 0; account < kAccounts; ++account)
      EXPECT_TRUE(
          first().call("dynamodb", "PutItem",
                       M{{"TableName", "Bank"}, {"Item", M{{"p", number(account)}, {"n", number(kMoneyEach)}}}}));
  }

  Caller& first() { return *callers_.front(); }

  // Calls work(caller, its number) on a thread of each.
  template <class Work>
  void run(const Work& work) {
    std::vector<std::thread> threads;
    for (std::size_t i = 0; i < kCallers; ++i)
      threads.emplace_back([&, i] { work(*callers_[i], static_cast<int>(i)); });
    for (std::thread& thread : threads) thread.join();
  }

  // All accounts, as of one moment.
  std::vector<int> read(Caller& caller) {
    L gets;
    for (int account = 0; account < kAccounts; ++account)
      gets.push_back(M{{"Get", M{{"TableName", "Bank"}, {"Key", key_of(account)}}}});
    auto answer = caller.call("dynamodb", "TransactGetItems", M{{"TransactItems", std::move(gets)}});
    std::vector<int> found;
    EXPECT_TRUE(answer);
    if (!answer) return found;
    for (const Value& one : answer->at("Responses").list())
      found.push_back(std::stoi(one.at("Item").at("n").at("N").str()));
    return found;
  }

  // What became of each account, change by change, as followers of the table find it.
  std::map<int, std::vector<int>> read_changes() {
    std::map<int, std::vector<int>> told;
    store_->begin({"000000000000", "us-east-1"})
        .scan(aws::dynamodb::kChanges, store::Scan{}, [&](std::string_view, const aws::dynamodb::Change& change) {
          const Value item = aws::dynamodb::item_to_value(change.new_image);
          told[std::stoi(item.at("p").at("N").str())].push_back(std::stoi(item.at("n").at("N").str()));
        });
    return told;
  }

 private:
  std::unique_ptr<store::Store> store_;
  kernel::AdjustableClock clock_;
  kernel::testing::ThreadDice dice_;
  kernel::Cloud cloud_;
  std::vector<std::unique_ptr<Caller>> callers_;
};

Value add(int account, int amount, int least) {
  return M{{"Update", M{{"TableName", "Bank"},
                        {"Key", key_of(account)},
                        {"UpdateExpression", "ADD n :n"},
                        {"ConditionExpression", "n >= :least"},
                        {"ExpressionAttributeValues", M{{":n", number(amount)}, {":least", number(least)}}}}}};
}

TEST(Lanes, money_that_is_moved_is_never_seen_twice_or_nowhere) {
  Bank bank;
  std::atomic<int> moved = 0;
  bank.run([&](Caller& caller, int who) {
    base::SecureDice dice;
    for (int i = 0; i < kCallsEach; ++i) {
      if (who == 0) {
        int sum = 0;
        for (int n : bank.read(caller)) sum += n;
        EXPECT_EQ(sum, kAccounts * kMoneyEach);
        continue;
      }
      const int from = static_cast<int>(dice.next() % kAccounts), amount = static_cast<int>(dice.next() % 15);
      const int to = (from + 1 + static_cast<int>(dice.next() % (kAccounts - 1))) % kAccounts;
      auto done = caller.call("dynamodb", "TransactWriteItems",
                              M{{"TransactItems", L{add(from, -amount, amount), add(to, amount, 0)}}});
      if (done && amount > 0) ++moved;
      if (!done) {
        EXPECT_EQ(done.error().code, "TransactionCanceledException");
      }
    }
  });
  EXPECT_GT(moved, 0);
  // The record has each change of an account once, and the last one is what it holds.
  const std::vector<int> found = bank.read(bank.first());
  std::size_t changes = 0;
  for (const auto& [account, told] : bank.read_changes()) {
    EXPECT_EQ(told.back(), found[static_cast<std::size_t>(account)]);
    changes += told.size();
    for (int n : told) EXPECT_GE(n, 0);
  }
  EXPECT_EQ(changes, static_cast<std::size_t>(kAccounts + 2 * moved));
}

// Each goes only when it has seen that another stays: were reads of transactions not part of them, all could go.
TEST(Lanes, of_those_who_check_each_other_one_stays) {
  Bank bank;
  bank.run([&](Caller& caller, int who) {
    const int other = (who + 1) % static_cast<int>(kCallers);
    auto set = [&](int value, int others_least) {
      return caller
          .call("dynamodb", "TransactWriteItems",
                M{{"TransactItems",
                   L{M{{"ConditionCheck", M{{"TableName", "Bank"},
                                            {"Key", key_of(other)},
                                            {"ConditionExpression", "n >= :n"},
                                            {"ExpressionAttributeValues", M{{":n", number(others_least)}}}}}},
                     M{{"Update", M{{"TableName", "Bank"},
                                    {"Key", key_of(who)},
                                    {"UpdateExpression", "SET n = :n"},
                                    {"ExpressionAttributeValues", M{{":n", number(value)}}}}}}}}})
          .has_value();
    };
    for (int i = 0; i < kCallsEach; ++i) {
      set(0, 1);  // goes, when the next one is there
      const std::vector<int> found = bank.read(caller);
      EXPECT_TRUE(std::any_of(found.begin(), found.begin() + kCallers, [](int n) { return n > 0; }));
      set(1, 0);  // comes back
    }
  });
}

TEST(Lanes, a_counter_counts_each_call) {
  Bank bank;
  bank.run([&](Caller& caller, int) {
    for (int i = 0; i < kCallsEach; ++i)
      EXPECT_TRUE(caller.call("dynamodb", "UpdateItem",
                              M{{"TableName", "Bank"},
                                {"Key", key_of(0)},
                                {"UpdateExpression", "ADD n :n"},
                                {"ExpressionAttributeValues", M{{":n", number(1)}}}}));
  });
  EXPECT_EQ(bank.read(bank.first()).front(), kMoneyEach + static_cast<int>(kCallers) * kCallsEach);
  const auto changes = bank.read_changes();
  int expected = kMoneyEach;
  for (int n : changes.at(0)) EXPECT_EQ(n, expected++);
}

}  // namespace
}  // namespace dynamodb
