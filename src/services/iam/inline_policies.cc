// Inline policies: part of one user, group or role, and gone with it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html#inline-policies
#include "base/bytes.h"
#include "services/iam/iam.h"

namespace iam {

namespace {

// "You can add as many inline policies as you want to a user, role, or group, but the total aggregate policy size (the
// sum size of all inline policies) per entity can't exceed" these.
const kernel::Limit& total_size_of(Entity::Kind kind) {
  switch (kind) {
    case Entity::Kind::kUser: return kUserPolicyCharactersMax;
    case Entity::Kind::kGroup: return kGroupPolicyCharactersMax;
    default: return kRolePolicyCharactersMax;
  }
}

std::unexpected<base::Error> inline_policy_not_found(const Owner& owner, In in) {
  return error("NoSuchEntity",
               fmt::format("The {} policy with name {} cannot be found.", owner.word(), in.str("PolicyName")));
}

base::Result<Out> put_inline(Call& call, Entity::Kind kind, const std::string& name, In in) {
  const Owner owner = TRY(find_owner(call, kind, name, Purpose::kChange));
  const std::string& document = in.str("PolicyDocument");
  TRY_VOID(check_document(call, document, policy::Kind::kIdentity));
  std::size_t size = policy::size_without_whitespace(document);
  for (const auto& [other, policy] : inline_policies_of(call, owner.id))
    if (other != in.str("PolicyName")) size += policy::size_without_whitespace(policy.document);
  const std::int64_t most = call.limit(total_size_of(kind));
  if (static_cast<std::int64_t>(size) > most)
    return error("LimitExceeded",
                 fmt::format("Maximum policy size of {} bytes exceeded for {} {}", most, owner.word(), owner.name));
  call.tx.put(kInlinePolicies, store::key(owner.id, in.str("PolicyName")), {document});
  kernel::policies_changed(call, call.place.account);
  return Out{};
}

base::Result<Out> get_inline(Call& call, Entity::Kind kind, const std::string& name, In in) {
  const Owner owner = TRY(find_owner(call, kind, name, Purpose::kRead));
  auto policy = call.tx.get(kInlinePolicies, store::key(owner.id, in.str("PolicyName")));
  if (!policy) return inline_policy_not_found(owner, in);
  Out answer{{"PolicyName", in.str("PolicyName")}, {"PolicyDocument", base::percent_encode(policy->document)}};
  if (kind == Entity::Kind::kUser) answer.set("UserName", owner.name);
  if (kind == Entity::Kind::kGroup) answer.set("GroupName", owner.name);
  if (kind == Entity::Kind::kRole) answer.set("RoleName", owner.name);
  return answer;
}

base::Result<Out> delete_inline(Call& call, Entity::Kind kind, const std::string& name, In in) {
  const Owner owner = TRY(find_owner(call, kind, name, Purpose::kChange));
  if (!call.tx.has(kInlinePolicies, store::key(owner.id, in.str("PolicyName"))))
    return inline_policy_not_found(owner, in);
  call.tx.erase(kInlinePolicies, store::key(owner.id, in.str("PolicyName")));
  kernel::policies_changed(call, call.place.account);
  return Out{};
}

base::Result<Out> list_inline(Call& call, Entity::Kind kind, const std::string& name, In in) {
  const Owner owner = TRY(find_owner(call, kind, name, Purpose::kRead));
  Listing listing = TRY(Listing::begin(in));
  for (const auto& [policy_name, policy] : inline_policies_of(call, owner.id))
    if (listing.wants(policy_name)) listing.add(policy_name);
  return listing.answer("PolicyNames");
}

}  // namespace

std::map<std::string, InlinePolicy> inline_policies_of(const Call& call, std::string_view entity_id) {
  std::map<std::string, InlinePolicy> policies;
  call.tx.scan(kInlinePolicies, store::key(entity_id), [&](std::string_view key, InlinePolicy& policy) {
    store::KeyReader reader(key);
    reader.text();
    policies.emplace(reader.text(), std::move(policy));
  });
  return policies;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutUserPolicy.html
base::Result<Out> PutUserPolicy(Call& call, In in) {
  return put_inline(call, Entity::Kind::kUser, in.str("UserName"), in);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutGroupPolicy.html
base::Result<Out> PutGroupPolicy(Call& call, In in) {
  return put_inline(call, Entity::Kind::kGroup, in.str("GroupName"), in);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_PutRolePolicy.html
base::Result<Out> PutRolePolicy(Call& call, In in) {
  return put_inline(call, Entity::Kind::kRole, in.str("RoleName"), in);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetUserPolicy.html
base::Result<Out> GetUserPolicy(Call& call, In in) {
  return get_inline(call, Entity::Kind::kUser, in.str("UserName"), in);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetGroupPolicy.html
base::Result<Out> GetGroupPolicy(Call& call, In in) {
  return get_inline(call, Entity::Kind::kGroup, in.str("GroupName"), in);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetRolePolicy.html
base::Result<Out> GetRolePolicy(Call& call, In in) {
  return get_inline(call, Entity::Kind::kRole, in.str("RoleName"), in);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteUserPolicy.html
base::Result<Out> DeleteUserPolicy(Call& call, In in) {
  return delete_inline(call, Entity::Kind::kUser, in.str("UserName"), in);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteGroupPolicy.html
base::Result<Out> DeleteGroupPolicy(Call& call, In in) {
  return delete_inline(call, Entity::Kind::kGroup, in.str("GroupName"), in);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteRolePolicy.html
base::Result<Out> DeleteRolePolicy(Call& call, In in) {
  return delete_inline(call, Entity::Kind::kRole, in.str("RoleName"), in);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListUserPolicies.html
base::Result<Out> ListUserPolicies(Call& call, In in) {
  return list_inline(call, Entity::Kind::kUser, in.str("UserName"), in);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListGroupPolicies.html
base::Result<Out> ListGroupPolicies(Call& call, In in) {
  return list_inline(call, Entity::Kind::kGroup, in.str("GroupName"), in);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListRolePolicies.html
base::Result<Out> ListRolePolicies(Call& call, In in) {
  return list_inline(call, Entity::Kind::kRole, in.str("RoleName"), in);
}

}  // namespace iam
