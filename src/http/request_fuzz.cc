#include <cstdint>
#include <cstdlib>
#include <string>
#include <string_view>

#include "http/parser.h"

namespace {

// All that parsing came to, as text, so that two ways of feeding can be compared.
struct Outcome {
  http::Progress head = http::Progress::kMore;
  int status = 0;
  std::string request;
  http::Progress body = http::Progress::kMore;
  std::string content;
  std::size_t used = 0;

  bool operator==(const Outcome&) const = default;
};

void describe(const http::Headers& headers, std::string& text) {
  for (http::Field field : headers) text.append(field.name).append("\1").append(field.value).append("\2");
}

// Parses a head and, where it is chunked, the body, seeing `step` more bytes each time.
Outcome parse(std::string_view bytes, std::size_t step) {
  Outcome outcome;
  http::HeadLimits limits{.request_line_bytes = 200, .head_bytes = 1000, .field_count = 10};
  http::HeadParser parser(limits);
  http::Request request;
  for (std::size_t seen = step; outcome.head == http::Progress::kMore; seen += step) {
    outcome.head = parser.feed(bytes.substr(0, seen), request);
    if (seen >= bytes.size()) break;
  }
  if (outcome.head == http::Progress::kBad) outcome.status = parser.refusal().status;
  if (outcome.head != http::Progress::kDone) return outcome;
  if (parser.head_bytes() > bytes.size()) std::abort();
  outcome.request.append(request.method).append("\1").append(request.target).append("\1");
  outcome.request.append(request.path()).append("\1").append(request.query()).append("\1");
  describe(request.headers, outcome.request);
  outcome.used = parser.head_bytes();
  if (!parser.framing().chunked) return outcome;
  http::ChunkedReader reader(limits);
  std::string_view rest = bytes.substr(outcome.used);
  while (outcome.body == http::Progress::kMore && !rest.empty()) {
    http::ChunkedReader::Step got = reader.step(rest.substr(0, step), request.trailers);
    if (got.used > rest.size() || (got.used == 0 && got.progress == http::Progress::kMore)) std::abort();
    outcome.content += got.data;
    outcome.body = got.progress;
    if (got.progress != http::Progress::kBad) outcome.used += got.used;
    rest.remove_prefix(got.used);
  }
  if (outcome.body == http::Progress::kBad) outcome.status = reader.refusal().status;
  if (outcome.body == http::Progress::kBad) outcome.used = 0;  // how much of it was looked at does not matter
  describe(request.trailers, outcome.content);
  return outcome;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

// The request parser neither fails nor depends on how its input is cut.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  Outcome whole = parse(bytes, size + 1);
  if (whole != parse(bytes, 1) || whole != parse(bytes, 7)) std::abort();
  return 0;
}
