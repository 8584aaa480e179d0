// Member accounts: made, shown, moved, closed, let go.
#include "api/iam.h"
#include "base/json.h"
#include "services/organizations/organization.h"
#include "services/organizations/service_limits.h"

namespace organizations {

namespace {

// "The minimum number of days that a created account must exist before you can remove it from the organization": 7.
constexpr std::int64_t kCreatedAgeMinMs = 7LL * 24 * 3'600 * 1'000;

bool is_email_taken(Call& call, std::string_view email) {
  bool is_taken = false;
  call.tx.scan(kAccounts, "", [&](std::string_view, Account& account) {
    is_taken = base::equal_ignoring_case(account.email, email);
    return !is_taken;
  });
  return is_taken;
}

std::string new_account_id(Call& call) {
  std::string id;
  do {
    id = call.random_text(1, "123456789") + call.random_text(11, "0123456789");
  } while (call.tx.has(kAccounts, id));
  return id;
}

Value show_request(const CreateRequest& request) {
  Out shown{{"Id", request.id},
            {"AccountName", request.account_name},
            {"State", request.failure.empty() ? "SUCCEEDED" : "FAILED"},
            {"RequestedTimestamp", request.requested_ms},
            {"CompletedTimestamp", request.requested_ms}};
  if (request.failure.empty())
    shown.set("AccountId", request.account);
  else
    shown.set("FailureReason", request.failure);
  return shown;
}

// "The account that you want to leave must not be a delegated administrator account for any AWS service enabled for
// your organization."
base::Result<void> check_may_leave(Call& call, const Organization& organization, const Account& account) {
  if (account.id == organization.management_account)
    return error("MasterCannotLeaveOrganizationException",
                 "You can't remove a management account from an organization.");
  if (call.tx.scan_keys(kDelegations, {.prefix = key(organization.id, account.id), .limit = 1},
                        [](std::string_view) {}) > 0)
    return constraint_violation(
        "CANNOT_REMOVE_DELEGATED_ADMINISTRATOR_FROM_ORG",
        "You cannot remove a delegated administrator account from your organization. Deregister "
        "the delegated administrator, and then try again.");
  if (account.was_created && call.now_ms() < account.joined_ms + kCreatedAgeMinMs)
    return constraint_violation("WAIT_PERIOD_ACTIVE",
                                "After you create an account, you must wait at least seven days before you can remove "
                                "it from the organization.");
  return {};
}

// "AWS Organizations automatically creates an IAM role in the member account that grants administrator permissions to
// users in the management account."
base::Result<void> create_access_role(Call& call, const Organization& organization, const std::string& account,
                                      const std::string& role) {
  const kernel::Client client(
      call, kernel::Principal::service("organizations.amazonaws.com", account, account_arn(organization, account)),
      {account, call.place.region});
  const Value::Map statement{
      {"Effect", "Allow"},
      {"Principal", Value::Map{{"AWS", fmt::format("arn:aws:iam::{}:root", organization.management_account)}}},
      {"Action", "sts:AssumeRole"}};
  const Value trust{Value::Map{{"Version", "2012-10-17"}, {"Statement", Value::List{statement}}}};
  TRY(client.invoke(kernel::operation<iam::Model>("CreateRole"),
                    iam::Out{{"RoleName", role}, {"AssumeRolePolicyDocument", base::to_json(trust)}}));
  TRY(client.invoke(kernel::operation<iam::Model>("AttachRolePolicy"),
                    iam::Out{{"RoleName", role}, {"PolicyArn", "arn:aws:iam::aws:policy/AdministratorAccess"}}));
  return {};
}

}  // namespace

std::int64_t count_accounts(Call& call, const Organization& organization) {
  return static_cast<std::int64_t>(
      call.tx.scan_keys(kMembers, {.prefix = key(organization.id)}, [](std::string_view) {}));
}

// The account is there when this answers: it says SUCCEEDED at once.
//
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateAccount.html
base::Result<Out> CreateAccount(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kNone));
  const TagMap tags = TRY(add_tags(in.list("Tags"), {}));
  if (in.str("RoleName").starts_with("AWSServiceRoleFor"))
    return invalid_input("INVALID_ROLE_NAME",
                         "You provided a role name that isn't valid. A role name can't begin with the reserved prefix "
                         "AWSServiceRoleFor.");
  if (count_accounts(call, organization) >= call.limit(kAccountsMax))
    return constraint_violation("ACCOUNT_NUMBER_LIMIT_EXCEEDED",
                                "You have exceeded the allowed number of AWS accounts.");

  CreateRequest request{.id = "car-" + call.random_text(32, "0123456789abcdef"),
                        .account_name = in.str("AccountName"),
                        .requested_ms = call.now_ms()};
  if (is_email_taken(call, in.str("Email"))) {
    request.failure = "EMAIL_ALREADY_EXISTS";
  } else {
    request.account = new_account_id(call);
    const Account account{.id = request.account,
                          .organization = organization.id,
                          .parent = organization.root,
                          .email = in.str("Email"),
                          .name = request.account_name,
                          .was_created = true,
                          .joined_ms = call.now_ms()};
    add_member(call, organization, account);
    put_tags(call, organization, account.id, tags);
    TRY_VOID(create_access_role(call, organization, account.id,
                                in.has("RoleName") ? in.str("RoleName") : "OrganizationAccountAccessRole"));
  }
  call.tx.put(kCreateRequests, key(organization.id, request.id), request);
  return Out{{"CreateAccountStatus", show_request(request)}};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeCreateAccountStatus.html
