#include "services/s3/ranges.h"

#include <algorithm>

#include "api/s3.h"
#include "base/strings.h"

namespace s3 {

namespace {

constexpr std::string_view kUnit = "bytes=";

// A number of digits only; one too big to be true counts as the biggest.
std::optional<std::uint64_t> parse_position(std::string_view text) {
  if (text.empty() || !std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; })) return std::nullopt;
  return base::parse_number<std::uint64_t>(text).value_or(std::numeric_limits<std::uint64_t>::max());
}

std::unexpected<base::Error> invalid_copy_range(std::string_view header) {
  return error("InvalidArgument",
               "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
               "zero-based offsets of the first and last bytes to copy",
               Value::Map{{"ArgumentName", "x-amz-copy-source-range"}, {"ArgumentValue", header}});
}

}  // namespace

Result<std::optional<Extent>> parse_range(std::string_view header, std::uint64_t size) {
  header = base::trim(header);
  if (header.size() < kUnit.size() || !base::equal_ignoring_case(header.substr(0, kUnit.size()), kUnit))
    return std::nullopt;
  std::string_view range = base::trim(header.substr(kUnit.size()));
  std::size_t dash = range.find('-');
  if (dash == range.npos || range.find(',') != range.npos) return std::nullopt;
  std::string_view first_text = base::trim(range.substr(0, dash)), last_text = base::trim(range.substr(dash + 1));
  auto first = parse_position(first_text), last = parse_position(last_text);
  if ((!first && !first_text.empty()) || (!last && !last_text.empty()) || (!first && !last)) return std::nullopt;
  if (first && last && *last < *first) return std::nullopt;

  const bool is_satisfiable = size > 0 && (first ? *first < size : *last > 0);
  if (!is_satisfiable)
    return error("InvalidRange", "The requested range is not satisfiable",
                 Value::Map{{"RangeRequested", header}, {"ActualObjectSize", static_cast<std::int64_t>(size)}});
  if (!first) {
    const std::uint64_t length = std::min(*last, size);
    return Extent{size - length, length};
  }
  const std::uint64_t end = last ? std::min(*last, size - 1) + 1 : size;
  return Extent{*first, end - *first};
}

Result<Extent> parse_copy_range(std::string_view header, std::uint64_t size) {
  if (!header.starts_with(kUnit)) return invalid_copy_range(header);
  std::string_view range = header.substr(kUnit.size());
  std::size_t dash = range.find('-');
  if (dash == range.npos) return invalid_copy_range(header);
  auto first = parse_position(range.substr(0, dash)), last = parse_position(range.substr(dash + 1));
  if (!first || !last || *last < *first) return invalid_copy_range(header);
  if (*last >= size)
    return error("InvalidArgument", fmt::format("Range specified is not valid for source object of size: {}", size),
                 Value::Map{{"ArgumentName", "x-amz-copy-source-range"}, {"ArgumentValue", header}});
  return Extent{*first, *last - *first + 1};
}

std::string content_range(const Extent& extent, std::uint64_t size) {
  return fmt::format("bytes {}-{}/{}", extent.offset, extent.offset + extent.length - 1, size);
}

}  // namespace s3
