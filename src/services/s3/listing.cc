#include "services/s3/listing.h"

#include <functional>

#include "base/bytes.h"

namespace s3 {

namespace {

// Puts items on a page, and says where to go on: a group of keys is one item, and none of its other keys is looked at.
class Pager {
 public:
  Pager(Call& call, const Bucket& bucket, const ListWish& wish, ListPage& page)
      : call_(call), bucket_(bucket), wish_(wish), page_(page) {}

  void list(bool with_versions) {
    if (wish_.count_max == 0) return;
    VersionScan scan{.prefix = wish_.prefix, .only_current = !with_versions};
    scan.after_key = wish_.after;
    scan.after_sequence = wish_.after_sequence;
    // A group that was seen already is passed over as a whole.
    if (wish_.after_sequence == 0 && !wish_.after.empty() && common_prefix_of(wish_.after, wish_) == wish_.after)
      scan.past_prefix = wish_.after;
    while (true) {
      group_.clear();
      scan_versions(call_, bucket_, scan, [&](std::string_view key, ObjectVersion& version, bool is_current) {
        if (!with_versions && version.is_delete_marker) return true;
        return take(key, version, is_current);
      });
      if (group_.empty() || page_.is_truncated) return;
      scan = {.prefix = wish_.prefix, .past_prefix = group_, .only_current = !with_versions};
    }
  }

 private:
  bool take(std::string_view key, ObjectVersion& version, bool is_current) {
    if (count_ == wish_.count_max) {
      page_.is_truncated = true;
      return false;
    }
    ++count_;
    std::string group = common_prefix_of(key, wish_);
    if (!group.empty()) {
      page_.common_prefixes.push_back(group);
      page_.last = group;
      page_.last_sequence = 0;
      group_ = std::move(group);
      return false;
    }
    page_.last = key;
    page_.last_sequence = version.sequence;
    page_.objects.push_back({std::string(key), std::move(version), is_current});
    return true;
  }

  Call& call_;
  const Bucket& bucket_;
  const ListWish& wish_;
  ListPage& page_;
  std::string group_;  // the one found last, whose other keys are passed over
  std::int64_t count_ = 0;
};

}  // namespace

std::string common_prefix_of(std::string_view key, const ListWish& wish) {
  if (wish.delimiter.empty() || !key.starts_with(wish.prefix)) return "";
  const std::size_t found = key.find(wish.delimiter, wish.prefix.size());
  return found == key.npos ? "" : std::string(key.substr(0, found + wish.delimiter.size()));
}

ListPage list_objects(Call& call, const Bucket& bucket, const ListWish& wish) {
  ListPage page;
  Pager(call, bucket, wish, page).list(false);
  return page;
}

ListPage list_versions(Call& call, const Bucket& bucket, const ListWish& wish) {
  ListPage page;
  Pager(call, bucket, wish, page).list(true);
  return page;
}

Result<std::int64_t> read_count(const Value& value, std::string_view parameter, std::string_view word) {
  if (value.is_null()) return kListedMax;
  if (value.num() < 0 || value.num() > std::numeric_limits<std::int32_t>::max())
    return error("InvalidArgument", fmt::format("Argument {} must be an integer between 0 and 2147483647", word),
                 Value::Map{{"ArgumentName", parameter}, {"ArgumentValue", fmt::format("{}", value.num())}});
  return std::min(value.num(), kListedMax);
}

Result<bool> read_encoding(const Value& encoding_type) {
  if (encoding_type.str().empty()) return false;
  if (encoding_type.str() == "url") return true;
  return error("InvalidArgument", "Invalid Encoding Method specified in Request",
               Value::Map{{"ArgumentName", "encoding-type"}, {"ArgumentValue", encoding_type.str()}});
}

// As forms encode: a space is '+', and '*' stays.
Value shown_text(std::string_view text, bool is_encoded) {
  if (!is_encoded) return text;
  std::string encoded;
  for (char c : base::percent_encode(text, "/* ")) {
    if (c == ' ')
      encoded += '+';
    else if (c == '~')
      encoded += "%7E";
    else
      encoded += c;
  }
  return encoded;
}

Value show_common_prefixes(const std::vector<std::string>& prefixes, bool is_encoded) {
  Value::List shown;
  for (const std::string& prefix : prefixes) shown.push_back(Value::Map{{"Prefix", shown_text(prefix, is_encoded)}});
  return shown;
}

}  // namespace s3
