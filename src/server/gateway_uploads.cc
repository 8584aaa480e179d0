#include "auth/chunked.h"
#include "auth/signing_key.h"
#include "base/bytes.h"
#include "base/strings.h"
#include "server/admin.h"
#include "server/gateway.h"
#include "server/respond.h"

namespace server {

namespace {

using base::Result;
using base::Value;

// Up to here a body is gathered in memory, which costs less than taking it piece by piece.
constexpr std::int64_t kGatheredBytesMax = 256 * 1024;

bool has_long_body(const http::Request& request) {
  std::string_view length = request.headers.value("Content-Length");
  if (length.empty()) return request.headers.has("Transfer-Encoding");
  return base::parse_number(length).value_or(0) > kGatheredBytesMax;
}

bool is_streamed(const model::Operation& operation) {
  const model::Member* payload = operation.input->find(operation.input->payload);
  return payload && payload->shape->kind == model::Kind::kBlob && (payload->streaming || payload->shape->streaming);
}

}  // namespace

// The body of one request, on its way to the intake of its operation.
class Gateway::Upload : public http::BodySink {
 public:
  Upload(Reading reading, std::string request_id) : reading_(std::move(reading)), request_id_(std::move(request_id)) {}

  void read_chunks(auth::ChunkedDecoder::Options options) { chunks_.emplace(std::move(options)); }
  void verify_hash() { hash_.emplace(); }
  void set_intake(std::shared_ptr<kernel::BodyIntake> intake) { intake_ = std::move(intake); }

  Result<void> on_data(std::string_view bytes) override {
    if (hash_) hash_->add(bytes);
    if (!chunks_) return intake_->take(bytes);
    return chunks_->feed(bytes, [&](std::string_view data) { return intake_->take(data); });
  }
  Result<void> on_end() override {
    if (hash_) TRY_VOID(auth::verify_payload(*reading_.signature, base::to_hex(auth::as_text(hash_->finish()))));
    if (chunks_) {
      TRY_VOID(chunks_->finish());
      reading_.trailers = chunks_->trailers();
    }
    return intake_->end();
  }

  Reading& reading() { return reading_; }
  const std::string& request_id() const { return request_id_; }
  const std::shared_ptr<kernel::BodyIntake>& intake() const { return intake_; }

 private:
  Reading reading_;
  std::string request_id_;
  std::optional<auth::ChunkedDecoder> chunks_;
  std::optional<auth::Sha256> hash_;
  std::shared_ptr<kernel::BodyIntake> intake_;
};

void Gateway::on_headers(http::Exchange& exchange) {
  const http::Request& request = exchange.request();
  if (!has_long_body(request) || Admin::serves(request.path()) || !function_url_of(request).empty()) return;
  Reading reading;
  reading.received = parts_.cloud.clock().now();
  std::string request_id = base::random_uuid(parts_.cloud.dice());
  if (auto begun = begin_upload(state_of(exchange.loop()), exchange, reading, request_id); !begun)
    respond_with(exchange, reading.route, wire::write_error(reading.route, begun.error(), request_id));
}

Result<void> Gateway::begin_upload(LoopState& state, http::Exchange& exchange, Reading& reading,
                                   const std::string& request_id) {
  const http::Request& request = exchange.request();
  auto signed_request = understand(state, request, reading);
  // What is not streamed is understood again when it is there as a whole.
  if (!signed_request || !is_streamed(*reading.route.operation)) return {};
  if (reading.signature && reading.signature->payload_hash.empty()) return {};
  kernel::Identity identity = TRY(authenticate(*signed_request, std::nullopt, reading));
  reading.caller = std::move(identity.principal);
  Value input = TRY(wire::parse_input(reading.route, reading.request));

  kernel::BodyAhead ahead;
  std::string_view length = request.headers.value("Content-Length");
  if (!length.empty()) ahead.length = std::uint64_t(base::parse_number(length).value_or(0));
  auto upload = std::make_unique<Upload>(reading, request_id);
  if (comes_in_chunks(reading)) {
    auto options = TRY(chunk_options(request, identity.secret, reading));
    ahead.length = options.decoded_length;
    ahead.trailers = options.announced;
    upload->read_chunks(std::move(options));
  } else if (identity.secret && reading.signature->payload_hash != auth::kUnsignedPayload) {
    upload->verify_hash();
  }
  auto intake = TRY(state.lane->open_intake(make_invocation(request, reading, std::move(input), request_id), ahead));
  if (!intake) return {};  // the service wants it whole
  upload->set_intake(std::move(intake));
  exchange.stream_body(std::move(upload));
  return {};
}

// The body is there, or will not be.
void Gateway::finish_upload(LoopState& state, std::shared_ptr<http::Exchange> exchange) {
  auto& upload = static_cast<Upload&>(*exchange->sink());
  Reading& reading = upload.reading();
  auto refuse = [&](const base::Error& error) {
    respond_with(*exchange, reading.route, wire::write_error(reading.route, error, upload.request_id()));
  };
  if (exchange->body_error() != nullptr) return refuse(*exchange->body_error());
  // Once more, now with the trailers.
  take_headers(state, exchange->request());
  for (const auto& [name, value] : reading.trailers) state.wire_headers.push_back({name, value});
  reading.request.headers = state.wire_headers;
  Result<Value> input = wire::parse_input(reading.route, reading.request);
  if (!input) return refuse(input.error());
  kernel::Invocation invocation = make_invocation(exchange->request(), reading, *std::move(input), upload.request_id());
  invocation.intake = upload.intake();
  submit(state, std::move(exchange), std::move(reading), std::move(invocation));
}

}  // namespace server
