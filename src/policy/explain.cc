#include <fmt/format.h>

#include "policy/evaluator.h"

namespace policy {

namespace {

std::string_view display_name(Kind kind) {
  switch (kind) {
    case Kind::kIdentity:
    case Kind::kManaged: return "identity-based policy";
    case Kind::kBoundary: return "permissions boundary";
    case Kind::kSession: return "session policy";
    case Kind::kResource: return "resource-based policy";
    case Kind::kTrust: return "role trust policy";
    case Kind::kServiceControl: return "service control policy";
    case Kind::kResourceControl: return "resource control policy";
    case Kind::kEndpoint: return "VPC endpoint policy";
  }
  return {};
}

std::string_view with_article(Kind kind) {
  switch (kind) {
    case Kind::kIdentity:
    case Kind::kManaged: return "an identity-based policy";
    case Kind::kBoundary: return "a permissions boundary";
    case Kind::kSession: return "a session policy";
    case Kind::kResource: return "a resource-based policy";
    case Kind::kTrust: return "the role trust policy";
    case Kind::kServiceControl: return "a service control policy";
    case Kind::kResourceControl: return "a resource control policy";
    case Kind::kEndpoint: return "a VPC endpoint policy";
  }
  return {};
}

std::string_view display_name(Outcome outcome) {
  switch (outcome) {
    case Outcome::kAllowed: return "allowed";
    case Outcome::kExplicitDeny: return "explicitDeny";
    case Outcome::kImplicitDeny: return "implicitDeny";
  }
  return {};
}

std::string reason_of(const Question& question, const Decision& decision) {
  if (decision.outcome == Outcome::kExplicitDeny)
    return fmt::format("with an explicit deny in {}", with_article(decision.kind));
  return fmt::format("because no {} allows the {} action", display_name(decision.kind), question.action);
}

base::Value value_of(const PolicyReport& report) {
  base::Value policy;
  policy.set("kind", display_name(report.kind));
  policy.set("name", report.name);
  base::Value::List statements;
  for (const StatementReport& entry : report.statements) {
    base::Value statement;
    if (!entry.statement->sid.empty()) statement.set("sid", entry.statement->sid);
    statement.set("index", entry.statement->index);
    statement.set("effect", entry.statement->allows ? "Allow" : "Deny");
    statement.set("matched", entry.is_matched);
    if (!entry.is_matched) statement.set("because", entry.because);
    statements.push_back(std::move(statement));
  }
  policy.set("statements", std::move(statements));
  return policy;
}

}  // namespace

base::Value explain(const Question& question, const Policies& policies) {
  std::vector<PolicyReport> reports;
  Decision decision = Evaluator(question, &reports).decide(policies);
  base::Value value;
  value.set("decision", display_name(decision.outcome));
  value.set("action", question.action);
  value.set("resource", question.resource);
  value.set("principal", question.subject.arn);
  value.set("decidedBy", display_name(decision.kind));
  if (!decision.source.empty()) value.set("policy", decision.source);
  if (!decision.sid.empty()) value.set("sid", decision.sid);
  if (!decision.allowed()) value.set("because", reason_of(question, decision));
  base::Value::List list;
  for (const PolicyReport& report : reports) list.push_back(value_of(report));
  value.set("policies", std::move(list));
  return value;
}

std::string denial_message(const Question& question, const Decision& decision) {
  const Subject& subject = question.subject;
  std::string_view name = subject.arn.empty() ? std::string_view(subject.service) : subject.arn;
  if (name.empty()) name = "anonymous";
  // Where no resource is meant AWS names none.
  bool names_resource = !question.resource.empty() && question.resource != "*";
  return fmt::format("User: {} is not authorized to perform: {}{}{} {}", name, question.action,
                     names_resource ? " on resource: " : "", names_resource ? question.resource : "",
                     reason_of(question, decision));
}

}  // namespace policy
