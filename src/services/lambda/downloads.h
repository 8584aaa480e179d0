#pragma once

#include <string>
#include <string_view>

#include "services/lambda/lookup.h"

// Links from which code can be downloaded for ten minutes, by whoever has one: as presigned URLs of S3 are.
namespace lambda {

inline constexpr std::string_view kDownloadPath = "/_virga/lambda/code/";

// Of a version's code; of a layer's.
Result<std::string> code_location(Call& call, const OpenFunction& function, const Version& version);
Result<std::string> layer_location(Call& call, const std::string& code);

// The archive that a link, of which `token` is what follows kDownloadPath, is for. Errors: AccessDenied.
Result<std::string> download(Call& call, std::string_view token);

}  // namespace lambda
