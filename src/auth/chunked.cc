#include "auth/chunked.h"

#include <algorithm>
#include <charconv>

#include "base/bytes.h"
#include "base/strings.h"

namespace auth {

namespace {

constexpr std::size_t kLineBytesMax = 4096;
constexpr std::size_t kTrailerBytesMax = 16 * 1024;
constexpr std::int64_t kDecodedBytesMax = std::int64_t{1} << 46;  // beyond any object, and safe to add up
constexpr std::string_view kTrailerSignature = "x-amz-trailer-signature";

std::unexpected<base::Error> refuse_incomplete_body() {
  return base::fail("IncompleteBody", "The request body terminated unexpectedly");
}

std::unexpected<base::Error> refuse_length() {
  return base::fail("IncompleteBody",
                    "You did not provide the number of bytes specified by the Content-Length HTTP header");
}

std::unexpected<base::Error> refuse_chunk_signature() {
  return base::fail("SignatureDoesNotMatch",
                    "The request signature we calculated does not match the signature you provided. Check your key and "
                    "signing method.");
}

std::unexpected<base::Error> refuse_trailer() {
  return base::fail(
      "MalformedTrailerError",
      "The request contained trailing data that was not well-formed or did not conform to our published schema.");
}

}  // namespace

base::Result<void> ChunkedDecoder::feed(std::string_view bytes, const Take& take) {
  while (!bytes.empty()) {
    if (state_ == State::kDone) return refuse_length();
    if (state_ == State::kData) {
      std::string_view data = bytes.substr(
          0, static_cast<std::size_t>(std::min<std::int64_t>(chunk_left_, static_cast<std::int64_t>(bytes.size()))));
      bytes.remove_prefix(data.size());
      if (options_.signer) chunk_hash_.add(data);
      TRY_VOID(take(data));
      chunk_left_ -= static_cast<std::int64_t>(data.size());
      if (chunk_left_ == 0) state_ = State::kDataEnd;
      continue;
    }
    auto line = TRY(take_line(bytes));
    if (!line) break;
    if (state_ == State::kSize) {
      TRY_VOID(begin_chunk(*line));
    } else if (state_ == State::kDataEnd) {
      if (!line->empty()) return refuse_incomplete_body();
      TRY_VOID(end_chunk());
    } else if (line->empty()) {
      TRY_VOID(end_trailers());
    } else {
      TRY_VOID(add_trailer(*line));
    }
  }
  return {};
}

base::Result<void> ChunkedDecoder::finish() {
  // Some clients leave out the empty line after the last chunk when there are no trailers.
  if (state_ == State::kTrailers && line_.empty() && trailers_.empty() && trailer_signature_.empty())
    TRY_VOID(end_trailers());
  if (state_ != State::kDone) return refuse_incomplete_body();
  return {};
}

base::Result<std::optional<std::string>> ChunkedDecoder::take_line(std::string_view& bytes) {
  auto end = bytes.find('\n');
  line_ += bytes.substr(0, std::min(end, kLineBytesMax + 1));
  if (line_.size() > kLineBytesMax) return refuse_incomplete_body();
  if (end == std::string_view::npos) {
    bytes = {};
    return std::optional<std::string>();
  }
  bytes.remove_prefix(end + 1);
  if (line_.ends_with('\r')) line_.pop_back();
  return std::exchange(line_, {});
}

// "400;chunk-signature=…"
base::Result<void> ChunkedDecoder::begin_chunk(std::string_view line) {
  std::string_view digits = base::trim(line.substr(0, line.find(';')));
  auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), chunk_bytes_, 16);
  if (digits.empty() || error != std::errc() || end != digits.data() + digits.size() || chunk_bytes_ < 0 ||
      chunk_bytes_ > kDecodedBytesMax)
    return refuse_incomplete_body();
  chunk_signature_.clear();
  if (auto extension = line.find(";chunk-signature="); extension != std::string_view::npos) {
    std::string_view signature = line.substr(extension + std::string_view(";chunk-signature=").size());
    chunk_signature_ = base::trim(signature.substr(0, signature.find(';')));
  }
  if (chunk_bytes_ == 0) {
    state_ = State::kTrailers;
    if (options_.decoded_length && decoded_bytes_ != *options_.decoded_length) return refuse_length();
    return end_chunk();
  }
  if (last_chunk_bytes_ && *last_chunk_bytes_ < options_.chunk_bytes_min)
    return base::fail("InvalidChunkSizeError", "Only the last chunk is allowed to have a size less than 8192 bytes");
  decoded_bytes_ += chunk_bytes_;
  if (decoded_bytes_ > options_.decoded_length.value_or(kDecodedBytesMax)) return refuse_length();
  chunk_left_ = chunk_bytes_;
  state_ = State::kData;
  return {};
}

base::Result<void> ChunkedDecoder::end_chunk() {
  if (options_.signer &&
      !base::equal_in_constant_time(options_.signer->sign_chunk(chunk_hash_.finish()), chunk_signature_))
    return refuse_chunk_signature();
  if (state_ == State::kDataEnd) state_ = State::kSize;
  last_chunk_bytes_ = chunk_bytes_;
  return {};
}

// "x-amz-checksum-crc32c:sOO8/Q=="
base::Result<void> ChunkedDecoder::add_trailer(std::string_view line) {
  trailer_bytes_ += line.size();
  auto colon = line.find(':');
  if (trailer_bytes_ > kTrailerBytesMax || colon == std::string_view::npos || colon == 0) return refuse_trailer();
  std::string name = base::to_lower(base::trim(line.substr(0, colon)));
  std::string_view value = base::trim(line.substr(colon + 1));
  if (name == kTrailerSignature)
    trailer_signature_ = value;
  else
    trailers_.emplace_back(std::move(name), value);
  return {};
}

base::Result<void> ChunkedDecoder::end_trailers() {
  state_ = State::kDone;
  for (const std::string& name : options_.announced)
    if (std::none_of(trailers_.begin(), trailers_.end(), [&](const auto& trailer) { return trailer.first == name; }))
      return refuse_trailer();
  if (!options_.signer || trailers_.empty()) return {};
  std::string canonical;
  for (const auto& [name, value] : trailers_) {
    canonical += name;
    canonical += ':';
    canonical += value;
    canonical += '\n';
  }
  if (!base::equal_in_constant_time(options_.signer->sign_trailers(canonical), trailer_signature_))
    return refuse_chunk_signature();
  return {};
}

}  // namespace auth
