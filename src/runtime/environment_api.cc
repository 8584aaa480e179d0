#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"
#include "runtime/api_answer.h"
#include "runtime/environment.h"

namespace runtime {

namespace {

constexpr std::string_view kRuntime = "/2018-06-01/runtime/";
constexpr std::string_view kExtension = "/2020-01-01/extension/";
constexpr std::string_view kErrorType = "Lambda-Runtime-Function-Error-Type";

http::Response not_found() { return error_response(404, "NotFound", "There is no such path in the Runtime API."); }

http::Response wrong_state(std::string_view what) {
  return error_response(403, "InvalidStateTransition",
                        fmt::format("Transition from the current state to {} is not allowed.", what));
}

// "invocation/<id>/response" and "invocation/<id>/error": the id and the last part.
struct AnswerPath {
  std::string_view request_id, kind;
};
std::optional<AnswerPath> answer_path(std::string_view path) {
  constexpr std::string_view kInvocation = "invocation/";
  if (!path.starts_with(kRuntime)) return std::nullopt;
  path.remove_prefix(kRuntime.size());
  if (!path.starts_with(kInvocation)) return std::nullopt;
  path.remove_prefix(kInvocation.size());
  std::size_t slash = path.find('/');
  if (slash == path.npos) return std::nullopt;
  AnswerPath found{path.substr(0, slash), path.substr(slash + 1)};
  if (found.kind != "response" && found.kind != "error") return std::nullopt;
  return found;
}

}  // namespace

void Answer::take(std::string_view piece) {
  bytes += piece.size();
  if (stream != nullptr) {
    if (bytes > kStreamedBytesMax)
      is_too_large = true;
    else
      stream->write(piece);
    return;
  }
  if (bytes > kWholeBytesMax) {
    is_too_large = true;
    body.clear();
  } else {
    body += piece;
  }
}

AnswerSink::AnswerSink(std::weak_ptr<Environment> environment, http::Exchange& exchange)
    : environment_(std::move(environment)) {
  valve_->exchange = &exchange;
}

base::Result<void> AnswerSink::on_data(std::string_view bytes) {
  auto environment = environment_.lock();
  if (environment != nullptr && environment->answer_ != nullptr) environment->answer_->take(bytes);
  if (stream_ == nullptr || stream_->waiting_bytes() <= kWaitingBytesMax) return {};
  valve_->exchange->pause_body();
  valve_->is_closed = true;
  // It may have been read in the meantime.
  if ((stream_->waiting_bytes() == 0 || stream_->is_unread()) && valve_->is_closed.exchange(false))
    valve_->exchange->resume_body();
  return {};
}

void AnswerSink::follow(std::shared_ptr<kernel::Pipe> stream, std::shared_ptr<Gate> gate) {
  stream_ = std::move(stream);
  stream_->on_drained([gate = std::move(gate), valve = std::weak_ptr(valve_)] {
    auto known = valve.lock();
    if (known == nullptr || !known->is_closed.exchange(false)) return;
    known.reset();
    gate->post([valve] {
      if (auto open = valve.lock()) open->exchange->resume_body();
    });
  });
}

void Environment::on_headers(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  if (request.method != "POST") return;
  auto path = answer_path(request.path());
  if (!path || check_answer(request).status != 202) return;  // on_request says what is wrong
  answer_ = std::make_unique<Answer>();
  Answer& answer = *answer_;
  answer.request_id = path->request_id;
  answer.is_error = path->kind == "error";
  answer.is_streamed =
      base::equal_ignoring_case(request.headers.value("Lambda-Runtime-Function-Response-Mode"), "streaming");
  if (answer.is_error) {
    std::string_view type = request.headers.value(kErrorType);
    answer.error_type = type.empty() ? "Unhandled" : std::string(type);
  }
  auto sink = std::make_unique<AnswerSink>(weak_from_this(), exchange);
  AnswerSink& taken = *sink;
  exchange.stream_body(std::move(sink));
  bool goes_on_as_stream = answer.is_streamed && !answer.is_error &&
                           run_->request.answering == kernel::FunctionRequest::Answering::kStreamed;
  if (!goes_on_as_stream) return;
  answer.stream = kernel::Pipe::make();
  taken.follow(answer.stream, machine_.gate);
  kernel::FunctionOutcome outcome;
  outcome.kind = kernel::FunctionOutcome::Kind::kAnswered;
  outcome.stream = answer.stream;
  outcome.content_type = request.headers.value("Content-Type");
  outcome.init_ms = init_ms_;
  run_->finish(std::move(outcome));
}

// 202 when an answer may be given, or why not.
http::Response Environment::check_answer(const http::Request& request) const {
  auto path = answer_path(request.path());
  if (!path || run_ == nullptr || path->request_id != run_->request.request_id)
    return error_response(400, "InvalidRequestID", "Invalid request ID");
  if (phase_ != Phase::kBusy || answer_ != nullptr) return wrong_state("InvocationResponse");
  return accepted();
}

void Environment::on_request(std::shared_ptr<http::Exchange> exchange) {
  const http::Request& request = exchange->request();
  std::string_view path = request.path();
  if (path.starts_with(kExtension) || path == "/2022-07-01/telemetry" || path == "/2020-08-15/logs")
    return extension_request(std::move(exchange));
  if (!path.starts_with(kRuntime)) return exchange->respond(not_found());
  std::string_view call = path.substr(kRuntime.size());
  if (request.method == "GET" && call == "invocation/next") return take_next(std::move(exchange));
  if (request.method == "POST" && call == "init/error") return take_init_error(*exchange);
  if (request.method == "POST" && answer_path(path)) return take_answer(*exchange);
  // Of SnapStart, which there is none of: what was initialized is as good as restored.
  if (request.method == "GET" && call == "restore/next") return exchange->respond(json_response(200, "{}"));
  exchange->respond(not_found());
}

void Environment::take_next(std::shared_ptr<http::Exchange> exchange) {
  bool is_first = phase_ == Phase::kInitializing;
  bool has_answered = phase_ == Phase::kBusy && answer_ != nullptr && answer_->is_complete;
  bool may_wait =
      is_first || has_answered || ((phase_ == Phase::kIdle || phase_ == Phase::kFinishing) && next_ == nullptr);
  if (!may_wait) return exchange->respond(wrong_state("Ready"));
  next_ = std::move(exchange);
  if (is_first) {
    if (extensions_.is_ready()) initialized();
    return;
  }
  if (has_answered) return runtime_done();
  settle();
}

void Environment::take_init_error(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  if (phase_ != Phase::kInitializing && phase_ != Phase::kExtensions) return exchange.respond(wrong_state("InitError"));
  std::string type(request.headers.value(kErrorType));
  auto body = base::parse_json(request.body);
  if (type.empty() && body) type = body->at("errorType").str();
  Failure failure{.status = "error", .error_type = type.empty() ? "Runtime.Unknown" : type, .payload = request.body};
  exchange.respond(accepted());
  reported_failure_ = std::move(failure);
  // The runtime goes by itself now; what it still writes belongs to the log. One that stays is not waited for long.
  constexpr std::chrono::milliseconds kLeavingTime{500};
  machine_.loop.cancel(init_timer_);
  init_timer_ = machine_.loop.post_after(kLeavingTime, [self = shared_from_this()] {
    self->init_timer_ = {};
    self->fail_initialization({});
  });
}

void Environment::take_answer(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  bool is_ours = answer_ != nullptr && exchange.sink() != nullptr && !answer_->is_complete;
  if (!is_ours) return exchange.respond(check_answer(request));
  Answer& answer = *answer_;
  answer.is_complete = true;
  // "Lambda-Runtime-Function-Error-Type" and "…-Body" as trailers tell that a stream has broken off.
  if (std::string_view type = request.trailers.value(kErrorType); !type.empty()) {
    answer.error_type = type;
    auto body = base::from_base64(request.trailers.value("Lambda-Runtime-Function-Error-Body"));
    answer.body = body.value_or(error_json(type, "The function's answer broke off."));
  }
  if (answer.is_too_large)
    return exchange.respond(
        error_response(413, "RequestEntityTooLarge",
                       fmt::format("Exceeded maximum allowed payload size ({} bytes).", Answer::kWholeBytesMax)));
  exchange.respond(accepted());
}

void Environment::extension_request(std::shared_ptr<http::Exchange> exchange) {
  const http::Request& request = exchange->request();
  std::string_view path = request.path();
  if (request.method == "PUT" && !path.starts_with(kExtension)) {
    const Extensions::Extension* extension = extensions_.find(request);
    if (extension == nullptr)
      return exchange->respond(
          error_response(403, "Extension.UnknownExtensionIdentifier", "Unknown extension identifier"));
    bool is_telemetry = path == "/2022-07-01/telemetry";
    bool is_open = phase_ == Phase::kExtensions || phase_ == Phase::kInitializing;
    auto subscribed = telemetry_->subscribe(extension->id, request.body, is_telemetry, is_open);
    if (subscribed.status == 200)
      tell(subscription_event(extension->name, "Subscribed", telemetry_->types_of(extension->id), is_telemetry));
    return exchange->respond(std::move(subscribed));
  }
  std::string_view call = path.starts_with(kExtension) ? path.substr(kExtension.size()) : "";
  if (request.method == "POST" && call == "register")
    exchange->respond(extensions_.register_one(request));
  else if (request.method == "GET" && call == "event/next")
    extensions_.take_next(std::move(exchange));
  else if (request.method == "POST" && (call == "init/error" || call == "exit/error"))
    exchange->respond(extensions_.take_error(request));
  else
    return exchange->respond(not_found());
  if (phase_ == Phase::kExtensions) {
    if (const auto* failed = extensions_.failed())
      return fail_initialization(
          {.status = "error", .error_type = failed->error_type, .payload = {}, .message = failed->name});
    return start_runtime_when_ready();
  }
  if (phase_ == Phase::kInitializing && next_ != nullptr && extensions_.is_ready()) return initialized();
  settle();
}

}  // namespace runtime
