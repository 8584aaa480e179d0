#include "http/range.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/strings.h"

namespace http {

namespace {

// "first-last", "first-" or "-count"; an end that is not given is -1.
struct RangeSpec {
  std::optional<std::uint64_t> first;
  std::optional<std::uint64_t> last;
};

std::optional<RangeSpec> parse_spec(std::string_view text) {
  std::size_t dash = text.find('-');
  if (dash == std::string_view::npos || text.size() == 1) return std::nullopt;
  std::string_view first = text.substr(0, dash);
  std::string_view last = text.substr(dash + 1);
  RangeSpec spec{base::parse_number<std::uint64_t>(first), base::parse_number<std::uint64_t>(last)};
  bool is_wrong = (!spec.first && !first.empty()) || (!spec.last && !last.empty());
  if (is_wrong || (spec.first && spec.last && *spec.last < *spec.first)) return std::nullopt;
  return spec;
}

// The part of the range that exists, if any.
std::optional<ByteRange> resolve(const RangeSpec& spec, std::uint64_t size) {
  if (!spec.first) {
    std::uint64_t count = std::min(*spec.last, size);
    if (count == 0) return std::nullopt;
    return ByteRange{size - count, count};
  }
  if (*spec.first >= size) return std::nullopt;
  std::uint64_t last = std::min(spec.last.value_or(size - 1), size - 1);
  return ByteRange{*spec.first, last - *spec.first + 1};
}

}  // namespace

RangeRequest parse_range(std::string_view header, std::uint64_t size) {
  constexpr std::string_view kUnit = "bytes=";
  constexpr std::size_t kRangesMax = 100;
  header = base::trim(header);
  if (!base::equal_ignoring_case(header.substr(0, kUnit.size()), kUnit)) return {};
  std::vector<std::string_view> parts = base::split(header.substr(kUnit.size()), ',');
  if (parts.size() > kRangesMax) return {};
  RangeRequest request;
  for (std::string_view part : parts) {
    auto spec = parse_spec(base::trim(part));
    if (!spec) return {};
    if (auto range = resolve(*spec, size)) request.ranges.push_back(*range);
  }
  request.kind = request.ranges.empty() ? RangeRequest::Kind::kUnsatisfiable : RangeRequest::Kind::kPart;
  return request;
}

std::string content_range(const ByteRange& range, std::uint64_t size) {
  return fmt::format("bytes {}-{}/{}", range.offset, range.offset + range.length - 1, size);
}

std::string unsatisfied_content_range(std::uint64_t size) { return fmt::format("bytes */{}", size); }

}  // namespace http
