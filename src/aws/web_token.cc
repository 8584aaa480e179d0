#include "aws/web_token.h"

#include <optional>

#include "base/bytes.h"
#include "base/json.h"
#include "base/public_key.h"
#include "base/strings.h"

namespace aws {

namespace {

using base::Digest;
using base::PublicKey;
using base::Value;

struct Algorithm {
  std::string_view name;
  PublicKey::Kind kind;
  Digest digest;
  PublicKey::Curve curve = PublicKey::Curve::kP256;
  std::string_view curve_name = {};
};

constexpr Algorithm kAlgorithms[] = {
    {"RS256", PublicKey::Kind::kRsa, Digest::kSha256},
    {"RS384", PublicKey::Kind::kRsa, Digest::kSha384},
    {"RS512", PublicKey::Kind::kRsa, Digest::kSha512},
    {"ES256", PublicKey::Kind::kEllipticCurve, Digest::kSha256, PublicKey::Curve::kP256, "P-256"},
    {"ES384", PublicKey::Kind::kEllipticCurve, Digest::kSha384, PublicKey::Curve::kP384, "P-384"},
    {"ES512", PublicKey::Kind::kEllipticCurve, Digest::kSha512, PublicKey::Curve::kP521, "P-521"},
};

const Algorithm* find_algorithm(std::string_view name) {
  for (const Algorithm& algorithm : kAlgorithms)
    if (algorithm.name == name) return &algorithm;
  return nullptr;
}

base::Result<Value> parse_part(std::string_view part) {
  auto text = base::from_base64url(part);
  if (!text) return base::fail("InvalidToken", "A part of the token is not base64url.");
  auto value = base::parse_json(*text);
  if (!value || !value->is_map()) return base::fail("InvalidToken", "A part of the token is not a JSON object.");
  return *std::move(value);
}

// Some providers pad the numbers of their keys with zeros, some cut them.
std::string without_leading_zeros(std::string bytes) {
  bytes.erase(0, std::min(bytes.find_first_not_of('\0'), bytes.size()));
  return bytes;
}

base::Result<PublicKey> key_from(const Value& entry, const Algorithm& algorithm) {
  auto number = [&](std::string_view name) {
    return base::from_base64url(entry.at(name).str()).value_or(std::string());
  };
  if (algorithm.kind == PublicKey::Kind::kRsa)
    return PublicKey::from_rsa(without_leading_zeros(number("n")), number("e"));
  return PublicKey::from_point(algorithm.curve, number("x"), number("y"));
}

// Whether the entry of a key set may have signed with this algorithm.
bool fits(const Value& entry, const Algorithm& algorithm) {
  bool is_rsa = algorithm.kind == PublicKey::Kind::kRsa;
  if (entry.at("kty").str() != (is_rsa ? "RSA" : "EC")) return false;
  if (!is_rsa && entry.at("crv").str() != algorithm.curve_name) return false;
  if (entry.has("use") && entry.at("use").str() != "sig") return false;
  return !entry.has("alg") || entry.at("alg").str() == algorithm.name;
}

}  // namespace

bool is_signing_algorithm(std::string_view algorithm) { return find_algorithm(algorithm) != nullptr; }

base::Result<WebToken> parse_web_token(std::string_view text) {
  auto parts = base::split(text, '.');
  if (parts.size() != 3) return base::fail("InvalidToken", "The token does not have three parts.");
  Value header = TRY(parse_part(parts[0]));
  auto signature = base::from_base64url(parts[2]);
  if (!signature) return base::fail("InvalidToken", "The signature is not base64url.");
  // RFC 7515: what "crit" names must be understood, and we understand no extension.
  if (header.has("crit")) return base::fail("InvalidToken", "The token has critical extensions.");
  return WebToken{.algorithm = header.at("alg").str(),
                  .key_id = header.at("kid").str(),
                  .claims = TRY(parse_part(parts[1])),
                  .signed_text = std::string(text.substr(0, text.rfind('.'))),
                  .signature = *std::move(signature)};
}

KeyMatch verify_web_token(const WebToken& token, std::string_view key_set) {
  const Algorithm* algorithm = find_algorithm(token.algorithm);
  if (!algorithm) return KeyMatch::kRefused;
  auto document = base::parse_json(key_set);
  if (!document || !document->at("keys").is_list()) return KeyMatch::kNoKeySet;
  KeyMatch match = KeyMatch::kUnknownKey;
  for (const Value& entry : document->at("keys").list()) {
    if (!fits(entry, *algorithm)) continue;
    if (!token.key_id.empty() && entry.at("kid").str() != token.key_id) continue;
    auto key = key_from(entry, *algorithm);
    if (!key) continue;
    if (key->verify(algorithm->digest, token.signed_text, token.signature)) return KeyMatch::kVerified;
    match = KeyMatch::kRefused;
  }
  return match;
}

}  // namespace aws
