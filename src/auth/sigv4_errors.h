#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "auth/sigv4.h"
#include "base/result.h"

// The words in which AWS refuses signatures, in the style of the service.
namespace auth {

using Refusal = std::unexpected<base::Error>;

// What of an Authorization header is there.
struct HeaderParts {
  bool credential, signed_headers, signature, date;
};
Refusal refuse_incomplete_header(std::string_view authorization, const HeaderParts& found, ErrorStyle style);
Refusal refuse_part_without_equals(std::string_view authorization, std::string_view part, ErrorStyle style);
Refusal refuse_malformed_credential(std::string_view credential, SignatureForm form, ErrorStyle style);
Refusal refuse_terminator(std::string_view terminator, SignatureForm form, ErrorStyle style);
Refusal refuse_credential_date(const Signature& signature, ErrorStyle style);
Refusal refuse_bad_date(std::string_view date, SignatureForm form, ErrorStyle style);
Refusal refuse_scheme(std::string_view scheme, ErrorStyle style);
Refusal refuse_incomplete_query(std::string_view missing, ErrorStyle style);
Refusal refuse_query_parameter(std::string message, ErrorStyle style);
Refusal refuse_unsigned_host(ErrorStyle style);
Refusal refuse_unsigned_header(std::string_view names);
Refusal refuse_time(const Signature& signature, std::int64_t now_ms, std::int64_t valid_ms, ErrorStyle style);
Refusal refuse_mismatch(const Signature& signature, std::string_view canonical_request, std::string_view string_to_sign,
                        ErrorStyle style);

}  // namespace auth
