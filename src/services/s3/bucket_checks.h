#pragma once

#include "services/s3/buckets.h"

// What S3 takes in the requests that configure buckets, and how it refuses the rest.
namespace s3 {

bool is_location_constraint(std::string_view text);
std::optional<Ownership> read_ownership(std::string_view name);
std::string_view name_of(Ownership ownership);

// Of a bucket: at most 50. Errors: InvalidTag.
Result<std::map<std::string, std::string>> read_bucket_tags(const Value& list);

// "The XML you provided was not well-formed or did not validate against our published schema".
std::unexpected<base::Error> malformed_xml();
std::unexpected<base::Error> invalid_argument(std::string message, std::string_view name, std::string_view value);
std::unexpected<base::Error> invalid_request(std::string message);

// The body's structure. Errors: MissingRequestBodyError, where there is none.
Result<Value> body_in(const Value& input, std::string_view member);
// Whether the text is one of the values of this member of a shape of the model.
bool is_value_of(std::string_view shape, std::string_view text);

}  // namespace s3
