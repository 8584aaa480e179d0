// The organization's resource policy, by which the management account lets members administer policies.
#include "policy/evaluate.h"
#include "services/organizations/organization.h"
#include "services/organizations/policy_types.h"

namespace organizations {

namespace {

// Nothing of the request but who asks: what the conditions of such policies speak of.
class CallerContext : public policy::Context {
 public:
  CallerContext(Call& call, const Organization& organization) : call_(call), organization_(organization) {}

  bool find(std::string_view name, policy::Values& values) const override {
    if (name == "aws:principalaccount") return set(values, call_.caller.account);
    if (name == "aws:principalarn") return set(values, call_.caller.arn);
    if (name == "aws:principalorgid") return set(values, organization_.id);
    if (name == "organizations:policytype") return set(values, policy_type());
    if (name == "organizations:serviceprincipal") return set(values, call_.input->at("ServicePrincipal").str());
    return false;
  }

 private:
  static bool set(policy::Values& values, std::string value) {
    if (value.empty()) return false;
    values = {std::move(value)};
    return true;
  }

  std::string policy_type() const {
    for (const char* member : {"Type", "PolicyType", "Filter"})
      if (call_.input->at(member).is_text()) return call_.input->at(member).str();
    auto policy = get_policy(call_, organization_, call_.input->at("PolicyId").str());
    return policy ? policy->type : "";
  }

  Call& call_;
  const Organization& organization_;
};

Value show(const Organization& organization, const ResourcePolicy& policy) {
  return Out{
      {"ResourcePolicySummary", Out{{"Id", policy.id},
                                    {"Arn", fmt::format("arn:aws:organizations::{}:resourcepolicy/{}/{}",
                                                        organization.management_account, organization.id, policy.id)}}},
      {"Content", policy.content}};
}

std::unexpected<base::Error> no_resource_policy() {
  return error("ResourcePolicyNotFoundException",
               "We can't find a resource policy request with the parameter that you "
               "specified.");
}

}  // namespace

bool is_admitted_by_policy(Call& call, const Organization& organization) {
  auto row = call.tx.get(kResourcePolicies, organization.id);
  auto compiled = row ? policy::compile(row->content, policy::Kind::kResource) : base::fail("None", "");
  if (!compiled) return false;
  const policy::Subject subject = kernel::subject_of(call.caller);
  const CallerContext context(call, organization);
  const std::string action = fmt::format("organizations:{}", call.operation->name);
  // Its statements name what they are about; an operation on everything is admitted by one that names everything.
  std::string resource = "*";
  for (const char* member : {"PolicyId", "TargetId", "ResourceId", "AccountId", "OrganizationalUnitId", "ParentId"}) {
    const std::string& id = call.input->at(member).str();
    if (id.empty()) continue;
    auto policy = get_policy(call, organization, id);
    resource = policy ? policy_arn(organization, *policy) : target_arn(organization, id);
    break;
  }
  // The caller's own policies have been asked before; here only this one decides.
  auto anything = policy::compile(default_policy_of(kServiceControl)->content, policy::Kind::kIdentity);
  if (!anything) return false;
  policy::Policies policies;
  policies.identity.push_back({"", *std::move(anything)});
  policies.resource = policy::Source{"resource policy of the organization", *compiled};
  const policy::Question question{.subject = subject,
                                  .action = action,
                                  .resource = resource,
                                  .resource_account = organization.management_account,
                                  .context = context};
  return policy::decide(question, policies).allowed();
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_PutResourcePolicy.html
base::Result<Out> PutResourcePolicy(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kNone));
  ResourcePolicy policy = call.tx.get(kResourcePolicies, organization.id).value_or(ResourcePolicy{});
  const TagMap tags = TRY(add_tags(in.list("Tags"), {}));
  if (!policy::compile(in.str("Content"), policy::Kind::kResource))
    return invalid_input(
        "INVALID_RESOURCE_POLICY_JSON",
        "The provided resource policy document is not valid. Check the JSON syntax and the elements of "
        "the policy.");
  if (policy.id.empty()) policy.id = "rp-" + call.random_text(8, "abcdefghijklmnopqrstuvwxyz0123456789");
  policy.content = in.str("Content");
  call.tx.put(kResourcePolicies, organization.id, policy);
  if (!tags.empty()) put_tags(call, organization, policy.id, tags);
  return Out{{"ResourcePolicy", show(organization, policy)}};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeResourcePolicy.html
base::Result<Out> DescribeResourcePolicy(Call& call, In) {
  const Organization organization = TRY(find_managed(call, Delegation::kRead));
  auto policy = call.tx.get(kResourcePolicies, organization.id);
  if (!policy) return no_resource_policy();
  return Out{{"ResourcePolicy", show(organization, *policy)}};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeleteResourcePolicy.html
base::Result<Out> DeleteResourcePolicy(Call& call, In) {
  const Organization organization = TRY(find_managed(call, Delegation::kNone));
  auto policy = call.tx.get(kResourcePolicies, organization.id);
  if (!policy) return no_resource_policy();
  call.tx.erase(kTags, key(organization.id, policy->id));
  call.tx.erase(kResourcePolicies, organization.id);
  return Out{};
}

}  // namespace organizations
