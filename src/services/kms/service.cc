// AWS Key Management Service. Operations are listed here and written in the files named beside them; README.md tells
// how it all works.
#include "services/kms/keys.h"
#include "services/kms/rotation.h"

namespace kms {

kernel::Service service() {
  auto service = kernel::make_service<Model>({
      // keys.cc
      OPERATION(CreateKey),
      OPERATION(DescribeKey),
      OPERATION(ListKeys),
      OPERATION(UpdateKeyDescription),
      // states.cc
      OPERATION(CancelKeyDeletion),
      OPERATION(DisableKey),
      OPERATION(EnableKey),
      OPERATION(ScheduleKeyDeletion),
      // encrypt.cc
      OPERATION(Decrypt),
      OPERATION(Encrypt),
      OPERATION(ReEncrypt),
      // data_keys.cc
      OPERATION(GenerateDataKey),
      OPERATION(GenerateDataKeyPair),
      OPERATION(GenerateDataKeyPairWithoutPlaintext),
      OPERATION(GenerateDataKeyWithoutPlaintext),
      OPERATION(GenerateRandom),
      // policies.cc
      OPERATION(GetKeyPolicy),
      OPERATION(ListKeyPolicies),
      OPERATION(PutKeyPolicy),
      // aliases.cc
      OPERATION(CreateAlias),
      OPERATION(DeleteAlias),
      OPERATION(ListAliases),
      OPERATION(UpdateAlias),
      // requests.cc
      OPERATION(ListResourceTags),
      OPERATION(TagResource),
      OPERATION(UntagResource),
      // rotation.cc
      OPERATION(DisableKeyRotation),
      OPERATION(EnableKeyRotation),
      OPERATION(GetKeyRotationStatus),
      OPERATION(ListKeyRotations),
      OPERATION(RotateKeyOnDemand),
  });
  service.resource_of = resource_of;
  service.access = {
      .policy_of = policy_of, .each_policy = each_policy, .tags_of = tags_of, .find_key = find_condition_key};
  service.timers = {&kDelete, &kRotate};
  service.limits = {kKeysMax, kAliasesPerKeyMax, kGrantsPerKeyMax};
  return service;
}

}  // namespace kms
