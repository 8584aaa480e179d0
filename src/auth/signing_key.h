#pragma once

#include <openssl/sha.h>

#include <array>
#include <string>
#include <string_view>

namespace auth {

using Digest = std::array<unsigned char, SHA256_DIGEST_LENGTH>;

inline std::string_view as_text(const Digest& digest) {
  return {reinterpret_cast<const char*>(digest.data()), digest.size()};
}

// SHA-256 in pieces.
class Sha256 {
 public:
  Sha256() { SHA256_Init(&context_); }
  void add(std::string_view bytes) { SHA256_Update(&context_, bytes.data(), bytes.size()); }
  // Ends this text and begins another.
  Digest finish() {
    Digest digest;
    SHA256_Final(digest.data(), &context_);
    SHA256_Init(&context_);
    return digest;
  }

 private:
  SHA256_CTX context_;
};

// Appends lower-case hexadecimal digits.
void append_hex(std::string& out, const Digest& digest);

// A key of HMAC-SHA256 with the work that depends only on the key already done: a short text then costs two
// compressions instead of four.
class HmacKey {
 public:
  explicit HmacKey(std::string_view key);
  Digest sign(std::string_view text) const;

 private:
  SHA256_CTX inner_, outer_;
};

// What a signature of Version 4 is valid for, beside the secret: the date as YYYYMMDD.
struct Scope {
  std::string_view date, region, service;
};

// date/region/service/aws4_request
void append_scope(std::string& out, const Scope& scope);

// The key that signs requests of this scope. Each thread remembers the keys it used last.
const HmacKey& signing_key(std::string_view secret, const Scope& scope);

}  // namespace auth
