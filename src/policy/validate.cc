// What Access Analyzer says about a policy: the document as a whole, and how findings are made.
#include "policy/validate.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/strings.h"
#include "policy/checker.h"
#include "policy/statement.h"

namespace policy {

namespace {

constexpr std::string_view kReference =
    "https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html"
    "#access-analyzer-reference-policy-checks-";

struct SizeLimit {
  Kind kind;
  std::size_t characters_max;
  std::string_view issue_code, what;
};

// Only where one limit goes for all policies of a kind.
constexpr SizeLimit kSizeLimits[] = {
    {Kind::kIdentity, 6'144, "POLICY_SIZE_EXCEEDS_IDENTITY_POLICY_QUOTA", "identity policy"},
    {Kind::kServiceControl, 10'240, "POLICY_SIZE_EXCEEDS_SCP_QUOTA", "service control policy (SCP)"},
    {Kind::kResourceControl, 5'120, "POLICY_SIZE_EXCEEDS_RCP_QUOTA", "resource control policy (RCP)"},
};

std::string with_hyphens(std::string_view code) {
  std::string text = base::to_lower(code);
  std::ranges::replace(text, '_', '-');
  return text;
}

bool is_space(char c) { return c == ' ' || c == '\t' || c == '\n' || c == '\r'; }

void check_size(Checker& checker, std::string_view document, const Node& root) {
  for (const SizeLimit& limit : kSizeLimits) {
    if (limit.kind != checker.kind()) continue;
    // White space counts in policies of organizations only.
    const bool counts_space = limit.kind != Kind::kIdentity;
    const auto size = static_cast<std::size_t>(
        std::ranges::count_if(document, [&](char c) { return (c & 0xc0) != 0x80 && (counts_space || !is_space(c)); }));
    if (size > limit.characters_max)
      checker.add(FindingType::kError, limit.issue_code,
                  fmt::format("The {} characters in the {}{} exceed the {} character maximum.", size, limit.what,
                              counts_space ? "" : ", excluding whitespace,", limit.characters_max),
                  {}, root);
  }
}

// Whether variables are read: from the version of 2012 on.
bool check_version(Checker& checker, const Node& root) {
  const Node* version = root.find("Version");
  if (!version) {
    checker.add(FindingType::kWarning, "MISSING_VERSION",
                "We recommend that you specify the Version element to help you with debugging permission issues.", {},
                root);
    return false;
  }
  if (!version->is(Node::Type::kText)) {
    checker.add(FindingType::kError, "DATA_TYPE_MISMATCH",
                "The text does not match the expected JSON data type string.", Path{} / "Version", *version);
    return false;
  }
  if (version->text != "2012-10-17" && version->text != "2008-10-17")
    checker.add(FindingType::kError, "INVALID_VERSION",
                fmt::format("The version {} is not valid. Use one of the following versions: 2012-10-17, 2008-10-17",
                            version->text),
                Path{} / "Version", *version);
  return version->text == "2012-10-17";
}

void check_sids(Checker& checker, const std::vector<PlacedText>& statements) {
  std::set<std::string> seen;
  // Where statements are told apart by their ids, two of them must not share one.
  const bool must_differ = is_identity_kind(checker.kind()) || checker.kind() == Kind::kTrust ||
                           checker.kind() == Kind::kServiceControl || checker.kind() == Kind::kResourceControl;
  for (const auto& [statement, path] : statements) {
    const Node* sid = statement->find("Sid");
    if (!sid || !sid->is(Node::Type::kText) || sid->text.empty() || seen.insert(sid->text).second) continue;
    if (must_differ)
      checker.add(FindingType::kError, "UNIQUE_SIDS_REQUIRED",
                  "Duplicate statement IDs are not supported for this policy type. Update the Sid value.", path / "Sid",
                  *sid);
    else
      checker.add(FindingType::kWarning, "UNIQUE_SIDS_RECOMMENDED",
                  "We recommend that you use statement IDs that are unique to help you with debugging permission "
                  "issues. Update the Sid value.",
                  path / "Sid", *sid);
  }
}

std::vector<PlacedText> statements_in(const Node& element) {
  const Path path = Path{} / "Statement";
  std::vector<PlacedText> statements;
  if (element.is(Node::Type::kMap)) statements.push_back({&element, path});
  for (std::size_t i = 0; i < element.items.size(); ++i) statements.push_back({&element.items[i], path / i});
  return statements;
}

void check_document(Checker& checker, const Node& root) {
  for (const Node::Member& member : root.members)
    if (member.name != "Version" && member.name != "Id" && member.name != "Statement")
      checker.add(FindingType::kError, "INVALID_POLICY_ELEMENT",
                  fmt::format("The policy element {} is not valid.", member.name), name_in({}, member.name),
                  member.begin, member.end);
  const bool has_variables = check_version(checker, root);
  const Node* element = root.find("Statement");
  if (!element) {
    checker.add(FindingType::kError, "MISSING_STATEMENT", "Add a statement to the policy", {}, root);
    return;
  }
  if (!element->is(Node::Type::kMap) && !element->is(Node::Type::kList)) {
    checker.add(FindingType::kError, "DATA_TYPE_MISMATCH", "The text does not match the expected JSON data type array.",
                Path{} / "Statement", *element);
    return;
  }
  const std::vector<PlacedText> statements = statements_in(*element);
  for (const auto& [statement, path] : statements) {
    if (statement->is(Node::Type::kMap))
      check_statement(checker, *statement, path, has_variables);
    else
      checker.add(FindingType::kError, "DATA_TYPE_MISMATCH",
                  "The text does not match the expected JSON data type object.", path, *statement);
  }
  check_sids(checker, statements);
}

}  // namespace

std::string_view name_of(FindingType type) {
  switch (type) {
    case FindingType::kError: return "ERROR";
    case FindingType::kSecurityWarning: return "SECURITY_WARNING";
    case FindingType::kSuggestion: return "SUGGESTION";
    case FindingType::kWarning: return "WARNING";
  }
  return "";
}

Path operator/(Path path, std::string_view name) {
  path.push_back({.type = PathStep::Type::kValue, .text = std::string(name)});
  return path;
}

Path operator/(Path path, std::size_t index) {
  path.push_back({.type = PathStep::Type::kIndex, .index = static_cast<int>(index)});
  return path;
}

Path name_in(Path path, std::string_view name) {
  path.push_back({.type = PathStep::Type::kKey, .text = std::string(name)});
  return path;
}

std::vector<PlacedText> placed_texts(const Node& element, const Path& path) {
  std::vector<PlacedText> texts;
  if (element.is(Node::Type::kText)) texts.push_back({&element, path});
  for (std::size_t i = 0; i < element.items.size(); ++i)
    if (element.items[i].is(Node::Type::kText)) texts.push_back({&element.items[i], path / i});
  return texts;
}

void Checker::add(FindingType type, std::string_view issue_code, std::string details, Path path, std::size_t begin,
                  std::size_t end) {
  findings_.push_back(
      {.type = type,
       .issue_code = std::string(issue_code),
       .details = std::move(details),
       .learn_more = fmt::format("{}{}-{}", kReference, with_hyphens(name_of(type)), with_hyphens(issue_code)),
       .locations = {{std::move(path), {position_of(begin), position_of(end)}}}});
}

void Checker::add_location(Path path, const Node& node) {
  findings_.back().locations.push_back({std::move(path), {position_of(node.begin), position_of(node.end)}});
}

Position Checker::position_of(std::size_t byte) const {
  Position position;
  for (char c : document_.substr(0, byte)) {
    if ((c & 0xc0) == 0x80) continue;  // counted with the character it belongs to
    ++position.offset;
    ++position.column;
    if (c != '\n') continue;
    ++position.line;
    position.column = 0;
  }
  return position;
}

std::vector<Finding> validate(std::string_view document, Kind kind, std::optional<std::string_view> resource_type) {
  if (resource_type == "AWS::IAM::AssumeRolePolicyDocument") kind = Kind::kTrust;
  Checker checker(document, kind);
  std::size_t error_at = 0;
  const std::optional<Node> root = read_document(document, error_at);
  if (!root) {
    const Position at = checker.position_of(error_at);
    checker.add(FindingType::kError, "JSON_SYNTAX_ERROR",
                fmt::format("Fix the JSON syntax error at index {} line {} column {}.", at.offset, at.line, at.column),
                {}, error_at, error_at);
  } else if (!root->is(Node::Type::kMap)) {
    checker.add(FindingType::kError, "DATA_TYPE_MISMATCH",
                "The text does not match the expected JSON data type object.", {}, *root);
  } else {
    check_size(checker, document, *root);
    check_document(checker, *root);
  }
  return checker.take();
}

}  // namespace policy
