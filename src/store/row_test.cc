#include "store/row.h"

#include <limits>
#include <random>

#include <gtest/gtest.h>

#include "store/row_sample.h"

namespace store {
namespace {

struct First {
  std::string name;
  std::int64_t size = 0;
  std::vector<std::string> tags;
  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("size", self.size);
    field("tags", self.tags);
  }
};

struct Part {
  std::string name;
  std::int64_t added_later = 5;
  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("added_later", self.added_later);
  }
};

struct OldPart {
  std::string name;
  static void fields(auto& self, auto& field) { field("name", self.name); }
};

template <class PartType>
struct Whole {
  std::vector<PartType> parts;
  std::string end;
  static void fields(auto& self, auto& field) {
    field("parts", self.parts);
    field("end", self.end);
  }
};

struct Second : First {
  bool hidden = true;
  std::optional<double> ratio = 0.5;
  static void fields(auto& self, auto& field) {
    First::fields(self, field);
    field("hidden", self.hidden);
    field("ratio", self.ratio);
  }
};

struct Tree {
  std::vector<Tree> children;
  static void fields(auto& self, auto& field) { field("children", self.children); }
};

template <class Row>
std::string decoding(std::string_view bytes) {
  Row row;
  auto decoded = decode_row(bytes, row);
  return decoded ? "" : decoded.error().message;
}

TEST(Row, KeepsEveryKindOfField) {
  SampleRow row = sample_row();
  SampleRow copy;
  ASSERT_TRUE(decode_row(encode_row(row), copy));
  EXPECT_EQ(copy, row);
  SampleRow empty, empty_copy = sample_row();
  empty_copy = {};
  ASSERT_TRUE(decode_row(encode_row(empty), empty_copy));
  EXPECT_EQ(empty_copy, empty);
}

TEST(Row, KeepsTheExtremesOfNumbers) {
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min();
  for (std::int64_t number : {kLeast, kLeast + 1, std::int64_t{-1}, std::int64_t{0}, std::int64_t{63}, ~kLeast}) {
    First row{.name = "x", .size = number, .tags = {}}, copy;
    ASSERT_TRUE(decode_row(encode_row(row), copy));
    EXPECT_EQ(copy.size, number);
  }
}

TEST(Row, IsCompact) { EXPECT_EQ(encode_row(First{.name = "ab", .size = -3, .tags = {"t"}}), "\1\3\2ab\5\1\1t"); }

TEST(Row, OlderRowsReadWithDefaultsInAddedFields) {
  Second row;
  row.hidden = false;
  ASSERT_TRUE(decode_row(encode_row(First{.name = "old", .size = 1, .tags = {"a", "b"}}), row = Second{}));
  EXPECT_EQ(row.name, "old");
  EXPECT_EQ(row.tags.size(), 2u);
  EXPECT_TRUE(row.hidden);
  EXPECT_EQ(row.ratio, 0.5);
}

TEST(Row, NestedStructsGrowToo) {
  Whole<OldPart> old{.parts = {{"a"}, {"b"}}, .end = "end"};
  Whole<Part> row;
  ASSERT_TRUE(decode_row(encode_row(old), row));
  ASSERT_EQ(row.parts.size(), 2u);
  EXPECT_EQ(row.parts[1].name, "b");
  EXPECT_EQ(row.parts[1].added_later, 5);
  EXPECT_EQ(row.end, "end");
}

TEST(Row, NewerRowsAreRefused) {
  EXPECT_EQ(decoding<First>(encode_row(Second{})), "more fields than are known; written by a newer program at byte 2");
}

TEST(Row, DamageIsFoundAndNamed) {
  EXPECT_EQ(decoding<First>(""), "not in a known form");
  EXPECT_EQ(decoding<First>("\2"), "not in a known form");
  EXPECT_EQ(decoding<First>("\1"), "no whole number at byte 1");
  EXPECT_EQ(decoding<First>("\1\1\5ab"), "cut off at byte 3");
  EXPECT_EQ(decoding<First>(std::string_view("\1\1\0x", 4)), "bytes left over at byte 3");
  EXPECT_EQ(decoding<First>("\1\3\1a\2\x7F"), "cut off at byte 6");
  EXPECT_EQ(decoding<First>("\1\1\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFF\x7F"), "no whole number at byte 12");
  std::string whole = encode_row(sample_row());
  for (std::size_t size = 0; size < whole.size(); ++size) {
    EXPECT_NE(decoding<SampleRow>(std::string_view(whole).substr(0, size)), "") << size;
  }
}

TEST(Row, FlippedBytesNeverDoWorseThanAnError) {
  std::mt19937 random(1);
  const std::string whole = encode_row(sample_row());
  for (int round = 0; round < 20'000; ++round) {
    std::string bytes = whole;
    for (unsigned flips = 1 + random() % 4; flips > 0; --flips) {
      bytes[random() % bytes.size()] = static_cast<char>(random());
    }
    SampleRow row, again;
    if (!decode_row(bytes, row)) continue;
    ASSERT_TRUE(decode_row(encode_row(row), again));
    EXPECT_EQ(encode_row(again), encode_row(row));
  }
}

TEST(Row, NestingIsLimited) {
  Tree tree;
  for (int depth = 0; depth < 49; ++depth) {
    Tree parent;
    parent.children.push_back(std::move(tree));
    tree = std::move(parent);
  }
  EXPECT_EQ(decoding<Tree>(encode_row(tree)), "");
  std::string deep = "\1";
  for (int depth = 0; depth < 5'000; ++depth) deep += "\1\1";
  EXPECT_EQ(decoding<Tree>(deep), "too deeply nested at byte 101");
}

TEST(Row, ShowsItselfByFieldName) {
  base::Value value = row_to_value(sample_row());
  EXPECT_EQ(value.at("text").str(), sample_row().text);
  EXPECT_EQ(value.at("part").at("weight").num(), 9);
  EXPECT_EQ(value.at("parts").list().size(), 2u);
  EXPECT_TRUE(value.at("absent").is_null());
}

}  // namespace
}  // namespace store
