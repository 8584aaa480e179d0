#pragma once

#include "services/s3/acl.h"

// Who may do what: the part S3 has in authorisation.
namespace s3 {

std::string resource_of(Call& call, std::string_view operation, const Value& input);
std::vector<kernel::Need> needs_of(Call& call, std::string_view operation, const Value& input);
kernel::AccessHooks access_hooks();

// conditions.cc: the condition keys "s3:…" of a request.
bool find_condition_key(Call& call, std::string_view key, policy::Values& values);

// gate.cc: what is asked of every request before policies are: the bucket is there, in this region, of the expected
// owner; who pays.
Result<void> admit(Call& call, std::string_view operation);
// "The bucket owner who is the root user can enable MFA delete", and delete versions then, with a code of their device:
// the serial number, a space, and the code, which is used up.
Result<void> check_mfa_code(Call& call, const Bucket& bucket, std::string_view header);

// bucket_policy.cc: the policy that counts for a resource, ACLs included.
std::string policy_of(Call& call, std::string_view arn);
std::string account_of(Call& call, std::string_view arn);

// The answer for an object that is not there: NoSuchKey for callers who may list the bucket, AccessDenied for others.
std::unexpected<base::Error> missing_object(Call& call, const Bucket& bucket, std::string_view key);

// "bucket/key?versionId=…", percent-encoded, with or without a leading slash.
struct CopySource {
  std::string bucket, key, version_id;
};
std::optional<CopySource> parse_copy_source(std::string_view text);

// A bucket and a key out of "arn:aws:s3:::photos/2026/a.jpg"; the key is empty for the bucket itself.
struct ResourceName {
  std::string bucket, key;
};
std::optional<ResourceName> parse_resource(std::string_view arn);

}  // namespace s3
