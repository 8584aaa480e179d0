#include "policy/evaluator.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace policy {

Evaluator::Evaluator(const Question& question, std::vector<PolicyReport>* report)
    : question_(question), report_(report), action_(base::to_lower(question.action)) {
  std::size_t colon = action_.find(':');
  action_service_ = std::string_view(action_).substr(0, colon);
  if (colon != std::string::npos) action_name_ = std::string_view(action_).substr(colon + 1);
  resource_ = base::split_arn(question.resource);
}

bool Evaluator::is_about_action(const Statement& statement) const {
  bool is_listed = std::ranges::any_of(
      statement.actions, [&](const ActionPattern& pattern) { return pattern.matches(action_service_, action_name_); });
  return is_listed != statement.is_not_action;
}

bool Evaluator::is_about_resource(const Statement& statement) {
  if (!statement.has_resources) return true;
  bool is_unresolved = false;
  for (const ArnPattern& pattern : statement.resources) {
    auto match = pattern.match(resource_, question_.context, scratch_);
    if (match == ArnPattern::Match::kYes) return !statement.is_not_resource;
    is_unresolved |= match == ArnPattern::Match::kUnresolved;
  }
  // What a variable without a value excludes is not known.
  return statement.is_not_resource && !is_unresolved;
}

bool Evaluator::is_about_subject(const Statement& statement, Naming& naming) const {
  naming = Naming::kDirect;
  if (!statement.principals) return true;
  const Principals& principals = *statement.principals;
  if (!statement.is_not_principal) {
    naming = principals.naming_of(question_.subject);
    return naming != Naming::kNone;
  }
  if (!statement.allows) return !principals.spares(question_.subject);
  return principals.naming_of(question_.subject) == Naming::kNone;
}

bool Evaluator::applies(const Statement& statement, Naming& naming, std::string* why) {
  ++statements_seen_;
  if (!is_about_action(statement)) {
    if (why)
      *why = fmt::format("{} does not cover {}", statement.is_not_action ? "NotAction" : "Action", question_.action);
    return false;
  }
  if (!is_about_subject(statement, naming)) {
    if (why)
      *why = fmt::format("{} does not cover {}", statement.is_not_principal ? "NotPrincipal" : "Principal",
                         question_.subject.arn.empty() ? "the caller" : question_.subject.arn);
    return false;
  }
  if (!is_about_resource(statement)) {
    if (why)
      *why = fmt::format("{} does not cover {}", statement.is_not_resource ? "NotResource" : "Resource",
                         question_.resource);
    return false;
  }
  return std::ranges::all_of(statement.conditions, [&](const Condition& condition) {
    return condition.holds(question_.context, found_, scratch_, why);
  });
}

void Evaluator::ask(const Source& source, Kind kind, Say& say) {
  say.has_policies = true;
  if (!source.policy) return;
  PolicyReport* report = report_ ? &report_->emplace_back(PolicyReport{kind, source.name, {}}) : nullptr;
  for (const Statement& statement : source.policy->statements) {
    Naming naming;
    // Once something denies, the rest matters to readers only; the same is true of what more may allow.
    bool is_interesting = report || !statement.allows || !say.allowing || kind == resource_kind_;
    if (!is_interesting) continue;
    StatementReport entry{.statement = &statement, .is_matched = false, .because = {}};
    entry.is_matched = applies(statement, naming, report ? &entry.because : nullptr);
    if (report) report->statements.push_back(entry);
    if (!entry.is_matched) continue;
    if (!statement.allows) {
      if (!denial_) denial_ = Decision{Outcome::kExplicitDeny, kind, source.name, statement.sid};
      if (!report) return;
    } else if (!say.allowing || naming > say.naming) {
      say.allowed_by = &source;
      say.allowing = &statement;
      say.naming = naming;
    }
  }
}

Say Evaluator::ask(const Source& source, Kind kind) {
  Say say;
  ask(source, kind, say);
  return say;
}

Say Evaluator::ask_all(const std::vector<Source>& sources, Kind kind) {
  Say say;
  for (const Source& source : sources) {
    ask(source, kind, say);
    if (denial_ && !report_) break;
  }
  return say;
}

