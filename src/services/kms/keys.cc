// Keys as things that are made and described.
#include "services/kms/keys.h"
#include "base/strings.h"
#include "kernel/cloud.h"

namespace kms {

namespace {

Value texts(const std::vector<std::string_view>& names) {
  Value::List list;
  for (std::string_view name : names) list.emplace_back(name);
  return list;
}

bool can_be_used(const Spec& spec, KeyUse use) {
  using Kind = Spec::Kind;
  switch (use) {
    case KeyUse::kEncrypt: return spec.kind == Kind::kAes || spec.kind == Kind::kRsa || spec.kind == Kind::kSm2;
    case KeyUse::kSign: return spec.is_pair();
    case KeyUse::kMac: return spec.kind == Kind::kHmac;
    case KeyUse::kAgree:
      return spec.kind == Kind::kSm2 || (spec.kind == Kind::kEllipticCurve && spec.name != "ECC_SECG_P256K1");
  }
  return false;
}

base::Result<KeyUse> read_use(In in, const Spec& spec) {
  const std::string& asked = in.str("KeyUsage");
  if (asked.empty()) {
    if (spec.kind == Spec::Kind::kAes) return KeyUse::kEncrypt;
    return error("ValidationException",
                 "You must specify a KeyUsage value for all KMS keys except for symmetric encryption keys.");
  }
  for (KeyUse use : {KeyUse::kEncrypt, KeyUse::kSign, KeyUse::kMac, KeyUse::kAgree})
    if (asked == use_name(use) && can_be_used(spec, use)) return use;
  return error("ValidationException", fmt::format("KeyUsage {} is not compatible with KeySpec {}", asked, spec.name));
}

base::Result<const Spec*> read_spec(In in) {
  if (in.has("KeySpec") && in.has("CustomerMasterKeySpec") && in.str("KeySpec") != in.str("CustomerMasterKeySpec"))
    return error("ValidationException",
                 "You cannot specify KeySpec and CustomerMasterKeySpec in the same request. CustomerMasterKeySpec is "
                 "deprecated.");
  std::string name = in.has("KeySpec") ? in.str("KeySpec") : in.str("CustomerMasterKeySpec");
  if (name.empty()) name = "SYMMETRIC_DEFAULT";
  const Spec* spec = find_spec(name);
  if (spec) return spec;
  return error(
      "NotImplemented",
      fmt::format("Virga cannot make keys of spec {}: the OpenSSL it is built with does not have them.", name));
}

base::Result<void> refuse_key_stores(In in) {
  const std::string& origin = in.str("Origin");
  if (origin != "AWS_CLOUDHSM" && origin != "EXTERNAL_KEY_STORE" && !in.has("CustomKeyStoreId")) return {};
  return error("NotImplemented",
               "Virga does not implement custom key stores: kms CreateKey makes keys of the origins "
               "AWS_KMS and EXTERNAL.");
}

Value multi_region_configuration(const OpenKey& key) {
  auto part = [&](const std::string& region) -> Value {
    return Out{{"Arn", key_arn({key.place.account, region}, key.row.id)}, {"Region", region}};
  };
  Value::List replicas;
  for (const std::string& region : key.row.replica_regions) replicas.push_back(part(region));
  bool is_primary = key.row.primary_region == key.place.region;
  return Out{{"MultiRegionKeyType", is_primary ? "PRIMARY" : "REPLICA"},
             {"PrimaryKey", part(key.row.primary_region)},
             {"ReplicaKeys", std::move(replicas)}};
}

void describe_abilities(const OpenKey& key, Out& out) {
  if (key.row.use == KeyUse::kEncrypt) out.set("EncryptionAlgorithms", texts(encryption_algorithms_of(key.spec())));
  if (key.row.use == KeyUse::kSign) out.set("SigningAlgorithms", texts(signing_algorithms_of(key.spec())));
  if (key.row.use == KeyUse::kMac) out.set("MacAlgorithms", Value::List{mac_algorithm_of(key.spec())});
  if (key.row.use == KeyUse::kAgree) out.set("KeyAgreementAlgorithms", Value::List{"ECDH"});
}

// "ValidTo: the earliest time at which any imported key material permanently associated with this KMS key expires."
void describe_import(const OpenKey& key, Out& out) {
  std::int64_t valid_to_ms = 0;
  for (const Material& material : materials_of(key))
    if (!material.is_pending && material.expires_ms != 0 && (valid_to_ms == 0 || material.expires_ms < valid_to_ms))
      valid_to_ms = material.expires_ms;
  out.set("ExpirationModel", valid_to_ms ? "KEY_MATERIAL_EXPIRES" : "KEY_MATERIAL_DOES_NOT_EXPIRE");
  if (valid_to_ms) out.set("ValidTo", valid_to_ms);
}

}  // namespace

std::string default_policy(const store::Place& place) {
  return fmt::format(
      "{{\n  \"Version\" : \"2012-10-17\",\n  \"Id\" : \"key-default-1\",\n  \"Statement\" : [ {{\n"
      "    \"Sid\" : \"Enable IAM User Permissions\",\n    \"Effect\" : \"Allow\",\n"
      "    \"Principal\" : {{\n      \"AWS\" : \"arn:aws:iam::{}:root\"\n    }},\n"
      "    \"Action\" : \"kms:*\",\n    \"Resource\" : \"*\"\n  }} ]\n}}",
      place.account);
}

Value describe(Call& call, const OpenKey& key) {
  const Key& row = key.row;
  std::string_view state = state_of(key, call.now_ms());
  Out out{{"AWSAccountId", key.place.account},
          {"KeyId", row.id},
          {"Arn", key.arn()},
          {"CreationDate", row.created_ms},
          {"Enabled", state == "Enabled"},
          {"Description", row.description},
          {"KeyUsage", use_name(row.use)},
          {"KeyState", state},
          {"Origin", origin_name(row.origin)},
          {"KeyManager", row.manager == Manager::kAws ? "AWS" : "CUSTOMER"},
          {"KeySpec", row.spec},
          {"MultiRegion", row.is_multi_region()}};
  // The older name of the member knows no newer specs.
  if (row.spec != "ECC_NIST_EDWARDS25519") out.set("CustomerMasterKeySpec", row.spec);
  describe_abilities(key, out);
  if (row.is_symmetric() && !row.current_material.empty()) out.set("CurrentKeyMaterialId", row.current_material);
  if (row.deletion_ms != 0) out.set("DeletionDate", row.deletion_ms);
  if (row.is_pending_deletion() && row.deletion_ms == 0)
    out.set("PendingDeletionWindowInDays", row.pending_window_days);
  if (row.origin == Origin::kExternal && state != "PendingImport") describe_import(key, out);
  if (row.is_multi_region()) out.set("MultiRegionConfiguration", multi_region_configuration(key));
  return out;
}

base::Result<FreshMaterial> make_material(Call& call, const Spec& spec) {
  auto make = [dice = &call.cloud().dice(), &spec]() -> FreshMaterial {
    return std::make_shared<const base::Secret>(make_material(*dice, spec));
  };
  if (spec.kind != Spec::Kind::kRsa || !call.is_from_outside()) return make();
  return kernel::compute<FreshMaterial>(call, "kms.material", make);
}

base::Result<OpenKey> make_key(Call& call, Key row) {
  row.created_ms = call.now_ms();
  OpenKey key{call.tx, call.place, std::move(row)};
  if (key.row.origin == Origin::kAws) {
    FreshMaterial material = TRY(make_material(call, key.spec()));
    key.row.current_material = add_material(call, key, {}, material->bytes());
  }
  key.write();
  if (key.row.manager == Manager::kCustomer) call.tx.add(kKeyCount, "", 1);
  return key;
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateKey.html
base::Result<Out> CreateKey(Call& call, In in) {
  TRY_VOID(refuse_key_stores(in));
  const Spec* spec = TRY(read_spec(in));
  Key row{.description = in.str("Description"), .spec = std::string(spec->name), .use = TRY(read_use(in, *spec))};
  row.tags = TRY(read_tags(in.list("Tags")));
  if (call.tx.unrecorded().count(kKeyCount, "") >= call.limit(kKeysMax))
    return error("LimitExceededException", "You have reached the limit of KMS keys in this account and Region.");
  row.id = in.flag("MultiRegion") ? "mrk-" + call.random_text(32, base::kHexDigits) : call.uuid();
  if (in.flag("MultiRegion")) row.primary_region = call.place.region;
  if (in.str("Origin") == "EXTERNAL") row.origin = Origin::kExternal;
  // "To use this parameter, you must have kms:TagResource permission in an IAM policy."
  if (!row.tags.empty()) TRY_VOID(call.authorize("kms:TagResource", key_arn(call.place, row.id)));
  row.policy = default_policy(call.place);
  OpenKey key = TRY(make_key(call, std::move(row)));
  if (in.has("Policy"))
    TRY_VOID(set_policy(call, key, in.str("Policy"),
                        in.flag("BypassPolicyLockoutSafetyCheck") ? Lockout::kAllowed : Lockout::kRefused));
  return Out{{"KeyMetadata", describe(call, key)}};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_DescribeKey.html
base::Result<Out> DescribeKey(Call& call, In in) {
  OpenKey key = TRY(find_key(call, in.str("KeyId")));
  return Out{{"KeyMetadata", describe(call, key)}};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_ListKeys.html
base::Result<Out> ListKeys(Call& call, In in) {
  PageRequest page = TRY(read_page(in, 100, 1'000));
  Value::List keys;
  bool is_cut = false;
  std::string last;
  call.tx.scan_keys(kKeys, scan_of(page), [&](std::string_view id) {
    is_cut = keys.size() == page.limit;
    if (is_cut) return store::Continue::kNo;
    last = id;
    keys.push_back(Out{{"KeyId", last}, {"KeyArn", key_arn(call.place, id)}});
    return store::Continue::kYes;
  });
  Out out{{"Keys", std::move(keys)}};
  end_page(out, is_cut, last);
  return out;
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateKeyDescription.html
base::Result<Out> UpdateKeyDescription(Call& call, In in) {
  OpenKey key = TRY(find_key_itself(call, in.str("KeyId")));
  TRY_VOID(check_customer_managed(key));
  TRY_VOID(check_state(call, key, For::kManagement));
  key.row.description = in.str("Description");
  key.write();
  return Out{};
}

}  // namespace kms