base::Result<Out> DescribeCreateAccountStatus(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kRead));
  auto request = call.tx.get(kCreateRequests, key(organization.id, in.str("CreateAccountRequestId")));
  if (!request)
    return error("CreateAccountStatusNotFoundException",
                 "We can't find an create account request with the CreateAccountRequestId that you specified.");
  return Out{{"CreateAccountStatus", show_request(*request)}};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListCreateAccountStatus.html
base::Result<Out> ListCreateAccountStatus(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kRead));
  const Value::List& states = in.list("States");
  return list_rows(call, in, kCreateRequests, key(organization.id), "CreateAccountStatuses",
                   [&](std::string_view, CreateRequest& request) -> std::optional<Value> {
                     Value shown = show_request(request);
                     if (!states.empty() && std::ranges::find(states, shown.at("State")) == states.end()) return {};
                     return shown;
                   });
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeAccount.html
base::Result<Out> DescribeAccount(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kRead));
  const Account account = TRY(find_account(call, organization, in.str("AccountId")));
  return Out{{"Account", show_account(call, organization, account)}};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccounts.html
base::Result<Out> ListAccounts(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kRead));
  return list_rows(call, in, kMembers, key(organization.id), "Accounts",
                   [&](std::string_view member, Mark&) -> std::optional<Value> {
                     store::KeyReader parts(member);
                     parts.text();
                     auto account = call.tx.get(kAccounts, parts.text());
                     return account ? std::optional(show_account(call, organization, *account)) : std::nullopt;
                   });
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_CloseAccount.html
base::Result<Out> CloseAccount(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kNone));
  Account account = TRY(find_account(call, organization, in.str("AccountId")));
  if (!organization.has_all_features)
    return constraint_violation("ORGANIZATION_NOT_IN_ALL_FEATURES_MODE",
                                "You can't perform this operation because your organization doesn't have all features "
                                "enabled.");
  if (account.id == organization.management_account)
    return constraint_violation("CANNOT_CLOSE_MANAGEMENT_ACCOUNT", "You can't close the management account.");
  if (account.closed_ms != 0) return error("AccountAlreadyClosedException", "The provided account is already closed.");
  account.closed_ms = call.now_ms();
  call.tx.put(kAccounts, account.id, account);
  kernel::policies_changed(call, "");
  return Out{};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_MoveAccount.html
base::Result<Out> MoveAccount(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kNone));
  Account account = TRY(find_account(call, organization, in.str("AccountId")));
  if (!is_parent(call, organization, in.str("SourceParentId")) || account.parent != in.str("SourceParentId"))
    return error("SourceParentNotFoundException", "You specified a source parent that doesn't exist.");
  if (!is_parent(call, organization, in.str("DestinationParentId")))
    return error("DestinationParentNotFoundException", "You specified a destination parent that doesn't exist.");
  if (account.parent == in.str("DestinationParentId"))
    return error("DuplicateAccountException", "The account already exists in the destination parent.");
  call.tx.erase(kChildren, key(organization.id, account.parent, account.id));
  account.parent = in.str("DestinationParentId");
  call.tx.put(kChildren, key(organization.id, account.parent, account.id), {});
  call.tx.put(kAccounts, account.id, account);
  kernel::policies_changed(call, "");
  return Out{};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_RemoveAccountFromOrganization.html
base::Result<Out> RemoveAccountFromOrganization(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kNone));
  const Account account = TRY(find_account(call, organization, in.str("AccountId")));
  TRY_VOID(check_may_leave(call, organization, account));
  remove_member(call, organization, account);
  return Out{};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_LeaveOrganization.html
base::Result<Out> LeaveOrganization(Call& call, In) {
  const Account account = TRY(find_caller(call));
  const Organization organization = load_organization(call, account.organization);
  TRY_VOID(check_may_leave(call, organization, account));
  remove_member(call, organization, account);
  return Out{};
}

}  // namespace organizations
