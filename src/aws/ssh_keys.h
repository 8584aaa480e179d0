#pragma once

#include <optional>
#include <string>
#include <string_view>

// RSA public keys of SSH, as CodeCommit and Transfer Family take them.
namespace aws {

struct SshPublicKey {
  std::string blob;  // as SSH sends it (RFC 4253, section 6.6): the same for every text of the same key
  int bits = 0;

  std::string ssh_text() const;     // "ssh-rsa AAAA…"
  std::string pem_text() const;     // "-----BEGIN PUBLIC KEY-----…"
  std::string fingerprint() const;  // MD5 of the blob: "a9:e0:…"
};

// From either of the texts: "ssh-rsa AAAA… comment", or PEM ("PUBLIC KEY" or "RSA PUBLIC KEY"). Nothing for keys of
// other kinds and broken ones.
std::optional<SshPublicKey> parse_ssh_public_key(std::string_view text);

// Whether the text is meant to be of one of these forms, readable or not.
bool looks_like_ssh_public_key(std::string_view text);

}  // namespace aws
