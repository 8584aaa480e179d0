// Requests to function URLs.
#include "services/lambda/url_requests.h"

#include "base/random.h"
#include "services/lambda/invoke.h"

namespace lambda {

namespace {

constexpr std::string_view kUrlOperation = "InvokeFunctionUrl";
constexpr std::size_t kPreludeBytesMax = 128 * 1'024;
constexpr kernel::Millis kHeadMax{900'000};

// Waits until the head of a streamed answer is there.
class AwaitHead : public kernel::Errand {
 public:
  explicit AwaitHead(std::shared_ptr<kernel::Pipe> pipe) : pipe_(std::move(pipe)) {}
  void start(Done done) override {
    // Functions that are copied cannot hold what is moved only.
    pipe_->await_head(std::string(kPreludeEnd), kPreludeBytesMax,
                      [done = std::make_shared<Done>(std::move(done))] { (*done)(); });
  }
  // Taken once, for all attempts that follow.
  const std::optional<std::string>& prelude() {
    if (!is_taken_) prelude_ = pipe_->take_head(kPreludeEnd);
    is_taken_ = true;
    return prelude_;
  }

 private:
  std::shared_ptr<kernel::Pipe> pipe_;
  bool is_taken_ = false;
  std::optional<std::string> prelude_;
};

// Of a whole URL, "https://<id>.lambda-url…", or the id itself.
std::string_view id_of_url(std::string_view url) {
  const std::size_t scheme = url.find("://");
  if (scheme != url.npos) url.remove_prefix(scheme + 3);
  return url.substr(0, url.find('.'));
}

UrlRequest request_in(In in) {
  UrlRequest request{.method = in.str("Method"),
                     .path = in.str("Path"),
                     .query = in.str("QueryString"),
                     .protocol = in.has("Protocol") ? in.str("Protocol") : std::string("HTTP/1.1"),
                     .headers = {},
                     .body = in.str("Body")};
  for (const Value& header : in.list("Headers"))
    request.headers.push_back({header.at("Name").str(), header.at("Value").str()});
  return request;
}

Out shown(const UrlAnswer& answer) {
  Value::List headers;
  for (const HttpHeader& header : answer.headers)
    headers.push_back(Value::Map{{"Name", header.name}, {"Value", header.value}});
  Out out{{"StatusCode", answer.status}, {"Headers", std::move(headers)}};
  if (!answer.body.empty()) out.set("Body", answer.body);
  return out;
}

UrlAnswer message(int status, std::string_view text) {
  return {.status = status,
          .headers = {{"Content-Type", "application/json"}},
          .body = fmt::format(R"({{"Message":"{}"}})", text)};
}

// What clients see of runs that gave no answer.
UrlAnswer answer_of_trouble(const Run& run) {
  using Kind = kernel::FunctionOutcome::Kind;
  switch (run.outcome().kind) {
    case Kind::kThrottled: return message(429, "Rate Exceeded.");
    case Kind::kTimedOut: return message(504, "Gateway Timeout");
    default: return message(502, "Internal Server Error");
  }
}

void add_cors(const OpenUrl& url, const UrlRequest& request, UrlAnswer& answer) {
  for (const HttpHeader& header : request.headers) {
    if (header.name != "Origin" && header.name != "origin") continue;
    for (HttpHeader& each : cors_headers(url.row.cors, header.value)) {
      // "CORS headers of the function URL override those the function returns."
      std::erase_if(answer.headers, [&](const HttpHeader& own) { return own.name == each.name; });
      answer.headers.push_back(std::move(each));
    }
  }
}

Result<UrlAnswer> stream_answer(Call& call, const std::string& errand, Run& run) {
  const kernel::FunctionOutcome& outcome = run.outcome();
  UrlAnswer answer{
      .status = 200,
      .headers = {{"Content-Type", outcome.content_type.empty() ? "application/octet-stream" : outcome.content_type}},
      .body = {}};
  if (outcome.content_type == kPreludeType) {
    const std::string name = errand + "/head";
    auto head = call.errand<AwaitHead>(name);
    if (!head) return call.begin_errand(name, std::make_shared<AwaitHead>(outcome.stream), call.now + kHeadMax);
    auto told = head->prelude() ? answer_of_prelude(*head->prelude()) : std::nullopt;
    if (!told) return message(502, "Internal Server Error");
    answer = *std::move(told);
  }
  call.answer_with(run.stream({}));
  return answer;
}

}  // namespace

std::string OpenUrl::function_arn() const {
  const std::string arn =
      fmt::format("arn:aws:lambda:{}:{}:function:{}", target.region, target.account, target.function);
  return target.qualifier == "$LATEST" || target.qualifier.empty() ? arn : arn + ":" + target.qualifier;
}

std::optional<OpenUrl> get_url(const store::Transaction& tx, std::string_view id) {
  auto target = tx.get(kUrlTargets, id);
  if (!target) return std::nullopt;
  OpenUrl url{.id = std::string(id), .target = *std::move(target), .row = {}};
  auto row = tx.at(url.place()).get(kFunctionUrls, store::key(url.target.function, url.target.qualifier));
  if (!row) return std::nullopt;
  url.row = *std::move(row);
  return url;
}

std::vector<kernel::Need> url_needs(Call& call, std::string_view operation, const Value& input) {
  if (operation != kUrlOperation) return {};
  auto url = get_url(call.tx, id_of_url(input.at("FunctionUrl").str()));
  if (!url) return {};
  const std::string arn = url->function_arn();
  // "Starting in October 2025, new function URLs will require both lambda:InvokeFunctionUrl and lambda:InvokeFunction."
  return {{"lambda:InvokeFunctionUrl", arn}, {"lambda:InvokeFunction", arn}};
}

bool find_url_key(Call& call, std::string_view key, policy::Values& values) {
  if (!call.operation || call.operation->name != kUrlOperation) return false;
  if (key == "lambda:invokedviafunctionurl") {
    values = {"true"};
    return true;
  }
  if (key != "lambda:functionurlauthtype") return false;
  auto url = get_url(call.tx, id_of_url(call.input->at("FunctionUrl").str()));
  if (!url) return false;
  values = {url->row.auth_type};
  return true;
}

// https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
Result<Out> InvokeFunctionUrl(Call& call, In in) {
  auto url = get_url(call.tx, id_of_url(in.str("FunctionUrl")));
  if (!url) return refuse("ResourceNotFoundException", "There is no function URL " + in.str("FunctionUrl") + ".");
  const UrlRequest request = request_in(in);
  const std::string errand = "lambda/url/" + call.request.id;
  RunRequest prepared;
  if (!call.errand<Run>(errand)) {
    const std::string trace_id =
        fmt::format("Root=1-{:08x}-{}", call.now_ms() / 1'000, call.random_text(24, base::kHexDigits));
    prepared = {.payload = event_of_request(call, *url, request, trace_id),
                .request_id = call.request.id,
                .client_context = {},
                .trace_id = trace_id,
                .answering = url->is_streamed() ? kernel::FunctionRequest::Answering::kStreamed
                                                : kernel::FunctionRequest::Answering::kWhole};
    if (prepared.payload.size() > kPayloadBytesMax)
      return shown(message(413, "Request must be smaller than 6291456 bytes for the InvokeFunction operation"));
  }
  const FunctionName name{.place = url->place(), .name = url->target.function, .qualifier = url->target.qualifier};
  auto run = run_function(call, errand, name, std::move(prepared));
  if (!run && is_parked(run.error())) return std::unexpected(run.error());
  UrlAnswer answer = message(502, "Internal Server Error");
  if (run && (*run)->is_answered() && (*run)->outcome().stream) {
    answer = TRY(stream_answer(call, errand, **run));
  } else if (run && (*run)->is_answered()) {
    answer = answer_of_payload((*run)->outcome().payload).value_or(answer);
  } else if (run) {
    answer = answer_of_trouble(**run);
  }
  add_cors(*url, request, answer);
  return shown(answer);
}

}  // namespace lambda
