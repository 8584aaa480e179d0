// Managed policies: the account's own, which are rows, and AWS's, which the program carries.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-vs-inline.html
#include "services/iam/iam.h"

namespace iam {

namespace {

// How a policy is used in the account.
struct Usage {
  std::int64_t attachments = 0;
  std::int64_t boundaries = 0;
};

Usage usage_of(const Call& call, std::string_view arn) {
  auto count = [&](const store::Table<Mark>& table) {
    return static_cast<std::int64_t>(call.tx.scan_keys(table, {.prefix = store::key(arn)}, skip_key));
  };
  return {.attachments = count(kAttachedTo), .boundaries = count(kBoundaryOf)};
}

bool passes_filters(In in, const PolicyFacts& policy, const Usage& usage) {
  if (!policy.path.starts_with(in.str("PathPrefix"))) return false;
  const std::string& wanted = in.str("PolicyUsageFilter");
  if (wanted == "PermissionsBoundary" && usage.boundaries == 0) return false;
  if (wanted == "PermissionsPolicy" && usage.attachments == 0) return false;
  return !in.flag("OnlyAttached") || usage.attachments != 0 || usage.boundaries != 0;
}

std::unexpected<base::Error> policy_not_found(std::string_view arn) {
  return error("NoSuchEntity", fmt::format("Policy {} was not found.", arn));
}

}  // namespace

PolicyFacts facts_of(const Call& call, const ManagedPolicy& policy) {
  return {.name = policy.name,
          .path = policy.path,
          .id = policy.id,
          .arn = policy_arn(call, policy),
          .created_ms = policy.created_ms,
          .updated_ms = policy.updated_ms,
          .default_version = policy.default_version,
          .description = policy.description,
          .tags = policy.tags};
}

PolicyFacts facts_of(const aws::ManagedPolicy& policy) {
  return {.name = policy.name,
          .path = policy.path,
          .id = policy.id,
          .arn = policy.arn(),
          .created_ms = policy.created_ms,
          .updated_ms = policy.updated_ms,
          .default_version = policy.default_version};
}

Out show_policy(const Call& call, const PolicyFacts& policy, Detail detail) {
  const Usage usage = usage_of(call, policy.arn);
  Out shown{{"PolicyName", policy.name},
            {"PolicyId", policy.id},
            {"Arn", policy.arn},
            {"Path", policy.path},
            {"DefaultVersionId", version_id(policy.default_version)},
            {"AttachmentCount", usage.attachments},
            {"PermissionsBoundaryUsageCount", usage.boundaries},
            {"IsAttachable", true},
            {"CreateDate", policy.created_ms},
            {"UpdateDate", policy.updated_ms}};
  if (detail == Detail::kListed) return shown;
  if (!policy.description.empty()) shown.set("Description", policy.description);
  shown.set("Tags", show_tags(policy.tags));
  return shown;
}

std::optional<ManagedPolicy> get_policy(const Call& call, std::string_view arn) {
  auto parsed = parse_entity_arn(arn);
  if (!parsed || parsed->type != "policy" || parsed->account != call.tx.place().account) return std::nullopt;
  auto policy = call.tx.get(kPolicies, name_key(parsed->name));
  if (!policy || policy->path != parsed->path || policy->name != parsed->name) return std::nullopt;
  return policy;
}

base::Result<PolicyFacts> find_policy_facts(const Call& call, const std::string& arn) {
  auto parsed = parse_entity_arn(arn);
  if (!parsed || parsed->type != "policy") return error("InvalidInput", fmt::format("ARN {} is not valid.", arn));
  if (const aws::ManagedPolicy* policy = aws::find_managed_policy(arn)) return facts_of(*policy);
  auto policy = get_policy(call, arn);
  if (!policy) return policy_not_found(arn);
  return facts_of(call, *policy);
}

base::Result<ManagedPolicy> find_own_policy(const Call& call, const std::string& arn) {
  const PolicyFacts facts = TRY(find_policy_facts(call, arn));
  auto policy = get_policy(call, arn);
  // Those of AWS are nobody's to change.
  if (!policy)
    return error("AccessDenied", fmt::format("User: {} is not authorized to perform: iam:{} on resource: policy {}",
                                             call.caller.arn, call.operation ? call.operation->name : "", facts.arn));
  return *std::move(policy);
}

std::optional<std::string> policy_document(const Call& call, std::string_view policy_arn) {
  if (const aws::ManagedPolicy* policy = aws::find_managed_policy(policy_arn))
    return aws::managed_policy_document(*policy, policy->default_version);
  auto policy = get_policy(call, policy_arn);
  if (!policy) return std::nullopt;
  auto version = call.tx.get(kPolicyVersions, store::key(policy->id, policy->default_version));
  return version ? std::optional(version->document) : std::nullopt;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicy.html
base::Result<Out> CreatePolicy(Call& call, In in) {
  const std::string& name = in.str("PolicyName");
  if (call.tx.has(kPolicies, name_key(name)))
    return error("EntityAlreadyExists",
                 fmt::format("A policy called {} already exists. Duplicate names are not allowed.", name));
  TRY_VOID(check_quota(call, kPoliciesMax, "PoliciesPerAccount", call.tx.scan_keys(kPolicies, {}, skip_key)));
  TRY_VOID(check_managed_document(call, in.str("PolicyDocument")));
  ManagedPolicy policy{.name = name,
                       .path = path_of(in),
                       .id = new_entity_id(call, "ANPA"),
                       .created_ms = now_seconds_ms(call),
                       .updated_ms = now_seconds_ms(call),
                       .description = in.str("Description")};
  TRY_VOID(set_tags(in.list("Tags"), policy.tags));
  put_policy(call, policy);
  call.tx.put(kPolicyVersions, store::key(policy.id, policy.default_version),
              {in.str("PolicyDocument"), policy.created_ms});
  return Out{{"Policy", show_policy(call, facts_of(call, policy), Detail::kFull)}};
}

void put_policy(Call& call, const ManagedPolicy& policy) {
  call.tx.put(kPolicies, name_key(policy.name), policy);
  call.tx.put(kEntities, policy.id, {Entity::Kind::kPolicy, call.tx.place().account, policy.name});
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicy.html
base::Result<Out> GetPolicy(Call& call, In in) {
  return Out{{"Policy", show_policy(call, TRY(find_policy_facts(call, in.str("PolicyArn"))), Detail::kFull)}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicies.html
base::Result<Out> ListPolicies(Call& call, In in) {
  Listing listing = TRY(Listing::begin(in));
  for (const auto& [key, policy] : policies_in_scope(call, in.has("Scope") ? in.str("Scope") : "All")) {
    if (passes_filters(in, policy, usage_of(call, policy.arn)) && listing.wants(key))
      listing.add(show_policy(call, policy, Detail::kListed));
    if (listing.is_full()) break;
  }
  return listing.answer("Policies");
}

std::map<std::string, PolicyFacts> policies_in_scope(const Call& call, std::string_view scope) {
  std::map<std::string, PolicyFacts> policies;
  auto add = [&](PolicyFacts policy) { policies.emplace(store::key(name_key(policy.name), policy.arn), policy); };
  if (scope != "AWS")
    call.tx.scan(kPolicies, "", [&](std::string_view, ManagedPolicy& policy) { add(facts_of(call, policy)); });
  if (scope != "Local")
    for (const aws::ManagedPolicy& policy : aws::managed_policies()) add(facts_of(policy));
  return policies;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicy.html
base::Result<Out> DeletePolicy(Call& call, In in) {
  const ManagedPolicy policy = TRY(find_own_policy(call, in.str("PolicyArn")));
  const std::string arn = policy_arn(call, policy);
  const Usage usage = usage_of(call, arn);
  if (usage.attachments != 0 || usage.boundaries != 0)
    return error("DeleteConflict", "Cannot delete a policy attached to entities.");
  if (versions_of(call, policy).size() > 1)
    return error("DeleteConflict",
                 "This policy has more than one version. Before you delete a policy, you must delete the policy's "
                 "versions. The default version is deleted with the policy.");
  call.tx.erase_all(kPolicyVersions, store::key(policy.id));
  call.tx.erase(kPolicies, name_key(policy.name));
  call.tx.erase(kEntities, policy.id);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagPolicy.html
base::Result<Out> TagPolicy(Call& call, In in) {
  ManagedPolicy policy = TRY(find_own_policy(call, in.str("PolicyArn")));
  TRY_VOID(set_tags(in.list("Tags"), policy.tags));
  put_policy(call, policy);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagPolicy.html
base::Result<Out> UntagPolicy(Call& call, In in) {
  ManagedPolicy policy = TRY(find_own_policy(call, in.str("PolicyArn")));
  remove_tags(in.list("TagKeys"), policy.tags);
  put_policy(call, policy);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyTags.html
base::Result<Out> ListPolicyTags(Call& call, In in) {
  return list_tags(in, TRY(find_policy_facts(call, in.str("PolicyArn"))).tags);
}

}  // namespace iam
