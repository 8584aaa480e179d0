#pragma once

#include "services/s3/buckets.h"

// Access control lists, and which of them count.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/acl-overview.html
namespace s3 {

inline constexpr std::string_view kAllUsers = "http://acs.amazonaws.com/groups/global/AllUsers";
inline constexpr std::string_view kAuthenticatedUsers = "http://acs.amazonaws.com/groups/global/AuthenticatedUsers";
inline constexpr std::string_view kLogDelivery = "http://acs.amazonaws.com/groups/s3/LogDelivery";

enum class AclOf { kBucket, kObject };

// The ACL a request that makes a bucket or an object asks for by x-amz-acl and x-amz-grant-*; nothing where it asks for
// none, or for what holds without one. Errors: AccessControlListNotSupported, InvalidArgument, InvalidRequest, and
// AccessDenied where Block Public Access forbids it. For an object whose writer is another account than the bucket's
// the ACL names who owns it.
Result<std::optional<Acl>> acl_of_new(Call& call, const Bucket& bucket, const Value& input, AclOf kind);

// What PutBucketAcl and PutObjectAcl set, by headers or body; `owner` stays who it is. Errors besides:
// MalformedACLError, MissingSecurityHeader, UnexpectedContent.
Result<Acl> acl_given(Call& call, const Bucket& bucket, const Value& input, const std::string& owner, AclOf kind);

// As GetBucketAcl and GetObjectAcl answer it: Owner and Grants. Nothing: only the owner.
Out show_acl(const std::optional<Acl>& acl, std::string_view owner);
Value show_owner(std::string_view account);  // {"ID": …}
// Grants given in configurations (TargetGrants). Errors: MalformedXML, InvalidArgument.
Result<std::vector<Grant>> read_grants(const Value& list);

bool is_public(const Acl& acl);

// The bucket's and its owner's account's together.
PublicAccessBlock effective_block(Call& call, const Bucket& bucket);

// The statements of a bucket policy that an ACL amounts to, without the brackets and "," between them; empty where it
// grants nothing to others. `operation` is the one that is asked for.
std::string statements_of(const Acl& acl, AclOf kind, const std::string& bucket_arn, const std::string& object_arn,
                          const PublicAccessBlock& block, std::string_view operation);

}  // namespace s3
