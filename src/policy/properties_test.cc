// What holds for all policies, tried on many that dice made.
#include <gtest/gtest.h>

#include <random>

#include "base/json.h"
#include "policy/evaluator.h"
#include "policy/test_support.h"

namespace policy {
namespace {

class Maker {
 public:
  explicit Maker(unsigned seed) : dice_(seed) {}

  std::string any_of(std::initializer_list<const char*> choices) {
    return *(choices.begin() + static_cast<std::ptrdiff_t>(dice_() % choices.size()));
  }
  bool chance(unsigned in) { return dice_() % in == 0; }

  std::string statement(const std::string& effect, Kind kind) {
    std::string text = "{\"Effect\":\"" + effect + "\"";
    if (kind == Kind::kResource || kind == Kind::kEndpoint || kind == Kind::kResourceControl)
      text += ",\"Principal\":" + (kind == Kind::kResource ? principal() : "\"*\"");
    text += any_of({",\"Action\":", kind == Kind::kResourceControl ? ",\"Action\":" : ",\"NotAction\":"});
    text +=
        any_of({"\"s3:GetObject\"", "\"s3:*\"", "\"s3:*Object\"", "[\"sqs:*\",\"s3:Get*\"]", "\"sqs:SendMessage\""});
    text += any_of({",\"Resource\":", ",\"NotResource\":"});
    text += any_of({"\"*\"", "\"arn:aws:*\"", "\"arn:aws:s3:::b/*\"", "[\"arn:aws:s3:::c\",\"arn:aws:s3:::b/?\"]",
                    "\"arn:aws:s3:::${aws:username}/*\""});
    if (chance(4)) text += ",\"Condition\":{\"" + operator_name() + "\":{\"aws:username\":" + operand() + "}}";
    return text + "}";
  }

  std::string effect() { return any_of({"Allow", "Allow", "Allow", "Allow", "Allow", "Deny"}); }
  std::mt19937& dice() { return dice_; }

 private:
  std::string principal() {
    return any_of({"\"*\"", "{\"AWS\":\"111122223333\"}", "{\"AWS\":\"arn:aws:iam::111122223333:user/alice\"}",
                   "{\"AWS\":\"arn:aws:iam::111122223333:role/app/worker\"}", "{\"Service\":\"s3.amazonaws.com\"}"});
  }
  std::string operator_name() {
    return any_of({"", "ForAllValues:", "ForAnyValue:"}) +
           any_of({"StringEquals", "StringNotEquals", "StringLike", "StringNotLike", "StringEqualsIgnoreCase"}) +
           any_of({"", "IfExists"});
  }
  std::string operand() { return any_of({"\"alice\"", "\"a*\"", "[\"bob\",\"ALICE\"]", "\"${aws:team}\"", "[]"}); }

  std::mt19937 dice_;
};

// All slots filled at random; the statements stay at hand so that one can be added.
struct Case {
  std::map<Kind, std::vector<std::string>> statements;
  MapContext context;
  Subject subject;
  std::string action, resource, owner;
  Union rule = Union::kEither;

  explicit Case(Maker& maker) {
    for (Kind kind :
         {Kind::kIdentity, Kind::kBoundary, Kind::kSession, Kind::kResource, Kind::kServiceControl, Kind::kEndpoint}) {
      if (kind != Kind::kIdentity && !maker.chance(3)) continue;
      for (int i = 0; i < 3; ++i) statements[kind].push_back(maker.statement(maker.effect(), kind));
    }
    subject = maker.chance(2) ? kAlice : kWorker;
    action = maker.any_of({"s3:GetObject", "s3:PutObject", "sqs:SendMessage"});
    resource = maker.any_of({"arn:aws:s3:::b/x", "arn:aws:s3:::alice/x", "arn:aws:s3:::c", "*"});
    owner = maker.any_of({"", "", "111122223333", "444455556666"});
    if (maker.chance(3)) rule = Union::kResourceMustAllow;
    if (maker.chance(2)) context.keys["aws:username"] = {"alice"};
    if (maker.chance(4)) context.keys["aws:username"] = {"alice", "bob"};
    if (maker.chance(2)) context.keys["aws:team"] = {"alice"};
  }

