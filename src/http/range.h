#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace http {

// Bytes [offset, offset + length) of something.
struct ByteRange {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  friend bool operator==(const ByteRange&, const ByteRange&) = default;
};

// What a Range header asks of something of `size` bytes (RFC 9110 section 14).
struct RangeRequest {
  enum class Kind {
    kWhole,          // no usable Range: answer 200 with everything
    kPart,           // `ranges`, in the order asked, cut to what there is: answer 206
    kUnsatisfiable,  // none of it exists: answer 416
  };
  Kind kind = Kind::kWhole;
  std::vector<ByteRange> ranges;
};

// A header of another unit than bytes, or not of the form, is as good as none. Most servers of objects answer only
// single ranges; what to do with more than one is the caller's choice.
RangeRequest parse_range(std::string_view header, std::uint64_t size);

// For the Content-Range field: "bytes 0-9/100", and for 416 "bytes */100".
std::string content_range(const ByteRange& range, std::uint64_t size);
std::string unsatisfied_content_range(std::uint64_t size);

}  // namespace http
