// Who calls, and the things of an organization: how they are found and shown.
#include "base/arn.h"
#include "services/organizations/organization.h"
#include "services/organizations/policy_types.h"

namespace organizations {

namespace {

// An account that has been closed is suspended after a while, and says PENDING_CLOSURE until then.
constexpr std::int64_t kClosingMs = 60'000;

constexpr std::string_view kDenied = "You don't have permissions to access this resource.";

bool is_delegated_administrator(Call& call, const Account& account) {
  return call.tx.scan_keys(kDelegations, {.prefix = key(account.organization, account.id), .limit = 1},
                           [](std::string_view) {}) > 0;
}

}  // namespace

Result<Account> find_caller(Call& call) {
  TRY_VOID(check_input(call));
  auto account = call.tx.get(kAccounts, call.caller.account);
  if (!account) return error("AWSOrganizationsNotInUseException", "Your account is not a member of an organization.");
  return *account;
}

Result<Organization> find_managed(Call& call, Delegation delegation) {
  const Account caller = TRY(find_caller(call));
  Organization organization = load_organization(call, caller.organization);
  if (organization.management_account == caller.id) return organization;
  if (delegation == Delegation::kRead && is_delegated_administrator(call, caller)) return organization;
  if (delegation != Delegation::kNone && is_admitted_by_policy(call, organization)) return organization;
  return error("AccessDeniedException", std::string(kDenied));
}

Organization load_organization(Call& call, std::string_view id) {
  return call.tx.get(kOrganizations, id).value_or(Organization{});
}

Result<Account> find_account(Call& call, const Organization& organization, std::string_view id) {
  auto account = call.tx.get(kAccounts, id);
  if (!account || account->organization != organization.id)
    return error("AccountNotFoundException", "You specified an account that doesn't exist.");
  return *account;
}

std::vector<Account> all_accounts(Call& call, const Organization& organization) {
  std::vector<Account> accounts;
  call.tx.scan_keys(kMembers, {.prefix = key(organization.id)}, [&](std::string_view member) {
    store::KeyReader parts(member);
    parts.text();
    if (auto account = call.tx.get(kAccounts, parts.text())) accounts.push_back(*std::move(account));
  });
  return accounts;
}

std::optional<Unit> get_unit(Call& call, const Organization& organization, std::string_view id) {
  return call.tx.get(kUnits, key(organization.id, id));
}

bool is_parent(Call& call, const Organization& organization, std::string_view id) {
  return id == organization.root || get_unit(call, organization, id);
}

bool is_target(Call& call, const Organization& organization, std::string_view id) {
  if (base::is_account_id(id)) return find_account(call, organization, id).has_value();
  return is_parent(call, organization, id);
}

std::vector<std::string> line_of(Call& call, const Organization& organization, std::string_view id) {
  std::vector<std::string> line;
  for (std::string at(id); !at.empty();) {
    line.push_back(at);
    if (base::is_account_id(at)) {
      auto account = call.tx.get(kAccounts, at);
      at = account ? account->parent : "";
    } else {
      auto unit = get_unit(call, organization, at);
      at = unit ? unit->parent : "";
    }
  }
  std::ranges::reverse(line);
  return line;
}

std::string path_of(const Organization& organization, const std::vector<std::string>& line) {
  std::string path = organization.id + "/";
  for (const std::string& id : line) path += id + "/";
  return path;
}

std::optional<Policy> get_policy(Call& call, const Organization& organization, std::string_view id) {
  if (const Policy* managed = find_managed_policy(id)) return *managed;
  return call.tx.get(kPolicies, key(organization.id, id));
}

void add_member(Call& call, const Organization& organization, const Account& account) {
  call.tx.put(kAccounts, account.id, account);
  call.tx.put(kMembers, key(organization.id, account.id), {});
  call.tx.put(kChildren, key(organization.id, account.parent, account.id), {});
  attach_defaults(call, organization, account.id);
  kernel::policies_changed(call, "");
}

void remove_member(Call& call, const Organization& organization, const Account& account) {
  detach_all(call, organization, account.id);
  call.tx.erase_all(kDelegations, key(organization.id, account.id));
  call.tx.erase(kTags, key(organization.id, account.id));
  call.tx.erase(kChildren, key(organization.id, account.parent, account.id));
  call.tx.erase(kMembers, key(organization.id, account.id));
  call.tx.erase(kAccounts, account.id);
  kernel::policies_changed(call, "");
}

std::string organization_arn(const Organization& organization) {
  return fmt::format("arn:aws:organizations::{}:organization/{}", organization.management_account, organization.id);
}

std::string account_arn(const Organization& organization, std::string_view account) {
  return fmt::format("arn:aws:organizations::{}:account/{}/{}", organization.management_account, organization.id,
                     account);
}

std::string policy_arn(const Organization& organization, const Policy& policy) {
  const std::string type = base::to_lower(policy.type);
  if (policy.is_aws_managed) return fmt::format("arn:aws:organizations::aws:policy/{}/{}", type, policy.id);
  return fmt::format("arn:aws:organizations::{}:policy/{}/{}/{}", organization.management_account, organization.id,
                     type, policy.id);
}

std::string target_arn(const Organization& organization, std::string_view id) {
  if (base::is_account_id(id)) return account_arn(organization, id);
  return fmt::format("arn:aws:organizations::{}:{}/{}/{}", organization.management_account,
                     id.starts_with("r-") ? "root" : "ou", organization.id, id);
}

Value show_account(Call& call, const Organization& organization, const Account& account) {
  std::string_view status = "ACTIVE", state = "ACTIVE";
  if (account.closed_ms != 0) {
    const bool is_closing = call.now_ms() < account.closed_ms + kClosingMs;
    status = is_closing ? "PENDING_CLOSURE" : "SUSPENDED";
    state = is_closing ? "PENDING_CLOSURE" : "CLOSED";
  }
  return Out{{"Id", account.id},
             {"Arn", account_arn(organization, account.id)},
             {"Email", account.email},
             {"Name", account.name},
             {"Status", status},
             {"State", state},
             {"Paths", Value::List{path_of(organization, line_of(call, organization, account.id))}},
             {"JoinedMethod", account.was_created ? "CREATED" : "INVITED"},
             {"JoinedTimestamp", account.joined_ms}};
}

Value show_root(const Organization& organization) {
  Value::List types;
  for (const std::string& type : organization.enabled_policy_types)
    types.push_back(Out{{"Type", type}, {"Status", "ENABLED"}});
  return Out{{"Id", organization.root},
             {"Arn", target_arn(organization, organization.root)},
             {"Name", "Root"},
             {"PolicyTypes", std::move(types)}};
}

}  // namespace organizations
