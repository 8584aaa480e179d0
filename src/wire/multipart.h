#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// multipart/form-data, as browsers send the fields of a form and its file (RFC 7578).
namespace wire {

inline constexpr std::size_t kFormPartsMax = 1'000;

struct FormPart {
  std::string name;
  std::optional<std::string> file_name;  // of files
  std::string content_type;              // empty: not said
  std::string_view content;              // in the body
};

// The parts in their order. `content_type` is the request's, with the boundary. Errors: MalformedPOSTRequest,
// RequestIsNotMultiPartContent, in S3's words.
base::Result<std::vector<FormPart>> parse_multipart(std::string_view content_type, std::string_view body);

}  // namespace wire
