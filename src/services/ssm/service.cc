// AWS Systems Manager: Parameter Store. Operations are listed here and written in the files named beside them;
// README.md tells how it all works.
#include "services/ssm/parameter.h"

namespace ssm {

kernel::Service service() {
  auto service = kernel::make_service<Model>({
      // put.cc
      OPERATION(PutParameter),
      // get.cc
      OPERATION(GetParameter),
      OPERATION(GetParameters),
      // path.cc
      OPERATION(GetParametersByPath),
      // describe.cc
      OPERATION(DescribeParameters),
      OPERATION(GetParameterHistory),
      // delete.cc
      OPERATION(DeleteParameter),
      OPERATION(DeleteParameters),
      // labels.cc
      OPERATION(LabelParameterVersion),
      OPERATION(UnlabelParameterVersion),
      // tags.cc
      OPERATION(AddTagsToResource),
      OPERATION(ListTagsForResource),
      OPERATION(RemoveTagsFromResource),
      // sharing.cc
      OPERATION(DeleteResourcePolicy),
      OPERATION(GetResourcePolicies),
      OPERATION(PutResourcePolicy),
      // settings.cc
      OPERATION(GetServiceSetting),
      OPERATION(ResetServiceSetting),
      OPERATION(UpdateServiceSetting),
  });
  service.resource_of = resource_of;
  service.access = {.policy_of = policy_for, .each_policy = each_policy, .tags_of = tags_of, .find_key = find_key};
  service.timers = {&kPolicyDue};
  service.limits = {kStandardMax, kAdvancedMax};
  return service;
}

}  // namespace ssm
