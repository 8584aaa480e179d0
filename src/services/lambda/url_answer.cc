// What the answer of a function means as an answer of HTTP.
// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-response-payload
#include <algorithm>

#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"
#include "services/lambda/url_requests.h"

namespace lambda {

namespace {

constexpr std::string_view kJsonType = "application/json";

std::string text_of(const Value& value) { return value.is_text() ? value.str() : base::to_json(value); }

// Status, headers and cookies; nothing where the status is none.
std::optional<UrlAnswer> head_of(const Value& told) {
  UrlAnswer answer;
  const Value& status = told.at("statusCode");
  if (status.is_whole() || status.is_float())
    answer.status = static_cast<int>(status.num());
  else if (auto number = base::parse_number<int>(status.str()); status.is_text() && number)
    answer.status = *number;
  else if (!status.is_null())
    return std::nullopt;
  if (answer.status < 100 || answer.status > 599) return std::nullopt;
  for (const auto& [name, value] : told.at("headers").map()) answer.headers.push_back({name, text_of(value)});
  for (const Value& cookie : told.at("cookies").list()) answer.headers.push_back({"Set-Cookie", text_of(cookie)});
  return answer;
}

void ensure_type(UrlAnswer& answer, std::string_view type) {
  const bool has_type = std::ranges::any_of(
      answer.headers, [](const HttpHeader& header) { return base::equal_ignoring_case(header.name, "content-type"); });
  if (!has_type) answer.headers.push_back({"Content-Type", std::string(type)});
}

}  // namespace

std::optional<UrlAnswer> answer_of_payload(const std::string& payload) {
  // "The function's response is … the body, the status 200, and the content-type application/json."
  auto told = base::parse_json(payload);
  if (!told || !told->is_map() || !told->has("statusCode"))
    return UrlAnswer{.status = 200,
                     .headers = {{"Content-Type", std::string(kJsonType)}},
                     .body = told && told->is_text() ? told->str() : payload};
  auto answer = head_of(*told);
  if (!answer) return std::nullopt;
  ensure_type(*answer, kJsonType);
  const Value& body = told->at("body");
  if (!body.is_null()) answer->body = text_of(body);
  if (told->at("isBase64Encoded").flag()) {
    auto bytes = base::from_base64(answer->body);
    if (!bytes) return std::nullopt;
    answer->body = *std::move(bytes);
  }
  return answer;
}

std::optional<UrlAnswer> answer_of_prelude(const std::string& prelude) {
  auto told = base::parse_json(prelude);
  if (!told || !told->is_map()) return std::nullopt;
  auto answer = head_of(*told);
  if (answer) ensure_type(*answer, "application/octet-stream");
  return answer;
}

}  // namespace lambda
