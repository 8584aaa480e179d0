// Whatever stands in the headers and parameters of a request about an object, it is understood within the object's
// bounds, or refused.
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "services/s3/access.h"
#include "services/s3/listing.h"
#include "services/s3/object_request.h"
#include "services/s3/preconditions.h"
#include "services/s3/ranges.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::uint64_t bytes = data[0];
  const std::string_view text(reinterpret_cast<const char*>(data) + 1, size - 1);
  if (auto range = s3::parse_range(text, bytes); range && *range) {
    if ((*range)->length == 0 || (*range)->offset + (*range)->length > bytes) std::abort();
  }
  if (auto range = s3::parse_copy_range(text, bytes)) {
    if (range->length == 0 || range->offset + range->length > bytes) std::abort();
  }
  base::Value input(base::Value::Map{{"Tagging", text}});
  if (auto tags = s3::read_tagging_header(input); tags && tags->size() > s3::kTagsMax) std::abort();
  if (auto source = s3::parse_copy_source(text)) {
    if (source->bucket.empty() || source->key.empty()) std::abort();
  }
  static_cast<void>(s3::sequence_of_id(text));
  static_cast<void>(s3::matches_etag(text, "d41d8cd98f00b204e9800998ecf8427e"));
  const std::size_t middle = text.size() / 2;
  const s3::ListWish wish{.prefix = std::string(text.substr(0, middle / 2)),
                          .delimiter = std::string(text.substr(middle))};
  const std::string group = s3::common_prefix_of(text, wish);
  if (!text.starts_with(group)) std::abort();
  return 0;
}
