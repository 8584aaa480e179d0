// When services were last used: by a user or role, by the users of a group, or by whoever has a policy.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_last-accessed.html
#include "base/json.h"
#include "base/strings.h"
#include "kernel/usage.h"
#include "model/authorization.h"
#include "model/shape.h"
#include "policy/pattern.h"
#include "services/iam/evidence.h"

namespace iam {

namespace {

using Use = LastAccessReport::Use;

// "for the last 400 days"
constexpr std::int64_t kTrackedMs = std::int64_t{400} * 86'400'000;

// Who may have used something, and the documents that let them.
struct Suspects {
  std::vector<std::string> entity_ids;  // of users and roles
  std::vector<std::string> documents;
};

void add_documents(Call& call, std::string_view entity_id, std::vector<std::string>& documents) {
  call.tx.scan(kInlinePolicies, store::key(entity_id),
               [&](std::string_view, InlinePolicy& policy) { documents.push_back(policy.document); });
  for (const std::string& arn : attached_policies(call, entity_id))
    if (auto document = policy_document(call, arn)) documents.push_back(*std::move(document));
}

// Users and roles a policy is attached to, and the users of groups it is attached to.
std::vector<std::string> entities_with_policy(Call& call, std::string_view policy_arn) {
  std::set<std::string> ids;
  for (const std::string& id : second_parts(call, kAttachedTo, policy_arn)) {
    auto entity = get_entity(call, id);
    if (!entity || entity->account != call.place.account) continue;
    if (entity->kind != Entity::Kind::kGroup) {
      ids.insert(id);
      continue;
    }
    for (std::string& user_id : second_parts(call, kUsersOfGroup, id)) ids.insert(std::move(user_id));
  }
  return {ids.begin(), ids.end()};
}

base::Result<Suspects> find_suspects(Call& call, const std::string& arn) {
  auto parsed = parse_entity_arn(arn);
  if (!parsed) return error("InvalidInput", fmt::format("Invalid ARN: {}", arn));
  const std::unexpected<base::Error> absent = error("NoSuchEntity", fmt::format("ARN {} cannot be found.", arn));
  Suspects suspects;
  if (parsed->type == "policy") {
    auto document = policy_document(call, arn);
    if (!document) return absent;
    return Suspects{entities_with_policy(call, arn), {*std::move(document)}};
  }
  if (parsed->account != call.place.account) return absent;
  if (parsed->type == "group") {
    const Group group = TRY(find_group(call, parsed->name));
    suspects.entity_ids = second_parts(call, kUsersOfGroup, group.id);
    add_documents(call, group.id, suspects.documents);
  } else if (parsed->type == "role") {
    suspects.entity_ids = {TRY(find_role(call, parsed->name)).id};
    add_documents(call, suspects.entity_ids.front(), suspects.documents);
  } else if (parsed->type == "user") {
    suspects.entity_ids = {TRY(find_user(call, parsed->name)).id};
    add_documents(call, suspects.entity_ids.front(), suspects.documents);
    for (const Group& group : groups_of_user(call, suspects.entity_ids.front()))
      add_documents(call, group.id, suspects.documents);
  } else {
    return error("InvalidInput", fmt::format("Invalid ARN: {}", arn));
  }
  return suspects;
}

// Services of which a statement allows anything.
void add_granted(const Value& statement, std::set<std::string_view>& granted) {
  if (statement.at("Effect").str() != "Allow") return;
  std::vector<policy::Glob> patterns;
  auto add = [&](const std::string& action) {
    const std::string prefix = base::to_lower(action.substr(0, action.find(':')));
    patterns.emplace_back(policy::Template(prefix, policy::Wildcards::kRead, policy::Variables::kLiteral).fixed());
  };
  const Value& action = statement.at("Action");
  if (action.is_text()) add(action.str());
  for (const Value& each : action.list()) add(each.str());
  if (statement.has("NotAction")) add("*");
  for (std::string_view prefix : model::action_prefixes())
    if (std::ranges::any_of(patterns, [&](const policy::Glob& glob) { return glob.matches(prefix); }))
      granted.insert(prefix);
}

std::set<std::string_view> granted_services(const std::vector<std::string>& documents) {
  std::set<std::string_view> granted;
  for (const std::string& document : documents) {
    auto policy = base::parse_json(document);
    if (!policy) continue;
    const Value& statements = policy->at("Statement");
    if (statements.is_map()) add_granted(statements, granted);
    for (const Value& statement : statements.list()) add_granted(statement, granted);
  }
  return granted;
}

std::string entity_arn_of(Call& call, std::string_view id) {
  auto entity = get_entity(call, id);
  if (!entity) return {};
  if (entity->kind == Entity::Kind::kRole) {
    auto role = find_role(call, entity->name);
    return role ? role_arn(call, *role) : "";
  }
  auto user = find_user(call, entity->name);
  return user ? user_arn(call, *user) : "";
}

void note_action(std::vector<Use>& actions, const Use& use) {
  auto known = std::ranges::find(actions, use.action, &Use::action);
  if (known == actions.end()) {
    actions.push_back(use);
  } else if (known->at_ms < use.at_ms) {
    *known = use;
  }
}

LastAccessReport make_last_access_report(Call& call, const Suspects& suspects) {
  LastAccessReport report{.created_ms = call.now_ms()};
  for (std::string_view prefix : granted_services(suspects.documents))
    report.services.push_back({.prefix = std::string(prefix), .uses = {}, .actions = {}});
  for (const std::string& id : suspects.entity_ids) {
    const std::string arn = entity_arn_of(call, id);
    const std::vector<kernel::ServiceUse> uses = kernel::uses_by_principal(call, arn);
    for (LastAccessReport::Service& service : report.services) {
      Use last{.entity_id = id, .entity_arn = arn};
      for (const kernel::ServiceUse& use : uses) {
        if (use.service != service.prefix || use.at_ms < call.now_ms() - kTrackedMs) continue;
        const Use one{
            .entity_id = id, .entity_arn = arn, .at_ms = use.at_ms, .region = use.region, .action = use.action};
        if (one.at_ms > last.at_ms) last = one;
        if (!use.action.empty()) note_action(service.actions, one);
      }
      last.action.clear();
      service.uses.push_back(std::move(last));
    }
  }
  for (LastAccessReport::Service& service : report.services) std::ranges::sort(service.actions, {}, &Use::action);
  return report;
}

std::string service_title(std::string_view prefix) {
  const model::Service* service = model::find_service(prefix);
  return std::string(service ? service->full_name : prefix);
}

Out show_service_access(const LastAccessReport& report, const LastAccessReport::Service& service) {
  Out shown{{"ServiceName", service_title(service.prefix)}, {"ServiceNamespace", service.prefix}};
  const auto used = std::ranges::count_if(service.uses, [](const Use& use) { return use.at_ms != 0; });
  shown.set("TotalAuthenticatedEntities", static_cast<std::int64_t>(used));
  if (used != 0) {
    const Use& last = *std::ranges::max_element(service.uses, {}, &Use::at_ms);
    shown.set("LastAuthenticated", last.at_ms);
    shown.set("LastAuthenticatedEntity", last.entity_arn);
    shown.set("LastAuthenticatedRegion", last.region);
  }
  if (!report.has_actions) return shown;
  Value::List actions;
  for (const Use& use : service.actions)
    actions.push_back(Out{{"ActionName", use.action},
                          {"LastAccessedEntity", use.entity_arn},
                          {"LastAccessedTime", use.at_ms},
                          {"LastAccessedRegion", use.region}});
  shown.set("TrackedActionsLastAccessed", std::move(actions));
  return shown;
}

base::Result<LastAccessReport> find_report(const Call& call, const std::string& id) {
  auto report = call.tx.get(kLastAccessReports, id);
  if (!report) return error("NoSuchEntity", fmt::format("The job with id {} cannot be found.", id));
  return *std::move(report);
}

Out begin_report_answer(const LastAccessReport& report) {
  return Out{
      {"JobStatus", "COMPLETED"}, {"JobCreationDate", report.created_ms}, {"JobCompletionDate", report.created_ms}};
}

}  // namespace

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GenerateServiceLastAccessedDetails.html
base::Result<Out> GenerateServiceLastAccessedDetails(Call& call, In in) {
  const Suspects suspects = TRY(find_suspects(call, in.str("Arn")));
  LastAccessReport report = make_last_access_report(call, suspects);
  report.has_actions = in.str("Granularity") == "ACTION_LEVEL";
  const std::string id = call.uuid();
  call.tx.put(kLastAccessReports, id, report);
  return Out{{"JobId", id}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetails.html
base::Result<Out> GetServiceLastAccessedDetails(Call& call, In in) {
  const LastAccessReport report = TRY(find_report(call, in.str("JobId")));
  Listing listing = TRY(Listing::begin(in));
  for (const LastAccessReport::Service& service : report.services)
    if (listing.wants(service.prefix)) listing.add(show_service_access(report, service));
  Out answer = begin_report_answer(report);
  answer.set("JobType", report.has_actions ? "ACTION_LEVEL" : "SERVICE_LEVEL");
  answer.set("ServicesLastAccessed", listing.rows());
  listing.finish(answer);
  return answer;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetServiceLastAccessedDetailsWithEntities.html
base::Result<Out> GetServiceLastAccessedDetailsWithEntities(Call& call, In in) {
  const LastAccessReport report = TRY(find_report(call, in.str("JobId")));
  const std::string& prefix = in.str("ServiceNamespace");
  auto service = std::ranges::find(report.services, prefix, &LastAccessReport::Service::prefix);
  if (service == report.services.end())
    return error("InvalidInput", fmt::format("The service namespace {} is not in the report.", prefix));
  Listing listing = TRY(Listing::begin(in));
  for (const Use& use : service->uses) {
    auto entity = parse_entity_arn(use.entity_arn);
    if (!entity || !listing.wants(use.entity_id)) continue;
    Out shown{{"EntityInfo", Out{{"Arn", use.entity_arn},
                                 {"Name", entity->name},
                                 {"Type", entity->type == "role" ? "ROLE" : "USER"},
                                 {"Id", use.entity_id},
                                 {"Path", entity->path}}}};
    if (use.at_ms != 0) shown.set("LastAuthenticated", use.at_ms);
    listing.add(std::move(shown));
  }
  Out answer = begin_report_answer(report);
  answer.set("EntityDetailsList", listing.rows());
  listing.finish(answer);
  return answer;
}

}  // namespace iam
