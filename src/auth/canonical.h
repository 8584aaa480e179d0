#pragma once

#include <string>
#include <string_view>

#include "auth/sigv4.h"

namespace auth {

// How strictly a request is brought to its canonical form. Most clients sign the canonical form of what they mean, some the
// very bytes they send; both name the request beyond doubt, so both are accepted.
enum class QueryForm : std::uint8_t { kCanonical, kAsSent };

// Appends the canonical request; of presigned requests without the signature itself.
void append_canonical_request(std::string& out, const Signature& signature, const SignedRequest& request, std::string_view payload_hash,
                              QueryForm form);

// Whether the two forms can differ at all.
bool is_canonical_as_sent(const SignedRequest& request);

// "/a/./b//c/../" as "/a/b/".
std::string normalize_path(std::string_view path);

// Appends a header value as signed: trimmed, and with one space for each run of them.
void append_folded(std::string& out, std::string_view value);

}  // namespace auth
