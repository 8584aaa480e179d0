#include "server/gateway.h"

#include <cassert>

#include "auth/chunked.h"
#include "base/bytes.h"
#include "base/gzip.h"
#include "base/strings.h"
#include "server/admin.h"
#include "server/respond.h"
#include "server/s3_form.h"

namespace server {

namespace {

using base::Result;
using base::Value;

// A body may not grow beyond this by being unpacked.
constexpr std::size_t kUnpackedBytesMax = 64 * 1024 * 1024;

bool is_json(model::Protocol protocol) {
  return protocol == model::Protocol::kJson10 || protocol == model::Protocol::kJson11 ||
         protocol == model::Protocol::kRestJson || protocol == model::Protocol::kCbor;
}

// Whose words errors of identity are put in. Services that took over JSON from query kept query's codes.
auth::ErrorStyle style_of(const wire::Route& route) {
  if (!route.service) return auth::ErrorStyle::kOther;
  if (route.service->signing_name == "s3") return auth::ErrorStyle::kS3;
  if (is_json(route.protocol) && !route.service->query_compatible) return auth::ErrorStyle::kJson;
  return auth::ErrorStyle::kOther;
}

// "Anonymous callers" can only be let in by policies of these services' resources; the others want a signature first.
bool takes_unsigned(const model::Service& service) {
  return service.signing_name == "s3" || service.signing_name == "sns" || service.signing_name == "sqs";
}

// The kernel knows one code for each refusal of a key; clients know them by their service's.
base::Error in_style(base::Error error, auth::ErrorStyle style) {
  bool is_unknown_key = error.code == "InvalidClientTokenId";
  if (style == auth::ErrorStyle::kS3) {
    if (is_unknown_key)
      return {"InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."};
    if (error.code == "ExpiredToken") return {"ExpiredToken", "The provided token has expired."};
  }
  if (style == auth::ErrorStyle::kJson) {
    if (is_unknown_key) error.code = "UnrecognizedClientException";
    if (error.code == "ExpiredToken") error.code = "ExpiredTokenException";
  }
  return error;
}

}  // namespace

void Gateway::attach(http::Server& server) {
  loops_.resize(server.loop_count());
  for (std::size_t i = 0; i < loops_.size(); ++i) {
    http::Loop* loop = &server.loop(i);
    loops_[i].loop = loop;
    // A task that does nothing makes the loop take a turn, and with its end comes on_tick.
    loops_[i].lane = std::make_unique<kernel::Lane>(parts_.cloud, [loop] { loop->post([] {}); });
  }
}

Gateway::LoopState& Gateway::state_of(http::Loop& loop) {
  auto found = std::ranges::find(loops_, &loop, &LoopState::loop);
  assert(found != loops_.end());
  return *found;
}

void Gateway::on_request(std::shared_ptr<http::Exchange> exchange) {
  const http::Request& request = exchange->request();
  LoopState& state = state_of(exchange->loop());
  if (std::string id = function_url_of(request); !id.empty()) return visit_function_url(state, exchange, id);
  if (Admin::serves(request.path())) return answer_control(std::move(exchange));
  if (exchange->sink() != nullptr) return finish_upload(state, std::move(exchange));
  if (answer_browser(state, exchange)) return;
  std::string request_id = base::random_uuid(parts_.cloud.dice());
  Reading reading;
  reading.received = parts_.cloud.clock().now();
  Result<Value> input = read(state, request, reading);
  if (!input)
    return respond_with(*exchange, reading.route, wire::write_error(reading.route, input.error(), request_id));
  kernel::Invocation invocation = make_invocation(request, reading, *std::move(input), request_id);
  submit(state, std::move(exchange), std::move(reading), std::move(invocation));
}

// What the request says of its sender and its operation; nothing of it is proven yet.
Result<auth::SignedRequest> Gateway::understand(LoopState& state, const http::Request& request, Reading& reading) {
  take_headers(state, request);
  reading.request = {.method = request.method,
                     .path = request.path(),
                     .query = request.query(),
                     .headers = state.wire_headers,
                     .body = request.body};
  auth::SignedRequest signed_request{
      .method = request.method, .path = request.path(), .query = request.query(), .headers = state.auth_headers};

  // The signature names the service; the service says in which words a bad signature is refused.
  auto signature = auth::parse_authorization(signed_request, auth::ErrorStyle::kOther);
  if (signature) reading.signature = *std::move(signature);
  wire::RouteHints hints{
      .signing_name = reading.signature ? std::string_view(reading.signature->service) : std::string_view(),
      .base_host = parts_.host_name,
      .region = reading.signature ? std::string_view(reading.signature->region) : parts_.default_region};
  Result<void> unpacked = unpack_body(request, reading);
  Result<void> routed = wire::find_route(reading.request, hints, reading.route);
  bool is_anonymous_object = !reading.signature && reading.route.service && reading.route.service->id == "s3";
  if (is_anonymous_object) {
    reading.request.body = request.body;
    unpacked = {};
  }
  TRY_VOID(unpacked);
  if (!signature) {
    // Now that the service is known, once more in its words.
    auto again = auth::parse_authorization(signed_request, style_of(reading.route));
    return std::unexpected(again ? std::move(signature).error() : std::move(again).error());
  }
  TRY_VOID(routed);
  // A signature for many regions may name none.
  const bool names_region = reading.signature && !reading.signature->region.empty();
  reading.region = names_region ? reading.signature->region : parts_.default_region;
  return signed_request;
}

void Gateway::take_headers(LoopState& state, const http::Request& request) {
  state.wire_headers.clear();
  state.auth_headers.clear();
  for (http::Field field : request.headers) {
    state.wire_headers.push_back({field.name, field.value});
    state.auth_headers.push_back({field.name, field.value});
  }
}

Result<Value> Gateway::read(LoopState& state, const http::Request& request, Reading& reading) {
  auth::SignedRequest signed_request = TRY(understand(state, request, reading));
  kernel::Identity identity = TRY(authenticate(signed_request, request.body, reading));
  TRY_VOID(join_chunks(request, identity.secret, reading, state.wire_headers));
  reading.request.headers = state.wire_headers;
  reading.caller = std::move(identity.principal);
  TRY_VOID(check_sent_encryption(reading.route, reading.request));
  TRY_VOID(check_digests(reading.route, reading.request));
  return wire::parse_input(reading.route, reading.request);
}

// S3 keeps an object as it comes, packed or not; everywhere else the packing is the transport's.
Result<void> Gateway::unpack_body(const http::Request& request, Reading& reading) {
  bool is_object = reading.signature && reading.signature->service == "s3";
  if (is_object || !base::equal_ignoring_case(request.headers.value("Content-Encoding"), "gzip")) return {};
  auto unpacked = base::gunzip(request.body, kUnpackedBytesMax);
  if (!unpacked)
    return base::fail("SerializationException", "The request body is not the gzip text its Content-Encoding says.");
  reading.decoded_body = *std::move(unpacked);
  reading.request.body = reading.decoded_body;
  return {};
}

// Bodies of `Content-Encoding: aws-chunked` become what they carry, and their trailers headers.
Result<void> Gateway::join_chunks(const http::Request& request, const std::optional<std::string>& secret,
                                  Reading& reading, std::vector<wire::Header>& headers) {
  if (!comes_in_chunks(reading)) return {};
  auth::ChunkedDecoder decoder(TRY(chunk_options(request, secret, reading)));
  std::string joined;
  TRY_VOID(decoder.feed(request.body, [&](std::string_view data) -> Result<void> {
    joined += data;
    return {};
  }));
  TRY_VOID(decoder.finish());
  reading.decoded_body = std::move(joined);
  reading.request.body = reading.decoded_body;
  reading.trailers = decoder.trailers();
  for (const auto& [name, value] : reading.trailers) headers.push_back({name, value});
  return {};
}

bool Gateway::comes_in_chunks(const Reading& reading) {
  return reading.signature && reading.signature->is_streaming() &&
         reading.signature->payload_hash != auth::kStreamingEvents;
}

Result<auth::ChunkedDecoder::Options> Gateway::chunk_options(const http::Request& request,
                                                             const std::optional<std::string>& secret,
                                                             const Reading& reading) {
  auth::ChunkedDecoder::Options options;
  if (secret && reading.signature->payload_hash != auth::kStreamingUnsignedTrailer)
    options.signer.emplace(*reading.signature, *secret);
  std::string_view length = request.headers.value("x-amz-decoded-content-length");
  if (!length.empty()) {
    options.decoded_length = base::parse_number(length);
    if (!options.decoded_length) return base::fail("InvalidArgument", "x-amz-decoded-content-length is not a number.");
  }
  for (std::string_view name : base::split(request.headers.value("x-amz-trailer"), ','))
    if (!base::trim(name).empty()) options.announced.push_back(base::to_lower(base::trim(name)));
  return options;
}

Result<kernel::Identity> Gateway::authenticate(const auth::SignedRequest& signed_request,
                                               std::optional<std::string_view> body, const Reading& reading) {
  auth::ErrorStyle style = style_of(reading.route);
  if (!reading.signature) {
    if (reading.route.operation->no_auth || takes_unsigned(*reading.route.service)) return kernel::Identity{};
    return std::unexpected(auth::missing_authentication(style));
  }
  const auth::Signature& signature = *reading.signature;
  auto identity = [&] {
    auto contents = parts_.cloud.hold_contents();
    return kernel::identify(parts_.cloud.store().begin({}), parts_.rules, signature.access_key_id, reading.received);
  }();
  if (!identity) return std::unexpected(in_style(std::move(identity).error(), style));
  if (!identity->secret) {
    // A link that was made for a minute lasts a minute, whoever signed it.
    if (signature.form == auth::SignatureForm::kQuery)
      TRY_VOID(auth::verify_time(signature, kernel::to_ms(reading.received), style));
    return identity;
  }

  if (!base::equal_in_constant_time(identity->session_token, signature.security_token))
    return std::unexpected(
        in_style({"InvalidClientTokenId", "The security token included in the request is invalid."}, style));
  // Hashing a body costs most of all here, so it is done for those who rely on it.
  bool needs_hash = body && signature.payload_hash != auth::kUnsignedPayload && !signature.is_streaming();
  std::string body_hash = needs_hash ? base::to_hex(base::sha256(*body)) : std::string();
  TRY_VOID(
      auth::verify(signature, signed_request, *identity->secret, kernel::to_ms(reading.received), body_hash, style));
  if (needs_hash) TRY_VOID(auth::verify_payload(signature, body_hash));
  return identity;
}

base::Result<void> Gateway::authenticate_form(const S3Form& form, const std::string& access_key_id, Reading& reading,
                                              const std::function<Result<void>(std::string_view secret)>& verify) {
  auto identity = [&] {
    auto contents = parts_.cloud.hold_contents();
    return kernel::identify(parts_.cloud.store().begin({}), parts_.rules, access_key_id, reading.received);
  }();
  if (!identity) return std::unexpected(in_style(std::move(identity).error(), auth::ErrorStyle::kS3));
  if (identity->secret) {
    if (!base::equal_in_constant_time(identity->session_token, form.field("x-amz-security-token")))
      return base::fail("InvalidToken", "The provided token is malformed or otherwise invalid.");
    TRY_VOID(verify(*identity->secret));
  }
  reading.caller = std::move(identity->principal);
  return {};
}

kernel::Request Gateway::describe(const http::Request& request, std::string request_id, kernel::Time received) const {
  std::string_view host = request.headers.value("Host"), scheme = request.secure ? "https://" : "http://";
  std::string base_url;
  base_url.reserve(scheme.size() + host.size());
  base_url.append(scheme).append(host);
  if (host.empty()) base_url += fmt::format("localhost:{}", request.local_port);
  return {.id = std::move(request_id),
          .base_url = std::move(base_url),
          .source_ip = request.peer_address,
          .user_agent = std::string(request.headers.value("User-Agent")),
          .referer = std::string(request.headers.value("Referer")),
          .trace_id = std::string(request.headers.value("X-Amzn-Trace-Id")),
          .secure = request.secure,
          .received = received};
}

kernel::Invocation Gateway::make_invocation(const http::Request& request, const Reading& reading, Value input,
                                            const std::string& request_id) const {
  const std::string& account = reading.caller.account;
  kernel::Request described = describe(request, request_id, reading.received);
  if (reading.signature) {
    described.signed_in = reading.signature->form == auth::SignatureForm::kQuery ? "REST-QUERY-STRING" : "REST-HEADER";
    described.signed_ms = reading.signature->timestamp_ms;
    described.payload_hash = reading.signature->payload_hash;
  }
  return {.service = reading.route.service,
          .operation = reading.route.operation,
          .input = std::move(input),
          .caller = reading.caller,
          .request = std::move(described),
          .place = {account.empty() ? parts_.rules.default_account : account, reading.region}};
}

void Gateway::respond_with(http::Exchange& exchange, const wire::Route& route, wire::Answer answer) {
  http::Response response = to_response(std::move(answer));
  add_bucket_region(route, response);
  add_cors(exchange.request(), route, response);
  exchange.respond(std::move(response));
}

void Gateway::submit(LoopState& state, std::shared_ptr<http::Exchange> exchange, Reading&& reading,
                     kernel::Invocation invocation, Finish finish) {
  auto call = std::make_shared<OpenCall>(exchange, std::move(reading.route), invocation.request.id);
  auto done = [this, &state, call, finish = std::move(finish)](kernel::Answer answer) {
    state.open_calls.erase(call->ticket);
    if (!answer.result && finish.refuse) return call->exchange->respond(finish.refuse(answer.result.error()));
    if (!answer.result)
      return respond_with(*call->exchange, call->route,
                          wire::write_error(call->route, answer.result.error(), call->request_id));
    http::Response response = to_response(wire::write_output(call->route, *answer.result, call->request_id));
    if (answer.body) response.body = std::move(answer.body);
    if (finish.retouch) response = finish.retouch(*answer.result, std::move(response));
    add_cors(call->exchange->request(), call->route, response);
    call->exchange->respond(std::move(response));
  };
  call->ticket = state.lane->submit(std::move(invocation), std::move(done));
  if (!state.lane->is_waiting(call->ticket)) return;
  state.open_calls.emplace(call->ticket, call);
  exchange->on_abort([&state, ticket = call->ticket] {
    state.lane->cancel(ticket);
    state.open_calls.erase(ticket);
  });
}

// Control happens on the first loop; the exchange lives on its own.
void Gateway::answer_control(std::shared_ptr<http::Exchange> exchange) {
  http::Loop* first = loops_[0].loop;
  if (&exchange->loop() == first) return serve_control(std::move(exchange));
  first->post([this, exchange = std::move(exchange)]() mutable { serve_control(std::move(exchange)); });
}

// On the first loop, whose lane the control requests move.
void Gateway::serve_control(std::shared_ptr<http::Exchange> exchange) {
  std::optional<http::Response> response = parts_.admin.answer(exchange->request());
  if (!response) {
    if (waiting_controls_.empty()) loops_[0].loop->post_after(Admin::kPatience, [] {});
    waiting_controls_.push_back(std::move(exchange));
    return;
  }
  http::Loop* own = &exchange->loop();
  if (own == loops_[0].loop) return exchange->respond(*std::move(response));
  own->post([exchange = std::move(exchange), response = *std::move(response)]() mutable {
    exchange->respond(std::move(response));
  });
}

void Gateway::on_tick(http::Loop& loop) {
  LoopState& state = state_of(loop);
  const bool has_more = state.lane->turn();
  if (&loop == loops_[0].loop && !waiting_controls_.empty())
    for (auto& exchange : std::exchange(waiting_controls_, {})) serve_control(std::move(exchange));
  if (has_more)
    loop.hurry();
  else
    schedule(state);
}

void Gateway::schedule(LoopState& state) {
  if (state.timer.number) state.loop->cancel(state.timer);
  state.timer = {};
  auto due = state.lane->next_due();
  if (!due) return;
  if (auto wait = parts_.cloud.clock().real_wait_until(*due)) state.timer = state.loop->post_after(*wait, [] {});
}

void Gateway::on_stop(http::Loop& loop) {
  LoopState& state = state_of(loop);
  for (auto& [ticket, call] : std::exchange(state.open_calls, {})) {
    state.lane->cancel(ticket);
    respond_with(*call->exchange, call->route,
                 wire::write_error(call->route, {"ServiceUnavailable", "The service is stopping."}, call->request_id));
  }
}

}  // namespace server
