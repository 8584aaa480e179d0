#include "base/json.h"

#include <gtest/gtest.h>

#include <limits>

namespace base {
namespace {

std::string round_trip(std::string_view text) {
  auto value = parse_json(text);
  return value ? to_json(*value) : value.error().code + ": " + value.error().message;
}

bool is_refused(std::string_view text) {
  auto value = parse_json(text);
  return !value && value.error().code == "SerializationException";
}

TEST(Json, ReadsWhatItWrites) {
  for (std::string_view text :
       {"null", "true", "false", "0", "-1", "9223372036854775807", "-9223372036854775808", "1.5", "-0.25", "1e+300",
        "1.0", "\"\"", "\"a\"", "[]", "{}", "[1,[2,[]],{}]", R"({"a":1,"b":{"c":[null]}})",
        R"("quote \" slash \\ / line \n tab \t nul \u0000 bell \u0007")", "\"\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80\""})
    EXPECT_EQ(round_trip(text), text);
}

TEST(Json, IgnoresWhiteSpaceBetweenTokens) {
  EXPECT_EQ(round_trip(" \t\r\n{ \"a\" : [ 1 , 2 ] } \n"), R"({"a":[1,2]})");
}

TEST(Json, DecodesEscapes) {
  EXPECT_EQ(parse_json(R"("\u0041\u00e9\u20AC\ud83d\ude00\/\b\f\n\r\t\"\\")")->str(),
            "A\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80/\b\f\n\r\t\"\\");
  EXPECT_EQ(parse_json(R"("a\u0000b")")->str(), std::string("a\0b", 3));
}

TEST(Json, RefusesWhatIsNotJson) {
  for (std::string_view text : {"",      " ",    "nul",     "tru",       "True",        "1 2",    "[1",       "[1,]",
                                "[,1]",  "{",    "{\"a\"}", "{\"a\":}",  "{\"a\":1,}",  "{a:1}",  "{1:2}",    "'a'",
                                "\"a",   "\"\\", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\n\"", "01",       "-",
                                "+1",    ".5",   "1.",      "1e",        "1e+",         "NaN",    "Infinity", "0x10",
                                "1e400", "]",    "}",       "[1}",       "/*a*/1"})
    EXPECT_TRUE(is_refused(text)) << text;
}

TEST(Json, RefusesUnpairedSurrogates) {
  for (std::string_view text :
       {R"("\ud800")", R"("\udc00")", R"("\ud800\ud800")", R"("\ud800x")", R"("\udc00\ud800")", R"("\ud83d\n")"})
    EXPECT_TRUE(is_refused(text)) << text;
}

TEST(Json, RefusesInvalidUtf8) {
  for (std::string_view bytes : {"\x80", "\xC0\x80", "\xC3", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF",
                                 "12345678\xFF", "1234567\xC3\"\xA9"})
    EXPECT_TRUE(is_refused("\"" + std::string(bytes) + "\"")) << to_json(Value(bytes));
}

TEST(Json, NestsAsDeepAsTheLimit) {
  auto nested = [](int depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_EQ(round_trip(nested(kJsonDepthMax)), nested(kJsonDepthMax));
  EXPECT_TRUE(is_refused(nested(kJsonDepthMax + 1)));
  EXPECT_TRUE(is_refused(std::string(1'000'000, '[')));
  std::string maps;
  for (int i = 0; i < kJsonDepthMax + 1; ++i) maps += "{\"a\":";
  EXPECT_TRUE(is_refused(maps));
}

TEST(Json, KeepsTheLastOfRepeatedNames) {
  EXPECT_EQ(round_trip(R"({"a":1,"b":2,"a":3,"c":4,"a":5})"), R"({"a":5,"b":2,"c":4})");
  std::string many = "{\"x\":0", expected = "{\"x\":2";
  for (int i = 0; i < 100; ++i) many += ",\"k" + std::to_string(i) + "\":1";
  for (int i = 0; i < 100; ++i) expected += ",\"k" + std::to_string(i) + "\":" + (i == 50 ? "7" : "1");
  EXPECT_EQ(round_trip(many + ",\"k50\":6,\"x\":1,\"k50\":7,\"x\":2}"), expected + "}");
}

TEST(Json, KeepsTheKindOfNumbers) {
  EXPECT_TRUE(parse_json("1")->is_whole());
  EXPECT_TRUE(parse_json("1.0")->is_float());
  EXPECT_TRUE(parse_json("1e2")->is_float());
  EXPECT_EQ(parse_json("1e2")->real(), 100.0);
  EXPECT_TRUE(parse_json("9223372036854775808")->is_float());
  EXPECT_EQ(parse_json("18446744073709551616")->real(), 18446744073709551616.0);
  EXPECT_EQ(parse_json("1e-400")->real(), 0.0);
  EXPECT_EQ(parse_json("5e-324")->real(), 5e-324);
}

TEST(Json, WritesFloatingNumbers) {
  auto written = [](double number) { return to_json(Value(number)); };
  EXPECT_EQ(written(0.1), "0.1");
  EXPECT_EQ(written(100000.0), "100000.0");
  EXPECT_EQ(written(1422172801.0), "1422172801.0");
  EXPECT_EQ(written(1422172801.123), "1422172801.123");
  EXPECT_EQ(written(-0.0), "-0.0");
  EXPECT_EQ(written(1e15), "1e+15");
  EXPECT_EQ(written(std::numeric_limits<double>::quiet_NaN()), "\"NaN\"");
  EXPECT_EQ(written(std::numeric_limits<double>::infinity()), "\"Infinity\"");
  EXPECT_EQ(written(-std::numeric_limits<double>::infinity()), "\"-Infinity\"");
  for (double number : {1.0 / 3, 1e-7, 123456789.123456789, 2.2250738585072014e-308, 1.7976931348623157e308})
    EXPECT_EQ(parse_json(written(number))->real(), number);
}

TEST(Json, ReplacesWhatIsNotUtf8) {
  EXPECT_EQ(to_json(Value("a\xFFz")), "\"a\xEF\xBF\xBDz\"");
  EXPECT_EQ(to_json(Value("\xC3")), "\"\xEF\xBF\xBD\"");
  EXPECT_EQ(to_json(Value("12345678\x80\xC3\xA9\"")), "\"12345678\xEF\xBF\xBD\xC3\xA9\\\"\"");
}

TEST(Json, SaysWhere) {
  EXPECT_EQ(round_trip("[1,x]"), "SerializationException: Invalid JSON at byte 3: expected a value");
}

TEST(Json, EndsStringsAtEachPositionOfAWord) {
  for (std::size_t length = 0; length < 40; ++length)
    for (std::string_view special : {"\n", "\"", "\\", "\x1F", "\xC3\xA9", "\x7F"}) {
      std::string text = std::string(length, 'a') + std::string(special) + std::string(length % 11, 'b');
      EXPECT_EQ(parse_json(to_json(Value(text)))->str(), text);
    }
}

}  // namespace
}  // namespace base
