// Invocations whose answer is sent on while the function makes it, as a stream of events.
#include "base/bytes.h"
#include "base/event_message.h"
#include "base/json.h"
#include "services/lambda/invoke.h"

namespace lambda {

namespace {

using base::EventHeader;
using base::EventHeaderType;

std::string frame(std::string_view type, std::string_view content_type, std::string payload) {
  auto header = [](std::string_view name, std::string_view text) {
    return EventHeader{std::string(name), EventHeaderType::kText, Value(text)};
  };
  return base::encode_message({.headers = {header(":message-type", "event"), header(":event-type", type),
                                           header(":content-type", content_type)},
                               .payload = std::move(payload)});
}

// A client takes no message larger than this.
constexpr std::size_t kChunkBytesMax = 1'048'576;

std::string chunks(std::string_view bytes) {
  std::string frames;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(bytes.size(), kChunkBytesMax)))
    frames += frame("PayloadChunk", "application/octet-stream", std::string(bytes.substr(0, kChunkBytesMax)));
  return frames;
}

// `error`: its code is the error's type, its message what the function said of it, in JSON.
std::string completion(const base::Error* error, const std::string& log_tail) {
  Value complete = Value::Map{};
  if (error) {
    complete.set("ErrorCode", error->code);
    complete.set("ErrorDetails", error->message);
  }
  if (!log_tail.empty()) complete.set("LogResult", log_tail);
  return frame("InvokeComplete", "application/json", base::to_json(complete));
}

// The answer of a function that does not stream, or that has failed before it began to.
std::string whole_stream(const Run& run, const std::string& log_tail) {
  const std::string& payload = run.outcome().payload;
  if (run.is_answered()) return chunks(payload) + completion(nullptr, log_tail);
  auto told = base::parse_json(payload);
  const std::string type = told ? told->at("errorType").str() : std::string();
  const base::Error error{type.empty() ? "Unhandled" : type, payload};
  return completion(&error, log_tail);
}

}  // namespace

// https://docs.aws.amazon.com/lambda/latest/api/API_InvokeWithResponseStream.html
Result<Out> InvokeWithResponseStream(Call& call, In in) {
  if (in.has("TenantId")) return base::fail("NotImplemented", "Isolation of tenants is not implemented by Virga.");
  const FunctionName name = TRY(parse_function_name(call, in.str("FunctionName"), in.str("Qualifier")));
  const std::string& payload = in.str("Payload");
  if (in.str("InvocationType") == "DryRun") {
    TRY(find_target(call, name, Routing::kPrimary));
    return Out{{"StatusCode", 204}};
  }
  const std::string errand = errand_of(call, in, payload);
  RunRequest request{.answering = kernel::FunctionRequest::Answering::kStreamed};
  if (!call.errand<Run>(errand)) {
    if (payload.size() > kPayloadBytesMax)
      return refuse("RequestTooLargeException",
                    fmt::format("Request must be smaller than {} bytes for the InvokeWithResponseStream operation",
                                kPayloadBytesMax));
    TRY_VOID(check_payload(payload));
    request.payload = payload;
    request.request_id = request_id_of(call);
    request.trace_id = in.str("VirgaTraceHeader");
    request.client_context = TRY(read_client_context(in.str("ClientContext")));
  }
  auto run = TRY(run_function(call, errand, name, std::move(request)));
  if (!run->is_answered() && !run->is_failed()) return std::unexpected(run->refusal());
  Out out{{"StatusCode", 200},
          {"ExecutedVersion", run->version()},
          {"ResponseStreamContentType", "application/vnd.amazon.eventstream"}};
  auto tail = [run, wanted = in.str("LogType") == "Tail"] {
    return wanted ? base::to_base64(run->outcome().log_tail) : std::string();
  };
  if (!run->outcome().stream) {
    out.set("EventStream", whole_stream(*run, tail()));
    return out;
  }
  call.answer_with(run->stream(
      {.encode = chunks, .finish = [tail](const base::Error* error) { return completion(error, tail()); }}));
  return out;
}

}  // namespace lambda