void Evaluator::ask_levels(const std::vector<std::vector<Source>>& levels, Kind kind) {
  for (const auto& level : levels)
    if (!ask_all(level, kind).allowing && !barrier_) barrier_ = silence(kind);
}

Decision Evaluator::allow(Kind kind, const Say& say) const {
  return {Outcome::kAllowed, kind, say.allowed_by ? say.allowed_by->name : "", say.allowing ? say.allowing->sid : ""};
}

Decision Evaluator::decide(const Policies& policies) {
  const Subject& subject = question_.subject;
  if (policies.resource && policies.resource->policy && policies.resource->policy->kind == Kind::kTrust)
    resource_kind_ = Kind::kTrust;
  // Principals of a service's own making are out of reach of an organization's policies.
  bool is_service_linked = subject.role_arn.find(":role/aws-service-role/") != std::string::npos;
  if (!is_service_linked) {
    if (!subject.account.empty() && subject.type != Subject::Type::kService)
      ask_levels(policies.service_control, Kind::kServiceControl);
    ask_levels(policies.resource_control, Kind::kResourceControl);
  }
  if (!policies.endpoint.empty() && !ask_all(policies.endpoint, Kind::kEndpoint).allowing && !barrier_)
    barrier_ = silence(Kind::kEndpoint);
  if (policies.resource) resource_say_ = ask(*policies.resource, resource_kind_);
  identity_ = ask_all(policies.identity, Kind::kIdentity);
  if (policies.boundary) boundary_ = ask(*policies.boundary, Kind::kBoundary);
  session_ = ask_all(policies.session, Kind::kSession);
  // Nobody gave a federated user without session policies anything.
  if (subject.type == Subject::Type::kFederatedUser) session_.has_policies = true;
  if (denial_) return *denial_;
  if (barrier_) return *barrier_;
  return decide_by_grants();
}

Decision Evaluator::decide_by_grants() const {
  const Subject& subject = question_.subject;
  if (subject.account.empty() || subject.type == Subject::Type::kService) return decide_for_outsider();
  bool is_same_account = question_.resource_account.empty() || question_.resource_account == subject.account;
  return decide_for_principal(is_same_account, subject.type == Subject::Type::kRoot);
}

// Services, anonymous callers and holders of others' tokens have no policies of their own: the resource's decides.
Decision Evaluator::decide_for_outsider() const {
  if (resource_say_.naming == Naming::kDirect) return allow(resource_kind_, resource_say_);
  return silence(resource_kind_);
}

// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic_policy-eval-denyallow.html
Decision Evaluator::decide_for_principal(bool is_same_account, bool is_root) const {
  bool is_bounded = boundary_.has_policies && !boundary_.allowing;
  bool is_narrowed = session_.has_policies && !session_.allowing;
  Naming naming = resource_say_.naming;
  if (is_same_account) {
    if (question_.rule == Union::kResourceMustAllow && naming == Naming::kNone) return silence(resource_kind_);
    // A grant to the session itself, or to everyone, is beyond boundaries and session policies; one to a user is beyond
    // the boundary; one to a role stays within both.
    if (naming == Naming::kDirect) return allow(resource_kind_, resource_say_);
    if (naming == Naming::kUser && !is_narrowed) return allow(resource_kind_, resource_say_);
    if (naming == Naming::kRole && !is_bounded && !is_narrowed) return allow(resource_kind_, resource_say_);
  }
  bool is_granted = is_root || identity_.allowing || (is_same_account && naming >= Naming::kRole);
  if (!is_granted) return silence(Kind::kIdentity);
  if (is_bounded) return silence(Kind::kBoundary);
  if (is_narrowed) return silence(Kind::kSession);
  if (!is_same_account && naming == Naming::kNone) return silence(resource_kind_);
  return allow(Kind::kIdentity, identity_);
}

Decision decide(const Question& question, const Policies& policies) {
  return Evaluator(question, nullptr).decide(policies);
}

}  // namespace policy
