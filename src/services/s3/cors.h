#pragma once

#include "services/s3/buckets.h"

namespace s3 {

// What a browser asks before, or tells with, a request to another origin.
struct CorsQuestion {
  std::string_view origin;
  std::string_view method;  // of the request that is to be made
  std::vector<std::string_view> headers;
};

struct CorsAnswer {
  std::string origin;
  std::string methods, exposed_headers;  // with ", " between them
  std::int64_t max_age_seconds = -1;     // negative: not said
  bool allows_credentials = false;
};

// By the first rule that fits; nothing where none does.
std::optional<CorsAnswer> find_cors_answer(const Value& configuration, const CorsQuestion& question);

}  // namespace s3
