// What functions answer by WriteGetObjectResponse, between the function and who waits.
#include <array>
#include <cstring>

#include "base/bytes.h"
#include "base/json.h"
#include "base/random.h"
#include "base/strings.h"
#include "kernel/cloud.h"
#include "services/s3/object_lambda.h"

namespace s3 {

namespace {

constexpr std::string_view kTicketPurpose = "s3.object_lambda";
// What of the request is about the answer and not in it.
constexpr std::string_view kNotOfObject[] = {"Body",         "ErrorCode",    "ErrorMessage",
                                             "RequestRoute", "RequestToken", "StatusCode"};
constexpr std::string_view kAnswerKey = "object-lambda-answer";

std::unexpected<base::Error> invalid_answer(std::string message) {
  return error("ValidationError", std::move(message));
}

// Who waits for this answer. Errors: ValidationError.
Result<std::string> request_of_token(Call& call, const std::string& token) {
  auto sealed = base::from_base64url(token);
  auto text = sealed ? call.cloud().vault().open(*sealed, kTicketPurpose) : std::nullopt;
  if (!text) return invalid_answer("Invalid token");
  const std::size_t bar = text->find('|');
  const std::int64_t until_ms = base::parse_number(std::string_view(*text).substr(bar + 1)).value_or(0);
  if (call.now_ms() > until_ms) return invalid_answer("The token has expired");
  return text->substr(0, bar);
}

Result<void> check_answer(In in) {
  const std::int64_t status = in.num("StatusCode", 200);
  // https://docs.aws.amazon.com/AmazonS3/latest/API/API_WriteGetObjectResponse.html lists these.
  constexpr std::array<std::int64_t, 15> kStatuses{200, 206, 304, 400, 401, 403, 404, 405,
                                                   409, 411, 412, 416, 500, 503, 501};
  if (std::ranges::find(kStatuses, status) == kStatuses.end())
    return invalid_answer(fmt::format("Invalid HTTP status code {}", status));
  const bool has_error = in.has("ErrorCode") || in.has("ErrorMessage");
  if (has_error && status < 400) return invalid_answer("An error code or message needs a status code of an error");
  return {};
}

}  // namespace

AnswerTicket make_ticket(Call& call) {
  // The same at each attempt, since the function is told it; it seals the same text then.
  const std::string digest = base::sha256(call.request.id);
  std::uint64_t seed = 0;
  std::memcpy(&seed, digest.data(), sizeof seed);
  base::SeededDice dice(seed);
  const std::string text =
      fmt::format("{}|{}", call.request.id, kernel::to_ms(call.request.received) + kAnswerSeconds * 1'000);
  return {.route = "io-" + base::to_hex(digest.substr(0, 8)),
          .token = base::to_base64url(call.cloud().vault().seal(dice, text, kTicketPurpose))};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_WriteGetObjectResponse.html
Result<Out> WriteGetObjectResponse(Call& call, In in) {
  const std::string request_id = TRY(request_of_token(call, in.str("RequestToken")));
  TRY_VOID(check_answer(in));
  if (call.tx.has(kObjectLambdaAnswers, request_id))
    return invalid_answer("WriteGetObjectResponse has been called already for this request");
  Value output(Value::Map{});
  for (const auto& [name, value] : in.value().map())
    if (std::ranges::find(kNotOfObject, name) == std::end(kNotOfObject)) output.set(name, value);
  ObjectLambdaAnswer answer{.output = {},
                            .status = in.num("StatusCode", 200),
                            .error_code = in.str("ErrorCode"),
                            .error_message = in.str("ErrorMessage")};
  ObjectKey key = TRY(make_object_key(call, {}, {kAnswerKey, request_id}));
  answer.body = call.intake() ? TRY(take_request_body(call, key)) : TRY(store_bytes(call, key, in.str("Body")));
  answer.encryption = std::move(key.encryption);
  output.set("ContentLength", static_cast<std::int64_t>(answer.body.size));
  answer.output = base::to_json(output);
  call.tx.put(kObjectLambdaAnswers, request_id, answer);
  call.arm(kForgetAnswer, call.now + kernel::Seconds(kAnswerSeconds), request_id);
  return Out{};
}

Result<void> forget_answer(Call& call, std::string_view request_id) {
  auto answer = call.tx.get(kObjectLambdaAnswers, request_id);
  if (!answer) return {};
  drop_body(call, answer->body);
  call.tx.erase(kObjectLambdaAnswers, request_id);
  return {};
}

std::optional<ObjectLambdaAnswer> take_answer(Call& call) {
  auto answer = call.tx.get(kObjectLambdaAnswers, call.request.id);
  if (!answer) return std::nullopt;
  call.tx.erase(kObjectLambdaAnswers, call.request.id);
  call.disarm(kForgetAnswer, call.request.id);
  return answer;
}

Result<Value> show_answer(Call& call, const ObjectLambdaAnswer& answer) {
  if (answer.status >= 300) {
    drop_body(call, answer.body);
    const std::string code = !answer.error_code.empty() ? answer.error_code
                             : answer.status == 304     ? "NotModified"
                                                        : "LambdaError";
    return error_of_function(code, answer.error_message, answer.status);
  }
  Value output = base::parse_json(answer.output).value_or(Value());
  const ObjectKey key = TRY(open_object_key(call, answer.encryption, {kAnswerKey, call.request.id}, {}));
  TRY_VOID(answer_with_body(call, output, answer.body, key, {0, answer.body.size}));
  drop_body(call, answer.body);
  return output;
}

}  // namespace s3
