#pragma once

#include "services/s3control/control.h"

namespace s3control {

inline constexpr kernel::Limit kAccessPointsMax{"s3", "L-FAABEEBA", 10'000};

inline constexpr kernel::Limit kObjectLambdaPointsMax{"s3-object-lambda", "virga-object-lambda-access-points", 1'000};

// Whether the policy of an access point of the account is public. Errors: InvalidArgument, MalformedPolicy.
Result<bool> check_point_policy(Call& call, const std::string& text, const std::string& account);
std::unexpected<base::Error> no_point_policy();

// The access point a request names, by name or ARN. Errors: AccessDenied, NoSuchAccessPoint.
Result<aws::AccessPoint> find_point(Call& call, const Value& input);

}  // namespace s3control
