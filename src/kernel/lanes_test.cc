// Several lanes on several threads: conflicts are retried, and no wake-up is lost between them.
#include <gtest/gtest.h>

#include <condition_variable>
#include <thread>

#include "kernel/cloud.h"
#include "kernel/testing.h"
#include "store/memory_engine.h"

namespace kernel {
namespace {

struct Letter {
  std::string text;

  static void fields(auto& self, auto& field) { field("text", self.text); }
};
constexpr store::Table<Letter> kLetters{"test.letters"};

// "take" takes the oldest letter or waits for one; anything else is put as a letter.
Result<Value> Publish(Call& call, const Value& input) {
  const std::string& text = input.at("Message").str();
  if (text != "take") {
    call.tx.put(kLetters, store::key(call.next_sequence()), {text});
    call.wake("letters");
    return Value(Value::Map{{"MessageId", text}});
  }
  std::string first_key;
  Letter first;
  call.tx.scan(kLetters, store::Scan{.limit = 1}, [&](std::string_view key, Letter& letter) {
    first_key = key;
    first = letter;
  });
  if (first_key.empty()) return call.park_until(call.now + std::chrono::hours(1), "letters");
  call.tx.erase(kLetters, first_key);
  return Value(Value::Map{{"MessageId", first.text}});
}

struct LockedDice : base::Dice {
  std::uint64_t next() override {
    std::lock_guard lock(mutex);
    return dice.next();
  }
  std::mutex mutex;
  base::SeededDice dice{1};
};

// A thread with a lane that makes one call after the other, as an event loop would.
class Worker {
 public:
  explicit Worker(Cloud& cloud) : lane_(cloud, [this] { nudge(); }) {}

  // The answer; nothing when it did not come in half a minute of real time.
  std::optional<std::string> call(const std::string& text) {
    const model::Service* model = model::find_service("sns");
    std::optional<std::string> answer;
    lane_.submit(
        {.service = model,
         .operation = model->find_operation("Publish"),
         .input = Value::Map{{"Message", text}},
         .caller = Principal::root("000000000000"),
         .request = {},
         .place = {"000000000000", "us-east-1"}},
        [&](Answer given) { answer = given.result ? given.result->at("MessageId").str() : given.result.error().code; });
    for (bool patient = true; patient;) {
      while (lane_.turn()) continue;
      if (answer) return answer;
      std::unique_lock lock(mutex_);
      patient = changed_.wait_for(lock, std::chrono::seconds(30), [&] { return nudged_; });
      nudged_ = false;
    }
    return std::nullopt;
  }

 private:
  void nudge() {
    std::lock_guard lock(mutex_);
    nudged_ = true;
    changed_.notify_one();
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  bool nudged_ = false;
  Lane lane_;
};

TEST(Lanes, EveryLetterIsTakenOnceAndNobodyWaitsInVain) {
  constexpr int kLettersPerThread = 500;
  auto store = store::Store::open(store::memory_home());
  ASSERT_TRUE(store);
  ManualClock clock{Time(Millis(1))};
  LockedDice dice;
  Cloud cloud({.store = **store,
               .clock = clock,
               .dice = dice,
               .log = {},
               .root_key = kernel::testing::kRootKey,
               .services = {{.id = "sns", .operations = {{"Publish", Publish}}}}});

  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < 4; ++i) workers.push_back(std::make_unique<Worker>(cloud));
  std::mutex mutex;
  std::multiset<std::string> taken;
  int unanswered = 0;
  std::vector<std::jthread> threads;
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&, i] {
      for (int n = 0; n < kLettersPerThread; ++n) workers[i]->call(fmt::format("{}-{}", i, n));
    });
    threads.emplace_back([&, i] {
      for (int n = 0; n < kLettersPerThread; ++n) {
        auto letter = workers[2 + i]->call("take");
        std::lock_guard lock(mutex);
        letter ? void(taken.insert(*letter)) : void(++unanswered);
      }
    });
  }
  threads.clear();
  workers.clear();

  EXPECT_EQ(unanswered, 0);
  std::multiset<std::string> sent;
  for (int i = 0; i < 2; ++i)
    for (int n = 0; n < kLettersPerThread; ++n) sent.insert(fmt::format("{}-{}", i, n));
  EXPECT_EQ(taken, sent);
}

}  // namespace
}  // namespace kernel
