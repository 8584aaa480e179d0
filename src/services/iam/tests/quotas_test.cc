// The quotas of an account are those of Service Quotas, on both sides.
#include <gtest/gtest.h>

#include "kernel/limits.h"
#include "kernel/testing.h"
#include "services/iam/iam.h"

namespace iam {
namespace {

using M = Value::Map;
using kernel::testing::TestCloud;

constexpr std::string_view kTrust =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},)"
    R"("Action":"sts:AssumeRole"}]})";
constexpr std::string_view kAll =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"*","Resource":"*"}]})";

void set_limit(TestCloud& cloud, const kernel::Limit& limit, std::int64_t value) {
  auto done = cloud.cloud().transact(cloud.place(), [&](kernel::Call& call) -> base::Result<void> {
    call.tx.put(kernel::kLimits, store::key(limit.service, limit.code), {value});
    return {};
  });
  ASSERT_TRUE(done);
}

// Two may be made when the quota is two, a third may not.
void expect_two(const kernel::Limit& limit, std::string_view operation, std::string_view member, const M& more,
                std::string_view message) {
  TestCloud cloud({service()});
  set_limit(cloud, limit, 2);
  auto create = [&](std::string_view name) {
    M input{{std::string(member), Value(name)}};
    input.insert(input.end(), more.begin(), more.end());
    return cloud.call("iam", operation, input);
  };
  EXPECT_TRUE(create("one"));
  EXPECT_TRUE(create("two"));
  auto third = create("three");
  ASSERT_FALSE(third);
  EXPECT_EQ(third.error().code, "LimitExceeded");
  EXPECT_EQ(third.error().message, message);
}

TEST(Quotas, OfEntitiesInAnAccount) {
  expect_two(kUsersMax, "CreateUser", "UserName", {}, "Cannot exceed quota for UsersPerAccount: 2");
  expect_two(kGroupsMax, "CreateGroup", "GroupName", {}, "Cannot exceed quota for GroupsPerAccount: 2");
  expect_two(kRolesMax, "CreateRole", "RoleName", {{"AssumeRolePolicyDocument", kTrust}},
             "Cannot exceed quota for RolesPerAccount: 2");
  expect_two(kPoliciesMax, "CreatePolicy", "PolicyName", {{"PolicyDocument", kAll}},
             "Cannot exceed quota for PoliciesPerAccount: 2");
  expect_two(kInstanceProfilesMax, "CreateInstanceProfile", "InstanceProfileName", {},
             "Cannot exceed quota for InstanceProfilesPerAccount: 2");
}

TEST(Quotas, AreAwsDefaults) {
  EXPECT_EQ(kUsersMax.value, 5'000);
  EXPECT_EQ(kRolesMax.value, 1'000);
  EXPECT_EQ(kPoliciesMax.value, 1'500);
  EXPECT_EQ(kInstanceProfilesMax.value, 1'000);
}

// A role may have up to twenty policies where its account has been allowed so.
TEST(Quotas, OfPoliciesOfARoleCanBeRaised) {
  TestCloud cloud({service()});
  set_limit(cloud, kPoliciesPerRoleMax, 20);
  ASSERT_TRUE(cloud.call("iam", "CreateRole", M{{"RoleName", "r"}, {"AssumeRolePolicyDocument", kTrust}}));
  for (int i = 1; i <= 21; ++i) {
    const std::string name = "p" + std::to_string(i);
    ASSERT_TRUE(cloud.call("iam", "CreatePolicy", M{{"PolicyName", name}, {"PolicyDocument", kAll}}));
    auto attached = cloud.call("iam", "AttachRolePolicy",
                               M{{"RoleName", "r"}, {"PolicyArn", "arn:aws:iam::000000000000:policy/" + name}});
    EXPECT_EQ(attached.has_value(), i <= 20) << i;
  }
}

// Every policy of AWS's, as it is in force, is understood by the evaluator.
TEST(ManagedPolicies, Compile) {
  for (const aws::ManagedPolicy& policy : aws::managed_policies()) {
    auto document = aws::managed_policy_document(policy, policy.default_version);
    ASSERT_TRUE(document) << policy.name;
    auto compiled = policy::compile(*document, policy::Kind::kIdentity);
    EXPECT_TRUE(compiled) << policy.name << ": " << (compiled ? "" : compiled.error().message);
  }
}

}  // namespace
}  // namespace iam
