// Checks of policies as they are written, before they are put anywhere.
#include "base/strings.h"
#include "kernel/cloud.h"
#include "policy/access.h"
#include "policy/validate.h"
#include "services/accessanalyzer/analyzer.h"

namespace accessanalyzer {

namespace {

constexpr std::size_t kAskedMax = 100;

policy::Kind kind_of_type(std::string_view policy_type) {
  return policy_type == "IDENTITY_POLICY" ? policy::Kind::kIdentity : policy::Kind::kResource;
}

// A policy of a role's trust has no resource; which of the two a resource policy is, its elements say.
Result<policy::PolicyPtr> compile_checked(Call& call, const std::string& document, policy::Kind kind) {
  auto compiled = call.cloud().policies().compile(document, kind);
  if (!compiled && kind == policy::Kind::kResource)
    if (auto trust = call.cloud().policies().compile(document, policy::Kind::kTrust)) return trust;
  if (!compiled) return error("InvalidParameterException", compiled.error().message);
  return compiled;
}

std::string place_of(const policy::StatementReference& statement) {
  return statement.sid.empty() ? fmt::format("index: {}", statement.index) : fmt::format("sid: {}", statement.sid);
}

// `describe` words a reason: "New access in the statement with {}."
Out answer_of(const std::vector<policy::StatementReference>& statements, std::string_view describe,
              std::string_view passed, std::string_view failed) {
  Value::List reasons;
  for (const policy::StatementReference& statement : statements) {
    Out reason{{"description", fmt::format("{} in the statement with {}.", describe, place_of(statement))},
               {"statementIndex", std::int64_t{statement.index}}};
    if (!statement.sid.empty()) reason.set("statementId", statement.sid);
    reasons.push_back(reason);
  }
  Out answer{{"result", statements.empty() ? "PASS" : "FAIL"}, {"message", statements.empty() ? passed : failed}};
  if (!reasons.empty()) answer.set("reasons", std::move(reasons));
  return answer;
}

Value show_step(const policy::PathStep& step) {
  using enum policy::PathStep::Type;
  switch (step.type) {
    case kValue: return Out{{"value", step.text}};
    case kKey: return Out{{"key", step.text}};
    case kIndex: return Out{{"index", std::int64_t{step.index}}};
    case kSubstring: break;
  }
  return Out{{"substring", Out{{"start", std::int64_t{step.index}}, {"length", std::int64_t{step.length}}}}};
}

Value show_position(const policy::Position& position) {
  return Out{{"line", std::int64_t{position.line}},
             {"column", std::int64_t{position.column}},
             {"offset", std::int64_t{position.offset}}};
}

Value show_validation(const policy::Finding& finding) {
  Value::List locations;
  for (const policy::Location& location : finding.locations) {
    Value::List path;
    for (const policy::PathStep& step : location.path) path.push_back(show_step(step));
    locations.push_back(
        Out{{"path", std::move(path)},
            {"span", Out{{"start", show_position(location.span.start)}, {"end", show_position(location.span.end)}}}});
  }
  return Out{{"findingDetails", finding.details},
             {"findingType", policy::name_of(finding.type)},
             {"issueCode", finding.issue_code},
             {"learnMoreLink", finding.learn_more},
             {"locations", std::move(locations)}};
}

std::vector<std::string> texts_in(const Value& list) {
  std::vector<std::string> texts;
  for (const Value& text : list.list()) texts.push_back(text.str());
  return texts;
}

}  // namespace

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckAccessNotGranted.html
base::Result<Out> CheckAccessNotGranted(Call& call, In in) {
  if (in.list("access").size() != 1) return invalid("Exactly one access must be given.");
  const Value& access = in.list("access").front();
  const std::vector<std::string> actions = texts_in(access.at("actions")), resources = texts_in(access.at("resources"));
  if (actions.empty() && resources.empty()) return invalid("At least one action or resource must be given.");
  if (actions.size() > kAskedMax || resources.size() > kAskedMax)
    return invalid("No more than 100 actions and 100 resources may be given.");
  for (const std::string& action : actions)
    if (action.find(':') == action.npos && action != "*")
      return error("InvalidParameterException", fmt::format("The action {} is not valid.", action));
  const policy::PolicyPtr policy =
      TRY(compile_checked(call, in.str("policyDocument"), kind_of_type(in.str("policyType"))));
  return answer_of(policy::granting_statements(*policy, actions, resources),
                   "One or more of the listed actions or resources",
                   "The policy document does not grant access to perform the listed actions or resources.",
                   "The policy document grants access to perform one or more of the listed actions or resources.");
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoNewAccess.html
base::Result<Out> CheckNoNewAccess(Call& call, In in) {
  const policy::Kind kind = kind_of_type(in.str("policyType"));
  const policy::PolicyPtr existing = TRY(compile_checked(call, in.str("existingPolicyDocument"), kind));
  const policy::PolicyPtr updated = TRY(compile_checked(call, in.str("newPolicyDocument"), kind));
  return answer_of(policy::new_access(*existing, *updated), "New access",
                   "The modified permissions do not grant new access compared to your existing policy.",
                   "The modified permissions grant new access compared to your existing policy.");
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_CheckNoPublicAccess.html
base::Result<Out> CheckNoPublicAccess(Call& call, In in) {
  const bool is_trust = in.str("resourceType") == "AWS::IAM::AssumeRolePolicyDocument";
  auto policy = call.cloud().policies().compile(in.str("policyDocument"),
                                                is_trust ? policy::Kind::kTrust : policy::Kind::kResource);
  if (!policy) return error("InvalidParameterException", policy.error().message);
  std::vector<policy::StatementReference> statements;
  for (const policy::ExternalGrant& grant : policy::external_access(**policy, {}))
    if (grant.is_public && (statements.empty() || statements.back().index != grant.statement.index))
      statements.push_back(grant.statement);
  return answer_of(statements, "Public access granted",
                   "The resource policy does not grant public access for the given resource type.",
                   "The resource policy grants public access for the given resource type.");
}

// https://docs.aws.amazon.com/access-analyzer/latest/APIReference/API_ValidatePolicy.html
base::Result<Out> ValidatePolicy(Call&, In in) {
  const std::string& type = in.str("policyType");
  policy::Kind kind = kind_of_type(type);
  if (type == "SERVICE_CONTROL_POLICY") kind = policy::Kind::kServiceControl;
  if (type == "RESOURCE_CONTROL_POLICY") kind = policy::Kind::kResourceControl;
  if (in.has("validatePolicyResourceType") && kind != policy::Kind::kResource)
    return invalid("validatePolicyResourceType can be given for resource policies only.");
  std::optional<std::string_view> resource_type;
  if (in.has("validatePolicyResourceType")) resource_type = in.str("validatePolicyResourceType");
  Value::List findings;
  for (const policy::Finding& finding : policy::validate(in.str("policyDocument"), kind, resource_type))
    findings.push_back(show_validation(finding));
  Out answer;
  answer.set("findings", TRY(page_of(in, std::move(findings), answer)));
  return answer;
}

}  // namespace accessanalyzer
