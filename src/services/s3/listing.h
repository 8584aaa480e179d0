#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "services/s3/objects.h"

// Walking the keys of a bucket page by page. https://docs.aws.amazon.com/AmazonS3/latest/userguide/using-prefixes.html
namespace s3 {

inline constexpr std::int64_t kListedMax = 1'000;

// What of the keys is listed, in which parts.
struct ListWish {
  std::string prefix;
  std::string delimiter;             // empty: keys are not grouped
  std::string after;                 // a key or common prefix that was seen already
  std::uint64_t after_sequence = 0;  // of versions: and of this key those not older than this
  std::int64_t count_max = kListedMax;
};

// The group a key belongs to: the prefix and what follows it up to the delimiter. Empty: it stands for itself.
std::string common_prefix_of(std::string_view key, const ListWish& wish);

struct ListedObject {
  std::string key;
  ObjectVersion version;
  bool is_current = true;
};

struct ListPage {
  std::vector<ListedObject> objects;
  std::vector<std::string> common_prefixes;
  bool is_truncated = false;
  // The last item of the page, where the next one goes on.
  std::string last;
  std::uint64_t last_sequence = 0;  // of a version; 0: it is a common prefix
};

// Current versions that are no delete markers.
ListPage list_objects(Call& call, const Bucket& bucket, const ListWish& wish);
// All versions, delete markers included.
ListPage list_versions(Call& call, const Bucket& bucket, const ListWish& wish);

// ---- what list operations have in common

// The value of a max-keys parameter or its like. Errors: InvalidArgument.
Result<std::int64_t> read_count(const Value& value, std::string_view parameter, std::string_view word);
// Errors: InvalidArgument. Whether texts of the answer are to be encoded for URLs.
Result<bool> read_encoding(const Value& encoding_type);
// A text of the answer, encoded where that is asked for.
Value shown_text(std::string_view text, bool is_encoded);
Value show_common_prefixes(const std::vector<std::string>& prefixes, bool is_encoded);

}  // namespace s3
