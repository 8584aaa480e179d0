#include "store/store.h"

#include "store/test_support.h"

namespace store {
namespace {

// Each behaviour of transactions is the same on every engine, and whether commits are flushed or still recent.
enum class EngineKind { kMemory, kRocksdb };
enum class Flushing { kNever, kAfterEachCommit };

class TransactionTest : public testing::TestWithParam<std::tuple<EngineKind, Flushing>> {
 protected:
  TransactionTest() {
    auto [engine, flushing] = GetParam();
    store_ = engine == EngineKind::kMemory ? open_memory() : open_on_disk(folder_.path());
    flushes_ = flushing == Flushing::kAfterEachCommit;
  }

  base::Result<Version> commit(Transaction& tx) {
    auto version = store_->commit(tx);
    if (flushes_) must(store_->flush());
    return version;
  }
  void put(std::string_view key, std::string text) {
    Transaction tx = begin();
    tx.put(kNotes, key, {.text = std::move(text)});
    must(commit(tx));
  }
  void erase(std::string_view key) {
    Transaction tx = begin();
    tx.erase(kNotes, key);
    must(commit(tx));
  }
  Transaction begin() { return store_->begin(kHere); }

  TestFolder folder_;
  std::unique_ptr<Store> store_;
  bool flushes_ = false;
};

INSTANTIATE_TEST_SUITE_P(Engines, TransactionTest,
                         testing::Combine(testing::Values(EngineKind::kMemory, EngineKind::kRocksdb),
                                          testing::Values(Flushing::kNever, Flushing::kAfterEachCommit)));

TEST_P(TransactionTest, SeesItsOwnWritesAndOthersOnlyAfterCommit) {
  Transaction writer = begin();
  writer.put(kNotes, "a", {.text = "one", .number = 7});
  EXPECT_EQ(writer.get(kNotes, "a")->number, 7);
  Transaction early = begin();
  EXPECT_FALSE(early.get(kNotes, "a"));
  must(commit(writer));
  EXPECT_FALSE(early.get(kNotes, "a")) << "reads stay at the read version";
  EXPECT_EQ(begin().get(kNotes, "a")->text, "one");
  EXPECT_TRUE(begin().has(kNotes, "a"));
  erase("a");
  EXPECT_FALSE(begin().has(kNotes, "a"));
}

TEST_P(TransactionTest, SharedRowsAreThoseOfTheirMoment) {
  put("a", "one");
  Transaction early = begin();
  for (int again = 0; again < 4; ++again) EXPECT_EQ(begin().get_shared(kNotes, "a")->text, "one");
  put("a", "two");
  for (int again = 0; again < 4; ++again) {
    EXPECT_EQ(begin().get_shared(kNotes, "a")->text, "two");
    EXPECT_EQ(early.get_shared(kNotes, "a")->text, "one");
  }
  Transaction writer = begin();
  EXPECT_EQ(writer.get_shared(kNotes, "a")->text, "two");
  writer.put(kNotes, "a", {.text = "three"});
  EXPECT_EQ(writer.get_shared(kNotes, "a")->text, "three");
  const Savepoint before = writer.savepoint();
  writer.put(kNotes, "a", {.text = "four"});
  EXPECT_EQ(writer.get_shared(kNotes, "a")->text, "four");
  writer.rollback_to(before);
  EXPECT_EQ(writer.get_shared(kNotes, "a")->text, "three");
  erase("a");
  EXPECT_EQ(begin().get_shared(kNotes, "a"), nullptr);
  EXPECT_EQ(store_->commit(writer).error().code, "Conflict") << "a shared row counts as read";
}

TEST_P(TransactionTest, SharedRowsGoWithTheContents) {
  put("a", "one");
  for (int again = 0; again < 4; ++again) EXPECT_EQ(begin().get_shared(kNotes, "a")->text, "one");
  must(store_->reset());
  EXPECT_EQ(begin().get_shared(kNotes, "a"), nullptr);
  put("a", "new");
  EXPECT_EQ(begin().get_shared(kNotes, "a")->text, "new");
}

template <class Text>
struct Written {
  Text text;
  static void fields(auto& self, auto& field) { field("text", self.text); }
};
constexpr Table<Written<std::string>> kWritten{"test.written"};
constexpr Table<Written<std::string_view>> kViewed{"test.written"};

TEST_P(TransactionTest, RowsCanBeLookedAtWithoutACopy) {
  Transaction writer = begin();
  writer.put(kViewed, "a", {"one"});
  must(commit(writer));
  auto viewed = begin().get_viewed(kViewed, "a");
  ASSERT_TRUE(viewed);
  writer = begin();
  writer.put(kViewed, "a", {"other"});
  must(commit(writer));
  EXPECT_EQ(viewed->row.text, "one") << "the bytes stay while they are held";
  EXPECT_EQ(begin().get(kWritten, "a")->text, "other");
  EXPECT_FALSE(begin().get_viewed(kViewed, "c"));
}

TEST_P(TransactionTest, WhoTakesFromTheFrontLeavesNothingToOthersAndAllToThoseBefore) {
  auto key = [](int number) { return "k" + std::to_string(100 + number); };
  for (int i = 0; i < 40; ++i) put(key(i), "row");
  const Transaction early = begin();
  for (int i = 0; i < 30; ++i) {
    Transaction taker = begin();
    EXPECT_EQ(keys_of(taker, {.limit = 1}), key(i));
    taker.erase(kNotes, key(i));
    must(commit(taker));
  }
  EXPECT_EQ(keys_of(begin(), {.limit = 2}), key(30) + "," + key(31));
  EXPECT_EQ(keys_of(early, {.limit = 2}), key(0) + "," + key(1));

  Transaction late = begin();
  EXPECT_EQ(keys_of(late, {.limit = 1}), key(30));
  put(key(5), "again");
  EXPECT_EQ(keys_of(begin(), {.limit = 2}), key(5) + "," + key(30));
  EXPECT_EQ(keys_of(late, {.limit = 1}), key(30));
  late.put(kNotes, key(7), {.text = "own"});
  EXPECT_EQ(keys_of(late, {.limit = 2}), key(7) + "," + key(30));
  EXPECT_EQ(keys_of(late, {.direction = Direction::kReverse}).substr(0, 4), key(39));
  EXPECT_EQ(store_->commit(late).error().code, "Conflict") << "what was put where it jumped counts";
  EXPECT_EQ(keys_of(early, {.limit = 2}), key(0) + "," + key(1));
  for (int i = 0; i < 40; ++i) erase(key(i));
  for (int again = 0; again < 3; ++again) EXPECT_EQ(keys_of(begin(), {.limit = 1}), "");
  put(key(20), "last");
  EXPECT_EQ(keys_of(begin(), {}), key(20));
}

TEST_P(TransactionTest, DroppedTransactionsLeaveNothing) {
  {
    begin().put(kNotes, "a", {});
  }
  EXPECT_FALSE(begin().has(kNotes, "a"));
}

TEST_P(TransactionTest, ConflictsWhenAReadKeyWasChangedAndOnlyThen) {
  put("a", "1");
  put("b", "1");
  Transaction reads_a = begin(), reads_b = begin(), reads_missing = begin(), blind = begin(), read_only = begin();
  (void)reads_a.get(kNotes, "a");
  (void)reads_b.get(kNotes, "b");
  (void)reads_missing.get(kNotes, "c");
  (void)read_only.get(kNotes, "a");
  for (Transaction* tx : {&reads_a, &reads_b, &reads_missing, &blind}) tx->put(kNotes, "out", {});
  put("a", "2");
  EXPECT_TRUE(reads_b.validate());
  EXPECT_FALSE(reads_a.validate());
  EXPECT_EQ(code_of(commit(reads_a)), "Conflict");
  EXPECT_TRUE(commit(reads_b));
  EXPECT_TRUE(commit(reads_missing));
  EXPECT_TRUE(commit(blind));
  EXPECT_TRUE(commit(read_only)) << "what only reads never conflicts";
}

TEST_P(TransactionTest, ConflictsWhenAMissingKeyAppearsOrAPresentOneGoes) {
  put("present", "1");
  Transaction first = begin(), second = begin();
  EXPECT_FALSE(first.has(kNotes, "absent"));
  EXPECT_TRUE(second.has(kNotes, "present"));
  first.put(kNotes, "x", {});
  second.put(kNotes, "x", {});
  put("absent", "1");
  erase("present");
  EXPECT_EQ(code_of(commit(first)), "Conflict");
  EXPECT_EQ(code_of(commit(second)), "Conflict");
}

TEST_P(TransactionTest, BlindWritesDoNotConflictAndTheLaterCommitWins) {
  Transaction first = begin(), second = begin();
  first.put(kNotes, "a", {.text = "first"});
  second.put(kNotes, "a", {.text = "second"});
  EXPECT_EQ(second.get(kNotes, "a")->text, "second");  // its own write: nothing of the store was read
  must(commit(second));
  must(commit(first));
  EXPECT_EQ(begin().get(kNotes, "a")->text, "first");
}

TEST_P(TransactionTest, RangesConflictWithPhantomsExactlyWhereTheyWereWalked) {
  for (const char* key : {"b", "d", "f", "h"}) put(key, "1");
  auto scanned = [&](Scan scan) {
    Transaction tx = begin();
    tx.put(kNotes, "zz", {});
    (void)keys_of(tx, scan);
    return tx;
  };
  Transaction all = scanned({});
  Transaction two = scanned({.limit = 2});  // walked: up to and with d
  Transaction last_two = scanned({.until = "e", .direction = Direction::kReverse, .limit = 3});  // walked: from f
  Transaction middle = scanned({.from = "c", .until = "g"});
  Transaction none = scanned({.limit = 0});
  put("e", "phantom");
  EXPECT_TRUE(two.validate());
  EXPECT_TRUE(none.validate());
  EXPECT_FALSE(middle.validate());
  EXPECT_FALSE(all.validate());
  Transaction exact = scanned({.from = "e", .until = "f"});
  put("f", "changed");
  EXPECT_TRUE(exact.validate());
  EXPECT_EQ(code_of(commit(last_two)), "Conflict");
  EXPECT_EQ(code_of(commit(middle)), "Conflict");
  EXPECT_EQ(code_of(commit(all)), "Conflict");
  EXPECT_TRUE(commit(two));
  Transaction before = scanned({.limit = 2});
  put("c", "phantom");
  EXPECT_EQ(code_of(commit(before)), "Conflict");
}

TEST_P(TransactionTest, AnEmptyRangeThatWasWalkedConflictsWithWhatAppearsInIt) {
  Transaction tx = begin();
  EXPECT_EQ(keys_of(tx, {.prefix = "queue/"}), "");
  tx.put(kNotes, "x", {});
  put("queue/1", "");
  EXPECT_EQ(code_of(commit(tx)), "Conflict");
}

TEST_P(TransactionTest, UnrecordedReadsNeverConflict) {
  put("a", "1");
  Transaction tx = begin();
  EXPECT_TRUE(tx.unrecorded().get(kNotes, "a"));
  EXPECT_EQ(keys_of(tx.unrecorded(), {}), "a");
  tx.put(kNotes, "x", {});
  put("a", "2");
  EXPECT_TRUE(tx.validate());
  EXPECT_TRUE(commit(tx));
}

TEST_P(TransactionTest, ScansMergeOwnWritesBothWays) {
  for (const char* key : {"a", "c", "e", "g"}) put(key, "stored");
  Transaction tx = begin();
  tx.put(kNotes, "b", {});
  tx.put(kNotes, "c", {.text = "own"});
  tx.erase(kNotes, "e");
  tx.erase(kNotes, "nothing");
  tx.put(kNotes, "h", {});
  EXPECT_EQ(keys_of(tx, {}), "a,b,c,g,h");
  EXPECT_EQ(keys_of(tx, {.direction = Direction::kReverse}), "h,g,c,b,a");
  EXPECT_EQ(keys_of(tx, {.from = "b", .until = "g"}), "b,c");
  EXPECT_EQ(keys_of(tx, {.after = "b", .limit = 2}), "c,g");
  EXPECT_EQ(keys_of(tx, {.from = "g", .until = "b", .direction = Direction::kReverse}), "g,c");
  EXPECT_EQ(keys_of(tx, {.after = "g", .direction = Direction::kReverse, .limit = 2}), "c,b");
  EXPECT_EQ(keys_of(tx, {.from = "e", .direction = Direction::kReverse}), "c,b,a");
  EXPECT_EQ(keys_of(tx, {.from = "x"}), "");
  EXPECT_EQ(keys_of(tx, {.from = "d", .until = "c"}), "");
  std::string text_of_c;
  tx.scan(kNotes, "c", [&](std::string_view, Note& note) { text_of_c = note.text; });
  EXPECT_EQ(text_of_c, "own");
}

TEST_P(TransactionTest, ScansStopWhenToldAndCountWhatTheyVisited) {
  for (const char* key : {"a", "b", "c"}) put(key, "");
  Transaction tx = begin();
  EXPECT_EQ(tx.scan(kNotes, Scan{}, [](std::string_view, Note&) {}), 3u);
  EXPECT_EQ(tx.scan(kNotes, Scan{}, [](std::string_view key, Note&) { return key < "b"; }), 2u);
  EXPECT_EQ(tx.scan(kNotes, Scan{}, [](std::string_view, Note&) { return Continue::kNo; }), 1u);
  EXPECT_EQ(tx.scan_keys(kNotes, {.limit = 2}, [](std::string_view) {}), 2u);
}

TEST_P(TransactionTest, AVisitorMayWriteWhileItScans) {
  for (const char* key : {"a", "b", "c", "d"}) put(key, "");
  for (Direction direction : {Direction::kForward, Direction::kReverse}) {
    Transaction tx = begin();
    bool forward = direction == Direction::kForward;
    std::string visited;
    tx.scan(kNotes, {.direction = direction}, [&](std::string_view key, Note&) {
      visited += key;
      std::string current(key);
      tx.erase(kNotes, current);
      if (current == (forward ? "b" : "c")) {
        tx.erase(kNotes, forward ? "c" : "b");      // ahead: skipped
        tx.put(kNotes, forward ? "ca" : "aa", {});  // ahead: visited
        tx.put(kNotes, forward ? "aa" : "ca", {});  // behind: not visited
      }
    });
    EXPECT_EQ(visited, forward ? "abcad" : "dcaaa");
    EXPECT_EQ(keys_of(tx, {}), forward ? "aa" : "ca");
  }
}

TEST_P(TransactionTest, ErasesEverythingUnderAPrefix) {
  for (const char* key : {"a/1", "a/2", "a/3", "b/1"}) put(key, "");
  Transaction tx = begin();
  tx.put(kNotes, "a/4", {});
  EXPECT_EQ(tx.erase_all(kNotes, "a/", 2), 2u);
  EXPECT_EQ(keys_of(tx, {}), "a/3,a/4,b/1");
  EXPECT_EQ(tx.erase_all(kNotes, "a/"), 2u);
  must(commit(tx));
  EXPECT_EQ(keys_of(begin(), {}), "b/1");
}

TEST_P(TransactionTest, PlacesAndScopesKeepRowsApart) {
  Transaction tx = begin();
  Transaction other_region = tx.at({kHere.account, "eu-west-1"});
  Transaction other_account = tx.at({kElsewhere.account, kHere.region});
  for (const Transaction* view : {&tx, &other_region, &other_account}) {
    EXPECT_FALSE(view->has(kNotes, "n")) << view->place().account << view->place().region;
    view->put(kNotes, "n", {.text = view->place().account + view->place().region});
  }
  tx.put(kUsers, "u", {.text = "user"});
  tx.put(kNames, "g", {.text = "name"});
  must(commit(tx));
  Transaction later = begin().at(other_region.place());
  EXPECT_EQ(later.get(kNotes, "n")->text, "000000000000eu-west-1");
  EXPECT_TRUE(later.has(kUsers, "u"));
  EXPECT_TRUE(later.has(kNames, "g"));
  EXPECT_FALSE(later.at(other_account.place()).has(kUsers, "u"));
  EXPECT_TRUE(later.at(other_account.place()).has(kNames, "g"));
  EXPECT_EQ(keys_of(later, {}), "n") << "scans stay at their place";
}

TEST_P(TransactionTest, StrangePlacesAndKeysAreSafe) {
  using namespace std::string_literals;
  Place strange{"a\0b"s, "\1\0"s};
  Transaction tx = store_->begin(strange);
  tx.put(kNotes, ""s, {.text = "empty key"});
  tx.put(kNotes, "\0\xFF"s, {.text = "odd key"});
  tx.put(kNotes, "\xFF\xFF"s, {.text = "high key"});
  must(commit(tx));
  Transaction later = store_->begin(strange);
  EXPECT_EQ(later.get(kNotes, "")->text, "empty key");
  EXPECT_EQ(keys_of(later, {.after = ""}), "\0\xFF,\xFF\xFF"s);
  EXPECT_EQ(keys_of(later, {.prefix = "\xFF"}), "\xFF\xFF");
  EXPECT_EQ(keys_of(store_->begin({"a", std::string("b\0\1", 3)}), {}), "");
}

TEST_P(TransactionTest, CountersAddWithoutConflicts) {
  Transaction first = begin(), second = begin();
  first.add(kHits, "q", 3);
  first.add(kHits, "q", 1);
  second.add(kHits, "q", -1);
  EXPECT_EQ(first.unrecorded().count(kHits, "q"), 4);
  must(commit(first));
  must(commit(second));
  EXPECT_EQ(begin().count(kHits, "q"), 3);
  EXPECT_EQ(begin().count(kHits, "other"), 0);

  Transaction reader = begin(), adder = begin();
  EXPECT_EQ(reader.count(kHits, "q"), 3);
  reader.put(kNotes, "x", {});
  adder.add(kHits, "q", 1);
  EXPECT_EQ(adder.unrecorded().count(kHits, "q"), 4) << "own adds show";
  must(commit(adder));
  EXPECT_EQ(code_of(commit(reader)), "Conflict") << "who has read the counter depends on it";
}

TEST_P(TransactionTest, CountersCanBeScannedErasedAndReachZero) {
  Transaction tx = begin();
  tx.add(kHits, "a", 1);
  tx.add(kHits, "b", 2);
  tx.add(kHits, "c", 3);
  must(commit(tx));
  Transaction change = begin();
  change.add(kHits, "a", 5);
  change.erase(kHits, "b");
  change.add(kHits, "b", 9);
  change.add(kHits, "c", -3);
  change.add(kHits, "d", 4);
  std::string seen;
  auto note = [&](std::string_view key, std::int64_t value) { seen += std::string(key) + std::to_string(value) + " "; };
  change.scan(kHits, {}, note);
  EXPECT_EQ(seen, "a6 b9 d4 ");
  must(commit(change));
  seen.clear();
  begin().scan(kHits, {.direction = Direction::kReverse}, note);
  EXPECT_EQ(seen, "d4 b9 a6 ");
}

TEST_P(TransactionTest, SavepointsTakeBackWritesAndKeepReads) {
  put("a", "0");
  Transaction tx = begin();
  tx.put(kNotes, "a", {.text = "outer"});
  tx.add(kHits, "n", 1);
  Savepoint before = tx.savepoint();
  tx.put(kNotes, "a", {.text = "inner"});
  tx.erase(kNotes, "a");
  tx.put(kNotes, "b", {});
  tx.add(kHits, "n", 10);
  (void)tx.get(kNotes, "c");
  Savepoint nested = tx.savepoint();
  tx.put(kNotes, "d", {});
  tx.rollback_to(nested);
  EXPECT_FALSE(tx.has(kNotes, "d"));
  EXPECT_TRUE(tx.has(kNotes, "b"));
  tx.rollback_to(before);
  tx.rollback_to(before);
  EXPECT_EQ(tx.get(kNotes, "a")->text, "outer");
  EXPECT_FALSE(tx.has(kNotes, "b"));
  EXPECT_EQ(tx.count(kHits, "n"), 1);
  EXPECT_TRUE(tx.has_writes());
  put("c", "read inside");
  EXPECT_EQ(code_of(commit(tx)), "Conflict");
}

TEST_P(TransactionTest, ACommittedTransactionIsOver) {
  Transaction tx = begin();
  tx.put(kNotes, "a", {});
  must(commit(tx));
  EXPECT_EQ(code_of(commit(tx)), "TransactionOver");
  EXPECT_FALSE(tx.get(kNotes, "a"));
  EXPECT_EQ(keys_of(tx, {}), "");
}

TEST_P(TransactionTest, DumpShowsEveryRowOfEveryTableAndPlace) {
  Transaction tx = begin();
  tx.put(kNotes, "n", {.text = "x"});
  tx.at(kElsewhere).put(kNotes, "m", {});
  tx.put(kUsers, "u", {});
  tx.put(kNames, "g", {});
  tx.add(kHits, "h", 5);
  must(commit(tx));
  std::string rows;
  Transaction later = begin();
  later.dump("", [&](const RawRow& row) {
    rows += std::string(row.table) + " " + row.account + "/" + row.region + " " + std::string(row.key) + "\n";
  });
  EXPECT_EQ(rows,
            "test.hits 000000000000/us-east-1 h\n"
            "test.names / g\n"
            "test.notes 000000000000/us-east-1 n\n"
            "test.notes 111122223333/eu-west-1 m\n"
            "test.users 000000000000/ u\n");
  EXPECT_EQ(later.dump("test.notes", [](const RawRow&) {}), 2u);
  EXPECT_EQ(later.dump("test.no", [](const RawRow&) {}), 0u);
  EXPECT_EQ(later.table_names(), (std::vector<std::string>{"test.hits", "test.names", "test.notes", "test.users"}));
  later.dump("test.users", [](const RawRow& row) { EXPECT_EQ(row.scope, Scope::kAccount); });
}

TEST_P(TransactionTest, LongLivedSnapshotsKeepTheirViewThroughFlushes) {
  for (int i = 0; i < 40; ++i) put("k" + std::to_string(100 + i), "old");
  Transaction old = begin();
  for (int i = 0; i < 40; ++i) put("k" + std::to_string(100 + i), "new");
  erase("k105");
  put("k200", "new");
  must(store_->flush());
  for (int i = 0; i < 40; ++i) put("k" + std::to_string(100 + i), "newer");
  must(store_->flush());
  std::size_t olds = 0;
  EXPECT_EQ(old.scan(kNotes, Scan{}, [&](std::string_view, Note& note) { olds += note.text == "old"; }), 40u);
  EXPECT_EQ(olds, 40u);
  EXPECT_EQ(old.get(kNotes, "k105")->text, "old");
  EXPECT_FALSE(old.validate());
  EXPECT_EQ(begin().get(kNotes, "k101")->text, "newer");
}

TEST(Store, VersionsSayWhatAnAnswerMustWaitFor) {
  auto store = open_memory();
  Transaction first = store->begin(kHere);
  first.put(kNotes, "a", {});
  EXPECT_EQ(must(store->commit(first)), 1u);
  EXPECT_EQ(store->committed_version(), 1u);
  EXPECT_EQ(store->flushed_version(), 0u);

  Transaction saw = store->begin(kHere), did_not = store->begin(kHere), scanned = store->begin(kHere);
  EXPECT_EQ(saw.read_version(), 1u);
  EXPECT_TRUE(saw.has(kNotes, "a"));
  EXPECT_FALSE(did_not.has(kNotes, "b"));
  (void)keys_of(scanned, {});
  EXPECT_EQ(saw.depends_on(), 1u);
  EXPECT_EQ(scanned.depends_on(), 1u);
  EXPECT_EQ(must(store->commit(saw)), 1u);
  EXPECT_EQ(must(store->commit(did_not)), 0u);

  must(store->flush());
  EXPECT_EQ(store->flushed_version(), 1u);
  Transaction later = store->begin(kHere);
  EXPECT_TRUE(later.has(kNotes, "a"));
  EXPECT_EQ(later.depends_on(), 0u);
}

TEST(Store, RecentCommitsAreForgottenOnceNobodyNeedsThem) {
  auto disk = make_memory_disk();
  auto store = open_memory(disk);
  for (int i = 0; i < 100; ++i) {
    put_note(*store, "k", std::to_string(i));
    if (i % 10 == 0) must(store->flush());
  }
  auto old = std::make_unique<Transaction>(store->begin(kHere));
  for (int i = 100; i < 200; ++i) {
    put_note(*store, "k", std::to_string(i));
    must(store->flush());
  }
  EXPECT_EQ(old->get(kNotes, "k")->text, "99");
  old.reset();
  put_note(*store, "k", "last");
  must(store->flush());
  must(store->flush());
  put_note(*store, "other", "x");
  must(store->flush());
  EXPECT_LE(disk->versions_kept(), 3u);
  EXPECT_EQ(note_text(*store, "k"), "last");
}

TEST(Store, OneFlushIsOneWriteOfTheNewestValues) {
  auto disk = make_memory_disk();
  auto store = open_memory(disk);
  for (int i = 0; i < 50; ++i) put_note(*store, "k", std::to_string(i));
  EXPECT_EQ(disk->writes_done(), 0u);
  must(store->flush());
  must(store->flush());
  EXPECT_EQ(disk->writes_done(), 1u);
  EXPECT_EQ(disk->versions_kept(), 1u);
}

TEST(Store, AFailedWriteBreaksTheStoreAndKeepsThePrefix) {
  auto disk = make_memory_disk();
  auto store = open_memory(disk);
  put_note(*store, "a", "flushed");
  must(store->flush());
  disk->fail_one_write_after(0);
  put_note(*store, "a", "lost");
  put_note(*store, "b", "lost");
  Transaction pending = store->begin(kHere);
  pending.put(kNotes, "c", {});
  EXPECT_EQ(code_of(store->flush()), "StorageFailure");
  EXPECT_EQ(store->broken()->code, "StorageFailure");
  EXPECT_EQ(code_of(store->commit(pending)), "StorageFailure");
  EXPECT_EQ(code_of(store->flush()), "StorageFailure") << "although the disk works again";
  EXPECT_EQ(store->flushed_version(), 1u);
  EXPECT_EQ(code_of(store->save_snapshot("s", 0)), "StorageFailure");
  EXPECT_EQ(note_text(*store, "b"), "lost") << "reads go on";
  store.reset();
  store = open_memory(disk);
  EXPECT_EQ(note_text(*store, "a"), "flushed");
  EXPECT_EQ(note_text(*store, "b"), "(none)");
}

TEST(Store, DroppingWithoutAFlushIsACleanClose) {
  auto disk = make_memory_disk();
  put_note(*open_memory(disk), "a", "1");
  EXPECT_EQ(note_text(*open_memory(disk), "a"), "1");
}

TEST(Store, ReadErrorsFailTheTransactionNotTheStore) {
  auto disk = make_memory_disk();
  auto store = open_memory(disk);
  put_note(*store, "a", "1");
  must(store->flush());
  disk->fail_reads();
  Transaction gets = store->begin(kHere), scans = store->begin(kHere), adds = store->begin(kHere);
  EXPECT_FALSE(gets.get(kNotes, "a"));
  EXPECT_EQ(keys_of(scans, {}), "");
  adds.add(kHits, "n", 1);
  EXPECT_EQ(gets.error()->code, "StorageFailure");
  EXPECT_EQ(scans.error()->code, "StorageFailure");
  EXPECT_EQ(adds.error(), nullptr);
  EXPECT_EQ(code_of(store->commit(gets)), "StorageFailure") << "even if it only reads";
  EXPECT_EQ(code_of(store->commit(scans)), "StorageFailure");
  EXPECT_EQ(code_of(store->commit(adds)), "StorageFailure");
  disk->heal();
  EXPECT_FALSE(store->broken());
  EXPECT_EQ(note_text(*store, "a"), "1");
}

struct OtherShape {
  std::vector<std::string> names;
  static void fields(auto& self, auto& field) { field("names", self.names); }
};
inline constexpr Table<OtherShape> kNotesMisread{"test.notes"};

TEST(Store, CorruptRowsFailTheTransaction) {
  auto store = open_memory();
  put_note(*store, "a\n", "longer than a counter");
  Transaction gets = store->begin(kHere), scans = store->begin(kHere), counts = store->begin(kHere);
  EXPECT_FALSE(gets.get(kNotesMisread, "a\n"));
  EXPECT_EQ(gets.error()->code, "CorruptRow");
  EXPECT_NE(gets.error()->message.find("\"a?\" of the table test.notes"), std::string::npos) << gets.error()->message;
  scans.scan(kNotesMisread, "", [](std::string_view, OtherShape&) { ADD_FAILURE(); });
  EXPECT_EQ(counts.count(Counter{"test.notes"}, "a\n"), 0);
  for (Transaction* tx : {&gets, &scans, &counts}) {
    tx->put(kNotes, "x", {});
    EXPECT_EQ(code_of(store->commit(*tx)), "CorruptRow");
  }
  EXPECT_FALSE(store->begin(kHere).has(kNotes, "x"));
}

TEST(Store, MemorySnapshotsSaveLoadAndReset) {
  auto disk = make_memory_disk();
  auto store = open_memory(disk);
  put_note(*store, "a", "saved");
  must(store->save_snapshot("one", 42));
  EXPECT_EQ(code_of(store->save_snapshot("one", 42)), "SnapshotExists");
  EXPECT_EQ(code_of(store->save_snapshot("../x", 42)), "InvalidName");
  put_note(*store, "a", "later");
  put_note(*store, "b", "later");
  {
    Transaction alive = store->begin(kHere);
    EXPECT_EQ(code_of(store->load_snapshot("one")), "Busy");
  }
  Version before = store->committed_version();
  must(store->load_snapshot("one"));
  EXPECT_GT(store->committed_version(), before);
  EXPECT_EQ(note_text(*store, "a"), "saved");
  EXPECT_EQ(note_text(*store, "b"), "(none)");
  put_note(*store, "b", "again");
  must(store->flush());
  must(store->reset());
  EXPECT_EQ(note_text(*store, "a"), "(none)");
  EXPECT_EQ(code_of(store->load_snapshot("two")), "SnapshotNotFound");
  ASSERT_EQ(must(store->list_snapshots()).size(), 1u);
  EXPECT_EQ(must(store->list_snapshots())[0].created_at_ms, 42);
  store.reset();
  store = open_memory(disk);
  must(store->load_snapshot("one"));
  EXPECT_EQ(note_text(*store, "a"), "saved");
  must(store->remove_snapshot("one"));
  EXPECT_EQ(code_of(store->remove_snapshot("one")), "SnapshotNotFound");
}

}  // namespace
}  // namespace store
