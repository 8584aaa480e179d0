#pragma once

#include "api/s3control.h"
#include "aws/access_points.h"

// What the operations of S3 Control share.
namespace s3control {

using base::Result;
using base::Value;
using kernel::Call;

// Every request names an account, which must be the caller's. Errors: AccessDenied.
Result<void> check_account(const Call& call, const Value& input);

Value show_block(const aws::PublicAccessBlock& block);
aws::PublicAccessBlock read_block(const Value& given);

}  // namespace s3control
