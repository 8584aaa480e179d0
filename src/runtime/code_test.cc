#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/bytes.h"
#include "base/zip.h"
#include "runtime/code_store.h"
#include "runtime/unpack.h"

namespace runtime {
namespace {

namespace files = std::filesystem;

// A folder that goes with the test.
class Folder {
 public:
  Folder() {
    std::string text = (files::temp_directory_path() / "virga-code-XXXXXX").string();
    path = ::mkdtemp(text.data());
  }
  ~Folder() { files::remove_all(path); }
  std::string read(const std::string& name) const {
    std::ifstream file(path + "/" + name);
    std::stringstream text;
    text << file.rdbuf();
    return text.str();
  }
  std::string path;
};

std::string unpack_code(const Folder& folder, const std::vector<base::ZipFile>& entries) {
  auto done = unpack_zip(*base::make_zip(entries), folder.path, CodeStore::kUnpackedBytesMax);
  return done ? "" : done.error().code;
}

kernel::CodePackage package(const std::vector<base::ZipFile>& entries, int* reads = nullptr) {
  std::string zip = *base::make_zip(entries);
  return {.sha256 = base::to_hex(base::sha256(zip)), .read = [zip, reads] {
            if (reads != nullptr) ++*reads;
            return zip;
          }};
}

TEST(Unpack, KeepsModesAndLinks) {
  Folder folder;
  EXPECT_EQ(
      unpack_code(folder, {{"a/b/program", "x", 0100755}, {"plain", "y", 0100600}, {"link", "a/b/program", 0120777}}),
      "");
  EXPECT_EQ(folder.read("link"), "x");
  struct stat found{};
  ASSERT_EQ(::stat((folder.path + "/a/b/program").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0755U);
  ASSERT_EQ(::stat((folder.path + "/plain").c_str(), &found), 0);
  EXPECT_EQ(found.st_mode & 0777, 0644U);
}

TEST(Unpack, StaysInItsFolder) {
  Folder folder;
  EXPECT_EQ(unpack_code(folder, {{"../outside", "x"}}), "InvalidZipFile");
  EXPECT_EQ(unpack_code(folder, {{"a/../../outside", "x"}}), "InvalidZipFile");
  EXPECT_EQ(unpack_code(folder, {{"/absolute", "x"}}), "InvalidZipFile");
  Folder other;
  // A link out, made by one archive and written through by the next.
  EXPECT_EQ(unpack_code(folder, {{"out", other.path, 0120777}}), "");
  EXPECT_EQ(unpack_code(folder, {{"out/planted", "x"}}), "InvalidZipFile");
  EXPECT_TRUE(files::is_empty(other.path));
  // A file takes the place of a link, not of where that leads.
  EXPECT_EQ(unpack_code(folder, {{"out", "now a file"}}), "");
  EXPECT_EQ(folder.read("out"), "now a file");
}

TEST(Unpack, RefusesWhatIsTooMuch) {
  Folder folder;
  std::string archive = *base::make_zip({{"a", std::string(1'000, 'x')}});
  EXPECT_TRUE(unpack_zip(archive, folder.path, 1'000));
  auto refused = unpack_zip(archive, folder.path, 999);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "Unzipped size must be smaller than 999 bytes");
}

TEST(CodeStore, UnpacksEachArchiveOnce) {
  Folder folder;
  CodeStore store(folder.path);
  int reads = 0;
  auto code = package({{"a", "1"}}, &reads);
  auto first = store.unpack(code);
  auto second = store.unpack(code);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(reads, 1);
  code.read = [] { return std::string("no zip"); };
  code.sha256 = "00";
  EXPECT_FALSE(store.unpack(code));
  EXPECT_FALSE(files::exists(folder.path + "/code-00"));
}

TEST(CodeStore, LaterLayersCoverEarlierOnes) {
  Folder folder;
  CodeStore store(folder.path);
  auto low = package({{"text", "low"}, {"only/low", "1"}});
  auto high = package({{"text", "high"}, {"only/high", "2"}});
  std::string merged = *store.merge({low, high});
  Folder view;
  std::ifstream text(merged + "/text");
  std::string word;
  text >> word;
  EXPECT_EQ(word, "high");
  EXPECT_TRUE(files::exists(merged + "/only/low") && files::exists(merged + "/only/high"));
  EXPECT_NE(*store.merge({high, low}), merged);
  EXPECT_EQ(*store.merge({}), "");
}

TEST(CodeStore, NoticesChangesInAFolder) {
  Folder folder;
  std::ofstream(folder.path + "/a") << "1";
  std::int64_t before = state_of_folder(folder.path);
  EXPECT_EQ(state_of_folder(folder.path), before);
  files::create_directory(folder.path + "/__pycache__");
  std::ofstream(folder.path + "/b") << "1";
  EXPECT_NE(state_of_folder(folder.path), before);
}

}  // namespace
}  // namespace runtime
