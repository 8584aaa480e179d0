#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/value.h"

// JSON Schema, draft 4 with what drafts 6 and 7 added to its keywords.
// https://json-schema.org/draft-04/json-schema-validation
namespace appconfig {

// Where a document breaks its schema.
struct SchemaFailure {
  std::string constraint;  // the keyword: "required", "maximum"
  std::string location;    // JSON pointer into the document
  std::string reason;
  std::string value;  // what stands there, as JSON
};

// Keywords it does not know are ignored, as the standard wants; `format` is one of them. References go to places inside
// the schema only.
std::vector<SchemaFailure> validate_schema(const base::Value& schema, const base::Value& document);

}  // namespace appconfig
