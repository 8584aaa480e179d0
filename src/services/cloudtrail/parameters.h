#pragma once

#include <string>

#include "base/value.h"
#include "model/shape.h"

// What of a request or an answer may stand in a record.
namespace cloudtrail {

// requestParameters or responseElements as JSON text: members named as CloudTrail names them, secrets withheld, bodies
// left out. Empty: there is nothing to show.
std::string parameters_text(const model::Service& service, const model::Shape& shape, const base::Value& value);

}  // namespace cloudtrail
