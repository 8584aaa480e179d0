#include "kernel/authorizer.h"

#include <algorithm>

#include "base/arn.h"
#include "base/json.h"
#include "base/strings.h"
#include "kernel/cloud.h"
#include "kernel/conditions.h"
#include "model/authorization.h"

namespace kernel {

namespace {

// "Services that support resource control policies": https://docs.aws.amazon.com/organizations/latest/userguide/
// orgs_manage_policies_rcps.html
bool obeys_resource_control(std::string_view action) {
  const model::Action* known = model::find_action(action);
  return known && known->obeys_resource_control;
}

// SQS says "sqs:sendmessage" in its refusals, as it has always called its actions.
std::string action_as_shown(std::string_view action) {
  return action.starts_with("sqs:") ? base::to_lower(action) : std::string(action);
}

// S3 quotes the ARN, and tells strangers nothing: "the enhanced access denied error messages are (…) for requests made
// within the same AWS account or within the same organization".
std::string message_of_s3(std::string message, const policy::Question& question, bool is_of_organization) {
  bool is_own = !question.subject.account.empty() && question.subject.account == question.resource_account;
  if (!is_own && !is_of_organization && !question.resource_account.empty()) return "Access Denied";
  if (question.subject.type == policy::Subject::Type::kAnonymous) return "Access Denied";
  std::size_t at = message.find(" on resource: ");
  std::string_view arn = question.resource;
  if (at == message.npos || message.compare(at + 14, arn.size(), arn) != 0) return message;
  message.insert(at + 14 + arn.size(), "\"");
  message.insert(at + 14, "\"");
  return message;
}

std::shared_ptr<const Standing> borrowed(const Standing& standing) {
  return std::make_shared<const Standing>(standing);
}

}  // namespace

std::string_view refusal_code(const model::Service* service) {
  return service ? service->refusal : std::string_view("AccessDenied");
}

Authorizer::Authorizer(const std::vector<Service>& services) : standings_(services) {
  for (const Service& service : services) {
    services_.push_back(&service);
    const model::Service* model = model::find_service(service.id);
    // Of services that sign alike (rds, docdb, neptune) the one that knows about resources owns them.
    bool knows = service.access.policy_of || service.access.tags_of || service.access.account_of;
    if (model && (knows || !owners_.contains(model->signing_name))) owners_[model->signing_name] = &service;
  }
}

const Service* Authorizer::owner_of(std::string_view arn_service) const {
  // Names that ARNs of S3's have besides.
  if (arn_service == "s3-object-lambda" || arn_service == "s3express") arn_service = "s3";
  auto found = owners_.find(arn_service);
  return found == owners_.end() ? nullptr : found->second;
}

void Authorizer::clear() {
  standings_.clear();
  decisions_.clear();
}

Authorizer::Resource Authorizer::look_up(Call& call, std::string_view action, std::string_view text) const {
  Resource resource;
  base::Arn arn = base::Arn::parse(text);
  if (arn.service.empty()) return resource;
  resource.owner = owner_of(arn.service);
  // What AWS keeps for everybody ("arn:aws:iam::aws:policy/…") stands in everybody's account.
  if (arn.account != "aws") resource.account = arn.account;
  if (!resource.owner) return resource;
  const AccessHooks& hooks = resource.owner->access;
  if (resource.account.empty() && hooks.account_of) resource.account = hooks.account_of(call, text);
  // A role's trust policy says who may become the role, and nothing about who may change it.
  bool is_role = arn.service == "iam";
  if (!hooks.policy_of || (is_role && !action.starts_with("sts:"))) return resource;
  resource.is_guarded = true;
  resource.policy = hooks.policy_of(call, text);
  if (is_role) resource.kind = policy::Kind::kTrust;
  if (is_role || arn.service == "kms") resource.rule = policy::Union::kResourceMustAllow;
  return resource;
}

Result<void> Authorizer::authorize(Call& call, const Ask& ask) {
  const Principal& caller = call.caller;
  Resource resource = look_up(call, ask.action, ask.resource);
  bool is_own = resource.account.empty() || resource.account == caller.account;
  bool has_say = !resource.policy.empty() || resource.rule == policy::Union::kResourceMustAllow;
  // The ways that cost nothing: the root of an account that is in no organization, and services at home.
  if (caller.type == Principal::Type::kRoot && is_own && !has_say && !caller.session &&
      !standings_.guardrails_of(call, caller.account))
    return {};
  if (caller.type == Principal::Type::kService && is_own && !resource.is_guarded) return {};
  auto standing = TRY(standings_.of(call, caller));
  if (!standing->exists && caller.session)
    return base::fail("InvalidClientTokenId", "The security token included in the request is invalid.");
  return decide(call, caller, std::move(standing), ask, resource);
}

Result<void> Authorizer::authorize(Call& call, const Principal& principal, const Standing& standing, const Ask& ask) {
  return decide(call, principal, borrowed(standing), ask, look_up(call, ask.action, ask.resource));
}

Result<void> Authorizer::decide(Call& call, const Principal& principal, std::shared_ptr<const Standing> standing,
                                const Ask& ask, const Resource& resource) {
  std::shared_ptr<policy::Policies> assembled;
  // Most clouds have no organization, which is told sooner than whether the action would obey it.
  auto guardrails = standings_.guardrails_of(call, resource.account);
  if (guardrails && !obeys_resource_control(ask.action)) guardrails = nullptr;
  if (!resource.policy.empty() || guardrails) {
    assembled = std::make_shared<policy::Policies>(standing->policies);
    if (guardrails) assembled->resource_control = guardrails->resource_control;
    if (!resource.policy.empty())
      assembled->resource = policy::Source{std::string(ask.resource),
                                           TRY(call.cloud().policies().compile(resource.policy, resource.kind))};
  }
  Conditions context({.call = call,
                      .principal = principal,
                      .standing = *standing,
                      .resource = ask.resource,
                      .resource_account = resource.account,
                      .owner = resource.owner,
                      .standings = standings_,
                      .services = services_,
                      .more = ask.keys});
  policy::Question question{.subject = standing->subject,
                            .action = ask.action,
                            .resource = ask.resource,
                            .resource_account = resource.account,
                            .context = context,
                            .rule = resource.rule};
  policy::Decision decision = policy::decide(question, assembled ? *assembled : standing->policies);
  if (decision.outcome == policy::Outcome::kImplicitDeny && resource.owner && resource.owner->access.granted_to) {
    std::string text = resource.owner->access.granted_to(call, standing->subject, ask.action, ask.resource);
    if (!text.empty())
      decision = TRY(decide_granted(call, question, assembled ? *assembled : standing->policies, text));
  }

  DecisionRecord record{.request_id = call.request.id,
                        .time = call.now,
                        .action = std::string(ask.action),
                        .resource = std::string(ask.resource),
                        .resource_account = resource.account,
                        .rule = resource.rule,
                        .decision = std::move(decision),
                        .standing = standing,
                        .policies = assembled};
  std::vector<std::string> more_keys;
  if (assembled) add_named_keys(*assembled, more_keys);
  for (const std::string& key : assembled ? more_keys : standing->keys)
    if (policy::Values values; context.find(key, values)) record.keys.insert_or_assign(key, std::move(values));
  if (!record.decision.allowed()) return refuse(call, std::move(record), question);
  decisions_.add(std::move(record));
  return {};
}

Result<policy::Decision> Authorizer::decide_granted(Call& call, const policy::Question& question,
                                                    const policy::Policies& policies, const std::string& grant) {
  policy::Policies granted = policies;
  granted.resource = policy::Source{"grant", TRY(call.cloud().policies().compile(grant, policy::Kind::kResource))};
  // The subject is admitted as if the resource were its account's own.
  return policy::decide({.subject = question.subject,
                         .action = question.action,
                         .resource = question.resource,
                         .resource_account = question.subject.account,
                         .context = question.context},
                        granted);
}

std::unexpected<base::Error> Authorizer::refuse(Call& call, DecisionRecord record, const policy::Question& question) {
  const std::string action = action_as_shown(question.action);
  policy::Question shown{.subject = question.subject,
                         .action = action,
                         .resource = question.resource,
                         .resource_account = question.resource_account,
                         .context = question.context,
                         .rule = question.rule};
  record.message = policy::denial_message(shown, record.decision);
  std::string message = record.message;
  if (call.service_model && call.service_model->id == "s3") {
    auto owners = standings_.guardrails_of(call, question.resource_account);
    auto callers = record.standing->guardrails;
    bool is_of_organization =
        owners && callers && !owners->organization_id.empty() && owners->organization_id == callers->organization_id;
    message = message_of_s3(std::move(message), question, is_of_organization);
  }
  std::string code(refusal_code(call.service_model));
  call.cloud().log().write(base::Level::kInfo, "A call was refused.",
                           {{"request", record.request_id},
                            {"principal", record.standing->subject.arn},
                            {"action", record.action},
                            {"resource", record.resource},
                            {"explain", "virga explain " + record.request_id}});
  // "UnauthorizedOperation: … the request was denied. Encoded authorization failure message: …"
  if (code == "UnauthorizedOperation")
    message =
        fmt::format("You are not authorized to perform this operation. {}. Encoded authorization failure message: {}",
                    message, encode_authorization_message(call, base::to_json(describe_refusal(record))));
  decisions_.add(std::move(record));
  return base::fail(std::move(code), std::move(message));
}

}  // namespace kernel
