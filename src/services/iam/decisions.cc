// What IAM contributes to decisions: the policies of users and roles, trust policies, tags, and its condition keys.
#include "base/strings.h"
#include "kernel/cloud.h"
#include "services/iam/access.h"

namespace iam {

namespace {

constexpr std::size_t kUniqueIdCharacters = 21;

// Documents are checked when they are stored, so that this cannot fail but for those of AWS that use what the language
// here does not know; these allow nothing.
void add_source(Call& call, std::string name, const std::string& document, std::vector<policy::Source>& sources) {
  auto compiled = call.cloud().policies().compile(document, policy::Kind::kIdentity);
  if (compiled) {
    sources.push_back({std::move(name), *compiled});
  } else {
    call.cloud().log().write(base::Level::kError, "A stored policy does not compile.",
                             {{"policy", name}, {"error", compiled.error().message}});
  }
}

// Lets what reads through `call.tx` see another account for a while.
class StandingIn {
 public:
  StandingIn(Call& call, std::string_view account) : call_(call), before_(call.tx) {
    if (account != before_.place().account) call.tx = before_.at({std::string(account), before_.place().region});
  }
  ~StandingIn() { call_.tx = before_; }
  StandingIn(const StandingIn&) = delete;

 private:
  Call& call_;
  store::Transaction before_;
};

kernel::PrincipalPolicies absent() { return {.exists = false}; }

// Ids that IAM did not give name nobody that could have been deleted: such a principal is known by its ARN alone.
bool is_unique_id(std::string_view id) { return id.size() == kUniqueIdCharacters; }

kernel::PrincipalPolicies gather(Call& call, const User& user) {
  kernel::PrincipalPolicies policies{.identity = sources_of_user(call, user), .tags = user.tags, .id = user.id};
  if (!user.boundary_arn.empty()) policies.boundary = managed_source(call, user.boundary_arn, policy::Kind::kBoundary);
  return policies;
}

kernel::PrincipalPolicies gather(Call& call, const Role& role) {
  kernel::PrincipalPolicies policies{
      .identity = sources_of(call, "role", role.name, role.id), .tags = role.tags, .id = role.id};
  if (!role.boundary_arn.empty()) policies.boundary = managed_source(call, role.boundary_arn, policy::Kind::kBoundary);
  return policies;
}

kernel::PrincipalPolicies policies_of_user(Call& call, const kernel::Principal& principal) {
  if (!is_unique_id(principal.user_id)) {
    auto user = get_user_by_arn(call, principal.arn);
    return user ? gather(call, *user) : kernel::PrincipalPolicies{};
  }
  auto entity = get_entity(call, principal.user_id);
  auto user = entity ? call.tx.get(kUsers, name_key(entity->name)) : std::nullopt;
  return user && user->id == principal.user_id ? gather(call, *user) : absent();
}

// The ARN of the role itself, also where only that of a session is known: "…:assumed-role/name/session".
std::optional<Role> role_by_any_arn(Call& call, const kernel::Principal& principal) {
  if (principal.session && !principal.session->role_arn.empty())
    return get_role_by_arn(call, principal.session->role_arn);
  std::vector<std::string_view> parts = base::split(principal.arn, '/');
  if (parts.size() == 3 && parts[0].ends_with(":assumed-role")) return call.tx.get(kRoles, name_key(parts[1]));
  return get_role_by_arn(call, principal.arn);
}

kernel::PrincipalPolicies policies_of_role(Call& call, const kernel::Principal& principal) {
  const std::string id = principal.user_id.substr(0, principal.user_id.find(':'));
  if (!is_unique_id(id)) {
    auto role = role_by_any_arn(call, principal);
    return role ? gather(call, *role) : principal.session ? absent() : kernel::PrincipalPolicies{};
  }
  auto entity = get_entity(call, id);
  auto role = entity ? call.tx.get(kRoles, name_key(entity->name)) : std::nullopt;
  return role && role->id == id ? gather(call, *role) : absent();
}

// A federated user may do what whoever vouched for them may, as far as the session's policies let them.
kernel::PrincipalPolicies policies_of_federated_user(Call& call, const kernel::Principal& principal) {
  if (!principal.session) return {};
  const std::string& issuer = principal.session->issuer_arn;
  if (issuer.ends_with(":root")) {
    kernel::PrincipalPolicies policies;
    add_source(call, issuer, std::string(kFullAccess), policies.identity);
    return policies;
  }
  auto user = get_user_by_arn(call, issuer);
  return user ? gather(call, *user) : absent();
}

// The tags of what an operation is about.
kernel::Tags tags_of_target(Call& call) {
  return call.operation ? tags_of(call, resource_of(call, call.operation->name, *call.input)) : kernel::Tags{};
}

// The boundary that a request sets or, when it sets none, that of the user or role it is about.
std::string boundary_in_question(Call& call) {
  if (call.input->has("PermissionsBoundary")) return call.input->at("PermissionsBoundary").str();
  if (call.input->has("UserName")) {
    auto user = call.tx.get(kUsers, name_key(call.input->at("UserName").str()));
    return user ? user->boundary_arn : "";
  }
  auto role = call.tx.get(kRoles, name_key(call.input->at("RoleName").str()));
  return role ? role->boundary_arn : "";
}

}  // namespace

std::optional<policy::Source> managed_source(Call& call, const std::string& arn, policy::Kind kind) {
  auto document = policy_document(call, arn);
  if (!document) return std::nullopt;
  auto compiled = call.cloud().policies().compile(*document, kind);
  return compiled ? std::optional(policy::Source{arn, *compiled}) : std::nullopt;
}

std::vector<policy::Source> sources_of(Call& call, std::string_view word, std::string_view name, std::string_view id) {
  std::vector<policy::Source> sources;
  for (const auto& [policy_name, policy] : inline_policies_of(call, id))
    add_source(call, fmt::format("inline policy {} of {}/{}", policy_name, word, name), policy.document, sources);
  for (const std::string& arn : attached_policies(call, id))
    if (auto document = policy_document(call, arn)) add_source(call, arn, *document, sources);
  return sources;
}

std::vector<policy::Source> sources_of_user(Call& call, const User& user) {
  std::vector<policy::Source> sources = sources_of(call, "user", user.name, user.id);
  for (const Group& group : groups_of_user(call, user.id))
    std::ranges::move(sources_of(call, "group", group.name, group.id), std::back_inserter(sources));
  return sources;
}

kernel::PrincipalPolicies policies_of_principal(Call& call, const kernel::Principal& principal) {
  const StandingIn account(call, principal.account);
  switch (principal.type) {
    case kernel::Principal::Type::kUser: return policies_of_user(call, principal);
    case kernel::Principal::Type::kAssumedRole: return policies_of_role(call, principal);
    case kernel::Principal::Type::kFederatedUser: return policies_of_federated_user(call, principal);
    default: return {};
  }
}

std::string managed_policy(Call& call, std::string_view arn) {
  auto parsed = parse_entity_arn(arn);
  if (!parsed) return "";
  const StandingIn account(call, parsed->account);
  return policy_document(call, arn).value_or("");
}

std::optional<kernel::RoleFacts> facts_of_role(Call& call, std::string_view role_arn) {
  auto role = get_role_by_arn(call, role_arn);
  if (!role) return std::nullopt;
  return kernel::RoleFacts{
      .arn = std::string(role_arn), .id = role->id, .session_seconds_max = role->session_seconds_max};
}

// "You cannot call any IAM API operations unless MFA authentication information is included in the request", with
// credentials of GetSessionToken; with those of GetFederationToken never.
base::Result<void> admit(Call& call, std::string_view) {
  using Type = kernel::Principal::Type;
  const kernel::Principal& caller = call.caller;
  bool is_own_session = caller.session && (caller.type == Type::kUser || caller.type == Type::kRoot);
  bool is_admitted = caller.type != Type::kFederatedUser && (!is_own_session || caller.session->multi_factor_ms != 0);
  if (is_admitted) return {};
  return base::fail("InvalidClientTokenId", "The security token included in the request is invalid");
}

std::string policy_of(Call& call, std::string_view arn) {
  auto role = get_role_by_arn(call, arn);
  return role ? trust_policy_of(call, *role) : "";
}

kernel::Tags tags_of(Call& call, std::string_view arn) {
  auto parsed = parse_entity_arn(arn);
  if (!parsed) return {};
  const StandingIn account(call, parsed->account);
  const store::Transaction& tx = call.tx;
  const std::string key = name_key(parsed->name);
  if (parsed->type == "user") return tx.get(kUsers, key).value_or(User{}).tags;
  if (parsed->type == "role") return tx.get(kRoles, key).value_or(Role{}).tags;
  if (parsed->type == "policy") return tx.get(kPolicies, key).value_or(ManagedPolicy{}).tags;
  if (parsed->type == "instance-profile") return tx.get(kInstanceProfiles, key).value_or(InstanceProfile{}).tags;
  return evidence_tags(call, arn);
}

bool find_key(Call& call, std::string_view key, policy::Values& values) {
  if (!call.input) return false;
  constexpr std::string_view kResourceTag = "iam:resourcetag/";
  if (key.starts_with(kResourceTag)) {
    for (const auto& [name, value] : tags_of_target(call))
      if (base::to_lower(name) == key.substr(kResourceTag.size())) values.push_back(value);
  } else if (key == "iam:policyarn") {
    if (call.input->has("PolicyArn")) values.push_back(call.input->at("PolicyArn").str());
  } else if (key == "iam:permissionsboundary") {
    if (std::string arn = boundary_in_question(call); !arn.empty()) values.push_back(arn);
  } else if (key == "iam:awsservicename") {
    if (call.input->has("AWSServiceName")) values.push_back(call.input->at("AWSServiceName").str());
  }
  return !values.empty();
}

// Service-linked roles trust nobody but their service, and cannot be changed.
void each_policy(Call& call, const kernel::Place& place, const kernel::VisitResource& visit) {
  call.tx.at(place).scan(kRoles, "", [&](std::string_view, Role& role) {
    if (role.is_service_linked()) return;
    const std::string arn = entity_arn(place.account, "role", role.path, role.name);
    visit({arn, "AWS::IAM::Role", trust_policy_of(call, role)});
  });
}

}  // namespace iam
