// The tree: organizational units, and what stands under and over what.
#include "base/arn.h"
#include "services/organizations/organization.h"
#include "services/organizations/service_limits.h"

namespace organizations {

namespace {

constexpr std::string_view kUnitAlphabet = "abcdefghijklmnopqrstuvwxyz0123456789";

std::unexpected<base::Error> parent_not_found() {
  return error("ParentNotFoundException", "You specified parent that doesn't exist.");
}

base::Result<Unit> find_unit(Call& call, const Organization& organization, std::string_view id) {
  auto unit = get_unit(call, organization, id);
  if (!unit)
    return error("OrganizationalUnitNotFoundException", "You specified an organizational unit that doesn't exist.");
  return *unit;
}

Value show_unit(Call& call, const Organization& organization, const Unit& unit) {
  return Out{{"Id", unit.id},
             {"Arn", target_arn(organization, unit.id)},
             {"Name", unit.name},
             {"Path", path_of(organization, line_of(call, organization, unit.id))}};
}

// "The name must be unique within the parent root or OU."
bool is_name_taken(Call& call, const Organization& organization, std::string_view parent, std::string_view name) {
  bool is_taken = false;
  call.tx.scan_keys(kChildren, {.prefix = key(organization.id, parent)}, [&](std::string_view child) {
    store::KeyReader parts(child);
    parts.text(), parts.text();
    auto unit = get_unit(call, organization, parts.text());
    is_taken = unit && unit->name == name;
    return !is_taken;
  });
  return is_taken;
}

std::string child_of(std::string_view child_key) {
  store::KeyReader parts(child_key);
  parts.text(), parts.text();
  return parts.text();
}

}  // namespace

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_CreateOrganizationalUnit.html
base::Result<Out> CreateOrganizationalUnit(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kNone));
  const std::string& parent = in.str("ParentId");
  if (!is_parent(call, organization, parent)) return parent_not_found();
  const TagMap tags = TRY(add_tags(in.list("Tags"), {}));
  if (is_name_taken(call, organization, parent, in.str("Name")))
    return error("DuplicateOrganizationalUnitException", "An OU with the same name already exists.");
  // The line has the root in it: a parent of the fifth level has six.
  if (line_of(call, organization, parent).size() > kUnitLevelsMax)
    return constraint_violation("OU_DEPTH_LIMIT_EXCEEDED",
                                "You attempted to create an OU tree that is too many levels deep.");
  if (call.tx.scan_keys(kUnits, {.prefix = key(organization.id)}, [](std::string_view) {}) >= kUnitsMax)
    return constraint_violation("OU_NUMBER_LIMIT_EXCEEDED",
                                "You attempted to exceed the number of OUs that you can have in an organization.");

  const Unit unit{.id = fmt::format("ou-{}-{}", organization.root.substr(2), call.random_text(8, kUnitAlphabet)),
                  .name = in.str("Name"),
                  .parent = parent};
  call.tx.put(kUnits, key(organization.id, unit.id), unit);
  call.tx.put(kChildren, key(organization.id, parent, unit.id), {});
  attach_defaults(call, organization, unit.id);
  put_tags(call, organization, unit.id, tags);
  return Out{{"OrganizationalUnit", show_unit(call, organization, unit)}};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_UpdateOrganizationalUnit.html
base::Result<Out> UpdateOrganizationalUnit(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kNone));
  Unit unit = TRY(find_unit(call, organization, in.str("OrganizationalUnitId")));
  if (in.has("Name") && in.str("Name") != unit.name) {
    if (is_name_taken(call, organization, unit.parent, in.str("Name")))
      return error("DuplicateOrganizationalUnitException", "An OU with the same name already exists.");
    unit.name = in.str("Name");
    call.tx.put(kUnits, key(organization.id, unit.id), unit);
  }
  return Out{{"OrganizationalUnit", show_unit(call, organization, unit)}};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DeleteOrganizationalUnit.html
base::Result<Out> DeleteOrganizationalUnit(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kNone));
  const Unit unit = TRY(find_unit(call, organization, in.str("OrganizationalUnitId")));
  if (call.tx.scan_keys(kChildren, {.prefix = key(organization.id, unit.id), .limit = 1}, [](std::string_view) {}) > 0)
    return error("OrganizationalUnitNotEmptyException",
                 "The specified OU is not empty. Move all accounts to another root or to other OUs, remove all child "
                 "OUs, and try the operation again.");
  detach_all(call, organization, unit.id);
  call.tx.erase(kTags, key(organization.id, unit.id));
  call.tx.erase(kChildren, key(organization.id, unit.parent, unit.id));
  call.tx.erase(kUnits, key(organization.id, unit.id));
  return Out{};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeOrganizationalUnit.html
base::Result<Out> DescribeOrganizationalUnit(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kRead));
  const Unit unit = TRY(find_unit(call, organization, in.str("OrganizationalUnitId")));
  return Out{{"OrganizationalUnit", show_unit(call, organization, unit)}};
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListOrganizationalUnitsForParent.html
base::Result<Out> ListOrganizationalUnitsForParent(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kRead));
  if (!is_parent(call, organization, in.str("ParentId"))) return parent_not_found();
  return list_rows(call, in, kChildren, key(organization.id, in.str("ParentId")), "OrganizationalUnits",
                   [&](std::string_view child, Mark&) -> std::optional<Value> {
                     auto unit = get_unit(call, organization, child_of(child));
                     return unit ? std::optional(show_unit(call, organization, *unit)) : std::nullopt;
                   });
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListAccountsForParent.html
base::Result<Out> ListAccountsForParent(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kRead));
  if (!is_parent(call, organization, in.str("ParentId"))) return parent_not_found();
  return list_rows(call, in, kChildren, key(organization.id, in.str("ParentId")), "Accounts",
                   [&](std::string_view child, Mark&) -> std::optional<Value> {
                     const std::string id = child_of(child);
                     auto account = base::is_account_id(id) ? call.tx.get(kAccounts, id) : std::nullopt;
                     return account ? std::optional(show_account(call, organization, *account)) : std::nullopt;
                   });
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListChildren.html
base::Result<Out> ListChildren(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kRead));
  if (!is_parent(call, organization, in.str("ParentId"))) return parent_not_found();
  const bool wants_accounts = in.str("ChildType") == "ACCOUNT";
  return list_rows(call, in, kChildren, key(organization.id, in.str("ParentId")), "Children",
                   [&](std::string_view child, Mark&) -> std::optional<Value> {
                     const std::string id = child_of(child);
                     if (base::is_account_id(id) != wants_accounts) return std::nullopt;
                     return Out{{"Id", id}, {"Type", in.str("ChildType")}};
                   });
}

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_ListParents.html
base::Result<Out> ListParents(Call& call, In in) {
  const Organization organization = TRY(find_managed(call, Delegation::kRead));
  TRY(read_token(in, ""));
  std::string parent;
  if (auto unit = get_unit(call, organization, in.str("ChildId"))) parent = unit->parent;
  if (auto account = find_account(call, organization, in.str("ChildId"))) parent = account->parent;
  if (parent.empty()) return error("ChildNotFoundException", "You specified a child that doesn't exist.");
  return Out{{"Parents", Value::List{Out{{"Id", parent},
                                         {"Type", parent == organization.root ? "ROOT" : "ORGANIZATIONAL_UNIT"}}}}};
}

}  // namespace organizations
