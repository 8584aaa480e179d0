// JSON Web Tokens (RFC 7519) as identity providers issue them, and the key sets (RFC 7517) they are verified with.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/value.h"

namespace aws {

// What a token says, before anybody has verified it.
struct WebToken {
  std::string algorithm;  // "RS256"
  std::string key_id;     // kid; empty where the token names none
  base::Value claims;     // a map
  std::string signed_text;
  std::string signature;
};

// Reads the compact form, header.claims.signature. Error code: "InvalidToken".
base::Result<WebToken> parse_web_token(std::string_view text);

enum class KeyMatch {
  kVerified,
  kRefused,     // a key that should have signed it did not
  kUnknownKey,  // the set has no key of this id and algorithm: perhaps a newer set has
  kNoKeySet,    // the text is no key set
};

// Whether a key of the set, a JSON text, has signed the token. RS256, RS384, RS512, ES256, ES384 and ES512 only.
KeyMatch verify_web_token(const WebToken& token, std::string_view key_set);
// Whether the algorithm is one of those.
bool is_signing_algorithm(std::string_view algorithm);

}  // namespace aws
