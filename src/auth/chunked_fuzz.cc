// A body decodes the same whole and in pieces.
#include <cstdint>
#include <cstdlib>

#include "auth/chunked.h"

namespace {

struct Outcome {
  bool good;
  std::string code, data;
  friend bool operator==(const Outcome&, const Outcome&) = default;
};

Outcome decode(std::string_view text, std::size_t piece, bool is_signed) {
  auth::ChunkedDecoder::Options options{.chunk_bytes_min = 0};
  if (is_signed) {
    auth::Signature seed{.date = "20230102",
                         .region = "us-east-1",
                         .service = "s3",
                         .signature = std::string(64, '0'),
                         .timestamp = "20230102T000000Z"};
    options.signer.emplace(seed, "secret");
  }
  auth::ChunkedDecoder decoder(std::move(options));
  Outcome outcome{};
  base::Result<void> result;
  while (result && !text.empty()) {
    result = decoder.feed(text.substr(0, piece), [&](std::string_view data) -> base::Result<void> {
      outcome.data += data;
      return {};
    });
    text.remove_prefix(std::min(piece, text.size()));
  }
  if (result) result = decoder.finish();
  outcome.good = result.has_value();
  if (!result) outcome.code = result.error().code;
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 1) return 0;
  std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  bool is_signed = data[0] & 1;
  if (decode(text, std::string::npos, is_signed) != decode(text, 1 + data[0] / 2, is_signed)) std::abort();
  return 0;
}
