// Access control lists: reading them from requests, showing them, and what they amount to.
#include "services/s3/acl.h"

#include <algorithm>

#include "base/arn.h"
#include "base/json.h"
#include "base/strings.h"
#include "kernel/canonical_user.h"

namespace s3 {

namespace {

constexpr std::size_t kGrantsMax = 100;  // "An ACL can have up to 100 grants."

struct PermissionName {
  Permission permission;
  std::string_view name;
};
constexpr PermissionName kPermissionNames[] = {{Permission::kFullControl, "FULL_CONTROL"},
                                               {Permission::kRead, "READ"},
                                               {Permission::kWrite, "WRITE"},
                                               {Permission::kReadAcl, "READ_ACP"},
                                               {Permission::kWriteAcl, "WRITE_ACP"}};

struct GrantHeader {
  std::string_view member, header;
  Permission permission;
};
constexpr GrantHeader kGrantHeaders[] = {{"GrantFullControl", "x-amz-grant-full-control", Permission::kFullControl},
                                         {"GrantRead", "x-amz-grant-read", Permission::kRead},
                                         {"GrantWrite", "x-amz-grant-write", Permission::kWrite},
                                         {"GrantReadACP", "x-amz-grant-read-acp", Permission::kReadAcl},
                                         {"GrantWriteACP", "x-amz-grant-write-acp", Permission::kWriteAcl}};

// What an ACL's permissions mean, as actions of policies.
struct PermissionActions {
  Permission permission;
  AclOf kind;
  std::string_view actions;         // on the bucket itself, or on the object
  std::string_view object_actions;  // of a bucket's ACL: on what is in it
};
constexpr PermissionActions kPermissionActions[] = {
    {Permission::kRead, AclOf::kBucket, R"("s3:ListBucket","s3:ListBucketVersions","s3:ListBucketMultipartUploads")",
     ""},
    {Permission::kWrite, AclOf::kBucket, "", R"("s3:PutObject","s3:DeleteObject")"},
    {Permission::kReadAcl, AclOf::kBucket, R"("s3:GetBucketAcl")", ""},
    {Permission::kWriteAcl, AclOf::kBucket, R"("s3:PutBucketAcl")", ""},
    {Permission::kRead, AclOf::kObject, R"("s3:GetObject","s3:GetObjectVersion","s3:GetObjectTorrent")", ""},
    {Permission::kReadAcl, AclOf::kObject, R"("s3:GetObjectAcl","s3:GetObjectVersionAcl")", ""},
    {Permission::kWriteAcl, AclOf::kObject, R"("s3:PutObjectAcl","s3:PutObjectVersionAcl")", ""},
};

std::unexpected<base::Error> refused_argument(std::string message, std::string_view name, std::string_view value) {
  return error("InvalidArgument", std::move(message), Value::Map{{"ArgumentName", name}, {"ArgumentValue", value}});
}

std::unexpected<base::Error> malformed_acl() {
  return error("MalformedACLError",
               "The XML you provided was not well-formed or did not validate against our published schema");
}

bool is_public_group(const Grant& grant) { return grant.grantee == kAllUsers || grant.grantee == kAuthenticatedUsers; }

bool has_header_grants(const Value& input) {
  return std::ranges::any_of(kGrantHeaders, [&](const GrantHeader& each) { return input.has(each.member); });
}

Result<std::string> grantee_of_id(std::string_view id) {
  if (auto account = kernel::account_of_canonical_user(id)) return *account;
  return refused_argument("Invalid id", "CanonicalUser/ID", id);
}

Result<std::string> grantee_of_uri(std::string_view uri) {
  if (uri == kAllUsers || uri == kAuthenticatedUsers || uri == kLogDelivery) return std::string(uri);
  return refused_argument("Invalid group uri", "Group/URI", uri);
}

// "Beginning October 1, 2025, Amazon S3 will discontinue support for creating new Email Grantee Access Control Lists."
std::unexpected<base::Error> email_refused() {
  return error("MethodNotAllowed", "The specified method is not allowed against this resource.");
}

// The grants of a canned ACL besides the owner's. Nothing: there is none of the name.
std::optional<std::vector<Grant>> canned_grants(std::string_view name, const std::string& bucket_owner, AclOf kind) {
  auto group = [](std::string_view uri, Permission permission) { return Grant{std::string(uri), permission}; };
  if (name == "private") return std::vector<Grant>{};
  if (name == "public-read") return std::vector{group(kAllUsers, Permission::kRead)};
  if (name == "public-read-write")
    return std::vector{group(kAllUsers, Permission::kRead), group(kAllUsers, Permission::kWrite)};
  if (name == "authenticated-read") return std::vector{group(kAuthenticatedUsers, Permission::kRead)};
  if (name == "log-delivery-write" && kind == AclOf::kBucket)
    return std::vector{group(kLogDelivery, Permission::kWrite), group(kLogDelivery, Permission::kReadAcl)};
  if (name == "aws-exec-read") return std::vector<Grant>{};
  // "If you specify this canned ACL when creating a bucket, Amazon S3 ignores it."
  if (name == "bucket-owner-read")
    return kind == AclOf::kBucket ? std::vector<Grant>{} : std::vector{Grant{bucket_owner, Permission::kRead}};
  if (name == "bucket-owner-full-control")
    return kind == AclOf::kBucket ? std::vector<Grant>{} : std::vector{Grant{bucket_owner, Permission::kFullControl}};
  return std::nullopt;
}

// `id="…", uri="…"`
Result<void> read_grant_header(const GrantHeader& header, const std::string& text, Acl& acl) {
  for (std::string_view part : base::split(text, ',')) {
    part = base::trim(part);
    std::size_t equals = part.find('=');
    if (equals == part.npos) return refused_argument("Argument format not recognized", header.header, text);
    std::string_view type = base::trim(part.substr(0, equals)), value = base::trim(part.substr(equals + 1));
    if (value.size() >= 2 && value.front() == '"' && value.back() == '"') value = value.substr(1, value.size() - 2);
    if (base::equal_ignoring_case(type, "emailAddress")) return email_refused();
    if (base::equal_ignoring_case(type, "id"))
      acl.grants.push_back({TRY(grantee_of_id(value)), header.permission});
    else if (base::equal_ignoring_case(type, "uri"))
      acl.grants.push_back({TRY(grantee_of_uri(value)), header.permission});
    else
      return refused_argument("Argument format not recognized", header.header, text);
  }
  return {};
}

// The ACL that headers describe; nothing where none do.
Result<std::optional<Acl>> acl_in_headers(const Bucket& bucket, const Value& input, const std::string& owner,
                                          AclOf kind) {
  bool has_grants = has_header_grants(input);
  if (!input.has("ACL") && !has_grants) return std::nullopt;
  if (input.has("ACL") && has_grants)
    return error("InvalidRequest", "Specifying both Canned ACLs and Header Grants is not allowed");
  Acl acl{.owner = owner, .grants = {}};
  if (!input.has("ACL")) {
    for (const GrantHeader& each : kGrantHeaders)
      if (input.has(each.member)) TRY_VOID(read_grant_header(each, input.at(each.member).str(), acl));
    return acl;
  }
  const std::string& name = input.at("ACL").str();
  auto grants = canned_grants(name, bucket.account, kind);
  if (!grants) return refused_argument("", "x-amz-acl", name);
  acl.grants.push_back({owner, Permission::kFullControl});
  for (Grant& grant : *grants)
    if (grant.grantee != owner) acl.grants.push_back(std::move(grant));
  return acl;
}

Result<Grant> read_grant(const Value& node) {
  const Value& grantee = node.at("Grantee");
  auto permission = std::ranges::find(kPermissionNames, node.at("Permission").str(), &PermissionName::name);
  if (permission == std::end(kPermissionNames) || !grantee.is_map()) return malformed_acl();
  if (grantee.has("EmailAddress")) return email_refused();
  if (grantee.has("ID")) return Grant{TRY(grantee_of_id(grantee.at("ID").str())), permission->permission};
  if (grantee.has("URI")) return Grant{TRY(grantee_of_uri(grantee.at("URI").str())), permission->permission};
  return malformed_acl();
}

Result<Acl> acl_in_body(const Value& policy, const std::string& owner) {
  const std::string& owner_id = policy.at("Owner").at("ID").str();
  if (owner_id.empty()) return malformed_acl();
  if (owner_id != kernel::canonical_user_of(owner)) {
    TRY(grantee_of_id(owner_id));
    return error("AccessDenied", "Access Denied");
  }
  Acl acl{.owner = owner, .grants = {}};
  for (const Value& each : policy.at("Grants").list()) acl.grants.push_back(TRY(read_grant(each)));
  if (acl.grants.size() > kGrantsMax) return malformed_acl();
  return acl;
}

// "BlockPublicAcls: PUT Bucket ACL and PUT Object ACL calls fail if the specified ACL is public. PUT Object calls fail
// if the request includes a public ACL."
Result<void> check_public(Call& call, const Bucket& bucket, const Acl& acl) {
  if (!is_public(acl) || !effective_block(call, bucket).blocks_acls) return {};
  if (bucket.id == 0)
    return error("InvalidBucketAclWithBlockPublicAccessError",
                 "Bucket cannot have public ACLs set with BlockPublicAccess enabled");
  if (call.caller.account != bucket.account) return error("AccessDenied", "Access Denied");
  std::string arn = call.input && call.input->has("Key") ? bucket.arn_of(call.input->at("Key").str()) : bucket.arn();
  std::string_view action = call.input && call.input->has("Key") ? "s3:PutObject" : "s3:PutBucketAcl";
  if (call.operation && call.operation->name == "PutObjectAcl") action = "s3:PutObjectAcl";
  return error(
      "AccessDenied",
      fmt::format("User: {} is not authorized to perform: {} on resource: \"{}\" because public access "
                  "control lists (ACLs) are prevented by the BlockPublicAcls setting in S3 Block Public Access",
                  call.caller.arn, action, arn));
}

std::unexpected<base::Error> no_acls() {
  return error("AccessControlListNotSupported", "The bucket does not allow ACLs");
}

bool gives_bucket_owner_all(const Bucket& bucket, const Acl& acl) {
  return std::ranges::find(acl.grants, Grant{bucket.account, Permission::kFullControl}) != acl.grants.end();
}

std::string principal_of(const Grant& grant) {
  if (grant.grantee == kAllUsers) return R"("*")";
  if (grant.grantee == kLogDelivery) return R"({"Service":"logging.s3.amazonaws.com"})";
  return fmt::format(R"({{"AWS":"arn:aws:iam::{}:root"}})", grant.grantee);
}

void add_statement(const Grant& grant, std::string_view actions, std::string_view resource, std::string& out) {
  if (actions.empty()) return;
  // "Authenticated Users group: any AWS account". Everybody who has an account has an ARN.
  bool is_anybody = grant.grantee == kAuthenticatedUsers;
  out += fmt::format(R"({}{{"Effect":"Allow","Principal":{},"Action":[{}],"Resource":)", out.empty() ? "" : ",",
                     is_anybody ? R"("*")" : principal_of(grant), actions);
  base::append_json_string(out, resource);
  if (is_anybody) out += R"(,"Condition":{"Null":{"aws:PrincipalArn":"false"}})";
  out += "}";
}

}  // namespace

Result<std::optional<Acl>> acl_of_new(Call& call, const Bucket& bucket, const Value& input, AclOf kind) {
  const std::string& writer =
      kind == AclOf::kBucket || call.caller.account.empty() ? bucket.account : call.caller.account;
  auto acl = TRY(acl_in_headers(bucket, input, writer, kind));
  if (!bucket.has_acls()) {
    // "PUT requests that contain other ACLs (…) fail": what gives the bucket's owner full control is let pass.
    bool is_harmless = !acl || input.at("ACL").str() == "bucket-owner-full-control" ||
                       (kind == AclOf::kBucket && input.at("ACL").str() == "private") ||
                       (acl->grants.size() == 1 && gives_bucket_owner_all(bucket, *acl) && !input.has("ACL"));
    if (is_harmless) return std::nullopt;
    return kind == AclOf::kBucket ? error("InvalidBucketAclWithObjectOwnership",
                                          "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced "
                                          "setting")
                                  : no_acls();
  }
  if (acl) TRY_VOID(check_public(call, bucket, *acl));
  if (kind == AclOf::kObject && writer != bucket.account) {
    if (bucket.ownership == Ownership::kBucketOwnerPreferred && acl &&
        input.at("ACL").str() == "bucket-owner-full-control")
      return std::nullopt;
    if (!acl) acl = Acl{.owner = writer, .grants = {{writer, Permission::kFullControl}}};
    return acl;
  }
  bool is_private = acl && acl->grants.size() == 1 && gives_bucket_owner_all(bucket, *acl);
  return is_private ? std::nullopt : acl;
}

Result<Acl> acl_given(Call& call, const Bucket& bucket, const Value& input, const std::string& owner, AclOf kind) {
  auto acl = TRY(acl_in_headers(bucket, input, owner, kind));
  const Value& policy = input.at("AccessControlPolicy");
  if (acl && policy.is_map() && !policy.map().empty())
    return error("UnexpectedContent", "This request does not support content");
  if (!acl && !policy.is_map())
    return error("MissingSecurityHeader", "Your request was missing a required header",
                 Value::Map{{"MissingHeaderName", "x-amz-acl"}});
  if (!acl) acl = TRY(acl_in_body(policy, owner));
  if (!bucket.has_acls()) {
    bool is_harmless = acl->grants.size() == 1 && gives_bucket_owner_all(bucket, *acl) && !input.has("ACL");
    if (!is_harmless && !(kind == AclOf::kBucket && input.at("ACL").str() == "private") &&
        input.at("ACL").str() != "bucket-owner-full-control")
      return no_acls();
  }
  TRY_VOID(check_public(call, bucket, *acl));
  return *acl;
}

Value show_owner(std::string_view account) { return Value::Map{{"ID", kernel::canonical_user_of(account)}}; }

Out show_acl(const std::optional<Acl>& acl, std::string_view owner) {
  Acl shown = acl.value_or(Acl{std::string(owner), {{std::string(owner), Permission::kFullControl}}});
  Value::List grants;
  for (const Grant& grant : shown.grants) {
    Value grantee{Value::Map{}};
    if (grant.is_group())
      grantee.set("URI", grant.grantee);
    else
      grantee.set("ID", kernel::canonical_user_of(grant.grantee));
    grantee.set("Type", grant.is_group() ? "Group" : "CanonicalUser");
    auto name = std::ranges::find(kPermissionNames, grant.permission, &PermissionName::permission);
    grants.push_back(Value::Map{{"Grantee", std::move(grantee)}, {"Permission", name->name}});
  }
  return {{"Owner", show_owner(shown.owner)}, {"Grants", std::move(grants)}};
}

Result<std::vector<Grant>> read_grants(const Value& list) {
  std::vector<Grant> grants;
  for (const Value& each : list.list()) grants.push_back(TRY(read_grant(each)));
  return grants;
}

bool is_public(const Acl& acl) { return std::ranges::any_of(acl.grants, is_public_group); }

PublicAccessBlock effective_block(Call& call, const Bucket& bucket) {
  PublicAccessBlock block = bucket.public_access_block.value_or(PublicAccessBlock{});
  auto account = call.tx.at({bucket.account, bucket.region}).get(aws::kAccountPublicAccessBlocks, "");
  if (!account) return block;
  block.blocks_acls |= account->blocks_acls;
  block.ignores_acls |= account->ignores_acls;
  block.blocks_policies |= account->blocks_policies;
  block.restricts_buckets |= account->restricts_buckets;
  return block;
}

std::string statements_of(const Acl& acl, AclOf kind, const std::string& bucket_arn, const std::string& object_arn,
                          const PublicAccessBlock& block, std::string_view operation) {
  std::string out;
  // Who may put an object may say its ACL at once; that of an object that is there is its owner's business.
  bool changes_acl = operation == "PutObjectAcl";
  for (const Grant& grant : acl.grants) {
    if (block.ignores_acls && is_public_group(grant)) continue;
    for (const PermissionActions& each : kPermissionActions) {
      if (each.kind != kind) continue;
      if (grant.permission != Permission::kFullControl && grant.permission != each.permission) continue;
      add_statement(grant, each.actions, kind == AclOf::kBucket ? bucket_arn : object_arn, out);
      add_statement(grant, each.object_actions, bucket_arn + "/*", out);
      if (each.permission == Permission::kWrite && !changes_acl)
        add_statement(grant, R"("s3:PutObjectAcl")", bucket_arn + "/*", out);
    }
  }
  return out;
}

}  // namespace s3
