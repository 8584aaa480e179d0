// Everything about the account's users, groups, roles and policies at once.
#include "base/bytes.h"
#include "services/iam/iam.h"

namespace iam {

namespace {

Value::List show_inline_policies(const Call& call, std::string_view entity_id) {
  Value::List shown;
  for (const auto& [name, policy] : inline_policies_of(call, entity_id))
    shown.push_back(Out{{"PolicyName", name}, {"PolicyDocument", base::percent_encode(policy.document)}});
  return shown;
}

Value::List show_attached_policies(const Call& call, std::string_view entity_id) {
  Value::List shown;
  for (const std::string& arn : attached_policies(call, entity_id))
    shown.push_back(Out{{"PolicyName", parse_entity_arn(arn).value_or(EntityArn{}).name}, {"PolicyArn", arn}});
  return shown;
}

Out show_user_detail(const Call& call, const User& user) {
  Value::List groups;
  for (const Group& group : groups_of_user(call, user.id)) groups.emplace_back(group.name);
  Out shown = show_user(call, user, Detail::kFull);
  shown.set("UserPolicyList", show_inline_policies(call, user.id));
  shown.set("GroupList", groups);
  shown.set("AttachedManagedPolicies", show_attached_policies(call, user.id));
  return shown;
}

Out show_group_detail(const Call& call, const Group& group) {
  Out shown = show_group(call, group);
  shown.set("GroupPolicyList", show_inline_policies(call, group.id));
  shown.set("AttachedManagedPolicies", show_attached_policies(call, group.id));
  return shown;
}

Out show_role_detail(Call& call, const Role& role) {
  Out shown{{"Path", role.path},
            {"RoleName", role.name},
            {"RoleId", role.id},
            {"Arn", role_arn(call, role)},
            {"CreateDate", role.created_ms},
            {"AssumeRolePolicyDocument", base::percent_encode(trust_policy_of(call, role))},
            {"RolePolicyList", show_inline_policies(call, role.id)},
            {"AttachedManagedPolicies", show_attached_policies(call, role.id)},
            {"RoleLastUsed", show_last_use(call, role)}};
  Value::List profiles;
  for (const auto& [key, profile] : instance_profiles_of(call, role.id))
    profiles.push_back(show_instance_profile(call, profile, Detail::kListed));
  shown.set("InstanceProfileList", profiles);
  if (!role.boundary_arn.empty()) shown.set("PermissionsBoundary", show_boundary(role.boundary_arn));
  if (!role.tags.empty()) shown.set("Tags", show_tags(role.tags));
  return shown;
}

Out show_policy_detail(const Call& call, const PolicyFacts& policy) {
  Value::List versions;
  for (const auto& [number, created_ms] : version_dates(call, policy)) {
    Out version = show_version(policy, number, created_ms);
    version.set("Document", base::percent_encode(version_document(call, policy.arn, number).value_or("")));
    versions.insert(versions.begin(), version);
  }
  Out shown = show_policy(call, policy, Detail::kFull);
  shown.set("PolicyVersionList", versions);
  return shown;
}

// Which of the lists a request asks for: "If the parameter is not included, all are".
class Wanted {
 public:
  explicit Wanted(In in) {
    for (const Value& type : in.list("Filter")) types_.push_back(type.str());
  }
  bool has(std::string_view type) const { return types_.empty() || is_named(type); }
  bool is_named(std::string_view type) const { return std::ranges::find(types_, type) != types_.end(); }

 private:
  std::vector<std::string> types_;
};

// Rows of one kind, after those of the kinds before it.
class Details {
 public:
  Details(Listing& listing, std::uint64_t kind) : listing_(listing), kind_(kind) {}
  bool wants(std::string_view key) { return listing_.wants(store::key(kind_, key)); }
  Value::List rows;

 private:
  Listing& listing_;
  std::uint64_t kind_;
};

Value::List list_policies(Call& call, const Wanted& wanted, Listing& listing) {
  Details policies(listing, 4);
  const std::string_view scope = !wanted.has("AWSManagedPolicy")     ? "Local"
                                 : !wanted.has("LocalManagedPolicy") ? "AWS"
                                                                     : "All";
  if (!wanted.has("AWSManagedPolicy") && !wanted.has("LocalManagedPolicy")) return {};
  for (const auto& [key, policy] : policies_in_scope(call, scope)) {
    // Those of AWS that nobody here has are left out unless they are asked for.
    const bool is_used = has_rows(call, kAttachedTo, policy.arn) || has_rows(call, kBoundaryOf, policy.arn);
    if (aws::find_managed_policy(policy.arn) && !is_used && !wanted.is_named("AWSManagedPolicy")) continue;
    if (policies.wants(key)) policies.rows.push_back(show_policy_detail(call, policy));
    if (listing.is_full()) break;
  }
  return policies.rows;
}

}  // namespace

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccountAuthorizationDetails.html
base::Result<Out> GetAccountAuthorizationDetails(Call& call, In in) {
  const Wanted wanted(in);
  Listing listing = TRY(Listing::begin(in));
  Details users(listing, 1), groups(listing, 2), roles(listing, 3);
  if (wanted.has("User"))
    call.tx.scan(kUsers, "", [&](std::string_view key, User& user) {
      if (users.wants(key)) users.rows.push_back(show_user_detail(call, user));
    });
  if (wanted.has("Group"))
    call.tx.scan(kGroups, "", [&](std::string_view key, Group& group) {
      if (groups.wants(key)) groups.rows.push_back(show_group_detail(call, group));
    });
  if (wanted.has("Role"))
    call.tx.scan(kRoles, "", [&](std::string_view key, Role& role) {
      if (roles.wants(key)) roles.rows.push_back(show_role_detail(call, role));
    });
  Out answer{{"UserDetailList", users.rows}, {"GroupDetailList", groups.rows}, {"RoleDetailList", roles.rows}};
  answer.set("Policies", list_policies(call, wanted, listing));
  listing.finish(answer);
  return answer;
}

}  // namespace iam
