#include "server/remote.h"

#include <fstream>

#include "base/json.h"
#include "base/strings.h"
#include "http/client.h"

namespace server {

base::Result<Remote> Remote::at(const std::string& endpoint) {
  std::string_view rest = endpoint;
  if (!rest.starts_with("http://"))
    return base::fail("InvalidOption", "The endpoint must begin with http://, not " + endpoint + ".");
  rest.remove_prefix(7);
  rest = rest.substr(0, rest.find('/'));
  std::size_t colon = rest.rfind(':');
  auto port = base::parse_number<std::uint16_t>(colon == rest.npos ? "80" : rest.substr(colon + 1));
  if (!port) return base::fail("InvalidOption", "The endpoint " + endpoint + " has no valid port.");
  Remote remote;
  remote.endpoint_ = "http://" + std::string(rest);
  remote.host_ = rest.substr(0, colon);
  if (remote.host_ == "localhost") remote.host_ = "127.0.0.1";
  remote.port_ = *port;
  return remote;
}

base::Result<base::Value> Remote::ask(const std::string& method, const std::string& path,
                                      const base::Value& body) const {
  constexpr std::chrono::minutes kPatience{10};  // moving the clock far may take a while
  auto client = http::Client::connect({.address = host_, .port = port_, .patience = kPatience});
  if (!client) return base::fail("NotRunning", "No cloud answers at " + endpoint_ + "; start one with: virga start");
  http::Request request{.method = method, .target = path};
  if (!body.is_null()) {
    request.headers.add("Content-Type", "application/json");
    request.body = base::to_json(body);
  }
  auto answer = client->call(request);
  if (!answer) return base::fail("NotRunning", endpoint_ + ": " + answer.error().message);
  bool is_json = answer->headers.value("Content-Type") == "application/json";
  if (!is_json) return base::Value(answer->body);
  base::Value value = TRY(base::parse_json(answer->body));
  if (answer->status >= 400) return base::fail(value.at("error").str(), value.at("message").str());
  return value;
}

bool process_exists(std::int64_t process_id) {
  // "1234 (virga) S …"; one that has ended but was not yet taken note of by its parent is in state Z.
  std::ifstream stat(fmt::format("/proc/{}/stat", process_id));
  std::string text;
  if (!std::getline(stat, text)) return false;
  std::size_t name_end = text.rfind(')');
  return name_end != text.npos && text.substr(name_end, 3) != ") Z";
}

}  // namespace server
