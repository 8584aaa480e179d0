#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// X.509 certificates and private keys as users give them, in PEM.
namespace aws {

struct Certificate {
  std::string der;
  std::int64_t begins_ms = 0;
  std::int64_t expires_ms = 0;
};

// All certificates of a text, in order. Nothing when it has none, when one is broken, or when other text than white
// space stands between them.
std::optional<std::vector<Certificate>> parse_certificates(std::string_view pem);
// One that is given as base64 of its DER, as SAML does. White space is skipped.
std::optional<Certificate> parse_certificate_base64(std::string_view text);

// Whether the one's key has signed the other.
bool is_signed_by(const Certificate& certificate, const Certificate& issuer);

// Whether the text is a private key in PEM that no password protects.
bool is_private_key(std::string_view pem);
// Whether it is the certificate's.
bool is_key_of(const Certificate& certificate, std::string_view private_key_pem);

}  // namespace aws
