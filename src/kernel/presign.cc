#include "kernel/presign.h"

#include "auth/sign.h"
#include "kernel/credentials.h"

namespace kernel {

namespace {

// Keys that Virga did not issue are not checked, and neither is what they sign.
Result<auth::Credentials> keys_of_caller(const Call& call) {
  const Principal& caller = call.caller;
  if (auto row = call.tx.get(kCredentials, caller.access_key_id))
    return auth::Credentials{caller.access_key_id, row->secret, row->session_token};
  if (!caller.access_key_id.empty()) return auth::Credentials{caller.access_key_id, "unchecked"};
  if (caller.type == Principal::Type::kRoot) return auth::Credentials{caller.account, "unchecked"};
  return base::fail("AccessDenied", "Access Denied");
}

}  // namespace

Result<std::string> presign_for_caller(const Call& call, const PresignedRequest& request, std::int64_t seconds) {
  const auth::Credentials credentials = TRY(keys_of_caller(call));
  const std::size_t scheme = request.base_url.find("://");
  const std::string_view host =
      std::string_view(request.base_url).substr(scheme == request.base_url.npos ? 0 : scheme + 3);
  std::vector<auth::Header> headers{{"host", host}};
  for (const auto& [name, value] : request.headers) headers.push_back({name, value});
  const auth::SignedRequest to_sign{
      .method = request.method, .path = request.path, .query = request.query, .headers = headers};
  const std::string query = auth::presign_query(to_sign, credentials,
                                                {.region = request.region,
                                                 .service = request.service,
                                                 .time_ms = to_ms(call.request.received) / 1'000 * 1'000,
                                                 .payload_hash = {}},
                                                seconds);
  return request.base_url + request.path + "?" + query;
}

}  // namespace kernel
