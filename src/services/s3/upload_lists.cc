// Listing uploads and their parts.
#include "base/bytes.h"
#include "services/s3/acl.h"
#include "services/s3/listing.h"
#include "services/s3/uploads.h"

namespace s3 {

namespace {

Value show_initiator(const Upload& upload) {
  // An account's root is its canonical user, anybody else the principal's ARN.
  if (upload.initiator.ends_with(":root") || upload.initiator.empty()) return show_owner(upload.owner);
  return Value::Map{{"ID", upload.initiator}};
}

Value show_upload(const Upload& upload, bool is_encoded) {
  Value shown(Value::Map{{"UploadId", upload.id},
                         {"Key", shown_text(upload.key, is_encoded)},
                         {"Initiated", upload.initiated_ms},
                         {"StorageClass", upload.storage_class.empty() ? "STANDARD" : upload.storage_class},
                         {"Owner", show_owner(upload.owner)},
                         {"Initiator", show_initiator(upload)}});
  if (upload.names_algorithm) {
    shown.set("ChecksumAlgorithm", name_of(upload.algorithm));
    shown.set("ChecksumType", name_of(upload.checksum_type));
  }
  return shown;
}

Value show_part(const Part& part) {
  Value shown(Value::Map{{"PartNumber", part.number},
                         {"LastModified", part.modified_ms},
                         {"ETag", quoted(base::to_hex(part.body.tag))},
                         {"Size", static_cast<std::int64_t>(part.body.size)}});
  add_checksum(shown, part.body.checksum);
  shown.erase("ChecksumType");
  return shown;
}

struct UploadPage {
  std::vector<Upload> uploads;
  std::vector<std::string> common_prefixes;
  bool is_truncated = false;
  std::string last_key, last_id;
};

// Uploads by key, and those of a key in the order they began; keys are grouped as in lists of objects.
UploadPage page_of_uploads(Call& call, const Bucket& bucket, const ListWish& wish) {
  UploadPage page;
  if (wish.count_max == 0) return page;
  store::Scan scan{.prefix = keys_starting_with(bucket, wish.prefix)};
  if (wish.after_sequence != 0)
    scan.after = store::key(bucket.id, wish.after, wish.after_sequence);
  else if (!wish.after.empty() && common_prefix_of(wish.after, wish) == wish.after)
    scan.from = store::end_of_prefix(keys_starting_with(bucket, wish.after));
  else if (!wish.after.empty())
    scan.from = store::end_of_prefix(object_key(bucket, wish.after));
  std::int64_t count = 0;
  std::string group;
  do {
    group.clear();
    call.tx.scan(kUploads, scan, [&](std::string_view, Upload& upload) {
      if (count == wish.count_max) {
        page.is_truncated = true;
        return false;
      }
      ++count;
      group = common_prefix_of(upload.key, wish);
      page.last_key = group.empty() ? upload.key : group;
      page.last_id = group.empty() ? upload.id : "";
      if (!group.empty()) {
        page.common_prefixes.push_back(group);
        return false;
      }
      page.uploads.push_back(std::move(upload));
      return true;
    });
    if (!group.empty()) scan = {.prefix = scan.prefix, .from = store::end_of_prefix(keys_starting_with(bucket, group))};
  } while (!group.empty() && !page.is_truncated);
  return page;
}

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListMultipartUploads.html
Result<Out> ListMultipartUploads(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const bool is_encoded = TRY(read_encoding(in["EncodingType"]));
  ListWish wish{.prefix = in.str("Prefix"), .delimiter = in.str("Delimiter"), .after = in.str("KeyMarker")};
  wish.count_max = TRY(read_count(in["MaxUploads"], "max-uploads", "max-uploads"));
  // "If key-marker is not specified, the upload-id-marker parameter is ignored."
  if (!wish.after.empty() && !in.str("UploadIdMarker").empty()) {
    auto sequence = sequence_of_id(in.str("UploadIdMarker"));
    if (!sequence)
      return error("InvalidArgument", "Invalid uploadId marker",
                   Value::Map{{"ArgumentName", "upload-id-marker"}, {"ArgumentValue", in.str("UploadIdMarker")}});
    wish.after_sequence = *sequence;
  }
  const UploadPage page = page_of_uploads(call, bucket, wish);
  Out answer{{"Bucket", bucket.name},
             {"KeyMarker", shown_text(in.str("KeyMarker"), is_encoded)},
             {"UploadIdMarker", in.str("UploadIdMarker")},
             {"Prefix", shown_text(wish.prefix, is_encoded)},
             {"MaxUploads", wish.count_max},
             {"IsTruncated", page.is_truncated}};
  if (!wish.delimiter.empty()) answer.set("Delimiter", shown_text(wish.delimiter, is_encoded));
  if (is_encoded) answer.set("EncodingType", "url");
  Value::List uploads;
  for (const Upload& upload : page.uploads) uploads.push_back(show_upload(upload, is_encoded));
  if (!uploads.empty()) answer.set("Uploads", std::move(uploads));
  if (!page.common_prefixes.empty())
    answer.set("CommonPrefixes", show_common_prefixes(page.common_prefixes, is_encoded));
  if (page.is_truncated) {
    answer.set("NextKeyMarker", shown_text(page.last_key, is_encoded));
    answer.set("NextUploadIdMarker", page.last_id);
  }
  return answer;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListParts.html
Result<Out> ListParts(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const Upload upload = TRY(find_upload(call, bucket, in.str("Key"), in.str("UploadId")));
  const std::int64_t count_max = TRY(read_count(in["MaxParts"], "max-parts", "max-parts"));
  const std::int64_t marker = in.num("PartNumberMarker");
  if (marker < 0)
    return error("InvalidArgument", "Argument part-number-marker must be an integer between 0 and 2147483647",
                 Value::Map{{"ArgumentName", "part-number-marker"}, {"ArgumentValue", fmt::format("{}", marker)}});
  Value::List parts;
  std::int64_t last = 0;
  bool is_truncated = false;
  const store::Scan scan{.prefix = store::key(upload.sequence), .after = store::key(upload.sequence, marker)};
  call.tx.scan(kParts, scan, [&](std::string_view, Part& part) {
    if (std::ssize(parts) == count_max) {
      is_truncated = count_max > 0;
      return false;
    }
    parts.push_back(show_part(part));
    last = part.number;
    return true;
  });
  Out answer{{"Bucket", bucket.name},
             {"Key", upload.key},
             {"UploadId", upload.id},
             {"PartNumberMarker", marker},
             {"NextPartNumberMarker", last},
             {"MaxParts", count_max},
             {"IsTruncated", is_truncated},
             {"StorageClass", upload.storage_class.empty() ? "STANDARD" : upload.storage_class},
             {"Owner", show_owner(upload.owner)},
             {"Initiator", show_initiator(upload)}};
  if (upload.names_algorithm) {
    answer.set("ChecksumAlgorithm", name_of(upload.algorithm));
    answer.set("ChecksumType", name_of(upload.checksum_type));
  }
  if (!parts.empty()) answer.set("Parts", std::move(parts));
  return answer;
}

}  // namespace s3
