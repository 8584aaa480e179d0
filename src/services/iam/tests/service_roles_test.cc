#include "services/iam/service_roles.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "aws/managed_policies.h"

namespace iam {
namespace {

TEST(ServiceRoles, AreInOrder) { EXPECT_TRUE(std::ranges::is_sorted(kServiceRoles, {}, &ServiceRole::service)); }

TEST(ServiceRoles, HavePoliciesThatAwsKeeps) {
  for (const ServiceRole& role : kServiceRoles) {
    const bool is_kept = std::ranges::any_of(aws::managed_policies(), [&](const aws::ManagedPolicy& policy) {
      return policy.name == role.policy && policy.path == "/aws-service-role/";
    });
    EXPECT_TRUE(is_kept) << role.service << ": " << role.policy;
  }
}

}  // namespace
}  // namespace iam
