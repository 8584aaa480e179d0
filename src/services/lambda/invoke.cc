#include "services/lambda/invoke.h"

#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"
#include "kernel/cloud.h"
#include "services/lambda/async.h"

namespace lambda {

namespace {

constexpr std::size_t kClientContextBytesMax = 3'583;
constexpr std::string_view kSpaces = " \t\r\n";
constexpr std::string_view kExpected = "(JSON String, Number, Array, Object or token 'null', 'true' or 'false')";

bool is_word(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$'; }

// AWS answers in the words of its parser, which begin with the first token that does not fit.
std::string why_no_json(std::string_view text, const base::Error& problem) {
  const std::size_t begin = text.find_first_not_of(kSpaces);
  if (begin == text.npos) return "No content to map due to end-of-input";
  const char first = text[begin];
  if (std::string_view("{[\"-0123456789").find(first) != std::string_view::npos) return problem.message;
  if (!is_word(first))
    return fmt::format("Unexpected character ('{}' (code {})): expected a valid value {}", first,
                       int{static_cast<unsigned char>(first)}, kExpected);
  std::size_t end = begin;
  while (end < text.size() && is_word(text[end])) ++end;
  return fmt::format("Unrecognized token '{}': was expecting {}", text.substr(begin, end - begin), kExpected);
}

Result<void> check_size(const std::string& payload, std::string_view type) {
  const bool is_event = type == "Event";
  if (payload.size() <= (is_event ? kEventPayloadBytesMax : kPayloadBytesMax)) return {};
  if (is_event)
    return refuse("RequestTooLargeException",
                  fmt::format("{} byte payload is too large for the Event invocation type (limit {} bytes)",
                              payload.size(), kEventPayloadBytesMax));
  return refuse(
      "RequestTooLargeException",
      fmt::format("Request must be smaller than {} bytes for the InvokeFunction operation", kPayloadBytesMax));
}

Result<void> check_supported(In in) {
  // LIMIT: functions are neither durable nor isolated by tenant.
  if (in.has("DurableExecutionName"))
    return base::fail("NotImplemented", "Durable executions are not implemented by Virga.");
  if (in.has("TenantId")) return base::fail("NotImplemented", "Isolation of tenants is not implemented by Virga.");
  return {};
}

Result<Out> invoke_event(Call& call, In in, const FunctionName& name, const std::string& payload) {
  const Target target = TRY(find_target(call, name, Routing::kPrimary));
  TRY_VOID(check_active(target));
  accept_event(call, target,
               {.payload = payload.empty() ? "{}" : payload,
                .request_id = request_id_of(call),
                .client_context = TRY(read_client_context(in.str("ClientContext"))),
                .trace_id = in.str("VirgaTraceHeader")});
  return Out{{"StatusCode", 202}};
}

Result<Out> invoke_and_wait(Call& call, In in, const FunctionName& name, const std::string& payload) {
  const std::string errand = errand_of(call, in, payload);
  RunRequest request;
  if (!call.errand<Run>(errand)) {
    TRY_VOID(check_payload(payload));
    request = {.payload = payload,
               .request_id = request_id_of(call),
               .client_context = TRY(read_client_context(in.str("ClientContext"))),
               .trace_id = in.str("VirgaTraceHeader")};
  }
  auto run = TRY(run_function(call, errand, name, std::move(request)));
  if (!run->is_answered() && !run->is_failed()) return std::unexpected(run->refusal());
  Out out{{"StatusCode", 200},
          {"ExecutedVersion", run->version()},
          {"Payload", run->outcome().payload},
          {"VirgaContentType", "application/json"}};
  if (run->is_failed()) out.set("FunctionError", "Unhandled");
  if (std::string tail = log_result(in, *run); !tail.empty()) out.set("LogResult", std::move(tail));
  return out;
}

}  // namespace

Result<void> check_payload(const std::string& payload) {
  if (payload.empty()) return {};
  auto parsed = base::parse_json(payload);
  if (parsed) return {};
  return refuse("InvalidRequestContentException",
                "Could not parse request body into json: Could not parse payload into json: " +
                    why_no_json(payload, parsed.error()));
}

Result<std::string> read_client_context(const std::string& base64) {
  if (base64.empty()) return std::string();
  if (base64.size() > kClientContextBytesMax)
    return refuse("InvalidRequestContentException",
                  fmt::format("Client context must be smaller than {} bytes.", kClientContextBytesMax));
  auto text = base::from_base64(base64);
  auto parsed = text ? base::parse_json(*text) : base::fail("InvalidRequestContentException", "");
  if (!parsed || !parsed->is_map())
    return refuse("InvalidRequestContentException", "Client context must be a valid Base64-encoded JSON object.");
  return *std::move(text);
}

std::string request_id_of(Call& call) { return call.is_from_outside() ? call.request.id : call.uuid(); }

std::string errand_of(const Call& call, In in, const std::string& payload) {
  std::string name = "lambda/" + call.request.id;
  if (call.is_from_outside()) return name;
  const std::string what =
      fmt::format("{}\n{}\n{}\n{}", call.caller.arn, in.str("FunctionName"), in.value().at("Qualifier").str(), payload);
  return name + "/" + base::to_hex(base::sha256(what));
}

std::string log_result(In in, const Run& run) {
  return in.str("LogType") == "Tail" ? base::to_base64(run.outcome().log_tail) : std::string();
}

// https://docs.aws.amazon.com/lambda/latest/api/API_Invoke.html
Result<Out> Invoke(Call& call, In in) {
  TRY_VOID(check_supported(in));
  const FunctionName name = TRY(parse_function_name(call, in.str("FunctionName"), in.str("Qualifier")));
  const std::string& type = in.str("InvocationType");
  const std::string& payload = in.str("Payload");
  TRY_VOID(check_size(payload, type));
  if (type == "DryRun") {
    TRY(find_target(call, name, Routing::kPrimary));
    return Out{{"StatusCode", 204}};
  }
  if (type != "Event") return invoke_and_wait(call, in, name, payload);
  TRY_VOID(check_payload(payload));
  return invoke_event(call, in, name, payload);
}

// https://docs.aws.amazon.com/lambda/latest/api/API_InvokeAsync.html
Result<Out> InvokeAsync(Call& call, In in) {
  const FunctionName name = TRY(parse_function_name(call, in.str("FunctionName")));
  const std::string& payload = in.str("InvokeArgs");
  TRY_VOID(check_size(payload, "Event"));
  TRY_VOID(check_payload(payload));
  const Target target = TRY(find_target(call, name, Routing::kPrimary));
  TRY_VOID(check_active(target));
  accept_event(call, target,
               {.payload = payload.empty() ? "{}" : payload,
                .request_id = request_id_of(call),
                .client_context = {},
                .trace_id = {}});
  return Out{{"Status", 202}};
}

}  // namespace lambda
