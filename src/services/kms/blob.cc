// Ciphertexts of symmetric keys: which key and version made them, and the data, authenticated together with the
// encryption context. Each is sealed with a key of its own, made from the version's secret and the salt.
//
//   01 02  account (6 bytes, a number)  length and text of the key id  material id (32)  salt (16)  nonce, tag, data
#include "base/bytes.h"
#include "base/seal.h"
#include "kernel/cloud.h"
#include "services/kms/keys.h"

namespace kms {

namespace {

constexpr std::string_view kBlobStart{"\x01\x02", 2};
constexpr std::size_t kMaterialIdBytes = 32;
constexpr std::size_t kSaltBytes = 16;
constexpr std::size_t kAccountBytes = 6;

// A context in one form only, whatever order it was given in.
std::string canonical(const EncryptionContext& context) {
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  for (const auto& [name, value] : context) pairs.emplace_back(name, value.str());
  std::ranges::sort(pairs);
  std::string text;
  for (const auto& [name, value] : pairs) text += store::key(name, value);
  return text;
}

std::string account_bytes(std::string_view account) {
  std::uint64_t number = 0;
  for (char digit : account) number = number * 10 + std::uint64_t(digit - '0');
  return base::to_ordered(number).substr(8 - kAccountBytes);
}

std::string account_text(std::string_view bytes) {
  return fmt::format("{:012}", base::from_ordered(std::string(8 - kAccountBytes, '\0') + std::string(bytes)));
}

base::Secret message_key(std::string_view secret, std::string_view salt) {
  return base::Secret(base::hmac_sha256(secret, salt));
}

}  // namespace

std::string seal_blob(Call& call, const OpenKey& key, std::string_view secret, std::string_view plaintext,
                      const EncryptionContext& context) {
  std::string blob(kBlobStart);
  blob += account_bytes(key.place.account);
  blob.push_back(static_cast<char>(key.row.id.size()));
  blob += key.row.id;
  blob += *base::from_hex(key.row.current_material);
  const std::string random = base::random_bytes(call.cloud().dice(), kSaltBytes + base::kSealNonceBytes);
  const std::string salt = random.substr(0, kSaltBytes), nonce = random.substr(kSaltBytes);
  std::string sealed = base::seal(message_key(secret, salt).bytes(), nonce, plaintext, blob + canonical(context));
  return blob + salt + sealed;
}

std::optional<Blob> read_blob(std::string_view bytes) {
  std::size_t at = kBlobStart.size() + kAccountBytes;
  if (!bytes.starts_with(kBlobStart) || bytes.size() <= at) return std::nullopt;
  std::size_t id_length = static_cast<unsigned char>(bytes[at]);
  std::size_t header_length = at + 1 + id_length + kMaterialIdBytes;
  if (bytes.size() < header_length + kSaltBytes + base::kSealNonceBytes + base::kSealTagBytes) return std::nullopt;
  Blob blob;
  blob.account = account_text(bytes.substr(kBlobStart.size(), kAccountBytes));
  blob.key_id = bytes.substr(at + 1, id_length);
  blob.material_id = base::to_hex(bytes.substr(at + 1 + id_length, kMaterialIdBytes));
  blob.header = bytes.substr(0, header_length);
  blob.salt = bytes.substr(header_length, kSaltBytes);
  blob.sealed = bytes.substr(header_length + kSaltBytes);
  return blob;
}

std::optional<base::Secret> open_blob(const Blob& blob, std::string_view secret, const EncryptionContext& context) {
  auto plaintext =
      base::unseal(message_key(secret, blob.salt).bytes(), blob.sealed, std::string(blob.header) + canonical(context));
  if (!plaintext) return std::nullopt;
  return base::Secret(*std::move(plaintext));
}

}  // namespace kms
