// What access and DeleteBucket need to know of objects.
#include "services/s3/buckets.h"

namespace s3 {

std::optional<ObjectFacts> facts_of_object(Call&, const Bucket&, std::string_view, std::string_view) {
  return std::nullopt;
}

bool is_bucket_empty(Call&, const Bucket&) { return true; }

void forget_objects(Call&, const Bucket&) {}

}  // namespace s3
