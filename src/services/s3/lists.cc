// The operations that list objects.
#include "base/bytes.h"
#include "services/s3/acl.h"
#include "services/s3/listing.h"
#include "services/s3/preconditions.h"

namespace s3 {

namespace {

// Where a page begins, unreadable for others: what it is of, and a sum that shows whether it is ours.
constexpr std::size_t kSumBytes = 6;

std::string make_token(std::string_view last) {
  return base::to_base64(base::sha256(last).substr(0, kSumBytes) + std::string(last));
}

Result<std::string> read_token(const std::string& token) {
  auto bytes = base::from_base64(token);
  if (bytes && bytes->size() >= kSumBytes) {
    std::string last = bytes->substr(kSumBytes);
    if (base::sha256(last).starts_with(bytes->substr(0, kSumBytes))) return last;
  }
  return error("InvalidArgument", "The continuation token provided is incorrect",
               Value::Map{{"ArgumentName", "continuation-token"}});
}

bool wants_restoration(const Value& input) {
  for (const Value& name : input.at("OptionalObjectAttributes").list())
    if (name.str() == "RestoreStatus") return true;
  return false;
}

// What entries of objects and of versions have in common.
Value show_entry(Call& call, const ListedObject& object, const Value& input, bool is_encoded) {
  const ObjectVersion& version = object.version;
  Value entry(Value::Map{{"Key", shown_text(object.key, is_encoded)},
                         {"LastModified", version.modified_ms},
                         {"ETag", quoted(version.etag)},
                         {"Size", static_cast<std::int64_t>(version.body.size)},
                         {"StorageClass", shown_storage_class(version)}});
  if (version.body.checksum.algorithm != ChecksumAlgorithm::kNone) {
    entry.set("ChecksumAlgorithm", Value::List{name_of(version.body.checksum.algorithm)});
    entry.set("ChecksumType", name_of(version.body.checksum.type));
  }
  const Restoration& restoration = version.restoration;
  if (wants_restoration(input) && restoration.requested_ms != 0 && call.now_ms() < restoration.expires_ms) {
    const bool is_ready = call.now_ms() >= restoration.ready_ms;
    Value status(Value::Map{{"IsRestoreInProgress", !is_ready}});
    if (is_ready) status.set("RestoreExpiryDate", restoration.expires_ms);
    entry.set("RestoreStatus", std::move(status));
  }
  return entry;
}

Value show_objects(Call& call, const ListPage& page, const Value& input, bool is_encoded, bool with_owner) {
  Value::List list;
  for (const ListedObject& object : page.objects) {
    Value entry = show_entry(call, object, input, is_encoded);
    if (with_owner) entry.set("Owner", show_owner(object.version.owner));
    list.push_back(std::move(entry));
  }
  return list;
}

Result<ListWish> read_wish(In in) {
  return ListWish{.prefix = in.str("Prefix"),
                  .delimiter = in.str("Delimiter"),
                  .after = {},
                  .count_max = TRY(read_count(in["MaxKeys"], "max-keys", "maxKeys"))};
}

// What the answers of all three operations say.
void add_common(Out& answer, const Bucket& bucket, const ListWish& wish, const ListPage& page, bool is_encoded) {
  answer.set("Name", bucket.name);
  answer.set("Prefix", shown_text(wish.prefix, is_encoded));
  answer.set("MaxKeys", wish.count_max);
  answer.set("IsTruncated", page.is_truncated);
  if (!wish.delimiter.empty()) answer.set("Delimiter", shown_text(wish.delimiter, is_encoded));
  if (is_encoded) answer.set("EncodingType", "url");
  if (!page.common_prefixes.empty())
    answer.set("CommonPrefixes", show_common_prefixes(page.common_prefixes, is_encoded));
}

// The sequence of the version a list of versions goes on after.
Result<std::uint64_t> read_version_marker(Call& call, const Bucket& bucket, In in) {
  const std::string& id = in.str("VersionIdMarker");
  if (!in.has("VersionIdMarker")) return 0;
  auto refuse = [&](std::string message) {
    return error("InvalidArgument", std::move(message),
                 Value::Map{{"ArgumentName", "version-id-marker"}, {"ArgumentValue", id}});
  };
  if (in.str("KeyMarker").empty()) {
    if (id.empty()) return 0;
    return refuse("A version-id marker cannot be specified without a key marker.");
  }
  if (id.empty()) return refuse("A version-id marker cannot be empty.");
  if (auto version = get_version(call, bucket, in.str("KeyMarker"), id)) return version->sequence;
  if (auto sequence = sequence_of_id(id)) return *sequence;
  // A null version that has gone since stands for all of its key: nothing is listed twice.
  if (id == "null") return 0;
  return refuse("Invalid version id specified");
}

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjects.html
Result<Out> ListObjects(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const bool is_encoded = TRY(read_encoding(in["EncodingType"]));
  ListWish wish = TRY(read_wish(in));
  wish.after = in.str("Marker");
  const ListPage page = list_objects(call, bucket, wish);
  Out answer;
  add_common(answer, bucket, wish, page, is_encoded);
  answer.set("Marker", shown_text(wish.after, is_encoded));
  // AWS: of all texts of this answer the prefix alone is never encoded.
  answer.set("Prefix", wish.prefix);
  if (!page.objects.empty()) answer.set("Contents", show_objects(call, page, in.value(), is_encoded, true));
  // "This element is returned only if you have the delimiter request parameter specified."
  if (page.is_truncated && !wish.delimiter.empty()) answer.set("NextMarker", shown_text(page.last, is_encoded));
  return answer;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectsV2.html
Result<Out> ListObjectsV2(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const bool is_encoded = TRY(read_encoding(in["EncodingType"]));
  ListWish wish = TRY(read_wish(in));
  wish.after = in.str("StartAfter");
  if (in.has("ContinuationToken")) wish.after = TRY(read_token(in.str("ContinuationToken")));
  const ListPage page = list_objects(call, bucket, wish);
  Out answer;
  add_common(answer, bucket, wish, page, is_encoded);
  answer.set("KeyCount", static_cast<std::int64_t>(page.objects.size() + page.common_prefixes.size()));
  if (in.has("StartAfter")) answer.set("StartAfter", shown_text(in.str("StartAfter"), is_encoded));
  if (in.has("ContinuationToken")) answer.set("ContinuationToken", in.str("ContinuationToken"));
  if (page.is_truncated) answer.set("NextContinuationToken", make_token(page.last));
  if (!page.objects.empty())
    answer.set("Contents", show_objects(call, page, in.value(), is_encoded, in.flag("FetchOwner")));
  return answer;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListObjectVersions.html
Result<Out> ListObjectVersions(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const bool is_encoded = TRY(read_encoding(in["EncodingType"]));
  ListWish wish = TRY(read_wish(in));
  wish.after = in.str("KeyMarker");
  wish.after_sequence = TRY(read_version_marker(call, bucket, in));
  const ListPage page = list_versions(call, bucket, wish);
  Out answer;
  add_common(answer, bucket, wish, page, is_encoded);
  answer.set("KeyMarker", shown_text(in.str("KeyMarker"), is_encoded));
  answer.set("VersionIdMarker", in.str("VersionIdMarker"));
  Value::List versions, markers;
  for (const ListedObject& object : page.objects) {
    Value entry = show_entry(call, object, in.value(), is_encoded);
    entry.set("VersionId", shown_version_id(object.version));
    entry.set("IsLatest", object.is_current);
    entry.set("Owner", show_owner(object.version.owner));
    if (!object.version.is_delete_marker) {
      versions.push_back(std::move(entry));
      continue;
    }
    for (std::string_view name : {"ETag", "Size", "StorageClass"}) entry.erase(name);
    markers.push_back(std::move(entry));
  }
  if (!versions.empty()) answer.set("Versions", std::move(versions));
  if (!markers.empty()) answer.set("DeleteMarkers", std::move(markers));
  if (page.is_truncated) {
    answer.set("NextKeyMarker", shown_text(page.last, is_encoded));
    if (page.last_sequence != 0) answer.set("NextVersionIdMarker", shown_version_id(page.objects.back().version));
  }
  return answer;
}

}  // namespace s3
