// Threads on one store: what they leave behind must be what some order of whole transactions leaves behind.
#include <atomic>
#include <random>
#include <thread>

#include "store/test_support.h"

namespace store {
namespace {

constexpr int kThreads = 4;
constexpr int kAccounts = 8;
constexpr std::int64_t kStart = 100;

template <class Work>
void on_threads(Work work) {
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) threads.emplace_back([&work, i] { work(i); });
  for (std::thread& thread : threads) thread.join();
}

std::string account(unsigned number) { return "account/" + std::to_string(number); }

std::int64_t total(const Transaction& tx) {
  std::int64_t sum = 0;
  tx.scan(kNotes, "account/", [&](std::string_view, Note& note) { sum += note.number; });
  return sum;
}

class StressTest : public testing::TestWithParam<bool> {
 protected:
  StressTest() {
    Transaction tx = store_->begin(kHere);
    for (unsigned i = 0; i < kAccounts; ++i) tx.put(kNotes, account(i), {.number = kStart});
    must(store_->commit(tx));
  }

  // Moves money, and counts the moves in a counter; answers whether it committed.
  bool transfer(std::mt19937& random) {
    Transaction tx = store_->begin(kHere);
    std::string from = account(random() % kAccounts), to = account(random() % kAccounts);
    if (from == to) return false;
    auto source = tx.get(kNotes, from), target = tx.get(kNotes, to);
    std::int64_t amount = std::min<std::int64_t>(source->number, random() % 20);
    source->number -= amount;
    target->number += amount;
    tx.put(kNotes, from, *source);
    tx.put(kNotes, to, *target);
    tx.add(kHits, "moves", 1);
    return store_->commit(tx).has_value();
  }

  TestFolder folder_;
  std::unique_ptr<Store> store_ = GetParam() ? open_on_disk(folder_.path()) : open_memory();
};

TEST_P(StressTest, TransfersKeepTheSumInEverySnapshot) {
  std::atomic<std::int64_t> moves = 0;
  on_threads([&](int number) {
    std::mt19937 random(static_cast<unsigned>(number));
    for (int i = 0; i < 400; ++i) {
      if (transfer(random)) ++moves;
      if (i % 16 == 0) must(store_->flush());
      if (i % 8 == 0) {
        Transaction tx = store_->begin(kHere);
        EXPECT_EQ(total(tx), kStart * kAccounts);
        EXPECT_EQ(total(tx), kStart * kAccounts);
      }
    }
  });
  Transaction tx = store_->begin(kHere);
  EXPECT_EQ(total(tx), kStart * kAccounts);
  EXPECT_EQ(tx.count(kHits, "moves"), moves);
}

// Each transaction reads all slots and takes the next number into one of them: with any anomaly two take the same.
TEST_P(StressTest, ReadModifyWriteOverARangeIsSerializable) {
  std::atomic<int> committed = 0;
  on_threads([&](int number) {
    for (int i = 0; i < 60;) {
      Transaction tx = store_->begin(kHere);
      std::int64_t next = 1;
      tx.scan(kNotes, "slot/", [&](std::string_view, Note& note) { next = std::max(next, note.number + 1); });
      tx.put(kNotes, "slot/" + key(number, i), {.number = next});
      if (!store_->commit(tx)) continue;
      ++committed;
      if (++i % 10 == 0) must(store_->flush());
    }
  });
  std::set<std::int64_t> taken;
  store_->begin(kHere).scan(kNotes, "slot/", [&](std::string_view, Note& note) { taken.insert(note.number); });
  EXPECT_EQ(taken.size(), static_cast<std::size_t>(committed));
  EXPECT_EQ(*taken.rbegin(), committed);
}

TEST_P(StressTest, WhatAFlushHasCoveredIsFlushed) {
  on_threads([&](int number) {
    for (int i = 0; i < 100; ++i) {
      Transaction tx = store_->begin(kHere);
      tx.put(kNotes, "own/" + std::to_string(number), {.number = i});
      Version version = must(store_->commit(tx));
      must(store_->flush());
      EXPECT_GE(store_->flushed_version(), version);
    }
  });
}

INSTANTIATE_TEST_SUITE_P(Engines, StressTest, testing::Bool());

}  // namespace
}  // namespace store
