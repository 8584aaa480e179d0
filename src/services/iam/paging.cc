// Lists in pages.
#include "base/bytes.h"
#include "services/iam/iam.h"

namespace iam {

namespace {

constexpr std::int64_t kPageRowsDefault = 100;

}  // namespace

base::Result<Listing> Listing::begin(In in) {
  Listing listing;
  listing.wanted_ = in.num("MaxItems", kPageRowsDefault);
  if (in.has("Marker")) {
    auto after = base::from_base64(in.str("Marker"));
    if (!after) return error("ValidationError", "Invalid Marker.");
    listing.after_ = *after;
  }
  return listing;
}

bool Listing::wants(std::string_view key) {
  if (!after_.empty() && key <= after_) return false;
  if (count_ == wanted_) {
    is_truncated_ = true;
    return false;
  }
  ++count_;
  last_ = key;
  return true;
}

void Listing::finish(Out& answer) const {
  answer.set("IsTruncated", is_truncated_);
  if (is_truncated_) answer.set("Marker", base::to_base64(last_));
}

Out Listing::answer(model::MemberName<Model> member) const {
  Out answer{{member, rows_}};
  finish(answer);
  return answer;
}

}  // namespace iam
