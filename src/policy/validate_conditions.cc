#include <fmt/format.h>

#include "base/strings.h"
#include "policy/validator.h"

// The checks of principals and conditions.
namespace policy {

namespace {

// Keys of AWS that hold several values; all others of the prefix hold one.
bool is_multivalued(std::string_view key) {
  return key == "aws:tagkeys" || key == "aws:calledvia" || key == "aws:principalorgpaths" ||
         key == "aws:sourceorgpaths" || key == "aws:resourceorgpaths" || key == "aws:principalservicenameslist";
}

}  // namespace

void Validator::check_principal(const Node& statement, std::string_view name, const Path& path) {
  const Node* element = statement.find(name);
  if (!element) return;
  if (element->is(Node::Type::kText) && element->text == "*") return;
  if (!element->is(Node::Type::kMap))
    return error("INVALID_PRINCIPAL_FORMAT",
                 "The Principal element contents are not valid. Specify a key-value pair in the Principal element.",
                 path / name, range(*element));
  if (element->members.empty())
    add(FindingType::kSuggestion, "EMPTY_OBJECT_PRINCIPAL",
        "This statement includes no principals and does not affect the policy. Specify principals.", path / name,
        range(*element));
  for (const Node::Member& member : element->members) {
    if (member.name != "AWS" && member.name != "Service" && member.name != "Federated" &&
        member.name != "CanonicalUser") {
      error("INVALID_PRINCIPAL_KEY", fmt::format("The principal key {} is not valid.", member.name),
            key_of(path / name, member.name), {member.begin, member.end});
      continue;
    }
    for (const Node* text : texts_of(&member.value))
      if (has_wildcard_letter(text->text) && (member.name != "AWS" || text->text != "*"))
        error("UNSUPPORTED_WILDCARD_IN_PRINCIPAL",
              fmt::format("Wildcards (*, ?) are not supported with the principal key {}. Replace the wildcard with a "
                          "valid principal value.",
                          member.name),
              path / name / member.name, range(*text));
  }
}

void Validator::check_pass_role(const Node& statement, const Path& path) {
  const Node *effect = statement.find("Effect"), *condition = statement.find("Condition");
  if (!effect || effect->text != "Allow") return;
  bool is_narrowed = false;
  for (std::size_t i = 0; condition && i < condition->members.size(); ++i)
    for (const Node::Member& key : condition->members[i].value.members)
      is_narrowed |= base::equal_ignoring_case(key.name, "iam:PassedToService");
  bool has_star = std::ranges::any_of(texts_of(statement.find("Resource")), [](const Node* resource) {
    return resource->text == "*" || resource->text.ends_with(":role/*") || resource->text.ends_with(":*");
  });
  if (is_narrowed || !has_star) return;
  constexpr std::string_view kAdvice =
      "can be overly permissive because it allows iam:PassRole permissions on multiple resources. We recommend that "
      "you specify resource ARNs or add the iam:PassedToService condition key to your statement.";
  for (const Node* action : texts_of(statement.find("Action"))) {
    ActionPattern pattern(action->text);
    if (!pattern.matches("iam", "passrole")) continue;
    bool is_wild = has_wildcard_letter(action->text);
    add(FindingType::kSecurityWarning,
        is_wild ? "PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE" : "PASS_ROLE_WITH_STAR_IN_RESOURCE",
        is_wild ? fmt::format("Using wildcards (*) in the action and the resource {}", kAdvice)
                : fmt::format("Using the iam:PassRole action with wildcards (*) in the resource {}", kAdvice),
        path / "Action", range(*action));
  }
}

void Validator::check_conditions(const Node& condition, const Path& path) {
  if (!condition.is(Node::Type::kMap)) return check_type(condition, false, "OBJECT", path);
  if (condition.members.empty())
    add(FindingType::kSuggestion, "EMPTY_OBJECT_CONDITION",
        "This condition block is empty and it does not affect the policy. Specify conditions.", path, range(condition));
  for (const Node::Member& block : condition.members) check_operator(block.name, block, path);
}

void Validator::check_operator(std::string_view name, const Node::Member& block, const Path& path) {
  auto how = parse_operator(name);
  Range where{block.begin, block.end};
  if (!how) {
    if (name.ends_with("NullIfExists"))
      return error("NULL_WITH_IF_EXISTS",
                   "The Null condition operator cannot be used with the IfExists suffix. Update the operator or the "
                   "suffix.",
                   key_of(path, name), where);
    return error("INVALID_CONDITION_OPERATOR",
                 fmt::format("The condition operator {} is not valid. Use a valid condition operator.", name),
                 key_of(path, name), where);
  }
  if (!block.value.is(Node::Type::kMap)) return check_type(block.value, false, "OBJECT", path / name);
  std::set<std::string> keys;
  for (const Node::Member& key : block.value.members) {
    if (!keys.insert(base::to_lower(key.name)).second)
      error("DUPLICATE_KEYS_WITH_DIFFERENT_CASE",
            fmt::format("The condition key {} appears more than once with different capitalization in the same "
                        "condition block. Remove the duplicate condition keys.",
                        key.name),
            key_of(path / name, key.name), {key.begin, key.end});
    if (key.name.find(':') == std::string::npos)
      error("INVALID_CONDITION_KEY_FORMAT",
            fmt::format("The condition key format {} is not valid. Use the format service:keyname.", key.name),
            key_of(path / name, key.name), {key.begin, key.end});
    check_condition_values(*how, name, key, path / name / key.name);
  }
}

void Validator::check_condition_values(const Operator& how, std::string_view name, const Node::Member& key,
                                       const Path& path) {
  std::string lowered = base::to_lower(key.name);
  if (how.set == Operator::Set::kAll && lowered.starts_with("aws:") && !is_multivalued(lowered))
    add(FindingType::kSecurityWarning, "FORALLVALUES_WITH_SINGLE_VALUED_KEY",
        fmt::format("Using ForAllValues qualifier with the single-valued condition key {} can be overly permissive. We "
                    "recommend that you remove ForAllValues:.",
                    key.name),
        path, {key.begin, key.end});
  if (how.type == Operator::Type::kBool && key.value.is(Node::Type::kList) && key.value.items.size() > 1)
    error("INVALID_CONDITION_MULTIPLE_BOOLEAN",
          fmt::format("The condition key {} does not support multiple Boolean values. Use a single Boolean value.",
                      key.name),
          path, range(key.value));
  if (key.value.is(Node::Type::kList) && key.value.items.empty())
    add(FindingType::kSuggestion, "EMPTY_ARRAY_CONDITION",
        fmt::format("There are no values for the condition key {} and it does not affect the policy. Specify "
                    "conditions.",
                    key.name),
        path, range(key.value));
  for (const Node* value : texts_of(&key.value)) {
    bool is_plain_text = how.type == Operator::Type::kString && !how.has_wildcards;
    if (is_plain_text && has_wildcard_letter(value->text) && value->text.find("${") == std::string::npos)
      add(FindingType::kWarning, "WILDCARD_WITHOUT_LIKE_OPERATOR",
          "Your condition value includes a * or ? character. If you meant to use a wildcard (*, ?), update the "
          "condition operator to include Like.",
          path, range(*value));
    bool is_unreadable = (how.type == Operator::Type::kIpAddress && !parse_network(value->text)) ||
                         (how.type == Operator::Type::kDate && !parse_moment(value->text)) ||
                         (how.type == Operator::Type::kNumeric && !base::parse_number<double>(value->text));
    if (is_unreadable)
      error("TYPE_MISMATCH",
            fmt::format("The value {} is not of the data type of the condition operator {}.", value->text, name), path,
            range(*value));
  }
}

}  // namespace policy
