#include "policy/validate.h"

#include <fmt/format.h>

#include "base/strings.h"
#include "policy/validator.h"

namespace policy {

namespace {

// The page has an anchor for each check, made of its type and code.
std::string learn_more_about(FindingType type, std::string_view code) {
  std::string anchor = base::to_lower(fmt::format("{}-{}", name_of(type), code));
  std::ranges::replace(anchor, '_', '-');
  constexpr std::string_view kPage =
      "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
      "#access-analyzer-reference-policy-checks-";
  return std::string(kPage) + anchor;
}

std::string_view policy_type_name(Kind kind) {
  switch (kind) {
    case Kind::kServiceControl: return "SERVICE_CONTROL_POLICY";
    case Kind::kResourceControl: return "RESOURCE_CONTROL_POLICY";
    case Kind::kResource:
    case Kind::kTrust:
    case Kind::kEndpoint: return "RESOURCE_POLICY";
    default: return "IDENTITY_POLICY";
  }
}

}  // namespace

std::vector<Finding> Validator::run() {
  std::size_t error_at = 0;
  auto root = read_document(document_, error_at);
  if (!root) {
    Position at = position(error_at);
    add(FindingType::kError, "JSON_SYNTAX_ERROR",
        fmt::format("Fix the JSON syntax error at index {} line {} column {}.", at.offset, at.line, at.column), {},
        {error_at, error_at});
    return std::move(findings_);
  }
  check_document(*root);
  return std::move(findings_);
}

Position Validator::position(std::size_t byte) const {
  Position at;
  for (std::size_t i = 0; i < byte && i < document_.size(); ++i) {
    if ((static_cast<unsigned char>(document_[i]) & 0xC0) == 0x80) continue;
    ++at.offset;
    ++at.column;
    if (document_[i] == '\n') at.column = 0, ++at.line;
  }
  return at;
}

void Validator::add(FindingType type, std::string_view code, std::string details, Path path, Range where) {
  Location location{.path = std::move(path), .span = {position(where.begin), position(where.end)}};
  findings_.push_back({.type = type,
                       .issue_code = std::string(code),
                       .details = std::move(details),
                       .learn_more = learn_more_about(type, code),
                       .locations = {std::move(location)}});
}

void Validator::check_type(const Node& node, bool is_right, std::string_view expected, const Path& path) {
  if (!is_right)
    error("DATA_TYPE_MISMATCH", fmt::format("Update the text to use the {} JSON data type.", expected), path,
          range(node));
}

void Validator::check_document(const Node& root) {
  if (!root.is(Node::Type::kMap)) return check_type(root, false, "OBJECT", {});
  for (const Node::Member& member : root.members)
    if (member.name != "Version" && member.name != "Id" && member.name != "Statement")
      error("INVALID_POLICY_ELEMENT", fmt::format("The policy element {} is not valid.", member.name),
            key_of({}, member.name), {member.begin, member.end});
  check_version(root);
  if (const Node* id = root.find("Id")) check_type(*id, id->is(Node::Type::kText), "STRING", Path() / "Id");
  const Node* element = root.find("Statement");
  if (!element || (element->is(Node::Type::kList) && element->items.empty()))
    return error("MISSING_STATEMENT", "Add a statement to the policy.", {}, range(root));
  if (!element->is(Node::Type::kList)) return check_statement(*element, Path() / "Statement");
  int index = 0;
  for (const Node& statement : element->items) check_statement(statement, Path() / "Statement" / index++);
}

void Validator::check_version(const Node& root) {
  const Node* version = root.find("Version");
  if (!version)
    return add(FindingType::kWarning, "MISSING_VERSION",
               "We recommend that you specify the Version element to help you with debugging permission issues.", {},
               range(root));
  check_type(*version, version->is(Node::Type::kText), "STRING", Path() / "Version");
  if (version->is(Node::Type::kText) && version->text != "2012-10-17" && version->text != "2008-10-17")
    error("INVALID_VERSION",
          fmt::format("The version {} is not valid. Use one of the following versions: 2012-10-17, 2008-10-17",
                      version->text),
          Path() / "Version", range(*version));
}

void Validator::check_statement(const Node& statement, const Path& path) {
  if (!statement.is(Node::Type::kMap)) return check_type(statement, false, "OBJECT", path);
  constexpr std::string_view kElements[] = {"Sid",       "Effect",   "Principal",   "NotPrincipal", "Action",
                                            "NotAction", "Resource", "NotResource", "Condition"};
  for (const Node::Member& member : statement.members)
    if (std::ranges::find(kElements, member.name) == std::end(kElements))
      error("INVALID_POLICY_ELEMENT", fmt::format("The policy element {} is not valid.", member.name),
            key_of(path, member.name), {member.begin, member.end});
  check_required(statement, path);
  check_combinations(statement, path);
  check_sid(statement, path);
  check_effect(statement, path);
  for (std::string_view name : {"Action", "NotAction", "Resource", "NotResource"}) check_texts(statement, name, path);
  for (std::string_view name : {"Principal", "NotPrincipal"}) check_principal(statement, name, path);
  if (const Node* condition = statement.find("Condition")) check_conditions(*condition, path / "Condition");
  check_pass_role(statement, path);
}

void Validator::check_required(const Node& statement, const Path& path) {
  auto has = [&](std::string_view name) { return statement.find(name) || statement.find("Not" + std::string(name)); };
  if (!statement.find("Effect"))
    error("MISSING_EFFECT", "Add an Effect element to the policy statement with a value of Allow or Deny.", path,
          range(statement));
  if (!has("Action"))
    error("MISSING_ACTION", "Add an Action or NotAction element to the policy statement.", path, range(statement));
  if (kind_ != Kind::kTrust && !has("Resource"))
    error("MISSING_RESOURCE", "Add a Resource or NotResource element to the policy statement.", path, range(statement));
  bool takes_principal = !is_identity_kind(kind_) && kind_ != Kind::kServiceControl;
  if (takes_principal && !has("Principal"))
    error("MISSING_PRINCIPAL", "Add a Principal element to the policy statement.", path, range(statement));
  for (const Node::Member& member : statement.members)
    if (!takes_principal && (member.name == "Principal" || member.name == "NotPrincipal"))
      error("UNSUPPORTED_PRINCIPAL",
            fmt::format("The policy type {} does not support the Principal element. Remove the Principal element.",
                        policy_type_name(kind_)),
            key_of(path, member.name), {member.begin, member.end});
}

void Validator::check_combinations(const Node& statement, const Path& path) {
  for (std::string_view name : {"Action", "Resource", "Principal"}) {
    std::string other = "Not" + std::string(name);
    if (statement.find(name) && statement.find(other))
      error("UNSUPPORTED_ELEMENT_COMBINATION",
            fmt::format("The policy elements {} and {} can not be used in the same statement. Remove one of these "
                        "elements.",
                        name, other),
            path, range(statement));
  }
  const Node* effect = statement.find("Effect");
  if (effect && effect->text == "Allow" && statement.find("NotPrincipal"))
    add(FindingType::kSecurityWarning, "ALLOW_WITH_NOT_PRINCIPAL",
        "Using Allow with NotPrincipal can be overly permissive. We recommend that you use Principal instead.",
        path / "NotPrincipal", range(*statement.find("NotPrincipal")));
}

void Validator::check_sid(const Node& statement, const Path& path) {
  const Node* sid = statement.find("Sid");
  if (!sid) return;
  if (!sid->is(Node::Type::kText)) return check_type(*sid, false, "STRING", path / "Sid");
  if (sid->text.empty())
    return add(FindingType::kSuggestion, "EMPTY_SID_VALUE", "Add a value to the empty string in the Sid element.",
               path / "Sid", range(*sid));
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
  if (is_identity_kind(kind_) && sid->text.find_first_not_of(kLetters) != std::string::npos)
    error("UNSUPPORTED_SID",
          "Update the characters in the Sid element to use one of the following character types: [a-z, A-Z, 0-9]",
          path / "Sid", range(*sid));
  if (!sids_.insert(sid->text).second)
    add(FindingType::kWarning, "UNIQUE_SIDS_RECOMMENDED",
        "We recommend that you use statement IDs that are unique to your policy. Update the Sid value.", path / "Sid",
        range(*sid));
}

void Validator::check_effect(const Node& statement, const Path& path) {
  const Node* effect = statement.find("Effect");
  if (!effect) return;
  if (!effect->is(Node::Type::kText)) return check_type(*effect, false, "STRING", path / "Effect");
  if (effect->text != "Allow" && effect->text != "Deny")
    error("INVALID_EFFECT", fmt::format("The effect {} is not valid. Use Allow or Deny.", effect->text),
          path / "Effect", range(*effect));
}

void Validator::check_texts(const Node& statement, std::string_view name, const Path& path) {
  const Node* element = statement.find(name);
  if (!element) return;
  bool is_action = name.ends_with("Action");
  auto check_one = [&](const Node& node, const Path& at) {
    if (!node.is(Node::Type::kText)) return check_type(node, false, "STRING", at);
    is_action ? check_action(node, at) : check_resource(node, at);
  };
  if (!element->is(Node::Type::kList)) return check_one(*element, path / name);
  if (element->items.empty())
    add(FindingType::kSuggestion, is_action ? "EMPTY_ARRAY_ACTION" : "EMPTY_ARRAY_RESOURCE",
        is_action ? "This statement includes no actions and does not affect the policy. Specify actions."
                  : "This statement includes no resources and does not affect the policy. Specify resources.",
        path / name, range(*element));
  int index = 0;
  for (const Node& item : element->items) check_one(item, path / name / index++);
}

void Validator::check_action(const Node& action, const Path& path) {
  if (action.text == "*") return;
  if (std::ranges::count(action.text, ':') != 1)
    error("INVALID_ACTION", fmt::format("The action {} does not exist.", action.text), path, range(action));
}

void Validator::check_resource(const Node& resource, const Path& path) {
  const std::string& text = resource.text;
  if (text == "*") return;
  auto where = range(resource);
  if (!text.starts_with("arn:"))
    return error("INVALID_ARN_PREFIX", "Add the required prefix (arn) to the resource ARN.", path, where);
  auto parts = parts_of_arn(text);
  if (!parts)
    return error("MISSING_ARN_FIELD",
                 "Resource ARNs must include at least 6 fields in the following structure: "
                 "arn:partition:service:region:account:resource",
                 path, where);
  std::string_view account = (*parts)[4];
  bool is_open = account.empty() || has_wildcard_letter(account) || account == "aws" || account.starts_with("${");
  bool is_id = account.size() == 12 && account.find_first_not_of("0123456789") == std::string_view::npos;
  if (!is_open && !is_id && text.find("${") == std::string::npos)
    error("INVALID_ARN_ACCOUNT",
          fmt::format("The resource ARN account ID {} is not valid. Provide a 12-digit account ID.", account), path,
          where);
  if ((*parts)[2] == "iam" && !(*parts)[3].empty() && !has_wildcard_letter((*parts)[3]))
    error("ARN_REGION_NOT_ALLOWED", "The service iam does not support specifying a Region in the resource ARN.", path,
          where);
}

std::string_view name_of(FindingType type) {
  switch (type) {
    case FindingType::kError: return "ERROR";
    case FindingType::kSecurityWarning: return "SECURITY_WARNING";
    case FindingType::kSuggestion: return "SUGGESTION";
    case FindingType::kWarning: return "WARNING";
  }
  return {};
}

std::vector<Finding> validate(std::string_view document, Kind kind, std::optional<std::string_view> resource_type) {
  if (kind == Kind::kResource && resource_type == "AWS::IAM::AssumeRolePolicyDocument") kind = Kind::kTrust;
  return Validator(document, kind).run();
}

}  // namespace policy
