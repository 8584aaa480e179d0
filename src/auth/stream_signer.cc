#include "auth/stream_signer.h"

#include "base/bytes.h"
#include "base/time_text.h"

namespace auth {

StreamSigner::StreamSigner(const Signature& seed, std::string_view secret)
    : secret_(secret),
      timestamp_(seed.timestamp),
      date_(seed.date),
      region_(seed.region),
      service_(seed.service),
      previous_(seed.signature) {}

std::string StreamSigner::sign_chunk(const Digest& chunk_hash) {
  // A chunk's headers would be hashed first, but there are none.
  std::string hashes = base::to_hex(base::sha256("")) + '\n';
  append_hex(hashes, chunk_hash);
  return next("AWS4-HMAC-SHA256-PAYLOAD", timestamp_, {date_, region_, service_}, hashes);
}

std::string StreamSigner::sign_trailers(std::string_view trailers) {
  return next("AWS4-HMAC-SHA256-TRAILER", timestamp_, {date_, region_, service_}, base::to_hex(base::sha256(trailers)));
}

std::string StreamSigner::sign_event(std::int64_t time_ms, std::string_view headers, std::string_view payload) {
  // A stream may outlive its day: the scope has the date of the event, not of the request.
  std::string timestamp = base::format_basic_time(time_ms);
  std::string hashes = base::to_hex(base::sha256(headers)) + '\n' + base::to_hex(base::sha256(payload));
  return next("AWS4-HMAC-SHA256-PAYLOAD", timestamp, {std::string_view(timestamp).substr(0, 8), region_, service_},
              hashes);
}

std::string StreamSigner::next(std::string_view algorithm, std::string_view timestamp, const Scope& scope,
                               std::string_view hashes) {
  std::string text(algorithm);
  text += '\n';
  text += timestamp;
  text += '\n';
  append_scope(text, scope);
  text += '\n';
  text += previous_;
  text += '\n';
  text += hashes;
  std::string signature;
  append_hex(signature, signing_key(secret_, scope).sign(text));
  previous_ = signature;
  return signature;
}

}  // namespace auth
