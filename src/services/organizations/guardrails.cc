// What an organization imposes on its accounts, for decisions.
#include "services/organizations/guardrails.h"

#include "kernel/cloud.h"
#include "services/organizations/organization.h"
#include "services/organizations/policy_types.h"

namespace organizations {

namespace {

// "Resources won't be available": nothing is allowed in a closed account.
constexpr std::string_view kClosed =
    R"({"Version":"2012-10-17","Statement":[{"Sid":"AccountIsClosed","Effect":"Deny","Action":"*","Resource":"*"}]})";

std::vector<std::vector<policy::Source>> levels_of(Call& call, const Organization& organization,
                                                   const std::vector<std::string>& line, std::string_view type,
                                                   policy::Kind kind) {
  std::vector<std::vector<policy::Source>> levels;
  if (std::ranges::find(organization.enabled_policy_types, type) == organization.enabled_policy_types.end())
    return levels;
  for (const std::string& target : line) {
    std::vector<policy::Source>& level = levels.emplace_back();
    for (const Policy& policy : policies_on(call, organization, target, type))
      if (auto compiled = call.cloud().policies().compile(policy.content, kind))
        level.push_back({policy_arn(organization, policy), *std::move(compiled)});
  }
  return levels;
}

}  // namespace

kernel::Guardrails guardrails_of(Call& call, std::string_view account_id) {
  auto account = call.tx.get(kAccounts, account_id);
  if (!account) return {};
  const Organization organization = load_organization(call, account->organization);
  std::vector<std::string> line = line_of(call, organization, account->id);
  kernel::Guardrails guardrails{.organization_id = organization.id,
                                .path = path_of(organization, {line.begin(), std::prev(line.end())})};
  // "SCPs don't affect users or roles in the management account", nor do RCPs its resources.
  if (account->id == organization.management_account) return guardrails;
  guardrails.service_control = levels_of(call, organization, line, kServiceControl, policy::Kind::kServiceControl);
  guardrails.resource_control = levels_of(call, organization, line, kResourceControl, policy::Kind::kResourceControl);
  if (account->closed_ms != 0)
    if (auto closed = call.cloud().policies().compile(kClosed, policy::Kind::kServiceControl))
      guardrails.service_control.push_back({{"closed account", *std::move(closed)}});
  return guardrails;
}

}  // namespace organizations
