// What a job does to one object: a call of S3's, as its role.
#include <fmt/format.h>

#include <array>

#include "api/s3.h"
#include "base/arn.h"
#include "base/bytes.h"
#include "kernel/authorization.h"
#include "services/s3control/jobs.h"

namespace s3control {

namespace {

constexpr std::array<std::string_view, 11> kOperations{
    "LambdaInvoke",          "S3PutObjectCopy",         "S3PutObjectAcl",          "S3PutObjectTagging",
    "S3DeleteObjectTagging", "S3InitiateRestoreObject", "S3PutObjectLegalHold",    "S3PutObjectRetention",
    "S3ReplicateObject",     "S3ComputeObjectChecksum", "S3UpdateObjectEncryption"};

Value object_of(const Task& task) {
  Value input = Value::Map{{"Bucket", task.bucket}, {"Key", task.key}};
  if (!task.version_id.empty()) input.set("VersionId", task.version_id);
  return input;
}

Value copy_input(const Value& given, const Task& task) {
  const std::string target(base::Arn::parse(given.at("TargetResource").str()).resource);
  std::string source = task.bucket + "/" + base::percent_encode(task.key, "/");
  if (!task.version_id.empty()) source += "?versionId=" + task.version_id;
  const std::string& prefix = given.at("TargetKeyPrefix").str();
  Value input = Value::Map{{"Bucket", target.empty() ? task.bucket : target},
                           {"Key", prefix.empty() ? task.key : prefix + "/" + task.key},
                           {"CopySource", source}};
  auto pass = [&](const Value& from, const char* name, const char* as) {
    if (from.has(name)) input.set(as, from.at(name));
  };
  pass(given, "CannedAccessControlList", "ACL");
  pass(given, "StorageClass", "StorageClass");
  pass(given, "RedirectLocation", "WebsiteRedirectLocation");
  pass(given, "ObjectLockLegalHoldStatus", "ObjectLockLegalHoldStatus");
  pass(given, "ObjectLockMode", "ObjectLockMode");
  pass(given, "ObjectLockRetainUntilDate", "ObjectLockRetainUntilDate");
  pass(given, "ChecksumAlgorithm", "ChecksumAlgorithm");
  pass(given, "ModifiedSinceConstraint", "CopySourceIfModifiedSince");
  pass(given, "UnModifiedSinceConstraint", "CopySourceIfUnmodifiedSince");
  if (given.has("SSEAwsKmsKeyId")) {
    input.set("ServerSideEncryption", "aws:kms");
    pass(given, "SSEAwsKmsKeyId", "SSEKMSKeyId");
    pass(given, "BucketKeyEnabled", "BucketKeyEnabled");
  }
  const Value& metadata = given.at("NewObjectMetadata");
  if (given.at("MetadataDirective").str() == "REPLACE" || !metadata.is_null()) {
    input.set("MetadataDirective", "REPLACE");
    for (const char* name : {"CacheControl", "ContentDisposition", "ContentEncoding", "ContentLanguage", "ContentType"})
      pass(metadata, name, name);
    pass(metadata, "UserMetadata", "Metadata");
  }
  if (given.has("NewObjectTagging")) {
    std::string tags;
    for (const Value& tag : given.at("NewObjectTagging").list())
      tags += fmt::format("{}{}={}", tags.empty() ? "" : "&", base::percent_encode(tag.at("Key").str()),
                          base::percent_encode(tag.at("Value").str()));
    input.set("TaggingDirective", "REPLACE");
    input.set("Tagging", tags);
  }
  return input;
}

Value acl_input(const Value& given, const Task& task) {
  Value input = object_of(task);
  const Value& policy = given.at("AccessControlPolicy");
  if (policy.has("CannedAccessControlList")) {
    input.set("ACL", policy.at("CannedAccessControlList"));
    return input;
  }
  Value::List grants;
  for (const Value& grant : policy.at("AccessControlList").at("Grants").list()) {
    const Value& grantee = grant.at("Grantee");
    const bool is_group = grantee.at("TypeIdentifier").str() == "uri";
    Value shown = Value::Map{{"Type", is_group ? "Group" : "CanonicalUser"}};
    shown.set(is_group ? "URI" : "ID", grantee.at("Identifier"));
    grants.push_back(Value::Map{{"Grantee", shown}, {"Permission", grant.at("Permission")}});
  }
  input.set("AccessControlPolicy",
            Value::Map{{"Owner", policy.at("AccessControlList").at("Owner")}, {"Grants", std::move(grants)}});
  return input;
}

Result<void> replicate_again(Call& call, const kernel::Principal& session, const Task& task) {
  const std::string arn = fmt::format("arn:aws:s3:::{}/{}", task.bucket, task.key);
  TRY_VOID(kernel::authorize_subject(call, kernel::subject_of(session), "s3:InitiateReplication", arn, {}));
  // S3 replicates what this event names, if a rule of its bucket is for it.
  call.emit({.source = "s3.replication",
             .type = "Replicate",
             .key = task.bucket + "/" + task.key,
             .detail = Value::Map{{"bucket", task.bucket}, {"key", task.key}, {"versionId", task.version_id}}});
  return {};
}

}  // namespace

std::string operation_name(const Value& operation) {
  std::string found;
  for (std::string_view name : kOperations) {
    if (!operation.has(name)) continue;
    if (!found.empty()) return "";
    found = name;
  }
  return found;
}

Result<std::string> do_task(Call& call, const kernel::Principal& session, const Value& operation, const Task& task) {
  const std::string name = operation_name(operation);
  const Value& given = operation.at(name);
  if (name == "S3ComputeObjectChecksum") return compute_checksum(call, session, given, task);
  if (name == "S3ReplicateObject") {
    TRY_VOID(replicate_again(call, session, task));
    return kSuccessful;
  }
  kernel::OperationId id = kernel::operation<s3::Model>("CopyObject");
  Value input;
  if (name == "S3PutObjectCopy") {
    input = copy_input(given, task);
  } else if (name == "S3PutObjectAcl") {
    id = kernel::operation<s3::Model>("PutObjectAcl");
    input = acl_input(given, task);
  } else if (name == "S3PutObjectTagging") {
    id = kernel::operation<s3::Model>("PutObjectTagging");
    input = object_of(task);
    input.set("Tagging",
              Value::Map{{"TagSet", given.at("TagSet").is_null() ? Value(Value::List{}) : given.at("TagSet")}});
  } else if (name == "S3DeleteObjectTagging") {
    id = kernel::operation<s3::Model>("DeleteObjectTagging");
    input = object_of(task);
  } else if (name == "S3InitiateRestoreObject") {
    id = kernel::operation<s3::Model>("RestoreObject");
    input = object_of(task);
    const bool is_bulk = given.at("GlacierJobTier").str() != "STANDARD";
    input.set("RestoreRequest",
              Value::Map{{"Days", given.at("ExpirationInDays")},
                         {"GlacierJobParameters", Value::Map{{"Tier", is_bulk ? "Bulk" : "Standard"}}}});
  } else if (name == "S3PutObjectLegalHold") {
    id = kernel::operation<s3::Model>("PutObjectLegalHold");
    input = object_of(task);
    input.set("LegalHold", given.at("LegalHold"));
  } else if (name == "S3UpdateObjectEncryption") {
    id = kernel::operation<s3::Model>("UpdateObjectEncryption");
    input = object_of(task);
    input.set("ObjectEncryption", given.at("ObjectEncryption"));
  } else {
    id = kernel::operation<s3::Model>("PutObjectRetention");
    input = object_of(task);
    input.set("Retention", given.at("Retention"));
    if (given.has("BypassGovernanceRetention"))
      input.set("BypassGovernanceRetention", given.at("BypassGovernanceRetention"));
  }
  auto done = call.as_role(session).invoke(id, std::move(input));
  if (!done) return std::unexpected(done.error());
  return kSuccessful;
}

}  // namespace s3control
