#include "store/blobs.h"

#include <thread>

#include "base/bytes.h"
#include "store/test_support.h"

namespace store {
namespace {

namespace paths = std::filesystem;

class BlobsTest : public testing::Test {
 protected:
  BlobsTest() {
    paths::create_directories(folder_.path());
    blobs_ = must(Blobs::open(folder_.path(), Durability::kDisk));
  }

  BlobPin write(const std::string& id, std::string_view body) {
    auto writer = must(blobs_->create(id));
    for (std::size_t at = 0; at < body.size(); at += 7) must(writer->append(body.substr(at, 7)));
    return must(writer->finish());
  }
  std::string file_of(const std::string& id) {
    for (auto& entry : paths::recursive_directory_iterator(folder_.path())) {
      if (entry.path().filename() == id) return entry.path().string();
    }
    return {};
  }
  std::size_t files() {
    std::size_t count = 0;
    for (auto& entry : paths::recursive_directory_iterator(folder_.path())) count += entry.is_regular_file();
    return count;
  }

  TestFolder folder_;
  std::unique_ptr<Blobs> blobs_;
};

TEST_F(BlobsTest, ReadsWhatWasWrittenWholeAndInRanges) {
  std::string body = "The quick brown fox jumps over the lazy dog.";
  BlobPin pin = write("fox-1", body);
  EXPECT_EQ(pin.id(), "fox-1");
  EXPECT_EQ(pin.size(), body.size());
  EXPECT_EQ(pin.checksum(), base::crc64nvme(body));
  auto reader = must(blobs_->read("fox-1"));
  EXPECT_EQ(reader->size(), body.size());
  EXPECT_EQ(must(reader->read(0, 1'000)), body);
  EXPECT_EQ(must(reader->read(4, 5)), "quick");
  EXPECT_EQ(must(reader->read(40, 100)), "dog.");
  EXPECT_EQ(must(reader->read(44, 1)), "");
  EXPECT_EQ(must(reader->read(1'000, 1)), "");
  EXPECT_EQ(must(reader->read(0, 20)) + must(reader->read(20, 100)), body);
  write("empty", "");
  EXPECT_EQ(must(must(blobs_->read("empty"))->read(0, 10)), "");
}

TEST_F(BlobsTest, IdsAreCheckedAndUnique) {
  write("one", "x");
  auto again = must(blobs_->create("one"));
  EXPECT_EQ(code_of(again->finish()), "BlobExists");
  again.reset();
  EXPECT_EQ(files(), 1u);
  for (const char* id : {"", "..", "a/b", "Upper"}) {
    EXPECT_EQ(code_of(blobs_->create(id)), "InvalidName") << id;
    EXPECT_EQ(code_of(blobs_->read(id)), "InvalidName") << id;
    EXPECT_EQ(code_of(blobs_->remove(id)), "InvalidName") << id;
  }
  EXPECT_EQ(code_of(blobs_->read("two")), "BlobNotFound");
}

TEST_F(BlobsTest, DamageIsFound) {
  std::string body(10'000, 'x');
  for (const char* id : {"cut", "longer", "flipped", "tiny"}) write(id, body);
  paths::resize_file(file_of("cut"), 5'000);
  std::ofstream(file_of("longer"), std::ios::app) << "more";
  std::fstream(file_of("flipped"), std::ios::in | std::ios::out).seekp(5'000).put('y');
  paths::resize_file(file_of("tiny"), 3);
  for (const char* id : {"cut", "longer", "tiny"}) EXPECT_EQ(code_of(blobs_->read(id)), "BlobCorrupt") << id;
  auto reader = must(blobs_->read("flipped"));
  EXPECT_TRUE(reader->read(0, 6'000));
  EXPECT_EQ(code_of(reader->read(6'000, 10'000)), "BlobCorrupt");
  EXPECT_EQ(code_of(reader->read(0, 20'000)), "BlobCorrupt");
}

TEST_F(BlobsTest, UnfinishedBodiesLeaveNothing) {
  {
    auto writer = must(blobs_->create("a"));
    must(writer->append("xyz"));
    EXPECT_EQ(files(), 1u);
  }
  EXPECT_EQ(files(), 0u);
  std::ofstream(folder_.path() + "/writing/1") << "left by a crash";
  EXPECT_EQ(files(), 1u);
  blobs_ = must(Blobs::open(folder_.path(), Durability::kOs));
  EXPECT_EQ(files(), 0u);
}

TEST_F(BlobsTest, CollectsWhatNobodyNames) {
  write("named", "1");
  write("lost", "2");
  BlobPin pinned = write("pinned", "3");
  auto writing = must(blobs_->create("writing"));
  auto is_named = [](std::string_view id) -> base::Result<bool> { return id == "named"; };
  auto collected = must(blobs_->collect(is_named));
  EXPECT_EQ(collected.removed, 1u);
  EXPECT_EQ(collected.kept, 2u);
  EXPECT_TRUE(writing->finish());
  pinned = BlobPin();
  EXPECT_EQ(must(blobs_->collect(is_named)).removed, 2u);
  EXPECT_TRUE(blobs_->read("named"));
  EXPECT_EQ(code_of(blobs_->collect([](std::string_view) -> base::Result<bool> { return base::fail("Conflict", ""); })),
            "Conflict");
}

TEST_F(BlobsTest, AnOpenBodyStaysReadableWhenItIsRemoved) {
  write("a", "body");
  auto reader = must(blobs_->read("a"));
  must(blobs_->remove("a"));
  must(blobs_->remove("a"));
  EXPECT_EQ(must(reader->read(0, 10)), "body");
}

TEST_F(BlobsTest, ManyThreadsWriteAndCollect) {
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread) {
    threads.emplace_back([this, thread] {
      for (int i = 0; i < 25; ++i) {
        std::string id = "b" + std::to_string(thread) + "-" + std::to_string(i);
        BlobPin pin = write(id, id);
        if (i % 5 == 0) must(blobs_->collect([](std::string_view) -> base::Result<bool> { return false; }));
        EXPECT_EQ(must(must(blobs_->read(id))->read(0, 100)), id);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
}

}  // namespace
}  // namespace store
