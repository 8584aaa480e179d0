// Policies: written, shown, listed.
#include "base/arn.h"
#include "services/organizations/organization.h"
#include "services/organizations/policy_types.h"

namespace organizations {

namespace {

constexpr std::string_view kPolicyIdAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

Value show_summary(const Organization& organization, const Policy& policy) {
  return Out{{"Id", policy.id},     {"Arn", policy_arn(organization, policy)},
             {"Name", policy.name}, {"Description", policy.description},
             {"Type", policy.type}, {"AwsManaged", policy.is_aws_managed}};
}

Value show_policy(const Organization& organization, const Policy& policy) {
  return Out{{"PolicySummary", show_summary(organization, policy)}, {"Content", policy.content}};
}

// AWS: who looks is told in other words than who changes.
base::Result<Policy> find_policy(Call& call, const Organization& organization, std::string_view id) {
  auto policy = get_policy(call, organization, id);
  if (!policy) return error("PolicyNotFoundException", "You specified a policy that doesn't exist.");
  return *policy;
}

base::Result<Policy> find_own_policy(Call& call, const Organization& organization, std::string_view id) {
  auto policy = get_policy(call, organization, id);
  if (!policy) return error("PolicyNotFoundException", "We can't find a policy with the PolicyId that you specified.");
  if (policy->is_aws_managed)
    return invalid_input("IMMUTABLE_POLICY", "You specified a policy that is managed by AWS and can't be modified.");
  return *policy;
}

// Names are unique among the policies of a type.
base::Result<void> check_name(Call& call, const Organization& organization, const Policy& policy) {
  const Policy* managed = default_policy_of(policy.type);
  bool is_taken = managed && managed->name == policy.name;
  int count = 0;
  call.tx.scan(kPolicies, key(organization.id), [&](std::string_view, Policy& other) {
    if (other.type != policy.type || other.id == policy.id) return;
    ++count;
    is_taken = is_taken || other.name == policy.name;
  });
  if (is_taken) return error("DuplicatePolicyException", "A policy with the same name already exists.");
  if (count >= find_policy_type(policy.type)->per_organization_max)
    return constraint_violation("POLICY_NUMBER_LIMIT_EXCEEDED",
                                "You attempted to exceed the number of policies that you can have in an organization.");
  return {};
}

}  // namespace

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreatePolicy.html
base::Result<Out> CreatePolicy(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kByPolicy));
  const PolicyType& type = *find_policy_type(in.str("Type"));
  if (!organization.has_all_features)
    return error("PolicyTypeNotAvailableForOrganizationException",
                 "You can't use the specified policy type with the feature set currently enabled for this "
                 "organization.");
  Policy policy{.id = "p-" + call.random_text(8, kPolicyIdAlphabet),
                .type = in.str("Type"),
                .name = in.str("Name"),
                .description = in.str("Description"),
                .content = in.str("Content"),
                .updated_ms = call.now_ms()};
  const TagMap tags = TRY(add_tags(in.list("Tags"), {}));
  TRY_VOID(check_content(type, policy.content));
  TRY_VOID(check_name(call, organization, policy));
  call.tx.put(kPolicies, key(organization.id, policy.id), policy);
  put_tags(call, organization, policy.id, tags);
  return Out{{"Policy", show_policy(organization, policy)}};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_UpdatePolicy.html
base::Result<Out> UpdatePolicy(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kByPolicy));
  Policy policy = TRY(find_own_policy(call, organization, in.str("PolicyId")));
  if (in.has("Name")) policy.name = in.str("Name");
  if (in.has("Description")) policy.description = in.str("Description");
  if (in.has("Content")) policy.content = in.str("Content");
  TRY_VOID(check_content(*find_policy_type(policy.type), policy.content));
  if (in.has("Name")) TRY_VOID(check_name(call, organization, policy));
  policy.updated_ms = call.now_ms();
  call.tx.put(kPolicies, key(organization.id, policy.id), policy);
  if (is_authorization_type(policy.type)) kernel::policies_changed(call, "");
  return Out{{"Policy", show_policy(organization, policy)}};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeletePolicy.html
