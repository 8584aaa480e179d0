// Ion as exports write it and imports read it.
#include "services/dynamodb/ion.h"

#include <gtest/gtest.h>

#include "base/random.h"
#include "services/dynamodb/imports.h"
#include "services/dynamodb/number.h"

namespace dynamodb {
namespace {

TEST(Ion, NumbersAreDecimals) {
  const std::vector<std::pair<std::string, std::string>> kForms{
      {"0", "0."},
      {"103", "103."},
      {"600", "6d2"},
      {"2000", "2d3"},
      {"-10", "-1d1"},
      {"1.5", "1.5"},
      {"-0.05", "-0.05"},
      {"0." + std::string(19, '0') + "1", "0." + std::string(19, '0') + "1"},
      {"0." + std::string(20, '0') + "1", "1d-21"},
      {"-1." + std::string(29, '0') + "2", "-1" + std::string(29, '0') + "2d-30"},
      {"1" + std::string(125, '0'), "1d125"}};
  for (const auto& [number, decimal] : kForms) EXPECT_EQ(ion_decimal(number), decimal);
}

TEST(Ion, FieldsAreQuotedWhereTheyMustBe) {
  auto shown = [](const std::string& name) {
    std::string out;
    append_ion(out, {{name, Attribute{.type = Type::kNull}}});
    return out;
  };
  EXPECT_EQ(shown("plain_1"), "{plain_1:null}");
  EXPECT_EQ(shown("null"), "{'null':null}");
  EXPECT_EQ(shown("$ion"), "{'$ion':null}");
  EXPECT_EQ(shown("1st"), "{'1st':null}");
  EXPECT_EQ(shown("it's\n"), "{'it\\'s\\n':null}");
  EXPECT_EQ(shown(""), "{'':null}");
}

TEST(Ion, WhatIsNoItemIsRefused) {
  for (const char* text : {"",
                           "{}",
                           "{Item:1}",
                           "{Item:{}",
                           "{Item:{}} x",
                           "{Item:{},more:{}}",
                           "[{Item:{}}]",
                           "{Item:{a:}}",
                           "{Item:{a 1}}",
                           "{Item:{a:1e5}}",
                           "{Item:{a:0x1f}}",
                           "{Item:{a:2020-01-01T}}",
                           "{Item:{a:b}}",
                           "{Item:{a:(1 2)}}",
                           "{Item:{a:{{x}}}}",
                           "{Item:{a:{{AAE=}}",
                           "{Item:{a:\"x}}",
                           "{Item:{a:\"\\q\"}}",
                           "{Item:{a:\"\\u12\"}}",
                           "{Item:{a:$dynamodb_SS::1}}",
                           "{Item:{a:$dynamodb_NS::[\"1\"]}}",
                           "{Item:{a:1.,a:2.}}",
                           "{Item:{a:null.}}"})
    EXPECT_FALSE(attributes_of_ion(text)) << text;
  EXPECT_FALSE(attributes_of_ion("{Item:{a:" + std::string(500, '[') + std::string(500, ']') + "}}"));
}

TEST(Ion, TextsMayBeWrittenInManyWays) {
  for (const char* text : {"\"a\\x62\\u0063\\U00000064\"", "'''ab''' '''cd'''", "'''a\\\nbcd'''", "x::\"abcd\"",
                           "/* { */ \"abcd\" // }\n"}) {
    auto read = attributes_of_ion(std::string("{'Item':{\"k\":") + text + ",}}");
    ASSERT_TRUE(read) << text;
    EXPECT_EQ(read->at("k").at("S").str(), "abcd");
  }
}

class SomeItems {
 public:
  Item item() {
    Item made;
    for (int i = 0; i < roll(4); ++i) ensure(made, text()) = value(0);
    return made;
  }
  int roll(std::size_t sides) { return static_cast<int>(dice_.next() % sides); }

 private:
  std::string text() {
    static const std::vector<std::string> kPieces{"a", "'", "\"", "\\", "\n", "{", "}", "//", "é", "\x01", "null", "$"};
    std::string made;
    for (int i = 0; i < roll(5); ++i) made += kPieces[static_cast<std::size_t>(roll(kPieces.size()))];
    return made;
  }

  Attribute value(int level) {
    switch (roll(level > 3 ? 5 : 8)) {
      case 0: return Attribute::of_text(text());
      case 1: return Attribute::of_number(*normalise_number(fmt::format("{}E{}", roll(2000) - 1000, roll(80) - 40)));
      case 2: return {.type = Type::kBinary, .text = text()};
      case 3: return {.type = Type::kBoolean, .flag = roll(2) == 0};
      case 4: return {.type = Type::kNull};
      case 5: {
        Attribute made{.type = Type::kList};
        for (int i = 0; i < roll(4); ++i) made.elements.push_back(value(level + 1));
        return made;
      }
      case 6: return {.type = Type::kStringSet, .elements = {Attribute::of_text("x" + text())}};
      default: {
        Attribute made{.type = Type::kMap};
        for (int i = 0; i < roll(4); ++i) ensure(made.members, text()) = value(level + 1);
        return made;
      }
    }
  }

  base::SeededDice dice_{1};
};

TEST(Ion, WhatIsWrittenIsReadAsTheSame) {
  SomeItems some;
  for (int i = 0; i < 5'000; ++i) {
    const Item item = some.item();
    std::string written = "{Item:";
    append_ion(written, item);
    written += "}";
    Piece piece{.text = written};
    const JsonRecord record = next_ion_record(piece);
    ASSERT_EQ(record.text, written);
    auto attributes = attributes_of_ion(record.text);
    ASSERT_TRUE(attributes) << written << ": " << attributes.error().message;
    auto read = read_item(attributes->map());
    if (read) {
      EXPECT_EQ(*read, item) << written;
    }
    // Nor does what is broken break anything.
    std::string broken = written;
    broken.erase(static_cast<std::size_t>(some.roll(broken.size())), 1);
    Piece other{.text = broken};
    while (next_ion_record(other).kind != RecordKind::kEnd) continue;
    EXPECT_EQ(other.at, broken.size());
    (void)attributes_of_ion(broken);
  }
}

}  // namespace
}  // namespace dynamodb
