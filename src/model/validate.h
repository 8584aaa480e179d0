#pragma once

#include "base/result.h"
#include "model/shape.h"

namespace model {

// Checks a parsed request against its shape: required members, enumerations, lengths, ranges, patterns. Unknown members
// and values of another kind than the shape's are left alone: kinds are checked where a request is parsed. The error is
// the service's own (ValidationFamily): for most json and rest-json services
//   ValidationException "2 validation errors detected: Value '' at 'tableName' failed to satisfy constraint: Member
//   must have length greater than or equal to 1; ..."
// with AWS's wording per constraint; query services use ValidationError, ec2 and sqs theirs (MissingParameter, ...).
// An overlay may switch single checks off where the service words them better (`"validate": false`). A request that
// passes costs no allocation; problems are reported in the model's order.
base::Result<void> validate(const Service& service, const Operation& operation, const Value& input);

}  // namespace model