  Policies policies() const {
    Policies all;
    auto source = [&](Kind kind) {
      std::string list = "[";
      for (const std::string& statement : statements.at(kind)) list += (list.size() > 1 ? "," : "") + statement;
      auto policy = compile(document_of_statement(list + "]"), kind);
      EXPECT_TRUE(policy) << policy.error().message << list;
      return Source{"p", policy ? *policy : nullptr};
    };
    all.identity = {source(Kind::kIdentity)};
    if (statements.contains(Kind::kBoundary)) all.boundary = source(Kind::kBoundary);
    if (statements.contains(Kind::kSession)) all.session = {source(Kind::kSession)};
    if (statements.contains(Kind::kResource)) all.resource = source(Kind::kResource);
    if (statements.contains(Kind::kServiceControl)) all.service_control = {{source(Kind::kServiceControl)}};
    if (statements.contains(Kind::kEndpoint)) all.endpoint = {source(Kind::kEndpoint)};
    return all;
  }

  Question question() const { return {subject, action, resource, owner, context, rule}; }
  Decision decision() const { return decide(question(), policies()); }
};

constexpr unsigned kCases = 800;

TEST(Properties, AddingADenyNeverAllowsMore) {
  Maker maker(1);
  for (unsigned i = 0; i < kCases; ++i) {
    Case one(maker);
    bool before = one.decision().allowed();
    auto place = std::next(one.statements.begin(), static_cast<std::ptrdiff_t>(maker.dice()() % one.statements.size()));
    place->second.push_back(maker.statement("Deny", place->first));
    EXPECT_LE(one.decision().allowed(), before) << place->second.back();
  }
}

TEST(Properties, AddingAnAllowNeverAllowsLess) {
  Maker maker(2);
  for (unsigned i = 0; i < kCases; ++i) {
    Case one(maker);
    bool before = one.decision().allowed();
    auto place = std::next(one.statements.begin(), static_cast<std::ptrdiff_t>(maker.dice()() % one.statements.size()));
    place->second.push_back(maker.statement("Allow", place->first));
    EXPECT_GE(one.decision().allowed(), before) << place->second.back();
  }
}

TEST(Properties, ExplainingDecidesTheSame) {
  Maker maker(3);
  int allowed = 0;
  for (unsigned i = 0; i < kCases; ++i) {
    Case one(maker);
    Policies policies = one.policies();
    Decision decision = decide(one.question(), policies);
    std::vector<PolicyReport> reports;
    Question question = one.question();
    Decision explained = Evaluator(question, &reports).decide(policies);
    EXPECT_EQ(decision.outcome, explained.outcome);
    EXPECT_EQ(decision.kind, explained.kind);
    EXPECT_EQ(decision.sid, explained.sid);
    allowed += decision.allowed();
  }
  EXPECT_GT(allowed, 60);
  EXPECT_LT(allowed, 770);
}

// Slow, and plainly right.
bool matches_naively(std::string_view glob, std::string_view text) {
  if (glob.empty()) return text.empty();
  if (glob[0] == '*')
    return matches_naively(glob.substr(1), text) || (!text.empty() && matches_naively(glob, text.substr(1)));
  return !text.empty() && (glob[0] == '?' || glob[0] == text[0]) && matches_naively(glob.substr(1), text.substr(1));
}

TEST(Properties, GlobsMatchAsTheNaiveWayDoes) {
  Maker maker(4);
  int matched = 0;
  for (int i = 0; i < 50'000; ++i) {
    std::string glob, text;
    for (auto length = maker.dice()() % 9; length > 0; --length) glob += maker.any_of({"a", "b", "*", "?", "a"});
    for (auto length = maker.dice()() % 10; length > 0; --length) text += maker.any_of({"a", "b"});
    bool expected = matches_naively(glob, text);
    Glob compiled(Template(glob, Wildcards::kRead, Variables::kRead).fixed());
    ASSERT_EQ(compiled.matches(text), expected) << glob << " " << text;
    matched += expected;
  }
  EXPECT_GT(matched, 2'500);
}

// A policy full of wildcards: none is looked at more than once.
TEST(Properties, EachStatementIsLookedAtOnce) {
  std::string list = "[", stars;
  for (int i = 0; i < 1'000; ++i) stars += "*a?";
  for (int i = 0; i < 60; ++i)
    list +=
        std::string(i ? "," : "") + R"({"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::)" + stars + "b\"}";
  auto policy = compile(document_of_statement(list + "]"), Kind::kIdentity);
  ASSERT_TRUE(policy);
  Policies policies;
  policies.identity.push_back({"stars", *policy});
  MapContext context;
  std::string resource = "arn:aws:s3:::" + std::string(3'000, 'a');
  Question question{kAlice, "s3:GetObject", resource, "", context};
  Evaluator evaluator(question, nullptr);
  EXPECT_FALSE(evaluator.decide(policies).allowed());
  EXPECT_EQ(evaluator.statements_seen(), 60u);
}

}  // namespace
}  // namespace policy
