#pragma once

#include <string>
#include <string_view>

#include "auth/sigv4.h"
#include "base/strings.h"

namespace auth {

// How strictly a request is brought to its canonical form. Most clients sign the canonical form of what they mean, some
// the very bytes they send; both name the request beyond doubt, so both are accepted.
enum class QueryForm : std::uint8_t { kCanonical, kAsSent };

// Appends the canonical request; of presigned requests without the signature itself.
void append_canonical_request(std::string& out, const Signature& signature, const SignedRequest& request,
                              std::string_view payload_hash, QueryForm form);

// Whether the two forms can differ at all.
bool is_canonical_as_sent(const SignedRequest& request);

// Whether this is the header of that name, given in lower case. Tells most apart without a call.
inline bool is_named(const Header& header, std::string_view name) {
  return header.name.size() == name.size() && !name.empty() && (header.name[0] | 0x20) == (name[0] | 0x20) &&
         base::equal_ignoring_case(header.name, name);
}

// "/a/./b//c/../" as "/a/b/".
std::string normalize_path(std::string_view path);

// Appends a header value as signed: trimmed, and with one space for each run of them.
void append_folded(std::string& out, std::string_view value);

}  // namespace auth
