#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "auth/signing_key.h"
#include "auth/stream_signer.h"
#include "base/result.h"

namespace auth {

// Takes bodies of `Content-Encoding: aws-chunked` apart as they arrive: lengths, data, signatures of the signed forms,
// and trailers. https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html Holds no more than a line
// at a time, whatever the size of the body.
class ChunkedDecoder {
 public:
  struct Options {
    // For the signed forms; without it chunks are not verified and their signatures ignored.
    std::optional<StreamSigner> signer;
    std::optional<std::int64_t> decoded_length;  // x-amz-decoded-content-length
    std::vector<std::string> announced;          // the names in x-amz-trailer, lower case; each must arrive
    // "Only the last chunk is allowed to have a size less than 8192 bytes".
    std::int64_t chunk_bytes_min = 8192;
  };
  using Take = std::function<base::Result<void>(std::string_view data)>;

  explicit ChunkedDecoder(Options options) : options_(std::move(options)) {}

  // Hands the data in the next bytes of the body to `take`, whose error ends the decoding. Data is handed on before the
  // signature of its chunk can be known to be right: keep it aside until `finish` has succeeded. After an error the
  // decoder is of no more use. Error codes: IncompleteBody, SignatureDoesNotMatch, InvalidChunkSizeError,
  // MalformedTrailerError.
  base::Result<void> feed(std::string_view bytes, const Take& take);
  // The body has ended: whether it was all there.
  base::Result<void> finish();

  // In the order of arrival; names in lower case; complete once `finish` has succeeded.
  const std::vector<std::pair<std::string, std::string>>& trailers() const { return trailers_; }

 private:
  enum class State : std::uint8_t { kSize, kData, kDataEnd, kTrailers, kDone };

  // Takes the rest of a line off `bytes`; nothing while its end is still to come.
  base::Result<std::optional<std::string>> take_line(std::string_view& bytes);
  base::Result<void> begin_chunk(std::string_view line);
  base::Result<void> end_chunk();
  base::Result<void> add_trailer(std::string_view line);
  base::Result<void> end_trailers();

  Options options_;
  State state_ = State::kSize;
  std::string line_;             // what has arrived of the current line
  std::string chunk_signature_;  // as the chunk claims
  std::string trailer_signature_;
  Sha256 chunk_hash_;
  std::int64_t chunk_bytes_ = 0;  // of the current chunk
  std::int64_t chunk_left_ = 0;
  std::int64_t decoded_bytes_ = 0;
  std::optional<std::int64_t> last_chunk_bytes_;
  std::size_t trailer_bytes_ = 0;
  std::vector<std::pair<std::string, std::string>> trailers_;
};

}  // namespace auth
