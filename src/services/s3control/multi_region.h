#pragma once

#include "aws/multi_region_points.h"
#include "services/s3control/access_points.h"

// Multi-region access points: made, changed and deleted by requests that are carried out after they are answered.
namespace s3control {

// A request that is, or was, carried out.
struct AsyncRequest {
  std::string arn;        // RequestTokenARN
  std::string operation;  // "CreateMultiRegionAccessPoint"
  std::string client_token;
  std::string details;  // as given: JSON
  std::string account;
  std::int64_t created_ms = 0;
  std::string status;  // "INPROGRESS", "SUCCEEDED", "FAILED"
  std::string error_code, error_message;
  std::vector<std::string> regions;  // that it concerned

  static void fields(auto& self, auto& field) {
    field("arn", self.arn);
    field("operation", self.operation);
    field("client_token", self.client_token);
    field("details", self.details);
    field("account", self.account);
    field("created_ms", self.created_ms);
    field("status", self.status);
    field("error_code", self.error_code);
    field("error_message", self.error_message);
    field("regions", self.regions);
  }
};
struct AsyncToken {
  std::string arn;

  static void fields(auto& self, auto& field) { field("arn", self.arn); }
};

inline constexpr store::Table<AsyncRequest> kAsyncRequests{"s3control.async_requests",
                                                           store::Scope::kGlobal};  // key: arn
// Key: account, client token.
inline constexpr store::Table<AsyncToken> kAsyncTokens{"s3control.async_tokens", store::Scope::kGlobal};

Result<void> carry_out(Call& call, std::string_view arn);
inline constexpr kernel::Timer kCarryOut{"s3control.async_request", carry_out};

inline constexpr kernel::Limit kMultiRegionPointsMax{"s3", "virga-multi-region-access-points", 100};

std::optional<aws::MultiRegionPoint> get_own_point(Call& call, std::string_view name);
void keep_point(Call& call, const aws::MultiRegionPoint& point);

}  // namespace s3control
