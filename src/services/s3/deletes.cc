// Deleting objects and versions of them.
#include <algorithm>

#include "aws/mfa.h"
#include "base/strings.h"
#include "services/s3/access.h"
#include "services/s3/object_answer.h"

namespace s3 {

namespace {

constexpr std::size_t kDeletedAtOnceMax = 1'000;

// What one deletion is asked to do, and under which conditions.
struct DeleteRequest {
  std::string key;
  Value version_id;  // null: the object, whatever its version
  Value etag, modified_ms, size;
};

struct DeleteOutcome {
  std::string version_id;  // of what was deleted for good, or of the marker made; empty: nothing to tell
  bool is_marker = false;  // it is one, or was
  bool made_marker = false;
};

Result<void> check_delete(const DeleteRequest& request, const std::optional<ObjectVersion>& version) {
  auto failed = [](std::string_view name) {
    return error("PreconditionFailed", "At least one of the pre-conditions you specified did not hold",
                 Value::Map{{"Condition", name}});
  };
  const bool has_condition = !request.etag.is_null() || !request.modified_ms.is_null() || !request.size.is_null();
  if (!has_condition) return {};
  if (!version || version->is_delete_marker)
    return error("NoSuchKey", "The specified key does not exist.", Value::Map{{"Key", request.key}});
  if (!request.etag.is_null() && !matches_etag(request.etag.str(), version->etag)) return failed("If-Match");
  if (!request.modified_ms.is_null() && request.modified_ms.num() / 1000 != version->modified_ms / 1000)
    return failed("x-amz-if-match-last-modified-time");
  if (!request.size.is_null() && request.size.num() != static_cast<std::int64_t>(version->body.size))
    return failed("x-amz-if-match-size");
  return {};
}

// Who wants to pass over governance must be allowed to, or it counts as not asked for.
Bypass bypass_of(Call& call, const Bucket& bucket, const Value& input, std::string_view key) {
  if (!input.at("BypassGovernanceRetention").flag()) return Bypass::kNo;
  return call.authorize("s3:BypassGovernanceRetention", bucket.arn_of(key)) ? Bypass::kGovernance : Bypass::kNo;
}

Result<DeleteOutcome> delete_version(Call& call, const Bucket& bucket, const Value& input,
                                     const DeleteRequest& request) {
  const std::string& id = request.version_id.str();
  if (id.empty() || (id != "null" && !sequence_of_id(id)))
    return error("InvalidArgument",
                 id.empty() ? "Version id cannot be the empty string" : "Invalid version id specified",
                 Value::Map{{"ArgumentName", "versionId"}, {"ArgumentValue", id}});
  auto version = get_version(call, bucket, request.key, id);
  TRY_VOID(check_delete(request, version));
  DeleteOutcome outcome{.version_id = id};
  if (!version) return outcome;
  if (is_locked(call, *version, bypass_of(call, bucket, input, request.key)))
    return error("AccessDenied", "Access Denied because object protected by object lock.");
  outcome.is_marker = version->is_delete_marker;
  erase_version(call, bucket, request.key, *version);
  emit_object_event(call, bucket, "ObjectRemoved:Delete", request.key, *version);
  return outcome;
}

Result<DeleteOutcome> delete_one(Call& call, const Bucket& bucket, const Value& input, const DeleteRequest& request) {
  if (!request.version_id.is_null()) return delete_version(call, bucket, input, request);
  TRY_VOID(check_delete(request, get_current(call, bucket, request.key)));
  const Deletion deletion = delete_current(call, bucket, request.key);
  if (deletion.marker) {
    emit_object_event(call, bucket, "ObjectRemoved:DeleteMarkerCreated", request.key, *deletion.marker);
    return DeleteOutcome{std::string(shown_version_id(*deletion.marker)), true, true};
  }
  if (deletion.erased) emit_object_event(call, bucket, "ObjectRemoved:Delete", request.key, *deletion.erased);
  return DeleteOutcome{};
}

Result<void> may_delete(Call& call, const Bucket& bucket, const DeleteRequest& request) {
  // Who has a session with a directory bucket may do everything in it.
  if (bucket.kind == BucketKind::kDirectory) return call.authorize("s3express:CreateSession", bucket.arn());
  return call.authorize(request.version_id.is_null() ? "s3:DeleteObject" : "s3:DeleteObjectVersion",
                        bucket.arn_of(request.key));
}

Value show_deleted(const DeleteRequest& request, const DeleteOutcome& outcome) {
  Value shown(Value::Map{{"Key", request.key}});
  if (!request.version_id.is_null()) shown.set("VersionId", request.version_id.str());
  if (outcome.is_marker) {
    shown.set("DeleteMarker", true);
    shown.set("DeleteMarkerVersionId", outcome.version_id);
  }
  return shown;
}

Value show_failed(const DeleteRequest& request, const base::Error& why) {
  Value shown(Value::Map{{"Key", request.key}, {"Code", why.code}, {"Message", why.message}});
  if (!request.version_id.is_null()) shown.set("VersionId", request.version_id.str());
  return shown;
}

}  // namespace

Result<void> check_mfa_code(Call& call, const Bucket& bucket, std::string_view header) {
  const std::size_t space = header.rfind(' ');
  const bool is_owner = call.caller.type == kernel::Principal::Type::kRoot && call.caller.account == bucket.account;
  if (space == header.npos || !is_owner)
    return error("AccessDenied", "Mfa Authentication must be used for this request");
  const std::string serial(base::trim(header.substr(0, space)));
  if (!aws::verify_mfa_code(call, call.caller, serial, header.substr(space + 1)))
    return error("AccessDenied", "Mfa Authentication must be used for this request");
  return {};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObject.html
Result<Out> DeleteObject(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const DeleteRequest request{.key = in.str("Key"),
                              .version_id = in["VersionId"],
                              .etag = in["IfMatch"],
                              .modified_ms = in["IfMatchLastModifiedTime"],
                              .size = in["IfMatchSize"]};
  TRY_VOID(check_key(request.key));
  if (bucket.needs_code_to_delete && !request.version_id.is_null())
    TRY_VOID(check_mfa_code(call, bucket, in.str("MFA")));
  const DeleteOutcome outcome = TRY(delete_one(call, bucket, in.value(), request));
  Out answer;
  if (!outcome.version_id.empty()) answer.set("VersionId", outcome.version_id);
  if (outcome.is_marker) answer.set("DeleteMarker", true);
  return answer;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteObjects.html
Result<Out> DeleteObjects(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const Value::List& objects = in["Delete"].at("Objects").list();
  if (objects.empty() || objects.size() > kDeletedAtOnceMax)
    return error("MalformedXML",
                 "The XML you provided was not well-formed or did not validate against our published schema");
  auto names_version = [](const Value& object) { return !object.at("VersionId").str().empty(); };
  // "If you do not provide one, the entire request will fail."
  if (bucket.needs_code_to_delete && std::ranges::any_of(objects, names_version))
    TRY_VOID(check_mfa_code(call, bucket, in.str("MFA")));
  const bool is_quiet = in["Delete"].at("Quiet").flag();
  Value::List deleted, failed;
  for (const Value& object : objects) {
    const DeleteRequest request{.key = object.at("Key").str(),
                                .version_id = names_version(object) ? object.at("VersionId") : Value(),
                                .etag = object.at("ETag"),
                                .modified_ms = object.at("LastModifiedTime"),
                                .size = object.at("Size")};
    auto permitted = may_delete(call, bucket, request);
    if (!permitted) {
      failed.push_back(show_failed(request, {"AccessDenied", "Access Denied"}));
      continue;
    }
    auto outcome = [&]() -> Result<DeleteOutcome> {
      TRY_VOID(check_key(request.key));
      return delete_one(call, bucket, in.value(), request);
    }();
    if (!outcome)
      failed.push_back(show_failed(request, outcome.error()));
    else if (!is_quiet)
      deleted.push_back(show_deleted(request, *outcome));
  }
  Out answer;
  if (!deleted.empty()) answer.set("Deleted", std::move(deleted));
  if (!failed.empty()) answer.set("Errors", std::move(failed));
  return answer;
}

}  // namespace s3
