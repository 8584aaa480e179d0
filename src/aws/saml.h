// Assertions of the Security Assertion Markup Language 2.0, as identity providers sign and send them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aws {

// What a provider says of somebody. All of it stands inside what the provider has signed.
struct SamlAssertion {
  std::string issuer;
  std::int64_t issued_ms = 0;
  std::string subject;         // NameID
  std::string subject_format;  // its format, a URN; empty: not said
  std::vector<std::string> recipients;
  std::vector<std::string> audiences;
  std::optional<std::int64_t> not_before_ms;            // the latest of all
  std::optional<std::int64_t> not_on_or_after_ms;       // the earliest of all
  std::optional<std::int64_t> session_not_on_after_ms;  // SessionNotOnOrAfter
  std::map<std::string, std::vector<std::string>> attributes;
};

// Reads the one assertion of a response, after checking that a key of `certificates` (DER) has signed it or the
// response around it. Error codes: "InvalidResponse" for what is no such response, "InvalidSignature".
base::Result<SamlAssertion> read_saml_response(std::string_view xml, const std::vector<std::string>& certificates);

// Who claims to have issued the response, before any signature is looked at.
base::Result<std::string> read_saml_issuer(std::string_view xml);

}  // namespace aws
