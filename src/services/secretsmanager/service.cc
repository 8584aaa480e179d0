// AWS Secrets Manager. Operations are listed here and written in the files named beside them; README.md tells how it
// all works.
#include "services/secretsmanager/secret.h"

namespace secretsmanager {

kernel::Service service() {
  auto service = kernel::make_service<Model>({
      // secrets.cc
      OPERATION(CreateSecret),
      OPERATION(DescribeSecret),
      OPERATION(UpdateSecret),
      OPERATION(DeleteSecret),
      OPERATION(RestoreSecret),
      // values.cc
      OPERATION(GetSecretValue),
      OPERATION(BatchGetSecretValue),
      // versions.cc
      OPERATION(PutSecretValue),
      OPERATION(UpdateSecretVersionStage),
      OPERATION(ListSecretVersionIds),
      // filters.cc
      OPERATION(ListSecrets),
      // tags.cc
      OPERATION(TagResource),
      OPERATION(UntagResource),
      // policies.cc
      OPERATION(PutResourcePolicy),
      OPERATION(GetResourcePolicy),
      OPERATION(DeleteResourcePolicy),
      OPERATION(ValidateResourcePolicy),
      // replication.cc
      OPERATION(ReplicateSecretToRegions),
      OPERATION(RemoveRegionsFromReplication),
      OPERATION(StopReplicationToReplica),
      // rotation.cc
      OPERATION(RotateSecret),
      OPERATION(CancelRotateSecret),
      // passwords.cc
      OPERATION(GetRandomPassword),
  });
  service.resource_of = resource_of;
  service.access = {.policy_of = policy_for, .each_policy = each_policy, .tags_of = tags_of, .find_key = find_key};
  service.timers = {&kPurge, &kRotate, &kRotationStep};
  service.listeners = {{.source = kRotationSource, .name = "secretsmanager.rotation", .deliver = make_rotation_step}};
  return service;
}

}  // namespace secretsmanager
