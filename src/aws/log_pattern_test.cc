#include "aws/log_pattern.h"

#include <gtest/gtest.h>

namespace aws {
namespace {

bool matches(std::string_view pattern, std::string_view message) {
  auto parsed = LogPattern::parse(pattern);
  EXPECT_TRUE(parsed) << pattern;
  return parsed && parsed->matches(message);
}

TEST(LogPattern, TermsMustBeThere) {
  EXPECT_TRUE(matches("", "anything"));
  EXPECT_TRUE(matches("ERROR", "[ERROR 400] BAD REQUEST"));
  EXPECT_FALSE(matches("ERROR", "[error 400] bad request"));
  EXPECT_TRUE(matches("ERROR ARGUMENTS", "[ERROR 419] MISSING ARGUMENTS"));
  EXPECT_FALSE(matches("ERROR ARGUMENTS", "[ERROR 420] INVALID NAME"));
  EXPECT_TRUE(matches("\"INTERNAL SERVER ERROR\"", "[ERROR 500] INTERNAL SERVER ERROR"));
  EXPECT_TRUE(matches(R"("say \"hi\"")", R"(they say "hi" to all)"));
}

TEST(LogPattern, TermsMayBeOptionalOrExcluded) {
  EXPECT_TRUE(matches("?ERROR ?WARN", "WARN: disk"));
  EXPECT_FALSE(matches("?ERROR ?WARN", "INFO: disk"));
  // "If you combine them with other terms, the optional ones are ignored."
  EXPECT_TRUE(matches("?ERROR ?WARN INFO", "INFO: disk"));
  EXPECT_TRUE(matches("ERROR -ARGUMENTS", "ERROR INVALID NAME"));
  EXPECT_FALSE(matches("ERROR -ARGUMENTS", "ERROR MISSING ARGUMENTS"));
  EXPECT_FALSE(matches("-\"out of\"", "out of memory"));
}

TEST(LogPattern, RegularExpressionsStandBetweenPercentSigns) {
  EXPECT_TRUE(matches("%AUTHORIZED%", "UNAUTHORIZED 401"));
  EXPECT_TRUE(matches(R"(%\d{3}-[a-c]+% ERROR)", "ERROR 123-abc"));
  EXPECT_TRUE(matches("{ $.status = %^4\\d\\d$% }", R"({"status": 404})"));
  EXPECT_TRUE(matches("[w1 = %INFO|WARN%, w2]", "WARN x"));
  EXPECT_FALSE(LogPattern::parse("%a% %b% %c%"));
  EXPECT_FALSE(LogPattern::parse("%%"));
  EXPECT_FALSE(LogPattern::parse("%a"));
}

constexpr std::string_view kEvent = R"({"eventType": "UpdateTrail", "sourceIPAddress": "111.111.111.111",
  "arrayKey": ["value", "another value"], "objectList": [{"name": "a", "id": 1}, {"name": "b", "id": 2}],
  "SomeObject": null, "cluster.name": "c", "bandwidth": 75.5, "tiny": 0.001, "is": true, "isnt": false})";

TEST(LogPattern, MembersOfJsonAreCompared) {
  EXPECT_TRUE(matches("{ $.eventType = \"UpdateTrail\" }", kEvent));
  EXPECT_TRUE(matches("{ $.eventType = Update* }", kEvent));
  EXPECT_TRUE(matches("{$.eventType=\"*Trail\"}", kEvent));
  EXPECT_TRUE(matches("{ $.sourceIPAddress != 123.123.* }", kEvent));
  EXPECT_FALSE(matches("{ $.sourceIPAddress != 111.111.* }", kEvent));
  EXPECT_TRUE(matches("{ $.arrayKey[0] = \"value\" }", kEvent));
  EXPECT_FALSE(matches("{ $.arrayKey[2] = * }", kEvent));
  EXPECT_TRUE(matches("{ $.arrayKey[*] = another* }", kEvent));
  EXPECT_TRUE(matches("{ $.objectList[1].id = 2 }", kEvent));
  EXPECT_TRUE(matches("{ $.['cluster.name'] = c }", kEvent));
  EXPECT_FALSE(matches("{ $.missing != 1 }", kEvent));
  EXPECT_FALSE(matches("{ $.eventType = * }", "no JSON"));
}

TEST(LogPattern, NumbersAreComparedAsNumbers) {
  EXPECT_TRUE(matches("{ $.bandwidth > 75 }", kEvent));
  EXPECT_FALSE(matches("{ $.bandwidth < 75 }", kEvent));
  EXPECT_TRUE(matches("{ $.bandwidth >= 75.5 && $.bandwidth <= 7.55e1 }", kEvent));
  EXPECT_TRUE(matches("{ $.tiny = 1e-3 }", kEvent));
  EXPECT_TRUE(matches("{ $.bandwidth != 1 }", kEvent));
  EXPECT_FALSE(matches("{ $.eventType > 1 }", kEvent));
  EXPECT_FALSE(LogPattern::parse("{ $.eventType > \"a\" }"));
}

TEST(LogPattern, MembersAreNullTrueOrNotThere) {
  EXPECT_TRUE(matches("{ $.SomeObject IS NULL }", kEvent));
  EXPECT_FALSE(matches("{ $.missing IS NULL }", kEvent));
  EXPECT_TRUE(matches("{ $.missing NOT EXISTS }", kEvent));
  EXPECT_FALSE(matches("{ $.SomeObject NOT EXISTS }", kEvent));
  EXPECT_TRUE(matches("{ $.SomeObject EXISTS }", kEvent));
  EXPECT_TRUE(matches("{ $.is IS TRUE && $.isnt IS FALSE }", kEvent));
  EXPECT_FALSE(matches("{ $.isnt is true }", kEvent));
}

TEST(LogPattern, ConditionsAreJoined) {
  EXPECT_TRUE(matches("{ $.a = 1 || $.b = 2 && $.c = 3 }", R"({"a": 1})"));
  EXPECT_FALSE(matches("{ ($.a = 1 || $.b = 2) && $.c = 3 }", R"({"a": 1})"));
  EXPECT_TRUE(matches("{ ($.a = 1 || $.b = 2) && ($.c = 3) }", R"({"a": 1, "c": 3})"));
}

constexpr std::string_view kAccess =
    R"(127.0.0.1 Prod frank [10/Oct/2000:13:25:15 -0700] "GET /index.html HTTP/1.0" 404 1534)";

TEST(LogPattern, FieldsStandForWords) {
  EXPECT_TRUE(matches("[ip, user, username, timestamp, request = *.html*, status_code = 4*, bytes > 1000]", kAccess));
  EXPECT_FALSE(matches("[ip, user, username, timestamp, request, status_code = 5*, bytes]", kAccess));
  EXPECT_FALSE(matches("[ip, user]", kAccess));
  EXPECT_TRUE(matches("[..., status_code = 404, bytes]", kAccess));
  EXPECT_TRUE(matches("[ip = %127\\.0\\.0\\.[1-9]%, ..., bytes]", kAccess));
  EXPECT_TRUE(matches("[ip, ...]", kAccess));
  EXPECT_TRUE(matches("[,,,,,,]", kAccess));
  EXPECT_TRUE(matches("[w1 = ERROR || w1 = WARN, w2]", "WARN disk"));
  EXPECT_TRUE(matches("[w1 != ERROR && w1 != WARN, w2]", "INFO disk"));
  EXPECT_FALSE(matches("[w1 != ERROR && w1 != WARN, w2]", "WARN disk"));
}

TEST(LogPattern, TellsWhatItHasFound) {
  auto fields = LogPattern::parse("[ip, ..., status, bytes]");
  ASSERT_TRUE(fields);
  EXPECT_EQ(fields->value_of(kAccess, "$bytes"), "1534");
  EXPECT_EQ(fields->value_of(kAccess, "$2"), "Prod");
  EXPECT_EQ(fields->value_of(kAccess, "$nothing"), std::nullopt);
  auto json = LogPattern::parse("{ $.bandwidth > 1 || $.missing = 1 }");
  ASSERT_TRUE(json);
  EXPECT_EQ(json->extract(kEvent), (LogPattern::Extracted{{"$.bandwidth", "75.5"}}));
  EXPECT_EQ(json->value_of(kEvent, "$.objectList[0].name"), "a");
}

TEST(LogPattern, WhatIsNoPatternIsRefused) {
  for (std::string_view pattern : {"{",
                                   "{}",
                                   "{ $.a }",
                                   "{ $.a = }",
                                   "{ a = 1 }",
                                   "{ $. = 1 }",
                                   "{ $.a = 1 && }",
                                   "{ ($.a = 1 }",
                                   "{ $.a = 1 } x",
                                   "{ $.a IS }",
                                   "{ $.a NOT }",
                                   "{ $.a[x] = 1 }",
                                   "[",
                                   "[a",
                                   "[a, ...,...]",
                                   "[a = ]",
                                   "[a] b",
                                   "[b = 1, a = 1 && c = 2]",
                                   "\"open",
                                   "?",
                                   "-"}) {
    auto parsed = LogPattern::parse(pattern);
    ASSERT_FALSE(parsed) << pattern;
    EXPECT_EQ(parsed.error().code, "InvalidParameterException");
  }
  EXPECT_EQ(LogPattern::parse("no=term").error().message, "Invalid character(s) in term 'no=term'");
}

}  // namespace
}  // namespace aws
