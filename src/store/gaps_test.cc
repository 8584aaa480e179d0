#include "store/gaps.h"

#include <rocksdb/perf_context.h>

#include <random>

#include "store/test_support.h"

namespace store {
namespace {

using internal::Gap;
using internal::Gaps;

std::string shown(const Gaps& gaps, Version flushed = 100) {
  std::string text;
  for (const Gap& gap : gaps.within("a", "z", flushed)) text += "[" + gap.begin + "," + gap.end + ")";
  return text;
}

TEST(Gaps, GrowTogetherWhenAllMayUseThem) {
  Gaps gaps;
  EXPECT_FALSE(gaps.may_have_any());
  gaps.add({"b", "c", 5}, 5);
  gaps.add({"c", "d", 6}, 5);
  EXPECT_EQ(shown(gaps), "[b,c)[c,d)");
  EXPECT_EQ(shown(gaps, 5), "[b,c)");
  EXPECT_EQ(shown(gaps, 4), "");
  gaps.add({"d", "e", 7}, 7);
  EXPECT_EQ(shown(gaps), "[b,e)");
  gaps.add({"c", "g", 8}, 8);
  EXPECT_EQ(shown(gaps), "[b,g)");
  gaps.add({"a", "h", 9}, 9);
  EXPECT_EQ(shown(gaps), "[a,h)");
  EXPECT_TRUE(gaps.may_have_any());
}

TEST(Gaps, PutsCutThem) {
  Gaps gaps;
  gaps.add({"b", "f", 1}, 1);
  gaps.cut("a");
  gaps.cut("f");
  gaps.cut("d");
  EXPECT_EQ(shown(gaps), std::string("[b,d)[d\0,f)", 11));
  gaps.clear();
  gaps.add({"b", "f", 1, true}, 1);
  gaps.cut("d");
  EXPECT_EQ(shown(gaps), "[b,d)");
  gaps.cut("b");
  EXPECT_EQ(shown(gaps), std::string("[b\0,d)", 6));
  gaps.add({"x", std::string("x\0", 2), 1}, 1);
  gaps.cut("x");
  gaps.clear();
  EXPECT_FALSE(gaps.may_have_any());
}

std::string row_key(int number) { return std::to_string(1'000'000 + number); }

// What is measured is work, in erased keys passed over, so that a slow machine does not matter.
TEST(Gaps, ManyErasedRowsAreNotPassedOverAgainAndAgain) {
  TestFolder folder;
  auto store = open_on_disk(folder.path());
  constexpr int kRows = 2'000;
  for (int i = 0; i < kRows; ++i) put_note(*store, row_key(i), "x");
  must(store->flush());
  std::uint64_t before = rocksdb::get_perf_context()->internal_delete_skipped_count;
  for (int i = 0; i < kRows; ++i) {
    Transaction tx = store->begin(kHere);
    std::string first;
    tx.scan(kNotes, {.limit = 1}, [&](std::string_view key, Note&) { first = key; });
    ASSERT_EQ(first, row_key(i));
    tx.erase(kNotes, first);
    must(store->commit(tx));
    must(store->flush());
  }
  EXPECT_LT(rocksdb::get_perf_context()->internal_delete_skipped_count - before, kRows * 20u);
  EXPECT_EQ(keys_of(store->begin(kHere), {}), "");
  put_note(*store, row_key(5), "back");
  EXPECT_EQ(keys_of(store->begin(kHere), {}), row_key(5));
  must(store->flush());
  EXPECT_EQ(keys_of(store->begin(kHere), {}), row_key(5));
}

// Rows come and go everywhere, in blocks, with old transactions looking on; a gap that is wrong would hide a row.
TEST(Gaps, NeverHideARow) {
  TestFolder folder;
  auto store = open_on_disk(folder.path());
  for (unsigned seed = 1; seed <= 2; ++seed) {
    must(store->reset());
    std::mt19937 random(seed);
    std::set<std::string> rows;
    std::vector<std::pair<Transaction, std::set<std::string>>> old;
    auto check = [&](const Transaction& tx, const std::set<std::string>& expected) {
      std::string from = row_key(static_cast<int>(random() % 400));
      auto wanted = expected.lower_bound(from);
      std::size_t limit = 1 + random() % 20;
      tx.scan(kNotes, {.from = from, .limit = limit}, [&](std::string_view key, Note&) {
        ASSERT_TRUE(wanted != expected.end());
        ASSERT_EQ(key, *wanted++);
        --limit;
      });
      ASSERT_TRUE(limit == 0 || wanted == expected.end());
    };
    for (int step = 0; step < 700 && !HasFatalFailure(); ++step) {
      Transaction tx = store->begin(kHere);
      int from = static_cast<int>(random() % 400), count = random() % 5 == 0 ? 60 : 1;
      bool puts = random() % 3 == 0;
      for (int i = from; i < from + count; ++i) {
        if (puts) {
          tx.put(kNotes, row_key(i), {});
          rows.insert(row_key(i));
        } else {
          tx.erase(kNotes, row_key(i));
          rows.erase(row_key(i));
        }
      }
      check(tx, rows);
      must(store->commit(tx));
      if (random() % 3 == 0) must(store->flush());
      check(store->begin(kHere), rows);
      if (random() % 50 == 0) old.emplace_back(store->begin(kHere), rows);
      if (!old.empty()) check(old.front().first, old.front().second);
      if (old.size() > 1) old.erase(old.begin());
    }
  }
}

}  // namespace
}  // namespace store