base::Result<Out> DeletePolicy(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kByPolicy));
  const Policy policy = TRY(find_own_policy(call, organization, in.str("PolicyId")));
  if (call.tx.scan_keys(kTargets, {.prefix = key(organization.id, policy.id), .limit = 1}, [](std::string_view) {}) > 0)
    return error("PolicyInUseException",
                 "The policy is attached to one or more entities. You must detach it from all roots, OUs, and accounts "
                 "before performing this operation.");
  call.tx.erase(kTags, key(organization.id, policy.id));
  call.tx.erase(kPolicies, key(organization.id, policy.id));
  return Out{};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribePolicy.html
base::Result<Out> DescribePolicy(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kRead));
  const Policy policy = TRY(find_policy(call, organization, in.str("PolicyId")));
  return Out{{"Policy", show_policy(organization, policy)}};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPolicies.html
base::Result<Out> ListPolicies(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kRead));
  auto answer = list_rows(call, in, kPolicies, key(organization.id), "Policies",
                          [&](std::string_view, Policy& policy) -> std::optional<Value> {
                            if (policy.type != in.str("Filter")) return std::nullopt;
                            return show_summary(organization, policy);
                          });
  // AWS's own come on the first page, before the others.
  const Policy* managed = default_policy_of(in.str("Filter"));
  if (!answer || !managed || !organization.has_all_features || in.has("NextToken")) return answer;
  Value::List policies{show_summary(organization, *managed)};
  for (const Value& policy : answer->value().at("Policies").list()) policies.push_back(policy);
  // The page stays within its limit: what no longer fits begins the next one.
  const std::int64_t count_max = in.num("MaxResults", kPageMax);
  if (std::ssize(policies) > count_max) {
    policies.pop_back();
    if (policies.size() == 1) {
      answer->set("NextToken", base::to_base64(key(organization.id)));
    } else {
      answer->set("NextToken", base::to_base64(key(organization.id, policies.back().at("Id").str())));
    }
  }
  answer->set("Policies", std::move(policies));
  return answer;
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListPoliciesForTarget.html
base::Result<Out> ListPoliciesForTarget(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kRead));
  if (!is_target(call, organization, in.str("TargetId")))
    return error("TargetNotFoundException", "You specified a target that doesn't exist.");
  return list_rows(call, in, kAttachments, key(organization.id, in.str("TargetId"), in.str("Filter")), "Policies",
                   [&](std::string_view attachment, Mark&) -> std::optional<Value> {
                     store::KeyReader parts(attachment);
                     parts.text(), parts.text(), parts.text();
                     auto policy = get_policy(call, organization, parts.text());
                     return policy ? std::optional(show_summary(organization, *policy)) : std::nullopt;
                   });
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListTargetsForPolicy.html
base::Result<Out> ListTargetsForPolicy(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kRead));
  const Policy policy = TRY(find_policy(call, organization, in.str("PolicyId")));
  return list_rows(call, in, kTargets, key(organization.id, policy.id), "Targets",
                   [&](std::string_view target_key, Mark&) -> std::optional<Value> {
                     store::KeyReader parts(target_key);
                     parts.text(), parts.text();
                     const std::string id = parts.text();
                     Out shown{{"TargetId", id}, {"Arn", target_arn(organization, id)}};
                     if (auto account = base::is_account_id(id) ? call.tx.get(kAccounts, id) : std::nullopt) {
                       shown.set("Name", account->name);
                       shown.set("Type", "ACCOUNT");
                     } else if (auto unit = get_unit(call, organization, id)) {
                       shown.set("Name", unit->name);
                       shown.set("Type", "ORGANIZATIONAL_UNIT");
                     } else {
                       shown.set("Name", "Root");
                       shown.set("Type", "ROOT");
                     }
                     return shown;
                   });
}

}  // namespace organizations
