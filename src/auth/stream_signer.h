#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "auth/signing_key.h"
#include "auth/sigv4.h"

namespace auth {

// The chain of signatures over a body that is sent in pieces: each covers its piece and the signature before it, the
// first that of the request. For both sides: the receiver compares, the sender sends.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming.html
class StreamSigner {
 public:
  // `seed` is the signature of the request, once verified.
  StreamSigner(const Signature& seed, std::string_view secret);

  // The signature of the next piece, which becomes the previous one of the piece after it.
  std::string sign_chunk(const Digest& chunk_hash);
  // The same of the trailers: "name:value\n" for each.
  std::string sign_trailers(std::string_view trailers);
  // The same of an event-stream message: the encoded headers without `:chunk-signature` (in practice only `:date`), and
  // the payload, which is an encoded message itself. `time_ms` is what `:date` says. The result is in hexadecimal
  // digits, where the message carries bytes.
  std::string sign_event(std::int64_t time_ms, std::string_view headers, std::string_view payload);

 private:
  std::string next(std::string_view algorithm, std::string_view timestamp, const Scope& scope, std::string_view hashes);

  std::string secret_;
  std::string timestamp_, date_, region_, service_;
  std::string previous_;
};

}  // namespace auth
