#include "base/zip.h"

#include <gtest/gtest.h>

#include <string>

namespace base {
namespace {

TEST(Zip, ReadsWhatItWrote) {
  std::string long_text(300'000, 'x');
  auto archive = make_zip({{"a.txt", "hello"}, {"folder/b", long_text, 0100755}, {"link", "a.txt", 0120777}});
  ASSERT_TRUE(archive);
  auto reader = ZipReader::open(*archive);
  ASSERT_TRUE(reader) << reader.error().message;
  ASSERT_EQ(reader->entries().size(), 3U);
  EXPECT_EQ(reader->unpacked_bytes(), 5 + long_text.size() + 5);
  const auto& entries = reader->entries();
  EXPECT_EQ(entries[0].name, "a.txt");
  EXPECT_EQ(reader->read(entries[0]).value_or(""), "hello");
  EXPECT_EQ(entries[1].mode, 0100755U);
  EXPECT_EQ(reader->read(entries[1]).value_or(""), long_text);
  EXPECT_TRUE(entries[2].is_link());
  EXPECT_FALSE(entries[0].is_link());
  EXPECT_EQ(reader->read(entries[0]).value_or(""), "hello");
}

TEST(Zip, RefusesWhatIsNoArchive) {
  EXPECT_FALSE(ZipReader::open(""));
  EXPECT_FALSE(ZipReader::open("no zip at all, and long enough to look for an end"));
  std::string archive = *make_zip({{"a.txt", std::string(1000, 'x') + "y"}});
  EXPECT_FALSE(ZipReader::open(std::string_view(archive).substr(0, archive.size() / 2)));
}

TEST(Zip, NoticesDamage) {
  std::string archive = *make_zip({{"a.txt", "some text that is changed below, some text that is changed below"}});
  archive[40] = static_cast<char>(archive[40] ^ 0x55);
  auto reader = ZipReader::open(archive);
  ASSERT_TRUE(reader);
  EXPECT_FALSE(reader->read(reader->entries()[0]));
}

TEST(Zip, StopsWhenTheTakerHadEnough) {
  std::string archive = *make_zip({{"a.txt", std::string(1'000'000, 'x')}});
  auto reader = ZipReader::open(archive);
  ASSERT_TRUE(reader);
  int pieces = 0;
  auto read = reader->read(reader->entries()[0], [&](std::string_view) -> Result<void> {
    ++pieces;
    return fail("Enough", "That was enough.");
  });
  ASSERT_FALSE(read);
  EXPECT_EQ(read.error().code, "Enough");
  EXPECT_EQ(pieces, 1);
}

}  // namespace
}  // namespace base
