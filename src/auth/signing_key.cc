#include "auth/signing_key.h"

#include <cstring>
#include <unordered_map>

namespace auth {

namespace {

constexpr std::size_t kHmacBlockBytes = 64;
constexpr std::size_t kCachedKeysMax = 1024;

HmacKey derive_key(std::string_view secret, const Scope& scope) {
  std::string start = "AWS4";
  start += secret;
  Digest key = HmacKey(start).sign(scope.date);
  for (std::string_view step : {scope.region, scope.service, std::string_view("aws4_request")})
    key = HmacKey(as_text(key)).sign(step);
  return HmacKey(as_text(key));
}

}  // namespace

void append_hex(std::string& out, const Digest& digest) {
  constexpr char kDigits[] = "0123456789abcdef";
  char text[2 * SHA256_DIGEST_LENGTH];
  for (std::size_t i = 0; i < digest.size(); ++i) {
    text[2 * i] = kDigits[digest[i] >> 4];
    text[2 * i + 1] = kDigits[digest[i] & 15];
  }
  out.append(text, sizeof text);
}

HmacKey::HmacKey(std::string_view key) {
  unsigned char inner[kHmacBlockBytes] = {}, outer[kHmacBlockBytes];
  if (key.size() > kHmacBlockBytes) {
    SHA256(reinterpret_cast<const unsigned char*>(key.data()), key.size(), inner);
  } else if (!key.empty()) {
    std::memcpy(inner, key.data(), key.size());
  }
  for (std::size_t i = 0; i < kHmacBlockBytes; ++i) {
    outer[i] = inner[i] ^ 0x5C;
    inner[i] ^= 0x36;
  }
  SHA256_Init(&inner_);
  SHA256_Update(&inner_, inner, kHmacBlockBytes);
  SHA256_Init(&outer_);
  SHA256_Update(&outer_, outer, kHmacBlockBytes);
}

Digest HmacKey::sign(std::string_view text) const {
  Digest digest;
  SHA256_CTX context = inner_;
  SHA256_Update(&context, text.data(), text.size());
  SHA256_Final(digest.data(), &context);
  context = outer_;
  SHA256_Update(&context, digest.data(), digest.size());
  SHA256_Final(digest.data(), &context);
  return digest;
}

void append_scope(std::string& out, const Scope& scope) {
  for (std::string_view part : {scope.date, scope.region, scope.service}) {
    out += part;
    out += '/';
  }
  out += "aws4_request";
}

const HmacKey& signing_key(std::string_view secret, const Scope& scope) {
  thread_local std::unordered_map<std::string, HmacKey> keys;
  thread_local std::string name;
  // The secret is part of the name, so that a replaced secret never finds the key of its predecessor. Lengths keep
  // apart what separators could not: any byte may stand in these texts.
  name.clear();
  for (std::string_view part : {secret, scope.date, scope.region, scope.service}) {
    auto size = static_cast<std::uint32_t>(part.size());
    name.append(reinterpret_cast<const char*>(&size), sizeof size);
    name += part;
  }
  auto found = keys.find(name);
  if (found != keys.end()) return found->second;
  if (keys.size() >= kCachedKeysMax) keys.clear();
  return keys.emplace(name, derive_key(secret, scope)).first->second;
}

}  // namespace auth
