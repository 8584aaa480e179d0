#include "runtime/api_answer.h"

#include "base/json.h"
#include "base/random.h"

namespace runtime {

http::Response json_response(int status, std::string body) {
  http::Response response{.status = status, .headers = {}, .body = std::move(body)};
  response.headers.add("Content-Type", "application/json");
  return response;
}

std::string error_json(std::string_view type, std::string_view message) {
  base::Value error;
  error.set("errorType", type);
  error.set("errorMessage", message);
  return base::to_json(error);
}

http::Response error_response(int status, std::string_view type, std::string_view message) {
  return json_response(status, error_json(type, message));
}

http::Response accepted() { return json_response(202, R"({"status":"OK"})"); }

std::string new_uuid() {
  base::SecureDice dice;
  return base::random_uuid(dice);
}

}  // namespace runtime
