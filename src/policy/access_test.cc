#include "policy/access.h"

#include <gtest/gtest.h>

#include "policy/patterns_as_sets.h"

namespace policy {
namespace {

PolicyPtr read(std::string_view statements, Kind kind = Kind::kIdentity) {
  auto policy = compile(std::string(R"({"Version":"2012-10-17","Statement":[)") + std::string(statements) + "]}", kind);
  EXPECT_TRUE(policy) << (policy ? "" : policy.error().message);
  return *policy;
}

TEST(PatternsAsSets, MeetWhenSomeTextMatchesBoth) {
  EXPECT_TRUE(globs_meet("s3:Get*", "*Object"));
  EXPECT_TRUE(globs_meet("a?c", "abc"));
  EXPECT_TRUE(globs_meet("*", ""));
  EXPECT_FALSE(globs_meet("s3:Get*", "s3:Put*"));
  EXPECT_FALSE(globs_meet("a?c", "ac"));
  EXPECT_TRUE(globs_meet("home/${aws:username}/x", "home/alice/x"));
}

TEST(PatternsAsSets, CoverWhenAllTextsOfTheInnerMatchTheOuter) {
  EXPECT_TRUE(glob_covers("s3:*", "s3:Get*"));
  EXPECT_TRUE(glob_covers("a*c", "ab*c"));
  EXPECT_TRUE(glob_covers("a?*", "abc"));
  EXPECT_FALSE(glob_covers("s3:Get*", "s3:*"));
  EXPECT_FALSE(glob_covers("a?", "a*"));
  EXPECT_FALSE(glob_covers("a", "?"));
  EXPECT_TRUE(glob_covers("*", "${aws:username}"));
  EXPECT_FALSE(glob_covers("????????????????????", "${aws:username}xxxxx"));
  EXPECT_FALSE(glob_covers("${aws:username}", "alice"));
  EXPECT_TRUE(glob_covers("${aws:username}/*", "${aws:username}/*"));
}

TEST(Access, AWildcardOfADenialDoesNotReachOverAColon) {
  PolicyPtr policy = read(R"({"Effect":"Allow","Action":"sqs:*","Resource":"arn:aws:sqs:us-east-1:111122223333:q"},
                             {"Effect":"Deny","Action":"sqs:*","Resource":"arn:aws:*:q"})");
  EXPECT_FALSE(granting_statements(*policy, {"sqs:SendMessage"}, {}).empty());
}

TEST(Access, AnAllowanceOfPartOfWhatIsDeniedIsTakenAway) {
  PolicyPtr policy = read(R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"*"},
                             {"Effect":"Deny","Action":"s3:Get*","Resource":"*"})");
  EXPECT_TRUE(granting_statements(*policy, {"s3:*"}, {}).empty());
}

TEST(Access, NewAccessIsFoundInComplements) {
  PolicyPtr all_but_two = read(R"({"Effect":"Allow","NotAction":["iam:*","s3:*"],"Resource":"*"})");
  PolicyPtr all_but_one = read(R"({"Effect":"Allow","NotAction":"iam:*","Resource":"*"})");
  EXPECT_TRUE(new_access(*all_but_one, *all_but_two).empty());
  EXPECT_FALSE(new_access(*all_but_two, *all_but_one).empty());
  PolicyPtr queues = read(R"({"Effect":"Allow","Action":"sqs:*","Resource":"*"})");
  EXPECT_TRUE(new_access(*all_but_two, *queues).empty());
  EXPECT_FALSE(new_access(*queues, *all_but_two).empty());
}

TEST(Access, EveryPolicyGrantsNothingNewOverItselfOrOverEverything) {
  PolicyPtr everything = read(R"({"Effect":"Allow","Action":"*","Resource":"*"})");
  for (const char* statements :
       {R"({"Effect":"Allow","Action":["s3:Get*","sqs:*"],"Resource":["arn:aws:s3:::a/*","arn:aws:sqs:*:*:q"]})",
        R"({"Effect":"Allow","NotAction":"iam:*","NotResource":"arn:aws:s3:::a"})",
        R"({"Effect":"Allow","Action":"s3:*","Resource":"arn:aws:s3:::${aws:username}/*",
            "Condition":{"StringLike":{"aws:username":["a*","b"]}}})",
        R"({"Effect":"Allow","Action":"*","Resource":"*"},{"Effect":"Deny","Action":"iam:*","Resource":"*"})"}) {
    PolicyPtr policy = read(statements);
    EXPECT_TRUE(new_access(*policy, *policy).empty()) << statements;
    EXPECT_TRUE(new_access(*everything, *policy).empty()) << statements;
  }
}

TEST(ExternalAccess, AddressesAndOrganizationsKeepThePublicOut) {
  auto grants_of = [](std::string_view condition, const ZoneOfTrust& zone) {
    PolicyPtr policy =
        read(std::string(R"({"Effect":"Allow","Principal":"*","Action":"sqs:*","Resource":"*","Condition":)") +
                 std::string(condition) + "}",
             Kind::kResource);
    return external_access(*policy, zone);
  };
  const ZoneOfTrust zone{{"111122223333"}, "o-1234567890"};
  EXPECT_FALSE(grants_of(R"({"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}})", zone)[0].is_public);
  EXPECT_TRUE(grants_of(R"({"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}})", zone)[0].is_public);
  EXPECT_TRUE(grants_of(R"({"NotIpAddress":{"aws:SourceIp":"203.0.113.0/24"}})", zone)[0].is_public);
  EXPECT_TRUE(grants_of(R"({"StringEquals":{"aws:PrincipalOrgID":"o-1234567890"}})", zone).empty());
  EXPECT_FALSE(grants_of(R"({"StringEquals":{"aws:PrincipalOrgID":"o-0987654321"}})", zone)[0].is_public);
  EXPECT_TRUE(grants_of(R"({"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:*"}})", zone).empty());
  EXPECT_TRUE(grants_of(R"({"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:*:*"}})", zone)[0].is_public);
  EXPECT_TRUE(grants_of(R"({"ForAllValues:StringEquals":{"aws:SourceAccount":"111122223333"}})", zone)[0].is_public);
}

}  // namespace
}  // namespace policy
