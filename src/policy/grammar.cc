#include "base/strings.h"
#include "policy/document.h"
#include "policy/statement.h"

// What of the grammar can be seen without knowing what the texts mean.
namespace policy {

namespace {

constexpr std::string_view kStatementElements[] = {"Sid",       "Effect",   "Principal",   "NotPrincipal", "Action",
                                                   "NotAction", "Resource", "NotResource", "Condition"};

bool is_statement_element(std::string_view name) {
  return std::ranges::find(kStatementElements, name) != std::end(kStatementElements);
}

enum class Nulls { kRefused, kIgnored };

bool is_text_or_texts(const Node* element, Nulls nulls) {
  if (!element || element->is(Node::Type::kText)) return true;
  return element->is(Node::Type::kList) && std::ranges::all_of(element->items, [nulls](const Node& item) {
           return item.is(Node::Type::kText) || (nulls == Nulls::kIgnored && item.is(Node::Type::kNull));
         });
}

bool is_valid_condition(const Node* condition) {
  if (!condition) return true;
  if (!condition->is(Node::Type::kMap)) return false;
  for (const auto& [name, begin, end, keys] : condition->members) {
    if (!keys.is(Node::Type::kMap)) return false;
    if (!keys.members.empty() && !parse_operator(name)) return false;
    for (const Node::Member& key : keys.members)
      if (!key.value.is_scalar() &&
          !(key.value.is(Node::Type::kList) && std::ranges::all_of(key.value.items, &Node::is_scalar)))
        return false;
  }
  return true;
}

bool is_valid_statement(const Node& statement) {
  if (!statement.is(Node::Type::kMap)) return false;
  for (const Node::Member& member : statement.members)
    if (!is_statement_element(member.name)) return false;
  auto has = [&](std::string_view name) { return statement.find(name) != nullptr; };
  if ((has("Action") && has("NotAction")) || (has("Resource") && has("NotResource")) ||
      (has("Principal") && has("NotPrincipal")))
    return false;
  const Node* effect = statement.find("Effect");
  if (!effect || !effect->is(Node::Type::kText)) return false;
  if (!base::equal_ignoring_case(effect->text, "Allow") && !base::equal_ignoring_case(effect->text, "Deny"))
    return false;
  const Node* sid = statement.find("Sid");
  if (sid && !sid->is(Node::Type::kText)) return false;
  return is_text_or_texts(statement.find("Action"), Nulls::kRefused) &&
         is_text_or_texts(statement.find("NotAction"), Nulls::kRefused) &&
         is_text_or_texts(statement.find("Resource"), Nulls::kIgnored) &&
         is_text_or_texts(statement.find("NotResource"), Nulls::kIgnored) &&
         is_valid_condition(statement.find("Condition"));
}

bool is_valid_document(const Node& document) {
  if (!document.is(Node::Type::kMap) || has_repeated_names(document)) return false;
  for (const Node::Member& member : document.members)
    if (member.name != "Version" && member.name != "Id" && member.name != "Statement") return false;
  const Node* version = document.find("Version");
  if (version && (!version->is(Node::Type::kText) || (version->text != "2012-10-17" && version->text != "2008-10-17")))
    return false;
  const Node* id = document.find("Id");
  if (id && !id->is(Node::Type::kText)) return false;
  auto statements = statements_of(document);
  return !statements.empty() && std::ranges::all_of(statements, [](const Node* s) { return is_valid_statement(*s); });
}

// RCPFullAWSAccess, the one resource control policy that allows.
bool is_full_access(const Node& statement) {
  auto is_star = [&](std::string_view name) {
    auto texts = texts_of(statement.find(name));
    return texts.size() == 1 && texts[0]->text == "*";
  };
  return is_star("Principal") && is_star("Action") && is_star("Resource") && !statement.find("Condition");
}

bool is_valid_resource_control(const Node& statement) {
  if (statement.find("NotPrincipal") || statement.find("NotAction")) return false;
  const Node* principal = statement.find("Principal");
  if (!principal || principal->text != "*") return false;
  if (statement.find("Effect")->text == "Allow") return is_full_access(statement);
  return std::ranges::none_of(texts_of(statement.find("Action")), [](const Node* a) { return a->text == "*"; });
}

Result<void> check_organization_policy(const Node& document, Kind kind) {
  for (const Node* statement : statements_of(document)) {
    bool has_principal = statement->find("Principal") || statement->find("NotPrincipal");
    if (kind == Kind::kServiceControl ? has_principal : !is_valid_resource_control(*statement))
      return malformed(std::string(message_of_syntax(kind)));
  }
  return {};
}

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecuritytokenservice.html
constexpr std::string_view kTrustActions[] = {"sts:*",
                                              "sts:assumerole",
                                              "sts:assumerolewithsaml",
                                              "sts:assumerolewithwebidentity",
                                              "sts:assumeroot",
                                              "sts:decodeauthorizationmessage",
                                              "sts:getaccesskeyinfo",
                                              "sts:getcalleridentity",
                                              "sts:getfederationtoken",
                                              "sts:getservicebearertoken",
                                              "sts:getsessiontoken",
                                              "sts:setcontext",
                                              "sts:setsourceidentity",
                                              "sts:tagsession"};

bool may_be_in_trust_policy(std::string_view action) {
  ActionPattern pattern(action);
  return pattern.service == "sts" && std::ranges::any_of(kTrustActions, [&](std::string_view known) {
           return pattern.name.matches(known.substr(4));
         });
}

Result<void> check_trust_statement(const Node& statement) {
  if (!statement.find("Principal") && !statement.find("NotPrincipal"))
    return malformed("Missing required field Principal");
  for (std::string_view name : {"Resource", "NotResource", "NotAction"})
    if (statement.find(name)) return malformed("Has prohibited field " + std::string(name));
  auto actions = texts_of(statement.find("Action"));
  if (actions.empty()) return malformed("Missing required field Action");
  for (const Node* action : actions)
    if (!may_be_in_trust_policy(action->text))
      return malformed("AssumeRole policy may only specify STS AssumeRole actions.");
  return {};
}

}  // namespace

std::vector<const Node*> statements_of(const Node& document) {
  std::vector<const Node*> statements;
  const Node* element = document.find("Statement");
  if (!element) return statements;
  if (!element->is(Node::Type::kList)) return {element};
  for (const Node& statement : element->items) statements.push_back(&statement);
  return statements;
}

std::vector<const Node*> texts_of(const Node* element) {
  std::vector<const Node*> texts;
  if (!element) return texts;
  if (element->is(Node::Type::kText)) return {element};
  for (const Node& item : element->items)
    if (item.is(Node::Type::kText)) texts.push_back(&item);
  return texts;
}

std::string_view message_of_syntax(Kind kind) {
  if (kind == Kind::kServiceControl || kind == Kind::kResourceControl)
    return "The provided policy document does not meet the requirements of the specified policy type.";
  return "Syntax errors in policy.";
}

bool is_identity_kind(Kind kind) {
  return kind == Kind::kIdentity || kind == Kind::kManaged || kind == Kind::kBoundary || kind == Kind::kSession;
}

Result<void> check_grammar(const Node& document, Kind kind) {
  if (!is_valid_document(document)) return malformed(std::string(message_of_syntax(kind)));
  const Node* version = document.find("Version");
  if (kind == Kind::kManaged && (!version || version->text != "2012-10-17"))
    return malformed("Policy document must be version 2012-10-17 or greater.");
  return {};
}

Result<void> check_elements_of_kind(const Node& document, Kind kind) {
  if (kind == Kind::kServiceControl || kind == Kind::kResourceControl) return check_organization_policy(document, kind);
  for (const Node* statement : statements_of(document)) {
    bool has_principal = statement->find("Principal") || statement->find("NotPrincipal");
    if (is_identity_kind(kind) && has_principal) return malformed("Policy document should not specify a principal.");
    if ((kind == Kind::kResource || kind == Kind::kEndpoint) && !has_principal)
      return malformed("Missing required field Principal");
    if (kind == Kind::kTrust) TRY_VOID(check_trust_statement(*statement));
  }
  return {};
}

}  // namespace policy
