#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "http/message.h"

namespace http {

// How much of a message's head is accepted before it is refused.
struct HeadLimits {
  std::size_t request_line_bytes = 16 * 1024;  // beyond: 414
  std::size_t head_bytes = 64 * 1024;          // request line and fields; beyond: 431
  std::size_t field_count = 200;               // beyond: 431
};

// Why a message is refused: the status to answer and a sentence for its body.
struct Refusal {
  int status = 0;
  std::string_view why;
};

// How far parsing got.
enum class Progress { kMore, kDone, kBad };

// How the body of a message is delimited, and what its head says about the connection.
struct Framing {
  std::uint64_t content_length = 0;
  bool has_content_length = false;
  bool chunked = false;
  bool keep_alive = true;
  bool expects_continue = false;

  bool has_body() const { return chunked || content_length > 0; }
};

// Reads the head of an HTTP/1 request (RFC 9112): request line, fields, empty line. It is strict where leniency lets
// two readers of the same bytes disagree about where a request ends: lines end with CR LF, no folded fields, no white
// space before the colon, one Content-Length, no Content-Length beside Transfer-Encoding, no coding but "chunked".
// A pure function of the bytes: however they are cut, the outcome is the same.
class HeadParser {
 public:
  explicit HeadParser(const HeadLimits& limits = {}) : limits_(limits) {}

  // `bytes` are all bytes received since the start of this head; after kMore call again with more behind them. Bytes
  // after the head are not looked at. `request` must be fresh, or emptied, at the first call, and is whole after kDone.
  Progress feed(std::string_view bytes, Request& request);

  // After kDone: the length of the head, and how the body is delimited.
  std::size_t head_bytes() const { return scanned_; }
  const Framing& framing() const { return framing_; }
  // After kBad.
  const Refusal& refusal() const { return refusal_; }

  // Makes ready for the next head.
  void reset();

 private:
  bool refuse(int status, std::string_view why);
  bool within_limits(std::size_t size);
  bool take_request_line(std::string_view line, Request& request);
  bool take_field(std::string_view line, std::size_t line_start, Request& request);
  bool take_framing(std::string_view name, std::string_view value);
  bool take_content_length(std::string_view value);
  bool take_transfer_encoding(std::string_view value);
  bool finish(const Request& request);

  HeadLimits limits_;
  Framing framing_;
  Refusal refusal_;
  std::size_t scanned_ = 0;       // bytes searched for line ends
  std::size_t line_start_ = 0;    // of the first line not yet taken
  std::size_t fields_start_ = 0;  // 0 until the request line has been taken
  int host_count_ = 0;
  bool is_closing_ = false;  // "Connection: close" was seen
};

// Undoes the chunked transfer coding, a piece at a time.
class ChunkedReader {
 public:
  explicit ChunkedReader(const HeadLimits& limits = {}) : limits_(limits) {}

  struct Step {
    Progress progress = Progress::kMore;
    std::size_t used = 0;   // bytes taken from the front
    std::string_view data;  // body bytes among them, if any
  };
  // Takes bytes up to the end of the next piece of data, of the body, or of the input, whichever comes first. kMore
  // with everything used means: more input is wanted. At kDone `trailers` holds the trailer fields.
  Step step(std::string_view bytes, Headers& trailers);

  const Refusal& refusal() const { return refusal_; }
  void reset();

 private:
  enum class State : std::uint8_t { kSize, kData, kDataEnd, kTrailers };

  Progress refuse(std::string_view why, int status = 400);
  Progress take_line(std::string_view line, Headers& trailers);
  bool take_size(std::string_view line);

  HeadLimits limits_;
  Refusal refusal_;
  State state_ = State::kSize;
  std::uint64_t left_ = 0;  // data bytes of this chunk still to come
  std::size_t trailer_bytes_ = 0;
  std::string line_;  // the beginning of a line cut off by the end of the input
};

// Reads "name: value" (no line end); nothing where it is not a valid field line. White space around the value is gone.
std::optional<Field> parse_field(std::string_view line);

}  // namespace http
