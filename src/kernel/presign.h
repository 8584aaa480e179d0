#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "kernel/call.h"

namespace kernel {

// A request that somebody else is to make in the caller's name: a presigned URL.
struct PresignedRequest {
  std::string method;
  std::string base_url;  // scheme and authority
  std::string path;      // percent-encoded
  std::string query;
  std::vector<std::pair<std::string, std::string>> headers;  // that must come with it, besides Host
  std::string service = "s3", region;
};

// The URL, signed with the key that the call was signed with at the time the call came: the same at every attempt, and
// good for `seconds`. Errors: AccessDenied, where the caller has no key.
Result<std::string> presign_for_caller(const Call& call, const PresignedRequest& request, std::int64_t seconds);

}  // namespace kernel
