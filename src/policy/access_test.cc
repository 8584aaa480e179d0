#include "policy/access.h"

#include <gtest/gtest.h>

#include "policy/pattern_sets.h"
#include "policy/test_support.h"

namespace policy {
namespace {

PolicyPtr policy_of(std::string_view statements, Kind kind = Kind::kIdentity) {
  auto policy = compile(document_of_statement(statements), kind);
  EXPECT_TRUE(policy) << policy.error().message;
  return *policy;
}

constexpr const char* kReadBucket = R"({"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*"})";

TEST(Globs, IntersectAndCover) {
  auto glob = [](std::string_view text) { return Template(text, Wildcards::kRead, Variables::kRead).fixed(); };
  auto intersect = [&](std::string_view left, std::string_view right) {
    EXPECT_EQ(globs_intersect(glob(left), glob(right)), globs_intersect(glob(right), glob(left)));
    return globs_intersect(glob(left), glob(right));
  };
  EXPECT_TRUE(intersect("a*", "*b"));
  EXPECT_TRUE(intersect("a?c", "ab*"));
  EXPECT_TRUE(intersect("*", ""));
  EXPECT_FALSE(intersect("a*", "b*"));
  EXPECT_FALSE(intersect("a?", "a"));
  EXPECT_FALSE(intersect("*a", "*b"));
  auto covers = [&](std::string_view outer, std::string_view inner) { return glob_covers(glob(outer), glob(inner)); };
  EXPECT_TRUE(covers("a*", "ab*"));
  EXPECT_TRUE(covers("*", "?*"));
  EXPECT_TRUE(covers("a?", "ab"));
  EXPECT_FALSE(covers("a?", "a*"));
  EXPECT_FALSE(covers("ab*", "a*"));
  EXPECT_FALSE(covers("?", ""));
}

TEST(Access, IsGrantedByStatements) {
  auto policy = policy_of(kReadBucket);
  auto is_granted = [](const PolicyPtr& of, std::vector<std::string> actions, std::vector<std::string> resources) {
    return !granting_statements(*of, actions, resources).empty();
  };
  EXPECT_TRUE(is_granted(policy, {"s3:GetObject"}, {}));
  EXPECT_TRUE(is_granted(policy, {"s3:GetObject", "sqs:SendMessage"}, {}));
  EXPECT_TRUE(is_granted(policy, {}, {"arn:aws:s3:::b/key"}));
  EXPECT_TRUE(is_granted(policy, {"s3:*"}, {"arn:aws:s3:::*"}));
  EXPECT_FALSE(is_granted(policy, {"s3:PutObject"}, {}));
  EXPECT_FALSE(is_granted(policy, {"s3:GetObject"}, {"arn:aws:s3:::other/key"}));
  auto denied =
      policy_of(std::string("[") + kReadBucket + R"(,{"Effect":"Deny","Action":"s3:GetObjectAcl","Resource":"*"}])");
  EXPECT_FALSE(is_granted(denied, {"s3:GetObjectAcl"}, {}));
  EXPECT_TRUE(is_granted(denied, {"s3:GetObject"}, {}));
  auto but = policy_of(R"({"Effect":"Allow","NotAction":"iam:*","Resource":"*"})");
  EXPECT_FALSE(is_granted(but, {"iam:CreateUser"}, {}));
  EXPECT_TRUE(is_granted(but, {"sqs:SendMessage"}, {}));
}

TEST(Access, IsNewWhereTheOldPolicyDoesNotCoverIt) {
  auto is_new = [](const char* existing, const char* updated) {
    return !new_access(*policy_of(existing), *policy_of(updated)).empty();
  };
  constexpr const char* kObject = R"({"Effect":"Allow","Action":"s3:GetObject","Resource":"arn:aws:s3:::b/x"})";
  EXPECT_FALSE(is_new(kReadBucket, kReadBucket));
  EXPECT_FALSE(is_new(kReadBucket, kObject));
  EXPECT_TRUE(is_new(kObject, kReadBucket));
  constexpr const char* kTls = R"({"Effect":"Allow","Action":"s3:Get*","Resource":"arn:aws:s3:::b/*",
      "Condition":{"Bool":{"aws:SecureTransport":"true"}}})";
  EXPECT_FALSE(is_new(kReadBucket, kTls));
  EXPECT_TRUE(is_new(kTls, kReadBucket));
  constexpr const char* kGuarded = R"([{"Effect":"Allow","Action":"*","Resource":"*"},
      {"Effect":"Deny","Action":"iam:*","Resource":"*"}])";
  EXPECT_TRUE(is_new(kGuarded, R"({"Effect":"Allow","Action":"*","Resource":"*"})"));
  EXPECT_FALSE(is_new(kGuarded, R"({"Effect":"Allow","Action":"sqs:*","Resource":"*"})"));
  EXPECT_FALSE(is_new(kGuarded, kGuarded));
  EXPECT_FALSE(is_new(R"({"Effect":"Allow","NotAction":"iam:*","Resource":"*"})", kReadBucket));
  EXPECT_TRUE(is_new(kReadBucket, R"({"Effect":"Allow","NotAction":"iam:*","Resource":"*"})"));
}

TEST(Access, IsExternalOutsideTheZoneOfTrust) {
  ZoneOfTrust zone{.accounts = {"111122223333"}, .organization_id = "o-1"};
  auto grants = [&](const std::string& principal, const std::string& condition = "{}") {
    return external_access(*policy_of(R"({"Effect":"Allow","Action":"sqs:SendMessage","Resource":"*","Principal":)" +
                                          principal + ",\"Condition\":" + condition + "}",
                                      Kind::kResource),
                           zone);
  };
  EXPECT_TRUE(grants(R"({"AWS":"111122223333"})").empty());
  EXPECT_TRUE(grants(R"({"Service":"s3.amazonaws.com"})").empty());
  auto other = grants(R"({"AWS":["111122223333","444455556666"]})");
  ASSERT_EQ(other.size(), 1u);
  EXPECT_EQ(other[0].principal, "444455556666");
  EXPECT_FALSE(other[0].is_public);
  EXPECT_EQ(other[0].actions, std::vector<std::string>{"sqs:SendMessage"});
  EXPECT_TRUE(grants("\"*\"").at(0).is_public);
  EXPECT_TRUE(grants("\"*\"", R"({"StringEquals":{"aws:PrincipalOrgID":"o-1"}})").empty());
  EXPECT_TRUE(grants("\"*\"", R"({"ArnLike":{"aws:SourceArn":"arn:aws:sns:*:111122223333:*"}})").empty());
  auto narrowed = grants("\"*\"", R"({"IpAddress":{"aws:SourceIp":"203.0.113.0/24"}})");
  ASSERT_EQ(narrowed.size(), 1u);
  EXPECT_FALSE(narrowed[0].is_public);
  EXPECT_EQ(narrowed[0].conditions.at(0).first, "aws:SourceIp");
  EXPECT_TRUE(grants("\"*\"", R"({"IpAddress":{"aws:SourceIp":"0.0.0.0/0"}})").at(0).is_public);
  EXPECT_TRUE(grants("\"*\"", R"({"StringEqualsIfExists":{"aws:PrincipalOrgID":"o-1"}})").at(0).is_public);
}

}  // namespace
}  // namespace policy
