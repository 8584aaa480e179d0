#include "aws/managed_policies.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace aws {
namespace {

// IAM.50: named policies are found by their ARN.
TEST(ManagedPolicies, AreFoundByArn) {
  const ManagedPolicy* policy = find_managed_policy("arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole");
  ASSERT_NE(policy, nullptr);
  EXPECT_EQ(policy->name, "AWSLambdaBasicExecutionRole");
  EXPECT_EQ(policy->path, "/service-role/");
  EXPECT_EQ(policy->id.size(), 21u);
  EXPECT_EQ(find_managed_policy("arn:aws:iam::aws:policy/AWSLambdaBasicExecutionRole"), nullptr);
  EXPECT_EQ(find_managed_policy("arn:aws:iam::000000000000:policy/service-role/AWSLambdaBasicExecutionRole"), nullptr);
}

// Every version of every policy unpacks to a policy document.
TEST(ManagedPolicies, HaveDocuments) {
  EXPECT_GT(managed_policies().size(), 1'500u);
  std::size_t documents = 0;
  for (const ManagedPolicy& policy : managed_policies()) {
    auto current = managed_policy_document(policy, policy.default_version);
    ASSERT_TRUE(current) << policy.name;
    auto parsed = base::parse_json(*current);
    ASSERT_TRUE(parsed) << policy.name;
    EXPECT_TRUE(parsed->has("Statement")) << policy.name;
    const ManagedPolicy::Version& oldest = policy.versions.front();
    auto old = managed_policy_document(policy, oldest.number);
    ASSERT_TRUE(old && base::parse_json(*old)) << policy.name;
    documents += policy.versions.size();
  }
  EXPECT_GT(documents, 6'000u);
  EXPECT_FALSE(managed_policy_document(managed_policies().front(), 9'999));
}

TEST(ManagedPolicies, KeepOldVersionsApart) {
  const ManagedPolicy* policy = find_managed_policy("arn:aws:iam::aws:policy/PowerUserAccess");
  ASSERT_NE(policy, nullptr);
  EXPECT_EQ(managed_policy_document(*policy, 1),
            R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","NotAction":"iam:*","Resource":"*"}]})");
  EXPECT_NE(managed_policy_document(*policy, policy->default_version), managed_policy_document(*policy, 1));
}

}  // namespace
}  // namespace aws
