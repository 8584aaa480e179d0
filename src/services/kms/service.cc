// AWS Key Management Service. Operations are listed here and written in the files named beside them; README.md tells
// how it all works.
#include "services/kms/grants.h"
#include "services/kms/import.h"
#include "services/kms/keys.h"
#include "services/kms/last_use.h"
#include "services/kms/rotation.h"

namespace kms {

namespace {

kernel::Service operations() {
  return kernel::make_service<Model>({
      // keys.cc, and last_use.cc
      OPERATION(CreateKey),
      OPERATION(DescribeKey),
      OPERATION(GetKeyLastUsage),
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
      // sign.cc
      OPERATION(DeriveSharedSecret),
      OPERATION(GenerateMac),
      OPERATION(GetPublicKey),
      OPERATION(Sign),
      OPERATION(Verify),
      OPERATION(VerifyMac),
      // import.cc
      OPERATION(DeleteImportedKeyMaterial),
      OPERATION(GetParametersForImport),
      OPERATION(ImportKeyMaterial),
      // replicas.cc
      OPERATION(ReplicateKey),
      OPERATION(UpdatePrimaryRegion),
      // key_stores.cc
      OPERATION(ConnectCustomKeyStore),
      OPERATION(DeleteCustomKeyStore),
      OPERATION(DescribeCustomKeyStores),
      OPERATION(DisconnectCustomKeyStore),
      OPERATION(UpdateCustomKeyStore),
      // grants.cc
      OPERATION(CreateGrant),
      OPERATION(ListGrants),
      OPERATION(ListRetirableGrants),
      OPERATION(RetireGrant),
      OPERATION(RevokeGrant),
  });
}

}  // namespace

kernel::Service service() {
  kernel::Service service = operations();
  service.resource_of = resource_of;
  service.access = {.admit = check_tokens,
                    .policy_of = policy_of,
                    .each_policy = each_policy,
                    .granted_to = granted_to,
                    .tags_of = tags_of,
                    .find_key = find_condition_key};
  service.timers = {&kDelete, &kExpire, &kRotate};
  service.make_recorder = make_last_use_recorder;
  service.limits = {kKeysMax, kAliasesPerKeyMax, kGrantsPerKeyMax};
  return service;
}

}  // namespace kms
