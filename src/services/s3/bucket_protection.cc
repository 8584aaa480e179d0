// What protects a bucket: its policy, ACL, Block Public Access, encryption, object lock.
#include <algorithm>

#include "base/json.h"
#include "kernel/cloud.h"
#include "policy/access.h"
#include "services/s3/access.h"
#include "services/s3/bucket_checks.h"

namespace s3 {

namespace {

constexpr std::size_t kPolicyBytesMax = 20 * 1'024;  // "Bucket policies are limited to 20 KB in size."
constexpr std::int64_t kRetentionYearsMax = 100;

Value of_bucket(const Bucket& bucket) { return Value::Map{{"BucketName", bucket.name}}; }

std::unexpected<base::Error> malformed_policy(std::string message) {
  return error("MalformedPolicy", std::move(message));
}

// Whether a resource of a policy is this bucket, or in it.
bool is_of_bucket(std::string_view resource, const Bucket& bucket) {
  std::string arn = bucket.arn();
  if (resource == "*" || resource == arn || resource.starts_with(arn + "/")) return true;
  // "arn:aws:s3:::photos*": patterns may begin like the bucket.
  std::size_t star = resource.find_first_of("*?");
  return star != resource.npos && arn.starts_with(resource.substr(0, star)) && resource.starts_with("arn:aws:s3:::");
}

Result<void> check_resources(const Value& document, const Bucket& bucket) {
  const Value& statements = document.at("Statement");
  Value::List list = statements.is_list() ? statements.list() : Value::List{statements};
  for (const Value& statement : list) {
    if (!statement.has("Principal") && !statement.has("NotPrincipal"))
      return malformed_policy("Missing required field Principal");
    if (!statement.has("Resource") && !statement.has("NotResource"))
      return malformed_policy("Missing required field Resource");
    const Value& given = statement.has("Resource") ? statement.at("Resource") : statement.at("NotResource");
    Value::List resources = given.is_list() ? given.list() : Value::List{given};
    for (const Value& resource : resources)
      if (!is_of_bucket(resource.str(), bucket)) return malformed_policy("Policy has invalid resource");
  }
  return {};
}

// The policy of a bucket only its owner's people handle, whatever it says itself.
Result<void> check_is_owner(const Call& call, const Bucket& bucket) {
  if (call.caller.account == bucket.account) return {};
  return error("MethodNotAllowed", "The specified method is not allowed against this resource.");
}

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketPolicy.html
Result<Out> PutBucketPolicy(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  TRY_VOID(check_is_owner(call, bucket));
  const std::string& text = in.str("Policy");
  if (text.empty()) return error("MissingRequestBodyError", "Request Body is empty");
  if (text.size() > kPolicyBytesMax) return malformed_policy("Policy exceeds the maximum allowed document size.");
  auto document = base::parse_json(text);
  if (!document || !document->is_map())
    return malformed_policy("Policies must be valid JSON and the first byte must be '{'");
  TRY_VOID(check_resources(*document, bucket));
  auto compiled = call.cloud().policies().compile(text, policy::Kind::kResource);
  if (!compiled) return malformed_policy(compiled.error().message);
  if (auto missing = kernel::find_missing_principal(call, **compiled))
    return error("MalformedPolicy", "Invalid principal in policy",
                 Value::Map{{"Detail", "\"AWS\" : \"" + *missing + "\""}});
  auto grants = policy::external_access(**compiled, {.accounts = {bucket.account}, .organization_id = {}});
  bool is_public = std::ranges::any_of(grants, &policy::ExternalGrant::is_public);
  if (is_public && effective_block(call, bucket).blocks_policies)
    return error(
        "AccessDenied",
        fmt::format("User: {} is not authorized to perform: s3:PutBucketPolicy on resource: \"{}\" because "
                    "public policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access.",
                    call.caller.arn, bucket.arn()));
  bucket.is_policy_public = is_public;
  put_configuration(call, bucket, Configuration::kPolicy, "", text);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicy.html
Result<Out> GetBucketPolicy(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  TRY_VOID(check_is_owner(call, bucket));
  auto text = get_configuration(call.tx, bucket, Configuration::kPolicy);
  if (!text) return error("NoSuchBucketPolicy", "The bucket policy does not exist", of_bucket(bucket));
  return Out{{"Policy", *text}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketPolicy.html
Result<Out> DeleteBucketPolicy(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  TRY_VOID(check_is_owner(call, bucket));
  bucket.is_policy_public = false;
  erase_configuration(call, bucket, Configuration::kPolicy);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketPolicyStatus.html
Result<Out> GetBucketPolicyStatus(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  if (!bucket.has(Configuration::kPolicy))
    return error("NoSuchBucketPolicy", "The bucket policy does not exist", of_bucket(bucket));
  return Out{{"PolicyStatus", Value::Map{{"IsPublic", bucket.is_policy_public}}}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAcl.html
Result<Out> PutBucketAcl(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Acl acl = TRY(acl_given(call, bucket, in.value(), bucket.account, AclOf::kBucket));
  bool is_private = acl.grants.size() == 1 && acl.grants[0] == Grant{bucket.account, Permission::kFullControl};
  bucket.acl = is_private ? std::nullopt : std::optional(std::move(acl));
  put_bucket(call, bucket);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAcl.html
Result<Out> GetBucketAcl(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  return show_acl(bucket.has_acls() ? bucket.acl : std::nullopt, bucket.account);
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutPublicAccessBlock.html
Result<Out> PutPublicAccessBlock(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value body = TRY(body_in(in.value(), "PublicAccessBlockConfiguration"));
  bucket.public_access_block = PublicAccessBlock{.blocks_acls = body.at("BlockPublicAcls").flag(),
                                                 .ignores_acls = body.at("IgnorePublicAcls").flag(),
                                                 .blocks_policies = body.at("BlockPublicPolicy").flag(),
                                                 .restricts_buckets = body.at("RestrictPublicBuckets").flag()};
  put_bucket(call, bucket);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetPublicAccessBlock.html
Result<Out> GetPublicAccessBlock(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  if (!bucket.public_access_block)
    return error("NoSuchPublicAccessBlockConfiguration", "The public access block configuration was not found",
                 of_bucket(bucket));
  const PublicAccessBlock& block = *bucket.public_access_block;
  return Out{{"PublicAccessBlockConfiguration", Value::Map{{"BlockPublicAcls", block.blocks_acls},
                                                           {"IgnorePublicAcls", block.ignores_acls},
                                                           {"BlockPublicPolicy", block.blocks_policies},
                                                           {"RestrictPublicBuckets", block.restricts_buckets}}}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeletePublicAccessBlock.html
Result<Out> DeletePublicAccessBlock(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  bucket.public_access_block = std::nullopt;
  put_bucket(call, bucket);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketEncryption.html
Result<Out> PutBucketEncryption(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value body = TRY(body_in(in.value(), "ServerSideEncryptionConfiguration"));
  if (body.at("Rules").list().size() != 1) return malformed_xml();
  const Value& rule = body.at("Rules").list()[0];
  const Value& by_default = rule.at("ApplyServerSideEncryptionByDefault");
  const Value& blocked = rule.at("BlockedEncryptionTypes").at("EncryptionType");
  if (by_default.is_null() && blocked.list().empty()) return malformed_xml();
  DefaultEncryption& encryption = bucket.encryption;
  if (by_default.is_map()) {
    const std::string& algorithm = by_default.at("SSEAlgorithm").str();
    if (algorithm != "AES256" && algorithm != "aws:kms" && algorithm != "aws:kms:dsse") return malformed_xml();
    if (algorithm == "AES256" && by_default.has("KMSMasterKeyID"))
      return invalid_argument("a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms",
                              "KMSMasterKeyID", by_default.at("KMSMasterKeyID").str());
    encryption.kind = algorithm == "AES256"    ? EncryptionKind::kS3
                      : algorithm == "aws:kms" ? EncryptionKind::kKms
                                               : EncryptionKind::kKmsTwice;
    encryption.kms_key = by_default.at("KMSMasterKeyID").str();
    encryption.bucket_key_enabled = rule.at("BucketKeyEnabled").flag();
    encryption.is_set = true;
  }
  for (const Value& type : blocked.list()) {
    if (type.str() != "SSE-C" && type.str() != "NONE") return malformed_xml();
    if (blocked.list().size() > 1) return malformed_xml();
    encryption.blocks_customer_keys = type.str() == "SSE-C";
  }
  put_bucket(call, bucket);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketEncryption.html
Result<Out> GetBucketEncryption(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value by_default = Value::Map{{"SSEAlgorithm", name_of(bucket.encryption.kind)}};
  if (!bucket.encryption.kms_key.empty()) by_default.set("KMSMasterKeyID", bucket.encryption.kms_key);
  Value rule = Value::Map{{"ApplyServerSideEncryptionByDefault", std::move(by_default)},
                          {"BucketKeyEnabled", bucket.encryption.bucket_key_enabled}};
  Value::List blocked{bucket.encryption.blocks_customer_keys ? "SSE-C" : "NONE"};
  rule.set("BlockedEncryptionTypes", Value::Map{{"EncryptionType", std::move(blocked)}});
  return Out{{"ServerSideEncryptionConfiguration", Value::Map{{"Rules", Value::List{std::move(rule)}}}}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketEncryption.html
Result<Out> DeleteBucketEncryption(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  bucket.encryption = {.blocks_customer_keys = bucket.encryption.blocks_customer_keys};
  put_bucket(call, bucket);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectLockConfiguration.html
Result<Out> PutObjectLockConfiguration(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value body = TRY(body_in(in.value(), "ObjectLockConfiguration"));
  if (body.at("ObjectLockEnabled").str() != "Enabled") return malformed_xml();
  std::optional<DefaultRetention> retention;
  if (body.has("Rule")) {
    const Value& given = body.at("Rule").at("DefaultRetention");
    retention = DefaultRetention{
        .mode = given.at("Mode").str(), .days = given.at("Days").num(), .years = given.at("Years").num()};
    if (retention->mode != "GOVERNANCE" && retention->mode != "COMPLIANCE") return malformed_xml();
    if (given.has("Days") == given.has("Years")) return malformed_xml();
    if (given.has("Days") ? retention->days <= 0 : retention->years <= 0)
      return invalid_argument("Default retention period must be a positive integer value.",
                              given.has("Days") ? "Days" : "Years",
                              std::to_string(given.has("Days") ? retention->days : retention->years));
    if (retention->days > kRetentionYearsMax * 365 || retention->years > kRetentionYearsMax)
      return invalid_argument("Default retention period is too large", given.has("Days") ? "Days" : "Years",
                              std::to_string(given.has("Days") ? retention->days : retention->years));
  }
  if (!bucket.is_versioned())
    return error("InvalidBucketState",
                 "Versioning must be 'Enabled' on the bucket to apply a Object Lock configuration");
  bucket.has_object_lock = true;
  bucket.default_retention = retention;
  put_bucket(call, bucket);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectLockConfiguration.html
Result<Out> GetObjectLockConfiguration(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  if (!bucket.has_object_lock)
    return error("ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket",
                 of_bucket(bucket));
  Value shown = Value::Map{{"ObjectLockEnabled", "Enabled"}};
  if (const auto& retention = bucket.default_retention) {
    Value rule = Value::Map{{"Mode", retention->mode}};
    if (retention->days > 0) rule.set("Days", retention->days);
    if (retention->years > 0) rule.set("Years", retention->years);
    shown.set("Rule", Value::Map{{"DefaultRetention", std::move(rule)}});
  }
  return Out{{"ObjectLockConfiguration", std::move(shown)}};
}

}  // namespace s3
