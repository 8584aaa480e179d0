#include "http/parser.h"

#include <algorithm>
#include <array>
#include <cstring>

#include "base/strings.h"

namespace http {

namespace {

// RFC 9110 "tchar": what methods and field names consist of.
constexpr std::array<bool, 256> make_token_table() {
  std::array<bool, 256> table{};
  for (char byte = '0'; byte <= '9'; ++byte) table[static_cast<unsigned char>(byte)] = true;
  for (char byte = 'a'; byte <= 'z'; ++byte) table[static_cast<unsigned char>(byte)] = true;
  for (char byte = 'A'; byte <= 'Z'; ++byte) table[static_cast<unsigned char>(byte)] = true;
  for (char byte : std::string_view("!#$%&'*+-.^_`|~")) table[static_cast<unsigned char>(byte)] = true;
  return table;
}
constexpr std::array<bool, 256> kTokenBytes = make_token_table();

bool is_token(std::string_view text) {
  for (char byte : text) {
    if (!kTokenBytes[static_cast<unsigned char>(byte)]) return false;
  }
  return !text.empty();
}

// Whether there is a control character other than a tab. Eight bytes at a time, because every header byte passes here.
bool has_control(std::string_view text) {
  constexpr std::uint64_t kOnes = ~std::uint64_t{0} / 255;
  std::size_t index = 0;
  for (; index + 8 <= text.size(); index += 8) {
    std::uint64_t word;
    std::memcpy(&word, text.data() + index, 8);
    std::uint64_t below_space = (word - kOnes * 0x20) & ~word & (kOnes * 0x80);
    std::uint64_t rubout = word ^ (kOnes * 0x7f);
    std::uint64_t is_rubout = (rubout - kOnes) & ~rubout & (kOnes * 0x80);
    if ((below_space | is_rubout) != 0) break;  // perhaps only a tab: look closer
  }
  for (; index < text.size(); ++index) {
    auto byte = static_cast<unsigned char>(text[index]);
    if ((byte < 0x20 && byte != '\t') || byte == 0x7f) return true;
  }
  return false;
}

std::string_view trim_blanks(std::string_view text) {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

// Whether the comma-separated list names `token`.
bool list_has(std::string_view list, std::string_view token) {
  while (true) {
    std::size_t comma = list.find(',');
    if (base::equal_ignoring_case(trim_blanks(list.substr(0, comma)), token)) return true;
    if (comma == std::string_view::npos) return false;
    list.remove_prefix(comma + 1);
  }
}

int hex_digit(char byte) {
  if (byte >= '0' && byte <= '9') return byte - '0';
  if (byte >= 'a' && byte <= 'f') return byte - 'a' + 10;
  if (byte >= 'A' && byte <= 'F') return byte - 'A' + 10;
  return -1;
}

}  // namespace

std::optional<Field> parse_field(std::string_view line) {
  std::size_t name_size = 0;
  while (name_size < line.size() && kTokenBytes[static_cast<unsigned char>(line[name_size])]) ++name_size;
  if (name_size == 0 || name_size == line.size() || line[name_size] != ':') return std::nullopt;
  Field field{line.substr(0, name_size), trim_blanks(line.substr(name_size + 1))};
  if (has_control(field.value)) return std::nullopt;
  return field;
}

void HeadParser::reset() {
  framing_ = {};
  refusal_ = {};
  scanned_ = line_start_ = fields_start_ = 0;
  host_count_ = 0;
  is_closing_ = false;
}

bool HeadParser::refuse(int status, std::string_view why) {
  refusal_ = {status, why};
  return false;
}

bool HeadParser::within_limits(std::size_t size) {
  if (fields_start_ == 0 && size > limits_.request_line_bytes) return refuse(414, "The request line is too long.");
  if (size > limits_.head_bytes) return refuse(431, "The header fields are too large.");
  return true;
}

Progress HeadParser::feed(std::string_view bytes, Request& request) {
  while (true) {
    const void* newline = std::memchr(bytes.data() + scanned_, '\n', bytes.size() - scanned_);
    if (newline == nullptr) {
      scanned_ = bytes.size();
      return within_limits(scanned_) ? Progress::kMore : Progress::kBad;
    }
    scanned_ = static_cast<std::size_t>(static_cast<const char*>(newline) - bytes.data()) + 1;
    if (!within_limits(scanned_)) return Progress::kBad;
    if (scanned_ - line_start_ < 2 || bytes[scanned_ - 2] != '\r') {
      refuse(400, "A line does not end with CR LF.");
      return Progress::kBad;
    }
    std::size_t start = line_start_;
    std::string_view line = bytes.substr(start, scanned_ - 2 - start);
    line_start_ = scanned_;
    if (fields_start_ == 0) {
      // "a server that is expecting to receive and parse a request-line SHOULD ignore at least one empty line (CRLF)"
      if (line.empty()) continue;
      if (!take_request_line(line, request)) return Progress::kBad;
      fields_start_ = scanned_;
    } else if (!line.empty()) {
      if (!take_field(line, start - fields_start_, request)) return Progress::kBad;
    } else {
      if (!finish(request)) return Progress::kBad;
      request.headers.text_.assign(bytes, fields_start_, scanned_ - fields_start_);
      return Progress::kDone;
    }
  }
}

bool HeadParser::take_request_line(std::string_view line, Request& request) {
  std::size_t first = line.find(' ');
  std::size_t last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return refuse(400, "The request line has not three parts.");
  std::string_view method = line.substr(0, first);
  std::string_view target = line.substr(first + 1, last - first - 1);
  std::string_view version = line.substr(last + 1);
  if (!is_token(method)) return refuse(400, "The method is not a token.");
  bool is_version = version.size() == 8 && version.starts_with("HTTP/") && version[5] >= '0' && version[5] <= '9' &&
                    version[6] == '.' && version[7] >= '0' && version[7] <= '9';
  if (!is_version) return refuse(400, "The version is not of the form HTTP/1.1.");
  if (version[5] != '1') return refuse(505, "Only HTTP/1 is spoken here.");
  bool is_known_form = target.starts_with('/') || target == "*" || target.find("://") != std::string_view::npos;
  if (!is_known_form || target.find_first_of(" \t") != std::string_view::npos || has_control(target))
    return refuse(400, "The request target is not valid.");
  request.method.assign(method);
  request.target.assign(target);
  request.minor_version = version[7] == '0' ? 0 : 1;
  framing_.keep_alive = request.minor_version > 0;
  return true;
}

bool HeadParser::take_field(std::string_view line, std::size_t line_start, Request& request) {
  auto field = parse_field(line);
  if (!field) return refuse(400, "A header field is not valid.");
  if (request.headers.spans_.size() >= limits_.field_count) return refuse(431, "There are too many header fields.");
  auto offset = [&](std::string_view part) {
    return static_cast<std::uint32_t>(line_start + static_cast<std::size_t>(part.data() - line.data()));
  };
  request.headers.spans_.push_back({offset(field->name), static_cast<std::uint32_t>(field->name.size()),
                                    offset(field->value), static_cast<std::uint32_t>(field->value.size())});
  return take_framing(field->name, field->value);
}

bool HeadParser::take_framing(std::string_view name, std::string_view value) {
  switch (name.size()) {
    case 4:
      if (base::equal_ignoring_case(name, "host")) ++host_count_;
      return true;
    case 6:
      if (base::equal_ignoring_case(name, "expect")) {
        // As AWS does, other expectations are left aside, which RFC 9110 (10.1.1) allows.
        framing_.expects_continue = base::equal_ignoring_case(value, "100-continue");
      }
      return true;
    case 10:
      if (base::equal_ignoring_case(name, "connection")) {
        is_closing_ = is_closing_ || list_has(value, "close");
        framing_.keep_alive = !is_closing_ && (framing_.keep_alive || list_has(value, "keep-alive"));
      }
      return true;
    case 14: return !base::equal_ignoring_case(name, "content-length") || take_content_length(value);
    case 17: return !base::equal_ignoring_case(name, "transfer-encoding") || take_transfer_encoding(value);
    default: return true;
  }
}

bool HeadParser::take_content_length(std::string_view value) {
  auto length = base::parse_number<std::uint64_t>(value);
  constexpr std::size_t kDigitsMax = 18;  // so that sums with it cannot overflow
  if (!length || value.size() > kDigitsMax) return refuse(400, "The Content-Length is not valid.");
  if (framing_.has_content_length && framing_.content_length != *length)
    return refuse(400, "There are two different Content-Lengths.");
  framing_.has_content_length = true;
  framing_.content_length = *length;
  return true;
}

bool HeadParser::take_transfer_encoding(std::string_view value) {
  if (framing_.chunked) return refuse(400, "The body is chunked more than once.");
  if (!base::equal_ignoring_case(value, "chunked")) {
    if (value.empty() || !list_has(value, "chunked")) return refuse(501, "The transfer coding is not known.");
    std::string_view last = trim_blanks(value.substr(value.rfind(',') + 1));
    if (!base::equal_ignoring_case(last, "chunked")) return refuse(400, "The last transfer coding is not chunked.");
    return refuse(501, "The transfer coding is not known.");
  }
  framing_.chunked = true;
  return true;
}

bool HeadParser::finish(const Request& request) {
  if (framing_.chunked && framing_.has_content_length)
    return refuse(400, "There are both Content-Length and Transfer-Encoding.");
  if (framing_.chunked && request.minor_version == 0) return refuse(400, "HTTP/1.0 has no transfer codings.");
  if (host_count_ > 1 || (host_count_ == 0 && request.minor_version > 0))
    return refuse(400, "There must be exactly one Host field.");
  if (request.minor_version == 0) framing_.expects_continue = false;
  return true;
}

void ChunkedReader::reset() {
  refusal_ = {};
  state_ = State::kSize;
  left_ = 0;
  trailer_bytes_ = 0;
  line_.clear();
}

Progress ChunkedReader::refuse(std::string_view why, int status) {
  refusal_ = {status, why};
  return Progress::kBad;
}

ChunkedReader::Step ChunkedReader::step(std::string_view bytes, Headers& trailers) {
  std::size_t used = 0;
  while (used < bytes.size()) {
    std::string_view rest = bytes.substr(used);
    if (state_ == State::kData) {
      auto size = static_cast<std::size_t>(std::min<std::uint64_t>(left_, rest.size()));
      left_ -= size;
      if (left_ == 0) state_ = State::kDataEnd;
      return {Progress::kMore, used + size, rest.substr(0, size)};
    }
    constexpr std::size_t kLineBytesMax = 8 * 1024;
    std::size_t newline = rest.find('\n');
    std::size_t taken = newline == std::string_view::npos ? rest.size() : newline + 1;
    if (line_.size() + taken > kLineBytesMax) return {refuse("A line between chunks is too long."), used, {}};
    line_.append(rest, 0, taken);
    used += taken;
    if (newline == std::string_view::npos) break;
    if (!line_.ends_with("\r\n")) return {refuse("A line between chunks does not end with CR LF."), used, {}};
    line_.resize(line_.size() - 2);
    Progress progress = take_line(line_, trailers);
    line_.clear();
    if (progress != Progress::kMore) return {progress, used, {}};
  }
  return {Progress::kMore, used, {}};
}

Progress ChunkedReader::take_line(std::string_view line, Headers& trailers) {
  switch (state_) {
    case State::kSize:
      if (!take_size(line)) return refuse("A chunk size is not valid.");
      state_ = left_ > 0 ? State::kData : State::kTrailers;
      return Progress::kMore;
    case State::kDataEnd:
      if (!line.empty()) return refuse("A chunk is longer than its size says.");
      state_ = State::kSize;
      return Progress::kMore;
    case State::kTrailers: {
      if (line.empty()) return Progress::kDone;
      trailer_bytes_ += line.size();
      auto field = parse_field(line);
      if (!field) return refuse("A trailer field is not valid.");
      if (trailer_bytes_ > limits_.head_bytes || trailers.size() >= limits_.field_count)
        return refuse("The trailer fields are too large.", 431);
      trailers.add(field->name, field->value);
      return Progress::kMore;
    }
    case State::kData: break;
  }
  return Progress::kMore;
}

// chunk-size [ chunk-ext ], RFC 9112 section 7.1; extensions are ignored.
bool ChunkedReader::take_size(std::string_view line) {
  std::size_t digits = 0;
  left_ = 0;
  while (digits < line.size() && hex_digit(line[digits]) >= 0) {
    left_ = left_ * 16 + static_cast<std::uint64_t>(hex_digit(line[digits]));
    if (++digits > 15) return false;
  }
  std::string_view extension = trim_blanks(line.substr(digits));
  return digits > 0 && (extension.empty() || extension.front() == ';') && !has_control(extension);
}

}  // namespace http
