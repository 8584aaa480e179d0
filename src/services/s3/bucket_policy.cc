// The policy that counts for a bucket or an object: its bucket's, with the grants of ACLs as statements.
#include <algorithm>

#include "services/s3/access_through_points.h"

namespace s3 {

namespace {

// What only the owner of an object decides about: reading it and its ACL. Writing and deleting is the bucket's.
bool asks_object_owner(std::string_view operation) {
  return operation == "CopyObject" || operation == "UploadPartCopy" || operation.starts_with("GetObject") ||
         operation == "HeadObject" || operation == "PutObjectAcl" || operation == "SelectObjectContent";
}

// The object of the request, where its ACL may have a say.
std::optional<ObjectFacts> facts_in_question(Call& call, const Bucket& bucket, const std::string& key) {
  if (!bucket.has_acls() || key.empty() || !call.operation || !call.input) return std::nullopt;
  if (!asks_object_owner(call.operation->name)) return std::nullopt;
  std::string version_id = call.input->at("VersionId").str();
  if (call.input->has("CopySource")) {
    auto source = parse_copy_source(call.input->at("CopySource").str());
    if (!source || source->bucket != bucket.name || source->key != key) return std::nullopt;
    version_id = source->version_id;
  }
  return facts_of_object(call, bucket, key, version_id);
}

// "The root user of the bucket owner's account can always do so", whatever the policy denies.
bool is_owner_repairing(const Call& call, const Bucket& bucket) {
  if (call.caller.type != kernel::Principal::Type::kRoot || call.caller.account != bucket.account || !call.operation)
    return false;
  std::string_view name = call.operation->name;
  return name == "GetBucketPolicy" || name == "PutBucketPolicy" || name == "DeleteBucketPolicy";
}

// What is to be made has no owner and no policy yet, even if somebody has one of the name.
bool makes_bucket(const Call& call) { return call.operation && call.operation->name == "CreateBucket"; }

// The document with further statements; the same text for the same parts, so that it is compiled once.
std::string joined(std::string document, const std::string& statements) {
  if (statements.empty()) return document;
  if (document.empty()) return R"({"Version":"2012-10-17","Statement":[)" + statements + "]}";
  // Policies are kept as they were given, so the statements are put at the beginning of their list.
  std::size_t name = document.find("\"Statement\"");
  std::size_t value = name == document.npos ? name : document.find_first_not_of(" \t\r\n:", name + 11);
  if (value == document.npos) return document;
  if (document[value] == '[') return document.insert(value + 1, statements + ",");
  std::size_t end = document.rfind('}');
  std::size_t last = document.rfind('}', end == 0 ? 0 : end - 1);
  if (last == document.npos || last < value) return document;
  document.insert(last + 1, "]");
  return document.insert(value, "[" + statements + ",");
}

}  // namespace

std::string policy_of(Call& call, std::string_view arn) {
  if (auto point = aws::get_object_lambda_point(call.tx, arn)) return point->policy;
  if (auto point = aws::get_access_point(call.tx, arn)) return policy_of_point(call, *point);
  auto name = parse_resource(arn);
  auto bucket = name ? get_bucket(call.tx, name->bucket) : std::nullopt;
  if (!bucket || makes_bucket(call) || is_owner_repairing(call, *bucket)) return "";
  std::string document;
  if (bucket->has(Configuration::kPolicy))
    document = get_configuration(call.tx, *bucket, Configuration::kPolicy).value_or("");
  bool is_outsider = call.caller.account != bucket->account && call.caller.type != kernel::Principal::Type::kService;
  // "RestrictPublicBuckets restricts access to a bucket with a public policy to only AWS service principals and
  // authorized users within the bucket owner's account."
  if (!document.empty() && is_outsider && bucket->is_policy_public && effective_block(call, *bucket).restricts_buckets)
    document.clear();
  if (!bucket->has_acls()) return document;
  auto facts = facts_in_question(call, *bucket, name->key);
  if (!bucket->acl && (!facts || (!facts->acl && facts->owner == bucket->account))) return document;
  PublicAccessBlock block = effective_block(call, *bucket);
  std::string_view operation = call.operation ? call.operation->name : std::string_view();
  // Of what another account owns the bucket's policy says nothing.
  if (facts && facts->owner != bucket->account) document.clear();
  std::string statements;
  if (facts && facts->acl)
    statements = statements_of(*facts->acl, AclOf::kObject, bucket->arn(), std::string(arn), block, operation);
  if (bucket->acl) {
    std::string more = statements_of(*bucket->acl, AclOf::kBucket, bucket->arn(), "", block, operation);
    if (!more.empty()) statements += (statements.empty() ? "" : ",") + more;
    // Where there is no object there is no ACL of it: who may list the bucket hears that it is not there.
    if (!facts && !name->key.empty() && (operation == "GetObject" || operation == "HeadObject")) {
      more = statements_of(*bucket->acl, AclOf::kObject, bucket->arn(), std::string(arn), block, operation);
      if (!more.empty()) statements += (statements.empty() ? "" : ",") + more;
    }
  }
  return joined(std::move(document), statements);
}

std::string account_of(Call& call, std::string_view arn) {
  auto name = parse_resource(arn);
  auto bucket = name ? get_bucket(call.tx, name->bucket) : std::nullopt;
  if (!bucket || makes_bucket(call)) return "";
  auto facts = facts_in_question(call, *bucket, name->key);
  return facts ? facts->owner : bucket->account;
}

}  // namespace s3
