#pragma once

#include <string>
#include <string_view>

#include "http/server.h"

// What the Runtime API and its relatives answer.
namespace runtime {

http::Response json_response(int status, std::string body);
// {"errorMessage": …, "errorType": …}
http::Response error_response(int status, std::string_view type, std::string_view message);
std::string error_json(std::string_view type, std::string_view message);
http::Response accepted();  // 202 {"status":"OK"}

// A random one.
std::string new_uuid();

}  // namespace runtime
