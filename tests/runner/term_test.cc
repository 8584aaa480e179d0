#include "runner/term.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace {

using base::Value;
using runner::Scope;

runner::Term term(std::string_view text) {
  auto parsed = runner::parse_term(text);
  EXPECT_TRUE(parsed) << parsed.error().message;
  EXPECT_EQ(text, "");
  return *parsed;
}

std::string evaluated(std::string_view text, const Scope& scope = {}) {
  auto value = runner::evaluate(term(text), scope);
  return value ? base::to_json(*value) : value.error().message;
}

std::string difference(std::string_view pattern, std::string_view got, Scope scope = {}) {
  return runner::mismatch(term(pattern), *base::parse_json(got), scope).value_or("");
}

TEST(Term, EvaluatesRelaxedJson) {
  EXPECT_EQ(evaluated(R"({a: 1, "b": [true, null, "x\n",],})"), R"({"a":1,"b":[true,null,"x\n"]})");
}

TEST(Term, PutsVariablesIn) {
  Scope scope{.variables = {{"name", Value("q")}, {"n", Value(3)}}};
  EXPECT_EQ(evaluated(R"([$name, "${name}-${n}", "$5"])", scope), R"(["q","q-3","$5"])");
  EXPECT_EQ(evaluated("$other", scope), "$other has not been captured");
}

TEST(Term, KnowsItsFunctions) {
  Scope scope{.now_ms = 1'767'225'600'500};
  EXPECT_EQ(evaluated(R"(@repeat("ab", 3))"), R"("ababab")");
  EXPECT_EQ(evaluated(R"(@times(2, {Id: "m${i}"}))"), R"([{"Id":"m1"},{"Id":"m2"}])");
  EXPECT_EQ(evaluated(R"(@json({a: "b"}))"), R"("{\"a\":\"b\"}")");
  EXPECT_EQ(evaluated(R"(@md5("hello"))"), R"("5d41402abc4b2a76b9719d911017c592")");
  EXPECT_EQ(evaluated("@now(+30s)", scope), "1767225630500");
  EXPECT_EQ(evaluated("@text(@seconds)", scope), R"("1767225600")");
  EXPECT_EQ(evaluated(R"(@base64("aGk="))"), R"("hi")");
}

TEST(Term, ShowsCodesOfDevices) {  // RFC 4226, appendix D: the steps 1 and 2 of "12345678901234567890"
  Scope scope{.variables = {{"seed", Value("GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ")}}, .now_ms = 59'000};
  EXPECT_EQ(evaluated("@totp($seed)", scope), R"("287082")");
  EXPECT_EQ(evaluated(R"(@totp($seed, "+1s"))", scope), R"("359152")");
  EXPECT_EQ(evaluated(R"(@totp("no seed"))", scope), "@totp takes a seed and a duration");
}

TEST(Pattern, MatchesExactly) {
  EXPECT_EQ(difference(R"({a: 1, b: ["x"]})", R"({"b": ["x"], "a": 1})"), "");
  EXPECT_EQ(difference(R"({a: 1})", R"({"a": 2})"), ".a is 2, expected 1");
  EXPECT_EQ(difference(R"({a: 1})", R"({"a": 1, "b": 2})"), ".b was not expected: 2");
  EXPECT_EQ(difference(R"({a: 1, b: _})", R"({"a": 1})"), ".b is absent");
  EXPECT_EQ(difference(R"([1, 2])", R"([1])"), "the answer has only 1 elements");
}

TEST(Pattern, TakesEmptyCollectionsForAbsentOnes) {
  EXPECT_EQ(difference(R"({a: 1, b: []})", R"({"a": 1})"), "");
  EXPECT_EQ(difference(R"({a: 1})", R"({"a": 1, "b": {}})"), "");
  EXPECT_EQ(difference(R"({b: @absent, ...})", R"({"a": 1, "b": []})"), "");
}

TEST(Pattern, LeavesRestsOpen) {
  EXPECT_EQ(difference(R"({a: 1, ...})", R"({"a": 1, "b": 2})"), "");
  EXPECT_EQ(difference(R"([..., 3, ...])", "[1,2,3,4]"), "");
  EXPECT_EQ(difference(R"([1, ...])", "[1]"), "");
  EXPECT_NE(difference(R"([..., 5])", "[1,2]"), "");
}

TEST(Pattern, CapturesOnceAndComparesThen) {
  EXPECT_EQ(difference("[$x, $x]", "[1, 1]"), "");
  EXPECT_EQ(difference("[$x, $x]", "[1, 2]"), "[1] is 2, but $x is 1");
}

TEST(Pattern, KnowsItsFunctions) {
  EXPECT_EQ(difference(R"(~"[a-z]+-\\d")", R"("ab-1")"), "");
  EXPECT_NE(difference(R"(~"[a-z]+")", R"("ab-1")"), "");
  EXPECT_EQ(difference("@any_order([1, 2])", "[2, 1]"), "");
  EXPECT_EQ(difference("@any_order([_, 1])", "[1, 2]"), "");
  EXPECT_NE(difference("@any_order([1, 3])", "[2, 1]"), "");
  EXPECT_EQ(difference("@between(1, 3)", R"("3")"), "");
  EXPECT_NE(difference("@between(1, 3)", "4"), "");
  EXPECT_EQ(difference(R"(@json({a: _}))", R"("{\"a\": 5}")"), "");
  EXPECT_EQ(difference("@size(2)", R"("ab")"), "");
  EXPECT_EQ(difference(R"(@starts("ab"))", R"("abc")"), "");
}

TEST(Message, TakesDotsForAnyText) {
  EXPECT_TRUE(runner::matches_message("a ... b ... c", "a 1 b 2 b 3 c"));
  EXPECT_TRUE(runner::matches_message("exact", "exact"));
  EXPECT_FALSE(runner::matches_message("a ... b", "a 1 c"));
}

TEST(Duration, AddsItsUnits) {
  EXPECT_EQ(runner::parse_duration_ms("+1h30m"), 5'400'000);
  EXPECT_EQ(runner::parse_duration_ms("250ms"), 250);
  EXPECT_EQ(runner::parse_duration_ms("-1d"), -86'400'000);
  EXPECT_EQ(runner::parse_duration_ms("5"), std::nullopt);
}

}  // namespace
