// The elements of a statement: there, of their type, and with contents that mean something.
#include <fmt/format.h>

#include <algorithm>

#include "base/arn.h"
#include "base/strings.h"
#include "policy/checker.h"
#include "policy/patterns_as_sets.h"
#include "policy/statement.h"

namespace policy {

namespace {

constexpr std::string_view kElements[] = {"Sid",       "Effect",   "Principal",   "NotPrincipal", "Action",
                                          "NotAction", "Resource", "NotResource", "Condition"};

constexpr FindingType kError = FindingType::kError, kWarning = FindingType::kWarning,
                      kSuggestion = FindingType::kSuggestion;

void check_names(Checker& checker, const Node& statement, const Path& path) {
  for (const Node::Member& member : statement.members)
    if (std::ranges::find(kElements, member.name) == std::end(kElements))
      checker.add(kError, "INVALID_POLICY_ELEMENT", fmt::format("The policy element {} is not valid.", member.name),
                  name_in(path, member.name), member.begin, member.end);
  constexpr std::pair<std::string_view, std::string_view> kOpposites[] = {
      {"Principal", "NotPrincipal"}, {"Action", "NotAction"}, {"Resource", "NotResource"}};
  for (const auto& [element, opposite] : kOpposites)
    if (statement.find(element) && statement.find(opposite))
      checker.add(
          kError, "UNSUPPORTED_ELEMENT_COMBINATION",
          fmt::format("The policy elements {} and {} can not be used in the same statement. Remove one of these "
                      "elements.",
                      element, opposite),
          path, statement);
}

void check_sid(Checker& checker, const Node& statement, const Path& path) {
  const Node* sid = statement.find("Sid");
  if (!sid) return;
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  const bool is_strict = is_identity_kind(checker.kind()) || checker.kind() == Kind::kTrust;
  if (!sid->is(Node::Type::kText)) {
    checker.add(kError, "DATA_TYPE_MISMATCH", "The text does not match the expected JSON data type string.",
                path / "Sid", *sid);
  } else if (sid->text.empty()) {
    checker.add(kSuggestion, "EMPTY_SID_VALUE", "Add a value to the empty string in the Sid element.", path / "Sid",
                *sid);
  } else if (is_strict && sid->text.find_first_not_of(kLetters) != std::string::npos) {
    checker.add(kError, "INVALID_SID",
                "Update the characters in the Sid element to use one of the following character types: [a-z, A-Z, 0-9]",
                path / "Sid", *sid);
  }
}

void check_effect(Checker& checker, const Node& statement, const Path& path) {
  const Node* effect = statement.find("Effect");
  if (!effect)
    checker.add(kError, "MISSING_EFFECT",
                "Add an Effect element to the policy statement with a value of Allow or Deny.", path, statement);
  else if (!effect->is(Node::Type::kText))
    checker.add(kError, "DATA_TYPE_MISMATCH", "The text does not match the expected JSON data type string.",
                path / "Effect", *effect);
  else if (effect->text != "Allow" && effect->text != "Deny")
    checker.add(kError, "INVALID_EFFECT", fmt::format("The effect {} is not valid. Use Allow or Deny.", effect->text),
                path / "Effect", *effect);
}

// A text or a list of texts, none of them of another type; answers the texts.
std::vector<PlacedText> check_texts(Checker& checker, const Node& element, const Path& path) {
  if (!element.is(Node::Type::kText) && !element.is(Node::Type::kList))
    checker.add(kError, "DATA_TYPE_MISMATCH", "The text does not match the expected JSON data type string.", path,
                element);
  for (std::size_t i = 0; i < element.items.size(); ++i)
    if (!element.items[i].is(Node::Type::kText))
      checker.add(kError, "DATA_TYPE_MISMATCH", "The text does not match the expected JSON data type string.", path / i,
                  element.items[i]);
  return placed_texts(element, path);
}

void check_action(Checker& checker, const PlacedText& action) {
  const std::string& text = action.node->text;
  if (text.find("${") != text.npos)
    checker.add(kError, "VARIABLE_UNSUPPORTED_IN_ELEMENT",
                fmt::format("Policy variables are supported in the Resource and Condition elements. Remove the policy "
                            "variable {} from this element.",
                            text.substr(text.find("${"))),
                action.path, *action.node);
  else if (text != "*" && (text.find(':') == text.npos || text.find(':') == 0 || text.ends_with(':')))
    checker.add(kError, "INVALID_ACTION_FORMAT",
                fmt::format("The action {} is not valid. Use the format service:action.", text), action.path,
                *action.node);
}

// Actions that others of the same element include.
void check_redundant(Checker& checker, const std::vector<PlacedText>& texts, std::string_view issue_code,
                     std::string_view what, Case letters) {
  auto folded = [&](const PlacedText& text) {
    return letters == Case::kIgnored ? base::to_lower(text.node->text) : text.node->text;
  };
  for (std::size_t i = 0; i < texts.size(); ++i)
    for (std::size_t j = 0; j < texts.size(); ++j) {
      const std::string inner = folded(texts[i]), outer = folded(texts[j]);
      // Of two that are the same, the later is the one too many.
      const bool is_included = inner == outer ? i > j : i != j && glob_covers(outer, inner);
      if (!is_included) continue;
      checker.add(
          kSuggestion, issue_code,
          fmt::format("The 1 {} redundant because they provide similar permissions. Update the policy to remove "
                      "the redundant {} such as: {}.",
                      what == "action" ? "action(s) are" : "resource ARN(s) are", what, texts[i].node->text),
          texts[i].path, *texts[i].node);
      break;
    }
}

void check_actions(Checker& checker, const Node& statement, const Path& path) {
  if (!statement.find("Action") && !statement.find("NotAction"))
    checker.add(kError, "MISSING_ACTION", "Add an Action or NotAction element to the policy statement.", path,
                statement);
  for (std::string_view name : {"Action", "NotAction"}) {
    const Node* element = statement.find(name);
    if (!element) continue;
    const std::vector<PlacedText> actions = check_texts(checker, *element, path / name);
    if (element->is(Node::Type::kList) && element->items.empty())
      checker.add(kSuggestion, "EMPTY_ARRAY_ACTION",
                  "This statement includes no actions and does not affect the policy. Specify actions.", path / name,
                  *element);
    for (const PlacedText& action : actions) check_action(checker, action);
    check_redundant(checker, actions, "REDUNDANT_ACTION", "action", Case::kIgnored);
  }
}

void check_variables(Checker& checker, const PlacedText& text, bool has_variables) {
  std::string_view rest = text.node->text;
  for (std::size_t begin = rest.find("${"); begin != rest.npos; begin = rest.find("${")) {
    rest.remove_prefix(begin + 2);
    const std::size_t end = rest.find('}');
    if (!has_variables)
      checker.add(kWarning, "POLICY_VARIABLE_REQUIRES_VERSION",
                  "To include variables in your policy, use the policy version 2012-10-17 or later.", text.path,
                  *text.node);
    if (end == rest.npos)
      checker.add(kError, "MISSING_BRACE_IN_VARIABLE",
                  "The policy variable is missing a closing curly brace. Add } after the variable text.", text.path,
                  *text.node);
    else if (base::trim(rest.substr(0, end)).empty())
      checker.add(kError, "EMPTY_VARIABLE",
                  "Empty policy variable. Remove the ${ } variable structure or provide a variable within the "
                  "structure.",
                  text.path, *text.node);
  }
}

void check_resource(Checker& checker, const PlacedText& resource) {
  const std::string& text = resource.node->text;
  if (text == "*" || text.starts_with("${")) return;
  auto report = [&](std::string_view code, std::string details) {
    checker.add(kError, code, std::move(details), resource.path, *resource.node);
  };
  if (!text.starts_with("arn:") && !text.starts_with('*'))
    return report("INVALID_ARN_PREFIX", "Add the required prefix (arn) to the resource ARN.");
  auto parts = base::split_arn(text);
  if (!parts)
    return text.find('*') == text.npos
               ? report("MISSING_ARN_FIELD",
                        "Resource ARNs must include at least 6 fields in the following structure: "
                        "arn:partition:service:region:account:resource")
               : void();
  const std::string service((*parts)[2]);
  const std::string_view account = (*parts)[4];
  if (service != base::to_lower(service))
    report("INVALID_ARN_SERVICE_CASE",
           fmt::format("Update the service name {} in the resource ARN to use all lowercase letters.", service));
  const bool is_plain = account.find_first_of("*?$") == account.npos && !account.empty() && account != "aws";
  if (is_plain && !base::is_account_id(account))
    report("INVALID_ARN_ACCOUNT",
           fmt::format("The resource ARN account ID {} is not valid. Provide a 12-digit account ID.", account));
  if (service == "iam" && !(*parts)[3].empty())
    report("ARN_REGION_NOT_ALLOWED",
           fmt::format("The service {} does not support specifying a Region in the resource ARN.", service));
  const bool is_bucket = service == "s3" && (*parts)[5].find("accesspoint") == std::string_view::npos;
  if (is_bucket && is_plain)
    report("ARN_ACCOUNT_NOT_ALLOWED",
           fmt::format("The service {} does not support specifying an account ID in the resource ARN.", service));
  if ((*parts)[5].empty())
    report("INVALID_ARN_RESOURCE",
           "Resource ARN does not match the expected ARN format. Update the resource portion of the ARN.");
}

void check_resources(Checker& checker, const Node& statement, const Path& path, bool has_variables) {
  const bool has_resource = statement.find("Resource") || statement.find("NotResource");
  if (!has_resource && checker.kind() != Kind::kTrust)
    checker.add(kError, "MISSING_RESOURCE", "Add a Resource or NotResource element to the policy statement.", path,
                statement);
  for (std::string_view name : {"Resource", "NotResource"}) {
    const Node* element = statement.find(name);
    if (!element) continue;
    if (checker.kind() == Kind::kTrust) {
      checker.add(kError, "INVALID_POLICY_ELEMENT", fmt::format("The policy element {} is not valid.", name),
                  path / name, *element);
      continue;
    }
    const std::vector<PlacedText> resources = check_texts(checker, *element, path / name);
    if (element->is(Node::Type::kList) && element->items.empty())
      checker.add(kSuggestion, "EMPTY_ARRAY_RESOURCE",
                  "This statement includes no resources and does not affect the policy. Specify resources.",
                  path / name, *element);
    for (const PlacedText& resource : resources) {
      check_resource(checker, resource);
      check_variables(checker, resource, has_variables);
    }
    check_redundant(checker, resources, "REDUNDANT_RESOURCE", "resource ARN", Case::kSensitive);
  }
}

bool has_principals(Kind kind) {
  return kind == Kind::kResource || kind == Kind::kTrust || kind == Kind::kResourceControl || kind == Kind::kEndpoint;
}

void check_principals(Checker& checker, const Node& statement, const Path& path) {
  if (has_principals(checker.kind()) && !statement.find("Principal") && !statement.find("NotPrincipal"))
    checker.add(kError, "MISSING_PRINCIPAL", "Add a Principal element to the policy statement.", path, statement);
  for (std::string_view name : {"Principal", "NotPrincipal"}) {
    const Node* element = statement.find(name);
    if (!element) continue;
    const Path at = path / name;
    if (!has_principals(checker.kind())) {
      const bool is_control = checker.kind() == Kind::kServiceControl;
      checker.add(kError, is_control ? "SCP_SYNTAX_ERROR_PRINCIPAL" : "UNSUPPORTED_PRINCIPAL",
                  is_control
                      ? fmt::format("SCPs do not support the {} element. Remove the {} element.", name, name)
                      : fmt::format("The policy type IDENTITY_POLICY does not support the {} element. Remove the "
                                    "{} element.",
                                    name, name),
                  at, *element);
      continue;
    }
    if (element->is(Node::Type::kText) && element->text == "*") continue;
    if (!element->is(Node::Type::kMap)) {
      checker.add(kError, "INVALID_PRINCIPAL_FORMAT",
                  "The Principal element contents are not valid. Specify a key-value pair in the Principal element.",
                  at, *element);
      continue;
    }
    if (element->members.empty())
      checker.add(kSuggestion, "EMPTY_OBJECT_PRINCIPAL",
                  "This statement includes no principals and does not affect the policy. Specify principals.", at,
                  *element);
    constexpr std::string_view kKeys[] = {"AWS", "CanonicalUser", "Federated", "Service"};
    for (const Node::Member& member : element->members) {
      if (std::ranges::find(kKeys, member.name) == std::end(kKeys)) {
        checker.add(kError, "INVALID_PRINCIPAL_KEY", fmt::format("The principal key {} is not valid.", member.name),
                    name_in(at, member.name), member.begin, member.end);
        continue;
      }
      if (member.value.is(Node::Type::kList) && member.value.items.empty())
        checker.add(kSuggestion, "EMPTY_ARRAY_PRINCIPAL",
                    "This statement includes no principals and does not affect the policy. Specify principals.",
                    at / member.name, member.value);
      for (const PlacedText& value : check_texts(checker, member.value, at / member.name))
        if (member.name != "AWS" && value.node->text.find_first_of("*?") != std::string::npos)
          checker.add(kError, "UNSUPPORTED_WILDCARD_IN_PRINCIPAL",
                      fmt::format("Wildcards (*, ?) are not supported with the principal key {}. Replace the wildcard "
                                  "with a valid principal value.",
                                  member.name),
                      value.path, *value.node);
    }
  }
}

}  // namespace

void check_statement(Checker& checker, const Node& statement, const Path& path, bool has_variables) {
  check_names(checker, statement, path);
  check_sid(checker, statement, path);
  check_effect(checker, statement, path);
  check_principals(checker, statement, path);
  check_actions(checker, statement, path);
  check_resources(checker, statement, path, has_variables);
  if (const Node* condition = statement.find("Condition")) check_condition(checker, *condition, path / "Condition");
  check_granted_access(checker, statement, path);
}

}  // namespace policy
