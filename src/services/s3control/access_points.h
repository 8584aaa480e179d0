#pragma once

#include "services/s3control/control.h"

namespace s3control {

inline constexpr kernel::Limit kAccessPointsMax{"s3", "L-FAABEEBA", 10'000};

// The access point a request names, by name or ARN. Errors: AccessDenied, NoSuchAccessPoint.
Result<aws::AccessPoint> find_point(Call& call, const Value& input);

}  // namespace s3control
