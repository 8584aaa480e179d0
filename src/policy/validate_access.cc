// Statements that grant more than is wise.
#include <algorithm>

#include "base/strings.h"
#include "policy/checker.h"
#include "policy/patterns_as_sets.h"
#include "policy/statement.h"

namespace policy {

namespace {

// Whether a key stands in the statement's conditions, under any operator.
bool has_condition_key(const Node& statement, std::string_view name) {
  const Node* condition = statement.find("Condition");
  if (!condition) return false;
  return std::ranges::any_of(condition->members, [&](const Node::Member& block) {
    return std::ranges::any_of(
        block.value.members, [&](const Node::Member& member) { return base::equal_ignoring_case(member.name, name); });
  });
}

void check_delegation(Checker& checker, const Node& statement, const Path& path, std::string_view action,
                      std::string_view prefix, std::string_view remedy) {
  const Node* actions = statement.find("Action");
  const Node* resources = statement.find("Resource");
  if (!actions || !resources) return;
  const auto stars = placed_texts(*resources, path / "Resource");
  const auto star = std::ranges::find_if(stars, [](const PlacedText& text) { return text.node->text == "*"; });
  if (star == stars.end()) return;
  for (const PlacedText& text : placed_texts(*actions, path / "Action")) {
    const std::string written = base::to_lower(text.node->text);
    if (!glob_covers(written, action)) continue;
    const bool has_star = written != action;
    std::string details;
    if (action == "iam:passrole")
      details = has_star
                    ? "Using wildcards (*) in the action and the resource can be overly permissive because it allows "
                      "iam:PassRole permissions on all resources."
                    : "Using the iam:PassRole action with wildcards (*) in the resource can be overly permissive "
                      "because it allows iam:PassRole permissions on multiple resources.";
    else
      details = has_star ? "Using wildcards (*) in the action and the resource can allow creation of unintended "
                           "service-linked roles because it allows iam:CreateServiceLinkedRole permissions on all "
                           "resources."
                         : "Using the iam:CreateServiceLinkedRole action with wildcards (*) in the resource can allow "
                           "creation of unintended service-linked roles.";
    checker.add(FindingType::kSecurityWarning,
                std::string(prefix) + (has_star ? "_WITH_STAR_IN_ACTION_AND_RESOURCE" : "_WITH_STAR_IN_RESOURCE"),
                details + " " + std::string(remedy), text.path, *text.node);
    checker.add_location(star->path, *star->node);
    return;
  }
}

void check_service_principals(Checker& checker, const Node& statement, const Path& path) {
  const Node* principal = statement.find("Principal");
  const Node* services = principal ? principal->find("Service") : nullptr;
  if (!services || checker.kind() != Kind::kResource) return;
  for (const char* name : {"aws:SourceArn", "aws:SourceAccount", "aws:SourceOrgID", "aws:SourceOrgPaths"})
    if (has_condition_key(statement, name)) return;
  checker.add(FindingType::kSecurityWarning, "RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL",
              "Granting access to a service principal without specifying a source is overly permissive. Use "
              "aws:SourceArn, aws:SourceAccount, aws:SourceOrgID, or aws:SourceOrgPaths condition key to grant "
              "fine-grained access.",
              path / "Principal" / "Service", *services);
}

}  // namespace

void check_granted_access(Checker& checker, const Node& statement, const Path& path) {
  const Node* effect = statement.find("Effect");
  if (!effect || effect->text != "Allow") return;
  if (const Node* excepted = statement.find("NotPrincipal"))
    checker.add(FindingType::kSecurityWarning, "ALLOW_WITH_NOT_PRINCIPAL",
                "Using Allow with NotPrincipal can be overly permissive. We recommend that you use Principal instead.",
                path / "NotPrincipal", *excepted);
  if (is_identity_kind(checker.kind())) {
    if (!has_condition_key(statement, "iam:PassedToService"))
      check_delegation(
          checker, statement, path, "iam:passrole", "PASS_ROLE",
          "We recommend that you specify resource ARNs or add the iam:PassedToService condition key to your "
          "statement.");
    if (!has_condition_key(statement, "iam:AWSServiceName"))
      check_delegation(checker, statement, path, "iam:createservicelinkedrole", "CREATE_SLR",
                       "We recommend that you specify resource ARNs instead.");
  }
  check_service_principals(checker, statement, path);
}

}  // namespace policy
