// GET /_virga/policy: what a principal has used, as a policy.
#include "services/cloudtrail/used_policy.h"

#include "base/bytes.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "server/admin.h"

namespace server {

base::Result<base::Value> Admin::policy(const http::Request& request, std::string_view) {
  std::string principal;
  std::int64_t since_ms = 0;
  for (std::string_view pair : base::split(request.query(), '&')) {
    std::size_t equals = std::min(pair.find('='), pair.size());
    auto value = base::percent_decode(pair.substr(std::min(equals + 1, pair.size())));
    if (!value) return base::fail("InvalidRequest", "The query string is not percent-encoded as it should be.");
    if (pair.substr(0, equals) == "principal") principal = *std::move(value);
    if (pair.substr(0, equals) != "since") continue;
    auto time_ms = base::parse_iso8601(*value);
    if (!time_ms) return base::fail("InvalidRequest", "since must be a time like 2026-01-31T12:00:00Z.");
    since_ms = *time_ms;
  }
  base::Value policy;
  auto written = parts_.cloud.transact({}, [&](kernel::Call& call) -> base::Result<void> {
    policy = TRY(cloudtrail::used_policy(call, principal, since_ms));
    return {};
  });
  if (!written) return std::unexpected(written.error());
  return policy;
}

}  // namespace server
