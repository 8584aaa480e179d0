#include "store/folder.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "store/test_support.h"

namespace store {
namespace {

namespace paths = std::filesystem;

std::string message_of(const base::Result<std::unique_ptr<Home>>& result) {
  return result ? "" : result.error().message;
}

void write_text(const std::string& path, std::string_view text) { std::ofstream(path) << text; }

std::string read_text(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

TEST(Folder, RemembersAcrossOpens) {
  TestFolder folder;
  for (Durability durability : {Durability::kNone, Durability::kOs, Durability::kDisk}) {
    std::string path = folder.path("data" + std::to_string(static_cast<int>(durability)));
    for (int i = 0; i < 3; ++i) {
      auto store = open_on_disk(path, durability);
      EXPECT_EQ(store->begin(kHere).count(kHits, "opens"), i);
      Transaction tx = store->begin(kHere);
      tx.add(kHits, "opens", 1);
      must(store->commit(tx));
      if (i == 1) must(store->sync());
      if (i == 2) must(store->close());
    }
  }
}

TEST(Folder, IsForOneProcessAtATime) {
  TestFolder folder;
  auto store = open_on_disk(folder.path());
  auto second = open_data_folder(folder.path());
  EXPECT_EQ(code_of(second), "FolderInUse");
  EXPECT_EQ(message_of(second), "The data folder " + folder.path() + " is in use by another Virga (process " +
                                    std::to_string(getpid()) + ").");
  store.reset();
  EXPECT_EQ(code_of(open_data_folder(folder.path())), "");
}

TEST(Folder, FormatsAreChecked) {
  TestFolder folder;
  must(open_data_folder(folder.path(), {.oldest_format = 1, .newest_format = 2}));
  EXPECT_EQ(message_of(open_data_folder(folder.path())),
            "The data folder " + folder.path() + " was written by a newer Virga (format 2; this one reads up to 1).");
  EXPECT_EQ(code_of(open_data_folder(folder.path(), {.oldest_format = 3, .newest_format = 4})), "FolderTooOld");
  EXPECT_EQ(read_text(folder.path() + "/FORMAT"), "Virga data folder\nformat 2\n");
  must(open_data_folder(folder.path(), {.oldest_format = 1, .newest_format = 4}));
  EXPECT_EQ(read_text(folder.path() + "/FORMAT"), "Virga data folder\nformat 4\n");
}

TEST(Folder, ForeignFoldersAreLeftAlone) {
  TestFolder folder;
  paths::create_directories(folder.path());
  write_text(folder.path() + "/thesis.txt", "mine");
  EXPECT_EQ(code_of(open_data_folder(folder.path())), "NotADataFolder");
  EXPECT_FALSE(paths::exists(folder.path() + "/LOCK"));
  write_text(folder.path() + "/FORMAT", "something else");
  EXPECT_EQ(code_of(open_data_folder(folder.path())), "NotADataFolder");
  write_text(folder.path("file"), "");
  EXPECT_EQ(code_of(open_data_folder(folder.path("file"))), "StorageFailure");
}

TEST(Folder, AnInterruptedFirstStartIsNoObstacle) {
  TestFolder folder;
  paths::create_directories(folder.path());
  write_text(folder.path() + "/LOCK", "1\n");
  write_text(folder.path() + "/FORMAT.new", "Virga da");
  put_note(*open_on_disk(folder.path()), "a", "1");
}

class SnapshotTest : public testing::TestWithParam<Durability> {};

TEST_P(SnapshotTest, SaveLoadListRemove) {
  TestFolder folder;
  auto store = open_on_disk(folder.path(), GetParam());
  for (int i = 0; i < 100; ++i) put_note(*store, "k" + std::to_string(i), "saved");
  must(must(store->blobs().create("body"))->finish());
  auto unfinished = must(store->blobs().create("unfinished"));
  must(store->save_snapshot("first", 1'000));
  put_note(*store, "k1", "later");
  put_note(*store, "new", "later");
  must(store->blobs().remove("body"));
  must(store->save_snapshot("second", 2'000));
  EXPECT_EQ(code_of(store->save_snapshot("second", 3'000)), "SnapshotExists");
  for (const char* name : {"", ".", "..", ".hidden", "a/b", "nul\n"}) {
    EXPECT_EQ(code_of(store->save_snapshot(name, 0)), "InvalidName") << name;
    EXPECT_EQ(code_of(store->load_snapshot(name)), "SnapshotNotFound") << name;
    EXPECT_EQ(code_of(store->remove_snapshot(name)), "SnapshotNotFound") << name;
  }
  {
    Transaction alive = store->begin(kHere);
    EXPECT_EQ(code_of(store->load_snapshot("first")), "Busy");
  }
  must(store->load_snapshot("first"));
  EXPECT_EQ(note_text(*store, "k1"), "saved");
  EXPECT_EQ(note_text(*store, "new"), "(none)");
  EXPECT_TRUE(store->blobs().read("body"));
  EXPECT_FALSE(paths::exists(folder.path() + "/current/blobs/writing")) << "bodies being written are not saved";
  put_note(*store, "k1", "after load");
  must(store->load_snapshot("second"));
  EXPECT_EQ(note_text(*store, "k1"), "later");
  EXPECT_EQ(code_of(store->blobs().read("body")), "BlobNotFound");
  must(store->load_snapshot("first"));
  EXPECT_EQ(note_text(*store, "k1"), "saved") << "what happens after a load does not touch the snapshot";

  auto list = must(store->list_snapshots());
  ASSERT_EQ(list.size(), 2u);
  EXPECT_EQ(list[0].name, "first");
  EXPECT_EQ(list[1].created_at_ms, 2'000);
  EXPECT_GT(list[0].size_bytes, 100u);
  must(store->remove_snapshot("first"));
  EXPECT_EQ(code_of(store->load_snapshot("first")), "SnapshotNotFound");
  EXPECT_EQ(note_text(*store, "k1"), "saved") << "a failed load changes nothing";
  EXPECT_EQ(must(store->list_snapshots()).size(), 1u);
  must(store->reset());
  EXPECT_EQ(note_text(*store, "k1"), "(none)");
  store.reset();
  store = open_on_disk(folder.path());
  EXPECT_EQ(note_text(*store, "k1"), "(none)");
  must(store->load_snapshot("second"));
  EXPECT_EQ(note_text(*store, "new"), "later");
}

TEST_P(SnapshotTest, CopiesAreCloudsOfTheirOwn) {
  TestFolder folder;
  auto store = open_on_disk(folder.path(), GetParam());
  put_note(*store, "a", "shared");
  {
    auto writer = must(store->blobs().create("body"));
    must(writer->append("hello"));
    must(writer->finish());
  }
  must(store->copy_to(folder.path("fork")));
  EXPECT_EQ(code_of(store->copy_to(folder.path("fork"))), "FolderNotEmpty");
  auto fork = open_on_disk(folder.path("fork"), GetParam());
  put_note(*store, "a", "original");
  EXPECT_EQ(note_text(*fork, "a"), "shared");
  put_note(*fork, "a", "forked");
  EXPECT_EQ(note_text(*store, "a"), "original");
  must(store->blobs().remove("body"));
  EXPECT_EQ(must(must(fork->blobs().read("body"))->read(0, 100)), "hello");
}

INSTANTIATE_TEST_SUITE_P(Durabilities, SnapshotTest,
                         testing::Values(Durability::kNone, Durability::kOs, Durability::kDisk));

TEST(Folder, ACloudInMemoryForksToOneOnDisk) {
  TestFolder folder;
  auto store = open_memory();
  for (int i = 0; i < 2'500; ++i) put_note(*store, std::to_string(i), "x");
  must(store->copy_to(folder.path()));
  auto fork = open_on_disk(folder.path());
  EXPECT_EQ(fork->begin(kHere).scan(kNotes, "", [](std::string_view, Note&) {}), 2'500u);
}

// A load is a preparation under work/, a rename of that to loading/, and two more renames. The states a crash can leave
// are made by hand.
class InterruptedLoadTest : public testing::Test {
 protected:
  InterruptedLoadTest() {
    auto store = open_on_disk(path_);
    put_note(*store, "a", "saved");
    must(store->save_snapshot("s", 0));
    put_note(*store, "a", "current");
    must(store->copy_to(folder_.path("prepared")));  // what a load would prepare, but recognisable
    store.reset();
    store = open_on_disk(folder_.path("prepared"));
    put_note(*store, "a", "loaded");
  }

  std::string text_after_open() { return note_text(*open_on_disk(path_), "a"); }

  TestFolder folder_;
  std::string path_ = folder_.path();
  std::string prepared_ = folder_.path("prepared") + "/current";
};

TEST_F(InterruptedLoadTest, BeforeTheDecisionItIsUndone) {
  paths::rename(prepared_, path_ + "/work/loading");
  EXPECT_EQ(text_after_open(), "current");
  EXPECT_TRUE(paths::is_empty(path_ + "/work"));
}

TEST_F(InterruptedLoadTest, AfterTheDecisionItIsCompleted) {
  paths::rename(prepared_, path_ + "/loading");
  EXPECT_EQ(text_after_open(), "loaded");
  EXPECT_EQ(text_after_open(), "loaded");
  EXPECT_FALSE(paths::exists(path_ + "/loading"));
}

TEST_F(InterruptedLoadTest, BetweenTheRenamesItIsCompleted) {
  paths::rename(prepared_, path_ + "/loading");
  paths::create_directories(path_ + "/work/replaced");
  paths::rename(path_ + "/current", path_ + "/work/replaced/current");
  EXPECT_EQ(text_after_open(), "loaded");
  EXPECT_TRUE(paths::is_empty(path_ + "/work"));
}

constexpr int kSayTo = 100;  // the file descriptor of the pipe in the child

// The program that is killed below: commits and flushes without end, and says so through a pipe.
TEST(DISABLED_Crash, Writer) {
  const char* folder = getenv("STORE_TEST_FOLDER");
  if (!folder) GTEST_SKIP() << "runs as a child of Crash only";
  auto store = open_on_disk(folder);
  for (std::int64_t i = 0;; ++i) {
    Transaction tx = store->begin(kHere);
    tx.put(kNotes, key(i), {.number = i});
    tx.add(kHits, "rows", 1);
    if (!store->commit(tx) || !store->flush() || write(kSayTo, &i, sizeof i) != sizeof i) _exit(1);
  }
}

pid_t start_writer(const std::string& folder, int output) {
  pid_t child = fork();
  if (child != 0) return child;
  setenv("STORE_TEST_FOLDER", folder.c_str(), 1);
  dup2(output, kSayTo);
  dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDOUT_FILENO);
  execl("/proc/self/exe", "store_test", "--gtest_filter=DISABLED_Crash.Writer", "--gtest_also_run_disabled_tests",
        "--gtest_brief=1", nullptr);
  _exit(127);
}

TEST(Crash, NothingFlushedIsLostInAKill) {
  for (int round = 0; round < 3; ++round) {
    TestFolder folder;
    int ends[2];
    ASSERT_EQ(pipe2(ends, O_CLOEXEC), 0);
    pid_t child = start_writer(folder.path(), ends[1]);
    ASSERT_GT(child, 0);
    close(ends[1]);
    std::int64_t said = -1, last = -1;
    while (last < 300 * (round + 1) && read(ends[0], &said, sizeof said) == sizeof said) last = said;
    kill(child, SIGKILL);
    while (read(ends[0], &said, sizeof said) == sizeof said) last = said;
    close(ends[0]);
    waitpid(child, nullptr, 0);
    ASSERT_GT(last, 0);

    auto store = open_on_disk(folder.path());
    Transaction tx = store->begin(kHere);
    std::int64_t rows = 0;
    tx.scan(kNotes, "", [&](std::string_view, Note& note) { EXPECT_EQ(note.number, rows++); });
    EXPECT_GT(rows, last) << "row numbers begin at 0";
    EXPECT_LE(rows, last + 2) << "and at most one was not yet said";
    EXPECT_EQ(tx.count(kHits, "rows"), rows) << "commits are there whole";
  }
}

}  // namespace
}  // namespace store
