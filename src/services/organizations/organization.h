#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/bytes.h"
#include "base/strings.h"
#include "services/organizations/state.h"
#include "store/key.h"

// What the operations share: who may call them, how things are found and named, lists in pages.
namespace organizations {

using base::Result;
using store::key;

// ---- refusals

// InvalidInputException, ConstraintViolationException and HandshakeConstraintViolationException with their Reason.
std::unexpected<base::Error> invalid_input(std::string_view reason, std::string message);
std::unexpected<base::Error> constraint_violation(std::string_view reason, std::string message);
std::unexpected<base::Error> handshake_violation(std::string_view reason, std::string message);

// What the model demands of the request: Organizations words it in a way of its own. Errors: InvalidInputException.
Result<void> check_input(Call& call);

// ---- who calls

// Who besides the management account may call an operation.
enum class Delegation {
  kNone,
  kByPolicy,  // member accounts that the organization's resource policy admits
  kRead,      // these, and delegated administrators of any service
};

// The caller's account, as a member. Checks the input first. Errors: InvalidInputException,
// AWSOrganizationsNotInUseException.
Result<Account> find_caller(Call& call);
// The organization of the caller, who must be its management account or one of those delegated to. Checks the input
// first. Errors: as find_caller; AccessDeniedException.
Result<Organization> find_managed(Call& call, Delegation delegation);
// The organization with this id, which must exist.
Organization load_organization(Call& call, std::string_view id);
// Whether its resource policy lets the caller do what it is about to.
bool is_admitted_by_policy(Call& call, const Organization& organization);

// ---- things of an organization

// Errors: AccountNotFoundException.
Result<Account> find_account(Call& call, const Organization& organization, std::string_view id);
std::vector<Account> all_accounts(Call& call, const Organization& organization);
std::optional<Unit> get_unit(Call& call, const Organization& organization, std::string_view id);
// Whether it is the root or a unit.
bool is_parent(Call& call, const Organization& organization, std::string_view id);
// Whether policies can stand on it: the root, a unit or an account.
bool is_target(Call& call, const Organization& organization, std::string_view id);
// The ids from the root down to the root, unit or account `id`, which must exist.
std::vector<std::string> line_of(Call& call, const Organization& organization, std::string_view id);
// "o-…/r-…/ou-…/", with the account at its end when the line has one.
std::string path_of(const Organization& organization, const std::vector<std::string>& line);
std::optional<Policy> get_policy(Call& call, const Organization& organization, std::string_view id);

// Enters an account: membership, place in the tree, the policies every account begins with.
void add_member(Call& call, const Organization& organization, const Account& account);
// Takes an account out, with its tags, attachments and delegations.
void remove_member(Call& call, const Organization& organization, const Account& account);

// ---- policies on targets

void attach(Call& call, const Organization& organization, std::string_view target, const Policy& policy);
void detach(Call& call, const Organization& organization, std::string_view target, const Policy& policy);
// Of one type, in the order of their ids.
std::vector<Policy> policies_on(Call& call, const Organization& organization, std::string_view target,
                                std::string_view type);
// What AWS attaches to a new root, unit or account for the types that are enabled.
void attach_defaults(Call& call, const Organization& organization, std::string_view target);
void detach_all(Call& call, const Organization& organization, std::string_view target);

// ---- names

std::string organization_arn(const Organization& organization);
std::string account_arn(const Organization& organization, std::string_view account);
std::string policy_arn(const Organization& organization, const Policy& policy);
// Of a root, unit or account.
std::string target_arn(const Organization& organization, std::string_view id);

Value show_account(Call& call, const Organization& organization, const Account& account);
Value show_root(const Organization& organization);

// ---- tags

using TagMap = std::map<std::string, std::string>;
// The list of a request, added to `tags`. Errors: InvalidInputException, ConstraintViolationException.
Result<TagMap> add_tags(const Value::List& list, TagMap tags);
void put_tags(Call& call, const Organization& organization, std::string_view id, const TagMap& tags);

// ---- lists

inline constexpr std::int64_t kPageMax = 20;

// The key after which the page begins. Errors: InvalidInputException.
Result<std::optional<std::string>> read_token(In in, std::string_view prefix);

// A page of the rows below `prefix`: show(key, row) answers an optional Value, nothing for rows that do not belong.
template <class Row, class Show>
Result<Out> list_rows(Call& call, In in, const store::Table<Row>& table, const std::string& prefix,
                      model::MemberName<Model> member, Show&& show) {
  const std::int64_t count_max = in.num("MaxResults", kPageMax);
  store::Scan scan{.prefix = prefix, .after = TRY(read_token(in, prefix))};
  Value::List list;
  std::string last, next_token;
  call.tx.scan(table, scan, [&](std::string_view row_key, Row& row) {
    std::optional<Value> shown = show(row_key, row);
    if (!shown) return true;
    if (std::ssize(list) == count_max) {
      next_token = base::to_base64(last);
      return false;
    }
    last = row_key;
    list.push_back(*std::move(shown));
    return true;
  });
  Out answer;
  answer.set(member, std::move(list));
  if (!next_token.empty()) answer.set("NextToken", next_token);
  return answer;
}

}  // namespace organizations
