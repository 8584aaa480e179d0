// The secrets of keys, as they are kept.
#include "base/bytes.h"
#include "kernel/cloud.h"
#include "services/kms/keys.h"

namespace kms {

namespace {

// Related keys of several regions have the same material, each its own copy.
std::string purpose_of(const OpenKey& key, std::string_view material_id) {
  return fmt::format("kms.material/{}/{}", key.row.id, material_id);
}

// The same secret has the same id in a key, and another in others. A secret of which only the id is known stays one.
std::string id_of(const OpenKey& key, std::string_view secret) {
  return base::to_hex(base::hmac_sha256(base::hmac_sha256(secret, "kms.material"), key.row.id));
}

}  // namespace

std::string material_key(const OpenKey& key, std::string_view id) { return store::key(key.row.id, id); }

void put_material(const OpenKey& key, const Material& material) {
  key.tx.put(kMaterials, material_key(key, material.id), material);
}

std::string add_material(Call& call, const OpenKey& key, Material material, std::string_view secret) {
  material.id = id_of(key, secret);
  material.sealed = call.cloud().vault().seal(call.cloud().dice(), secret, purpose_of(key, material.id));
  material.sequence = call.next_sequence();
  if (key.spec().is_pair()) material.public_key = public_key_of(secret);
  put_material(key, material);
  return material.id;
}

std::optional<Material> get_material(const OpenKey& key, std::string_view id) {
  return key.tx.get(kMaterials, material_key(key, id));
}

std::vector<Material> materials_of(const OpenKey& key) {
  std::vector<Material> materials;
  key.tx.scan(kMaterials, store::key(key.row.id),
              [&](std::string_view, Material& material) { materials.push_back(std::move(material)); });
  std::ranges::sort(materials, {}, &Material::sequence);
  return materials;
}

base::Result<base::Secret> open_material(Call& call, const OpenKey& key, std::string_view material_id) {
  auto material = get_material(key, material_id);
  if (!material || material->sealed.empty())
    return error("KMSInvalidStateException", fmt::format("{} is pending import.", key.arn()));
  auto secret = call.cloud().vault().open(material->sealed, purpose_of(key, material_id));
  if (!secret)
    return error("KeyUnavailableException",
                 fmt::format("The material of {} was sealed under another root key than this server has.", key.arn()));
  return base::Secret(*std::move(secret));
}

base::Result<base::Secret> current_secret(Call& call, const OpenKey& key) {
  return open_material(call, key, key.row.current_material);
}

base::Result<std::string> current_public_key(const OpenKey& key) {
  auto material = get_material(key, key.row.current_material);
  if (!material || material->sealed.empty())
    return error("KMSInvalidStateException", fmt::format("{} is pending import.", key.arn()));
  return std::move(material->public_key);
}

}  // namespace kms
