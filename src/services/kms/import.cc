// Imported material: made outside, wrapped under a key of ours, and gone when it expires.
// https://docs.aws.amazon.com/kms/latest/developerguide/importing-keys.html
#include "services/kms/import.h"

#include "aws/envelope.h"
#include "base/bytes.h"
#include "kernel/cloud.h"

namespace kms {

namespace {

constexpr std::int64_t kOfferMs = kDayMs;  // "Each public key and import token set is valid for 24 hours."
constexpr std::int64_t kValidDaysMax = 365;

base::Result<OpenKey> find_external_key(Call& call, In in) {
  OpenKey key = TRY(find_key_itself(call, in.str("KeyId")));
  if (key.row.origin != Origin::kExternal)
    return error("UnsupportedOperationException", fmt::format("{} origin is {} which is not valid for this operation.",
                                                              key.arn(), origin_name(key.row.origin)));
  TRY_VOID(check_state(call, key, For::kManagement));
  return key;
}

base::Result<void> check_wrapping(const OpenKey& key, const std::string& algorithm, const std::string& wrapping_spec) {
  bool is_direct = !algorithm.starts_with("RSA_AES_KEY_WRAP");
  auto refuse = [&] {
    return error("UnsupportedOperationException",
                 fmt::format("Wrapping algorithm {} with wrapping key spec {} is not supported for key spec {}.",
                             algorithm, wrapping_spec, key.row.spec));
  };
  // "As of October 10, 2023, KMS does not support the RSAES_PKCS1_V1_5 wrapping algorithm."
  if (algorithm == "RSAES_PKCS1_V1_5") return refuse();
  if ((algorithm == "SM2PKE") != (wrapping_spec == "SM2")) return refuse();
  if (is_direct && key.spec().kind == Spec::Kind::kRsa) return refuse();
  if (is_direct && wrapping_spec == "RSA_2048" && key.row.spec == "ECC_NIST_P521") return refuse();
  return {};
}

std::string offer_purpose(const OpenKey& key, std::string_view token) {
  return fmt::format("kms.import/{}/{}", key.row.id, token);
}

void forget_old_offers(Call& call, const OpenKey& key) {
  std::vector<std::string> old;
  key.tx.scan(kImportOffers, store::key(key.row.id), [&](std::string_view row_key, ImportOffer& offer) {
    if (offer.expires_ms + kOfferMs <= call.now_ms()) old.emplace_back(row_key);
  });
  for (const std::string& row_key : old) key.tx.erase(kImportOffers, row_key);
}

base::Result<base::Secret> unwrap_material(Call& call, const OpenKey& key, In in) {
  const std::string token = base::to_hex(in.str("ImportToken"));
  auto offer = key.tx.get(kImportOffers, store::key(key.row.id, token));
  if (!offer) return error("InvalidImportTokenException", "");
  if (offer->expires_ms <= call.now_ms()) return error("ExpiredImportTokenException", "");
  auto private_key = call.cloud().vault().open(offer->sealed_private_key, offer_purpose(key, token));
  if (!private_key) return error("InvalidImportTokenException", "");
  const base::Secret wrapping_key(*std::move(private_key));
  auto secret = unwrap(wrapping_key.bytes(), offer->algorithm, in.str("EncryptedKeyMaterial"));
  if (!secret) return error("InvalidCiphertextException", "");
  if (!is_of_spec(secret->bytes(), key.spec())) return error("IncorrectKeyMaterialException", "");
  return *std::move(secret);
}

base::Result<std::int64_t> read_expiry(Call& call, In in) {
  bool expires = in.str("ExpirationModel") != "KEY_MATERIAL_DOES_NOT_EXPIRE";
  if (!expires && !in.has("ValidTo")) return 0;
  if (!expires)
    return error("ValidationException", "ValidTo must not be set if ExpirationModel is KEY_MATERIAL_DOES_NOT_EXPIRE");
  if (!in.has("ValidTo"))
    return error("ValidationException", "A validTo date must be set if the ExpirationModel is KEY_MATERIAL_EXPIRES");
  std::int64_t valid_to_ms = in.num("ValidTo");
  if (valid_to_ms <= call.now_ms() || valid_to_ms > call.now_ms() + kValidDaysMax * kDayMs)
    return error("ValidationException", "The validTo date must be in the future, and at most 365 days from now.");
  return valid_to_ms;
}

// Whether the secret is one that the key had before; new material has a place only in symmetric keys, and in the others
// when it is their first.
base::Result<bool> is_existing(const OpenKey& key, In in, const std::optional<Material>& known) {
  bool is_first = key.row.current_material.empty();
  bool expects_known = in.has("ImportType") ? in.str("ImportType") == "EXISTING_KEY_MATERIAL" : !is_first;
  bool is_replica = key.row.is_multi_region() && key.row.primary_region != key.place.region;
  if (expects_known != known.has_value()) return error("IncorrectKeyMaterialException", "");
  if (expects_known && in.has("KeyMaterialId") && in.str("KeyMaterialId") != known->id)
    return error("IncorrectKeyMaterialException", "");
  if (!expects_known && (is_replica || (!is_first && !key.row.is_symmetric())))
    return error("IncorrectKeyMaterialException", "");
  return expects_known;
}

bool has_pending(const OpenKey& key) { return std::ranges::any_of(materials_of(key), &Material::is_pending); }

// The replicas wait for the same material to be imported into each of them.
void announce_to_replicas(Call& call, const OpenKey& key, Material material) {
  material.sealed.clear();
  material.expires_ms = 0;
  for (const std::string& region : key.row.replica_regions) {
    auto replica = get_key(call, {key.place.account, region}, key.row.id);
    if (!replica) continue;
    put_material(*replica, material);
    if (!material.is_pending) replica->row.current_material = material.id;
    replica->write();
  }
}

std::string expiry_key(const OpenKey& key, std::string_view material_id) {
  return store::key(key.place.account, key.place.region, key.row.id, material_id);
}

void drop(Call& call, const OpenKey& key, Material material) {
  aws::kms_key_changed(call, key.arn());
  if (material.is_pending) {
    key.tx.erase(kMaterials, material_key(key, material.id));
    return;
  }
  material.sealed.clear();
  material.expires_ms = 0;
  put_material(key, material);
}

}  // namespace

// https://docs.aws.amazon.com/kms/latest/APIReference/API_GetParametersForImport.html
base::Result<Out> GetParametersForImport(Call& call, In in) {
  OpenKey key = TRY(find_external_key(call, in));
  const std::string& algorithm = in.str("WrappingAlgorithm");
  TRY_VOID(check_wrapping(key, algorithm, in.str("WrappingKeySpec")));
  FreshMaterial pair = TRY(make_material(call, *find_spec(in.str("WrappingKeySpec"))));
  const std::string token = base::random_bytes(call.cloud().dice(), 32), name = base::to_hex(token);
  forget_old_offers(call, key);
  ImportOffer offer{
      .sealed_private_key = call.cloud().vault().seal(call.cloud().dice(), pair->bytes(), offer_purpose(key, name)),
      .algorithm = algorithm,
      .expires_ms = call.now_ms() + kOfferMs};
  key.tx.put(kImportOffers, store::key(key.row.id, name), offer);
  return Out{{"KeyId", key.arn()},
             {"ImportToken", token},
             {"PublicKey", public_key_of(pair->bytes())},
             {"ParametersValidTo", offer.expires_ms}};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_ImportKeyMaterial.html
base::Result<Out> ImportKeyMaterial(Call& call, In in) {
  OpenKey key = TRY(find_external_key(call, in));
  std::int64_t expires_ms = TRY(read_expiry(call, in));
  base::Secret secret = TRY(unwrap_material(call, key, in));
  auto known = get_material(key, material_id_of(key, secret.bytes()));
  bool is_known = TRY(is_existing(key, in, known));
  bool is_first = key.row.current_material.empty();
  if (!is_known && !is_first && has_pending(key))
    return error("KMSInvalidStateException", fmt::format("{} has key material that is pending rotation.", key.arn()));
  Material material = is_known ? *std::move(known) : Material{.is_pending = !is_first};
  material.expires_ms = expires_ms;
  if (in.has("KeyMaterialDescription")) material.description = in.str("KeyMaterialDescription");
  std::string id = add_material(call, key, std::move(material), secret.bytes());
  if (!is_known) announce_to_replicas(call, key, *get_material(key, id));
  if (is_first) {
    key.row.current_material = id;
    key.write();
  }
  if (expires_ms != 0)
    call.arm(kExpire, kernel::from_ms(expires_ms), expiry_key(key, id));
  else
    call.disarm(kExpire, expiry_key(key, id));
  Out out{{"KeyId", key.arn()}};
  if (key.row.is_symmetric()) out.set("KeyMaterialId", id);
  return out;
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteImportedKeyMaterial.html
base::Result<Out> DeleteImportedKeyMaterial(Call& call, In in) {
  OpenKey key = TRY(find_external_key(call, in));
  std::string id = in.has("KeyMaterialId") ? in.str("KeyMaterialId") : key.row.current_material;
  auto material = get_material(key, id);
  if (!material && in.has("KeyMaterialId"))
    return error("NotFoundException", fmt::format("Key material {} of {} does not exist", id, key.arn()));
  Out out{{"KeyId", key.arn()}};
  if (!material) return out;
  drop(call, key, *std::move(material));
  call.disarm(kExpire, expiry_key(key, id));
  if (key.row.is_symmetric()) out.set("KeyMaterialId", id);
  return out;
}

base::Result<void> expire_due(Call& call, std::string_view expiry_key) {
  auto key = key_of_timer(call, expiry_key);
  if (!key) return {};
  store::KeyReader reader(expiry_key);
  for (int part = 0; part < 3; ++part) reader.text();
  auto material = get_material(*key, reader.text());
  bool is_due = material && material->expires_ms != 0 && material->expires_ms <= call.now_ms();
  if (is_due) drop(call, *key, *std::move(material));
  return {};
}

}  // namespace kms
