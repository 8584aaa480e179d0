// Trust policies: who may assume a role.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_principal.html
#include "base/arn.h"
#include "base/json.h"
#include "services/iam/iam.h"

namespace iam {

namespace {

std::unexpected<base::Error> invalid_principal(std::string_view kind, std::string_view text) {
  return error("MalformedPolicyDocument", fmt::format("Invalid principal in policy: \"{}\":\"{}\"", kind, text));
}

// What an AWS principal names: the unique id of a user or role, or nothing for accounts, sessions and everybody.
base::Result<std::string> identify_principal(const Call& call, const std::string& text) {
  if (text == "*" || base::is_account_id(text)) return "";
  if (text.starts_with("arn:aws:iam::") && text.ends_with(":root") &&
      base::is_account_id(text.substr(13, text.size() - 18)))
    return "";
  if (text.starts_with("arn:aws:sts::") && text.find('*') == text.npos) return "";
  if (auto user = get_user_by_arn(call, text)) return user->id;
  if (auto role = get_role_by_arn(call, text)) return role->id;
  if (get_entity(call, text)) return text;
  return invalid_principal("AWS", text);
}

bool is_service_name(std::string_view text) {
  return text.ends_with(".amazonaws.com") || text.ends_with(".amazonaws.com.cn") || text.ends_with(".amazon.com") ||
         text.ends_with(".aws.internal") || text.ends_with(".aws");
}

// One text or a list of them.
Value::List texts_of(const Value& node) { return node.is_list() ? node.list() : Value::List{node}; }

// Calls visit(const std::string& principal) -> the text to stand in its place, for each AWS principal of the document.
void rewrite_principals(Value& document, const std::function<std::string(const std::string&)>& rewrite) {
  Value statements = document.at("Statement");
  Value::List changed_statements;
  for (Value statement : texts_of(statements)) {
    for (const char* element : {"Principal", "NotPrincipal"}) {
      const Value& principals = statement.at(element).at("AWS");
      if (principals.is_null()) continue;
      Value::List changed;
      for (const Value& principal : texts_of(principals)) changed.emplace_back(rewrite(principal.str()));
      Value replaced = statement.at(element);
      replaced.set("AWS", principals.is_list() ? Value(changed) : changed.front());
      statement.set(element, replaced);
    }
    changed_statements.push_back(std::move(statement));
  }
  document.set("Statement", statements.is_list() ? Value(changed_statements) : changed_statements.front());
}

// The ARN that the entity has now, or its id when it is no more.
std::string present_name(const Call& call, const std::string& id) {
  auto entity = get_entity(call, id);
  if (!entity) return id;
  store::Transaction tx = call.tx.at({entity->account, ""});
  if (entity->kind == Entity::Kind::kUser) {
    auto user = tx.get(kUsers, name_key(entity->name));
    return user ? entity_arn(entity->account, "user", user->path, user->name) : id;
  }
  auto role = tx.get(kRoles, name_key(entity->name));
  return role ? entity_arn(entity->account, "role", role->path, role->name) : id;
}

}  // namespace

base::Result<void> set_trust_policy(Call& call, const std::string& document, Role& role) {
  TRY_VOID(check_document(call, document, policy::Kind::kTrust));
  if (static_cast<std::int64_t>(policy::size_without_whitespace(document)) > call.limit(kTrustPolicyCharactersMax))
    return error("LimitExceeded",
                 fmt::format("Cannot exceed quota for ACLSizePerRole: {}", call.limit(kTrustPolicyCharactersMax)));
  std::map<std::string, std::string> ids;
  const Value parsed = TRY(base::parse_json(document));
  for (const Value& statement : texts_of(parsed.at("Statement"))) {
    for (const Value& principal : texts_of(statement.at("Principal").at("AWS"))) {
      if (principal.is_null()) continue;
      std::string id = TRY(identify_principal(call, principal.str()));
      if (!id.empty() && id != principal.str()) ids[principal.str()] = id;
    }
    for (const Value& service : texts_of(statement.at("Principal").at("Service")))
      if (!service.is_null() && !is_service_name(service.str())) return invalid_principal("SERVICE", service.str());
  }
  role.trust_policy = document;
  role.trusted_id_of = std::move(ids);
  return {};
}

std::string trust_policy_of(const Call& call, const Role& role) {
  std::map<std::string, std::string> changed;
  for (const auto& [arn, id] : role.trusted_id_of)
    if (std::string name = present_name(call, id); name != arn) changed[arn] = name;
  auto document = base::parse_json(role.trust_policy);
  if (changed.empty() || !document) return role.trust_policy;
  rewrite_principals(*document, [&](const std::string& principal) {
    auto found = changed.find(principal);
    return found == changed.end() ? principal : found->second;
  });
  return base::to_json(*document);
}

}  // namespace iam
