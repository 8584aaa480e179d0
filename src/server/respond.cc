#include "server/respond.h"

namespace server {

http::Response to_response(wire::Answer answer) {
  http::Response response{.status = answer.status};
  for (const auto& [name, value] : answer.headers) response.headers.add(name, value);
  response.body = std::move(answer.body);
  return response;
}

}  // namespace server
