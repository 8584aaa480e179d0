// Renaming objects, which directory buckets can.
#include "base/bytes.h"
#include "base/json.h"
#include "services/s3/directory_buckets.h"
#include "services/s3/object_answer.h"
#include "services/s3/objects.h"

namespace s3 {

namespace {

constexpr std::int64_t kRenameTokenMinutes = 10;

// A rename that was asked for with a token is done once.
struct RenameToken {
  std::string digest;  // of what was asked for
  std::int64_t until_ms = 0;

  static void fields(auto& self, auto& field) {
    field("digest", self.digest);
    field("until_ms", self.until_ms);
  }
};
// Key: bucket's id, token.
constexpr store::Table<RenameToken> kRenameTokens{"s3.rename_tokens", store::Scope::kGlobal};

std::string digest_of_rename(const Value& input) { return base::to_hex(base::sha256(base::to_json(input))); }

// The key in "/bucket/key"; the object must be in the same bucket.
Result<std::string> source_key(const Bucket& bucket, const std::string& text) {
  auto decoded = base::percent_decode(text);
  auto invalid = [&] {
    return error("InvalidArgument", "The rename source must be a key in the same bucket.",
                 Value::Map{{"ArgumentName", "x-amz-rename-source"}, {"ArgumentValue", text}});
  };
  if (!decoded) return invalid();
  std::string path = decoded->starts_with('/') ? decoded->substr(1) : *decoded;
  if (!path.starts_with(bucket.name + "/")) return invalid();
  path.erase(0, bucket.name.size() + 1);
  if (path.empty()) return invalid();
  return path;
}

Result<void> check_destination(const Value& input, const std::string& key,
                               const std::optional<ObjectVersion>& current) {
  TRY_VOID(check_write(input.at("DestinationIfMatch"), input.at("DestinationIfNoneMatch"), key, current));
  if (!current) return {};
  return check_source({.if_match = {},
                       .if_none_match = {},
                       .if_modified_since = input.at("DestinationIfModifiedSince"),
                       .if_unmodified_since = input.at("DestinationIfUnmodifiedSince")},
                      *current);
}

// The object under its new name: its key is sealed for that, and its bytes stay where they are.
Result<void> move_object(Call& call, const Bucket& bucket, const std::string& from_key, const std::string& to_key,
                         ObjectVersion version) {
  const ObjectVersion old = version;
  const ObjectKey from = TRY(open_object_key(call, old.encryption, {bucket.name, from_key}, {}));
  EncryptionChoice choice{.kind = old.encryption.kind,
                          .kms_key = old.encryption.kms_key,
                          .kms_context = old.encryption.kms_context,
                          .bucket_key_enabled = old.encryption.bucket_key_enabled};
  ObjectKey to = TRY(make_object_key(call, choice, {bucket.name, to_key}));
  version.body = TRY(copy_body(call, old.body, from, to, {0, old.body.size}, old.body.checksum.algorithm));
  version.body.checksum = old.body.checksum;
  version.encryption = std::move(to.encryption);
  auto parts = get_parts(call, old);
  erase_version(call, bucket, from_key, old);
  version.sequence = 0;
  put_version(call, bucket, to_key, version);
  if (parts) {
    parts->key = to_key;
    call.tx.put(kCompletedUploads, store::key(version.upload), *parts);
  }
  return {};
}

}  // namespace

Result<void> forget_rename(Call& call, std::string_view row) {
  call.tx.erase(kRenameTokens, row);
  return {};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_RenameObject.html
Result<Out> RenameObject(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  if (bucket.kind != BucketKind::kDirectory)
    return error("MethodNotAllowed", "The specified method is not allowed against this resource.");
  const std::string& key = in.str("Key");
  TRY_VOID(check_key(key));
  const std::string row = store::key(bucket.id, in.str("ClientToken"));
  const std::string digest = digest_of_rename(in.value());
  if (auto known = in.has("ClientToken") ? call.tx.get(kRenameTokens, row) : std::nullopt) {
    if (known->digest == digest) return Out{};
    return error("IdempotencyParameterMismatch",
                 "Parameters on this idempotent request are inconsistent with parameters used in previous request(s).");
  }
  const std::string from = TRY(source_key(bucket, in.str("RenameSource")));
  const ObjectVersion version = TRY(find_object(call, bucket, from, Value()));
  TRY_VOID(check_source({.if_match = in["SourceIfMatch"],
                         .if_none_match = in["SourceIfNoneMatch"],
                         .if_modified_since = in["SourceIfModifiedSince"],
                         .if_unmodified_since = in["SourceIfUnmodifiedSince"],
                         .header_prefix = "x-amz-rename-source-"},
                        version));
  auto current = get_current(call, bucket, key);
  TRY_VOID(check_destination(in.value(), key, current));
  if (from != key) TRY_VOID(move_object(call, bucket, from, key, version));
  if (in.has("ClientToken")) {
    const kernel::Time until = call.now + std::chrono::minutes(kRenameTokenMinutes);
    call.tx.put(kRenameTokens, row, {digest, kernel::to_ms(until)});
    call.arm(kForgetRename, until, row);
  }
  return Out{};
}

}  // namespace s3
