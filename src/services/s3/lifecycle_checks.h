#pragma once

#include "services/s3/buckets.h"

namespace s3 {

// Whether a rule of a lifecycle is one. Errors: MalformedXML, InvalidArgument, InvalidRequest.
Result<void> check_lifecycle_rule(const Value& rule);
// A filter by prefix, tag, sizes or several of them.
Result<void> check_filter(const Value& filter);

}  // namespace s3
