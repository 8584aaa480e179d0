// Which policies let an entity use a service.
#include "base/json.h"
#include "base/strings.h"
#include "services/iam/access.h"

namespace iam {

namespace {

Value::List texts_in(const Value& node) {
  if (node.is_null()) return {};
  return node.is_list() ? node.list() : Value::List{node};
}

// "s3" of "s3:Get*"; "*" of "*".
std::string namespace_of(const Value& action) { return base::to_lower(action.str().substr(0, action.str().find(':'))); }

// Whether some statement of the document allows an action of the service.
bool grants_access(const std::string& document, const std::string& service) {
  auto parsed = base::parse_json(document);
  if (!parsed) return false;
  for (const Value& statement : texts_in(parsed->at("Statement"))) {
    if (statement.at("Effect").str() != "Allow") continue;
    for (const Value& action : texts_in(statement.at("Action")))
      if (namespace_of(action) == "*" || namespace_of(action) == service) return true;
    if (!statement.has("NotAction")) continue;
    bool is_all_excluded = false;
    for (const Value& action : texts_in(statement.at("NotAction")))
      is_all_excluded |= action.str() == "*" || base::to_lower(action.str()) == service + ":*";
    if (!is_all_excluded) return true;
  }
  return false;
}

std::string_view entity_type(Entity::Kind kind) {
  return kind == Entity::Kind::kUser ? "USER" : kind == Entity::Kind::kGroup ? "GROUP" : "ROLE";
}

void add_grants(const Call& call, const Owner& owner, const std::string& service, Value::List& grants) {
  for (const auto& [name, policy] : inline_policies_of(call, owner.id))
    if (grants_access(policy.document, service))
      grants.push_back(Out{{"PolicyName", name},
                           {"PolicyType", "INLINE"},
                           {"EntityType", entity_type(owner.kind)},
                           {"EntityName", owner.name}});
  for (const std::string& arn : attached_policies(call, owner.id))
    if (grants_access(policy_document(call, arn).value_or(""), service))
      grants.push_back(Out{{"PolicyName", parse_entity_arn(arn).value_or(EntityArn{}).name},
                           {"PolicyType", "MANAGED"},
                           {"PolicyArn", arn}});
}

}  // namespace

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPoliciesGrantingServiceAccess.html
base::Result<Out> ListPoliciesGrantingServiceAccess(Call& call, In in) {
  auto parsed = parse_entity_arn(in.str("Arn"));
  if (!parsed || (parsed->type != "user" && parsed->type != "group" && parsed->type != "role"))
    return error("InvalidInput", fmt::format("ARN {} is not valid.", in.str("Arn")));
  const Entity::Kind kind = parsed->type == "user"    ? Entity::Kind::kUser
                            : parsed->type == "group" ? Entity::Kind::kGroup
                                                      : Entity::Kind::kRole;
  std::vector<Owner> owners{TRY(find_owner(call, kind, parsed->name, Purpose::kRead))};
  // "For users, the list includes policies that are attached to the groups the user belongs to."
  if (kind == Entity::Kind::kUser)
    for (const Group& group : groups_of_user(call, owners.front().id))
      owners.push_back({.kind = Entity::Kind::kGroup, .id = group.id, .name = group.name});
  Value::List entries;
  for (const Value& service : in.list("ServiceNamespaces")) {
    Value::List grants;
    for (const Owner& owner : owners) add_grants(call, owner, base::to_lower(service.str()), grants);
    entries.push_back(Out{{"ServiceNamespace", service.str()}, {"Policies", grants}});
  }
  return Out{{"PoliciesGrantingServiceAccess", entries}, {"IsTruncated", false}};
}

}  // namespace iam
