// Settings that stand in the bucket's own row: versioning, who pays, acceleration, tags, who owns objects.
#include "services/s3/access.h"
#include "services/s3/bucket_checks.h"

namespace s3 {

namespace {

Value named(const Bucket& bucket) { return Value::Map{{"BucketName", bucket.name}}; }

std::unexpected<base::Error> state_is_fixed(std::string message) {
  return error("InvalidBucketState", std::move(message));
}

}  // namespace

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketVersioning.html
Result<Out> PutBucketVersioning(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value body = TRY(body_in(in.value(), "VersioningConfiguration"));
  const std::string& status = body.at("Status").str();
  const std::string& code = body.at("MFADelete").str();
  if (status.empty() && code.empty())
    return error("IllegalVersioningConfigurationException", "The Versioning element must be specified");
  if ((!status.empty() && status != "Enabled" && status != "Suspended") ||
      (!code.empty() && code != "Enabled" && code != "Disabled"))
    return malformed_xml();
  if (status.empty())
    return error("IllegalVersioningConfigurationException", "The Versioning element must be specified");
  if (status == "Suspended" && bucket.has_object_lock)
    return state_is_fixed(
        "An Object Lock configuration is present on this bucket, so the versioning state cannot be changed.");
  if (status == "Suspended" && bucket.has(Configuration::kReplication))
    return state_is_fixed(
        "A replication configuration is present on this bucket, so you cannot change the versioning state. To change "
        "the versioning state, first delete the replication configuration.");
  bool needs_code = code.empty() ? bucket.needs_code_to_delete : code == "Enabled";
  if (needs_code || bucket.needs_code_to_delete) TRY_VOID(check_mfa_code(call, bucket, in.str("MFA")));
  bucket.versioning = status == "Enabled" ? Versioning::kEnabled : Versioning::kSuspended;
  bucket.needs_code_to_delete = needs_code;
  bucket.shows_code_to_delete |= !code.empty();
  put_bucket(call, bucket);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketVersioning.html
Result<Out> GetBucketVersioning(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Out out;
  if (bucket.versioning == Versioning::kNever) return out;
  out.set("Status", bucket.is_versioned() ? "Enabled" : "Suspended");
  if (bucket.shows_code_to_delete) out.set("MFADelete", bucket.needs_code_to_delete ? "Enabled" : "Disabled");
  return out;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketRequestPayment.html
Result<Out> PutBucketRequestPayment(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value body = TRY(body_in(in.value(), "RequestPaymentConfiguration"));
  const std::string& payer = body.at("Payer").str();
  if (payer != "Requester" && payer != "BucketOwner") return malformed_xml();
  bucket.requester_pays = payer == "Requester";
  put_bucket(call, bucket);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketRequestPayment.html
Result<Out> GetBucketRequestPayment(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  return Out{{"Payer", bucket.requester_pays ? "Requester" : "BucketOwner"}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAccelerateConfiguration.html
Result<Out> PutBucketAccelerateConfiguration(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value body = TRY(body_in(in.value(), "AccelerateConfiguration"));
  const std::string& status = body.at("Status").str();
  if (status != "Enabled" && status != "Suspended") return malformed_xml();
  if (bucket.name.find('.') != std::string::npos)
    return invalid_request("S3 Transfer Acceleration is not supported for buckets with periods (.) in their names");
  // A bucket that never had it stays without a word about it.
  if (status == "Enabled" || !bucket.acceleration.empty()) bucket.acceleration = status;
  put_bucket(call, bucket);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAccelerateConfiguration.html
Result<Out> GetBucketAccelerateConfiguration(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  return bucket.acceleration.empty() ? Out{} : Out{{"Status", bucket.acceleration}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketTagging.html
Result<Out> PutBucketTagging(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value body = TRY(body_in(in.value(), "Tagging"));
  if (!body.has("TagSet")) return malformed_xml();
  bucket.tags = TRY(read_bucket_tags(body.at("TagSet")));
  put_bucket(call, bucket);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketTagging.html
Result<Out> GetBucketTagging(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  if (bucket.tags.empty()) return error("NoSuchTagSet", "The TagSet does not exist", named(bucket));
  Value::List tags;
  for (const auto& [key, value] : bucket.tags) tags.push_back(Value::Map{{"Key", key}, {"Value", value}});
  return Out{{"TagSet", std::move(tags)}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketTagging.html
Result<Out> DeleteBucketTagging(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  bucket.tags.clear();
  put_bucket(call, bucket);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketOwnershipControls.html
Result<Out> PutBucketOwnershipControls(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value body = TRY(body_in(in.value(), "OwnershipControls"));
  if (body.at("Rules").list().size() != 1) return malformed_xml();
  auto ownership = read_ownership(body.at("Rules").list()[0].at("ObjectOwnership").str());
  if (!ownership) return malformed_xml();
  bool gives_others = false;
  if (bucket.acl)
    for (const Grant& grant : bucket.acl->grants) gives_others = gives_others || grant.grantee != bucket.account;
  if (*ownership == Ownership::kBucketOwnerEnforced && gives_others)
    return error("InvalidBucketAclWithObjectOwnership",
                 "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting");
  bucket.ownership = *ownership;
  bucket.has_ownership_controls = true;
  put_bucket(call, bucket);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketOwnershipControls.html
Result<Out> GetBucketOwnershipControls(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  if (!bucket.has_ownership_controls)
    return error("OwnershipControlsNotFoundError", "The bucket ownership controls were not found", named(bucket));
  Value::List rules{Value::Map{{"ObjectOwnership", name_of(bucket.ownership)}}};
  return Out{{"OwnershipControls", Value::Map{{"Rules", std::move(rules)}}}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucketOwnershipControls.html
Result<Out> DeleteBucketOwnershipControls(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  bucket.has_ownership_controls = false;
  bucket.ownership = Ownership::kObjectWriter;
  put_bucket(call, bucket);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketAbac.html
Result<Out> PutBucketAbac(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Value body = TRY(body_in(in.value(), "AbacStatus"));
  const std::string& status = body.at("Status").str();
  if (status != "Enabled" && status != "Disabled") return malformed_xml();
  bucket.has_abac = status == "Enabled";
  put_bucket(call, bucket);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketAbac.html
Result<Out> GetBucketAbac(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  return Out{{"AbacStatus", Value::Map{{"Status", bucket.has_abac ? "Enabled" : "Disabled"}}}};
}

}  // namespace s3
