// Access control lists of objects; what they mean is said in acl.h.
#include "services/s3/acl.h"
#include "services/s3/object_request.h"

namespace s3 {

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectAcl.html
Result<Out> GetObjectAcl(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const ObjectVersion version = TRY(find_object(call, bucket, in.str("Key"), in["VersionId"]));
  // With ACLs off the bucket's owner owns everything, and nobody else is granted anything.
  if (!bucket.has_acls()) return show_acl(std::nullopt, bucket.account);
  return show_acl(version.acl, version.owner);
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutObjectAcl.html
Result<Out> PutObjectAcl(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  ObjectVersion version = TRY(find_object(call, bucket, in.str("Key"), in["VersionId"]));
  version.acl = TRY(acl_given(call, bucket, in.value(), version.owner, AclOf::kObject));
  rewrite_version(call, bucket, in.str("Key"), version);
  emit_object_event(call, bucket, "ObjectAcl:Put", in.str("Key"), version);
  return Out{};
}

}  // namespace s3
