#include <fmt/format.h>

#include "base/strings.h"
#include "policy/document.h"
#include "policy/statement.h"

namespace policy {

namespace {

Result<Statement> compile_statement(const Node& node, Variables variables) {
  Statement statement;
  if (const Node* sid = node.find("Sid")) statement.sid = sid->text;
  statement.allows = node.find("Effect")->text == "Allow";
  statement.is_not_action = node.find("NotAction");
  statement.is_not_resource = node.find("NotResource");
  statement.is_not_principal = node.find("NotPrincipal");
  for (const Node* action : texts_of(node.find(statement.is_not_action ? "NotAction" : "Action")))
    statement.actions.emplace_back(action->text);
  const Node* resources = node.find(statement.is_not_resource ? "NotResource" : "Resource");
  statement.has_resources = resources;
  for (const Node* resource : texts_of(resources)) statement.resources.emplace_back(resource->text, variables);
  if (const Node* principal = node.find(statement.is_not_principal ? "NotPrincipal" : "Principal"))
    statement.principals = TRY(Principals::compile(*principal));
  if (const Node* condition = node.find("Condition"))
    for (const auto& [name, begin, end, keys] : condition->members)
      for (const Node::Member& key : keys.members)
        statement.conditions.emplace_back(name, *parse_operator(name), key.name, key.value, variables);
  return statement;
}

}  // namespace

ActionPattern::ActionPattern(std::string_view action) : written(action) {
  std::size_t colon = action.find(':');
  service = base::to_lower(action.substr(0, colon));
  std::string_view rest = colon == std::string_view::npos ? "*" : action.substr(colon + 1);
  name = Glob(Template(rest, Wildcards::kRead, Variables::kLiteral, Case::kIgnored).fixed());
}

Result<PolicyPtr> compile(std::string_view document, Kind kind) {
  std::size_t error_at = 0;
  auto root = read_document(document, error_at);
  if (!root) {
    if (kind == Kind::kTrust) return malformed("This policy contains invalid Json");
    return malformed(std::string(message_of_syntax(kind)));
  }
  TRY_VOID(check_grammar(*root, kind));
  TRY_VOID(check_elements_of_kind(*root, kind));
  TRY_VOID(check_contents(*root, kind));
  auto policy = std::make_shared<Policy>();
  policy->document = document;
  policy->kind = kind;
  const Node* version = root->find("Version");
  if (version && version->text == "2012-10-17") policy->variables = Variables::kRead;
  for (const Node* node : statements_of(*root)) {
    Statement statement = TRY(compile_statement(*node, policy->variables));
    statement.index = static_cast<int>(policy->statements.size());
    policy->statements.push_back(std::move(statement));
  }
  return policy;
}

std::string_view document_of(const Policy& policy) { return policy.document; }

std::vector<std::string> named_entities(const Policy& policy) {
  std::vector<std::string> arns;
  for (const Statement& statement : policy.statements) {
    if (!statement.principals) continue;
    for (const PrincipalEntry& entry : statement.principals->entries())
      if (entry.type == PrincipalEntry::Type::kArn && entry.value.starts_with("arn:aws:iam:"))
        arns.push_back(entry.value);
  }
  return arns;
}

std::size_t size_without_whitespace(std::string_view document) {
  std::size_t size = 0;
  bool is_in_string = false;
  for (std::size_t i = 0; i < document.size(); ++i) {
    char letter = document[i];
    if (letter == '"') is_in_string = !is_in_string;
    bool is_space = letter == ' ' || letter == '\t' || letter == '\r' || letter == '\n';
    bool is_continuation = (static_cast<unsigned char>(letter) & 0xC0) == 0x80;
    size += (is_in_string || !is_space) && !is_continuation;
    if (is_in_string && letter == '\\' && i + 1 < document.size()) {
      ++i;
      ++size;
    }
  }
  return size;
}

std::vector<std::string> context_keys_of(const Policy& policy) {
  std::vector<std::string> keys;
  for (const Statement& statement : policy.statements) {
    for (const ArnPattern& resource : statement.resources) resource.add_keys(keys);
    for (const Condition& condition : statement.conditions) condition.add_keys(keys);
  }
  std::ranges::sort(keys);
  keys.erase(std::unique(keys.begin(), keys.end()), keys.end());
  return keys;
}

}  // namespace policy
