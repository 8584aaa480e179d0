// Object lock: retention and legal hold of single versions.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lock.html
#include "services/s3/object_request.h"

namespace s3 {

namespace {

struct LockedObject {
  Bucket bucket;
  ObjectVersion version;
};

Result<LockedObject> find_lockable(Call& call, In in) {
  LockedObject object{.bucket = TRY(find_bucket(call, in.str("Bucket"))), .version = {}};
  if (!object.bucket.has_object_lock) return error("InvalidRequest", "Bucket is missing Object Lock Configuration");
  object.version = TRY(find_object(call, object.bucket, in.str("Key"), in["VersionId"]));
  return object;
}

std::unexpected<base::Error> malformed_lock() {
  return error("MalformedXML",
               "The XML you provided was not well-formed or did not validate against our published schema");
}

// Whether the new retention protects less than the one that holds now.
bool weakens(Call& call, const ObjectLock& lock, const std::string& mode, std::int64_t until_ms) {
  if (lock.mode.empty() || lock.retain_until_ms <= call.now_ms()) return false;
  return until_ms < lock.retain_until_ms || (lock.mode == "COMPLIANCE" && mode != "COMPLIANCE");
}

Result<void> check_weakening(Call& call, In in, const LockedObject& object) {
  const bool may_bypass =
      object.version.lock.mode == "GOVERNANCE" && in.flag("BypassGovernanceRetention") &&
      call.authorize("s3:BypassGovernanceRetention", object.bucket.arn_of(in.str("Key"))).has_value();
  if (may_bypass) return {};
  return error("AccessDenied", "Access Denied because object protected by object lock.");
}

std::unexpected<base::Error> no_lock() {
  return error("NoSuchObjectLockConfiguration", "The specified object does not have a ObjectLock configuration");
}

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectRetention.html
Result<Out> PutObjectRetention(Call& call, In in) {
  LockedObject object = TRY(find_lockable(call, in));
  const Value& retention = in["Retention"];
  if (retention.has("EventHold") || retention.has("EventHoldDuration"))
    return error("NotImplemented", "A header you provided implies functionality that is not implemented");
  const std::string& mode = retention.at("Mode").str();
  const Value& until = retention.at("RetainUntilDate");
  if (mode.empty() != until.is_null()) return malformed_lock();
  if (!mode.empty() && mode != "GOVERNANCE" && mode != "COMPLIANCE") return malformed_lock();
  if (!until.is_null() && until.num() <= call.now_ms())
    return error("InvalidArgument", "The retain until date must be in the future!",
                 Value::Map{{"ArgumentName", "RetainUntilDate"}});
  ObjectLock& lock = object.version.lock;
  if (weakens(call, lock, mode, until.num())) TRY_VOID(check_weakening(call, in, object));
  // From governance to compliance protects more; a bypass is wanted all the same.
  if (lock.mode == "GOVERNANCE" && mode == "COMPLIANCE" && lock.retain_until_ms > call.now_ms())
    TRY_VOID(check_weakening(call, in, object));
  lock.mode = mode;
  lock.retain_until_ms = until.num();
  rewrite_version(call, object.bucket, in.str("Key"), object.version);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectRetention.html
Result<Out> GetObjectRetention(Call& call, In in) {
  const LockedObject object = TRY(find_lockable(call, in));
  const ObjectLock& lock = object.version.lock;
  if (lock.mode.empty()) return no_lock();
  return Out{{"Retention", Value::Map{{"Mode", lock.mode}, {"RetainUntilDate", lock.retain_until_ms}}}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLegalHold.html
Result<Out> PutObjectLegalHold(Call& call, In in) {
  LockedObject object = TRY(find_lockable(call, in));
  const std::string& status = in["LegalHold"].at("Status").str();
  if (status != "ON" && status != "OFF") return malformed_lock();
  object.version.lock.legal_hold = status;
  rewrite_version(call, object.bucket, in.str("Key"), object.version);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLegalHold.html
Result<Out> GetObjectLegalHold(Call& call, In in) {
  const LockedObject object = TRY(find_lockable(call, in));
  if (object.version.lock.legal_hold.empty()) return no_lock();
  return Out{{"LegalHold", Value::Map{{"Status", object.version.lock.legal_hold}}}};
}

}  // namespace s3
