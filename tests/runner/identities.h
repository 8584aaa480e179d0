#pragma once

#include <string>

#include "base/value.h"

// An identity provider for scripts: tokens and assertions signed with keys made when they are first asked for, and what
// verifies them.
namespace runner {

// A JSON Web Token with these claims. Members "alg" and "kid" go into its header instead, and "key" names whose key
// signs: "own", or another that is in no key set.
std::string make_web_token(const base::Value& claims);
// The set of the one key that signs them.
base::Value make_web_keys();

// A response with an assertion of issuer, subject, format, audience, recipient, issued (milliseconds), minutes (how
// long it is good for) and attributes (lists of texts), in base64. "sign" says what is signed: "assertion", "response",
// "nothing", or "wrapped": an assertion that was signed is hidden in one that was not.
std::string make_saml_response(const base::Value& said);
// The metadata of the provider with this entity id, whose key signs the responses.
std::string make_saml_metadata(const std::string& entity_id);

}  // namespace runner
