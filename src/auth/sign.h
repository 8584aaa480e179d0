#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/sigv4.h"

// The client's side of Signature Version 4: for outgoing calls, the command line and tests.
namespace auth {

struct Credentials {
  std::string access_key_id, secret_access_key;
  std::string session_token = {};  // of temporary credentials
};

struct SigningOptions {
  std::string region, service;
  std::int64_t time_ms = 0;
  std::string payload_hash;  // in hexadecimal digits, or one of the words of sigv4.h; empty for that of an empty body
};

// The header fields to add to the request, `Authorization` last. Signs all headers given, which must include `Host`.
std::vector<std::pair<std::string, std::string>> sign_header(const SignedRequest& request,
                                                             const Credentials& credentials,
                                                             const SigningOptions& options);

// The query to send instead of the request's own: a presigned URL, good for `expires_s` seconds.
std::string presign_query(const SignedRequest& request, const Credentials& credentials, const SigningOptions& options,
                          std::int64_t expires_s);

// A body in the aws-chunked form. `seed` is the request's signature as `parse_authorization` reads it; the pieces are
// `chunk_bytes` long, the last one shorter. Trailers are (name, value), the name in lower case; with a signed form they
// are signed too. The unsigned form ignores the secret.
using Trailers = std::vector<std::pair<std::string, std::string>>;
std::string encode_chunked(std::string_view body, std::size_t chunk_bytes, const Signature& seed,
                           std::string_view secret, const Trailers& trailers = {});

}  // namespace auth
