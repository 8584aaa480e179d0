// What a simulation is about: read from the request and, for principals, from what IAM knows.
#include "base/arn.h"
#include "base/strings.h"
#include "kernel/cloud.h"
#include "services/iam/simulation.h"

namespace iam {

namespace {

base::Result<policy::PolicyPtr> compile_input(Call& call, const std::string& document, policy::Kind kind) {
  auto compiled = call.cloud().policies().compile(document, kind);
  if (!compiled) return error("InvalidInput", compiled.error().message);
  return *compiled;
}

std::unexpected<base::Error> unclear_entity(const std::string& arn) {
  return error("InvalidInput",
               fmt::format("Invalid Entity Arn: {} does not clearly define entity type and name.", arn));
}

// The inline and managed policies of one entity.
base::Result<void> add_policies(Call& call, const Owner& owner, std::vector<SimulatedPolicy>& policies) {
  for (const auto& [name, policy] : inline_policies_of(call, owner.id)) {
    auto compiled = TRY(compile_input(call, policy.document, policy::Kind::kIdentity));
    policies.push_back({.source = {fmt::format("{}/{}/{}", owner.word(), owner.name, name), compiled},
                        .id = name,
                        .type = std::string(owner.word())});
  }
  for (const std::string& arn : attached_policies(call, owner.id)) {
    const PolicyFacts facts = TRY(find_policy_facts(call, arn));
    auto compiled = TRY(compile_input(call, policy_document(call, arn).value_or(""), policy::Kind::kIdentity));
    policies.push_back({.source = {fmt::format("{}/{}/{}", owner.word(), owner.name, arn), compiled},
                        .id = facts.name,
                        .type = aws::find_managed_policy(arn) ? "aws-managed" : "user-managed"});
  }
  return {};
}

base::Result<Owner> find_source(Call& call, const std::string& arn) {
  auto parsed = parse_entity_arn(arn);
  if (!parsed || parsed->account != call.place.account) return unclear_entity(arn);
  if (parsed->type == "user") return find_owner(call, Entity::Kind::kUser, parsed->name, Purpose::kRead);
  if (parsed->type == "group") return find_owner(call, Entity::Kind::kGroup, parsed->name, Purpose::kRead);
  if (parsed->type == "role") return find_owner(call, Entity::Kind::kRole, parsed->name, Purpose::kRead);
  return unclear_entity(arn);
}

void add_fact(Simulation& simulation, const std::string& key, std::string value) {
  simulation.facts[key] = {std::move(value)};
}

// Whoever the ARN names as the one who asks, with the condition keys that say so.
void become_caller(Call& call, const std::string& arn, Simulation& simulation) {
  const EntityArn parsed = parse_entity_arn(arn).value_or(EntityArn{});
  simulation.subject = {.type = policy::Subject::Type::kUser, .account = parsed.account, .arn = arn};
  Tags tags;
  if (auto user = get_user_by_arn(call, arn)) {
    simulation.subject.user_id = user->id;
    tags = user->tags;
    add_fact(simulation, "aws:username", user->name);
    add_fact(simulation, "aws:principaltype", "User");
  } else if (auto role = get_role_by_arn(call, arn)) {
    simulation.subject.type = policy::Subject::Type::kAssumedRole;
    simulation.subject.role_arn = arn;
    simulation.subject.arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/simulation", parsed.account, role->name);
    simulation.subject.user_id = role->id + ":simulation";
    tags = role->tags;
    add_fact(simulation, "aws:principaltype", "AssumedRole");
  }
  if (!simulation.subject.user_id.empty()) add_fact(simulation, "aws:userid", simulation.subject.user_id);
  add_fact(simulation, "aws:principalarn", arn);
  add_fact(simulation, "aws:principalaccount", parsed.account);
  for (const auto& [key, value] : tags) add_fact(simulation, "aws:principaltag/" + base::to_lower(key), value);
}

std::vector<std::vector<policy::Source>> service_control_of(Call& call) {
  auto guardrails = call.cloud().authorizer().standings().guardrails_of(call, call.place.account);
  return guardrails ? guardrails->service_control : std::vector<std::vector<policy::Source>>();
}

// The account of "arn:aws:iam::123456789012:root", or of an ARN of anything; an account id stands for itself.
std::string account_of_owner(const std::string& owner) {
  const base::Arn arn = base::Arn::parse(owner);
  return arn ? std::string(arn.account) : owner;
}

}  // namespace

base::Result<std::vector<SimulatedPolicy>> read_policies(Call& call, const Value::List& documents,
                                                         std::string_view member) {
  std::vector<SimulatedPolicy> policies;
  for (const Value& document : documents) {
    auto compiled = TRY(compile_input(call, document.str(), policy::Kind::kIdentity));
    const std::string id = fmt::format("{}.{}", member, policies.size() + 1);
    policies.push_back({.source = {id, compiled}, .id = id, .type = "IAM Policy"});
  }
  return policies;
}

base::Result<std::vector<SimulatedPolicy>> policies_of_source(Call& call, const std::string& arn) {
  const Owner owner = TRY(find_source(call, arn));
  std::vector<SimulatedPolicy> policies;
  TRY_VOID(add_policies(call, owner, policies));
  if (owner.kind != Entity::Kind::kUser) return policies;
  for (const Group& group : groups_of_user(call, owner.id)) {
    const Owner member{.kind = Entity::Kind::kGroup, .id = group.id, .name = group.name};
    TRY_VOID(add_policies(call, member, policies));
  }
  return policies;
}

base::Result<void> read_policy_source(Call& call, const std::string& arn, Simulation& simulation) {
  simulation.identity = TRY(policies_of_source(call, arn));
  simulation.service_control = service_control_of(call);
  become_caller(call, arn, simulation);
  std::string boundary_arn;
  if (auto user = get_user_by_arn(call, arn)) boundary_arn = user->boundary_arn;
  if (auto role = get_role_by_arn(call, arn)) boundary_arn = role->boundary_arn;
  if (auto source = managed_source(call, boundary_arn, policy::Kind::kBoundary))
    simulation.boundary = SimulatedPolicy{*source, parse_entity_arn(boundary_arn)->name, "user-managed"};
  return {};
}

base::Result<void> read_common_input(Call& call, In in, Simulation& simulation) {
  std::ranges::move(TRY(read_policies(call, in.list("PolicyInputList"), "PolicyInputList")),
                    std::back_inserter(simulation.identity));
  const Value::List& boundaries = in.list("PermissionsBoundaryPolicyInputList");
  if (boundaries.size() > 1)
    return error("InvalidInput", "The PermissionsBoundaryPolicyInputList can contain only one policy.");
  for (SimulatedPolicy& boundary : TRY(read_policies(call, boundaries, "PermissionsBoundaryPolicyInputList")))
    simulation.boundary = std::move(boundary);
  if (in.has("CallerArn")) {
    auto parsed = parse_entity_arn(in.str("CallerArn"));
    if (!parsed || parsed->type != "user") return unclear_entity(in.str("CallerArn"));
    become_caller(call, in.str("CallerArn"), simulation);
  }
  if (in.has("ResourcePolicy")) {
    auto compiled = TRY(compile_input(call, in.str("ResourcePolicy"), policy::Kind::kResource));
    simulation.resource = SimulatedPolicy{{"ResourcePolicy", compiled}, "ResourcePolicy", "Resource Policy"};
    if (simulation.subject.arn.empty())
      return error("InvalidInput", "CallerArn must be provided when a resource policy is used in the simulation.");
  }
  simulation.resource_owner = account_of_owner(in.str("ResourceOwner"));
  for (const Value& entry : in.list("ContextEntries")) {
    policy::Values values;
    for (const Value& value : entry.at("ContextKeyValues").list()) values.push_back(value.str());
    simulation.facts[base::to_lower(entry.at("ContextKeyName").str())] = std::move(values);
  }
  return {};
}

}  // namespace iam
