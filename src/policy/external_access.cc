// Who outside of a zone of trust a resource's policy lets in.
#include <algorithm>

#include "base/arn.h"
#include "base/strings.h"
#include "policy/access.h"
#include "policy/patterns_as_sets.h"
#include "policy/statement.h"

namespace policy {

namespace {

// What a condition says about where its request may come from.
enum class Reach { kAnywhere, kOutside, kZone };

bool is_in_zone(const ZoneOfTrust& zone, std::string_view account) {
  return std::ranges::find(zone.accounts, account) != zone.accounts.end();
}

Reach reach_of_account(const ZoneOfTrust& zone, std::string_view account) {
  if (!base::is_account_id(account))
    return account.find_first_of("*?") == account.npos ? Reach::kOutside : Reach::kAnywhere;
  return is_in_zone(zone, account) ? Reach::kZone : Reach::kOutside;
}

Reach reach_of_arn(const ZoneOfTrust& zone, std::string_view arn) {
  if (arn == "*") return Reach::kAnywhere;
  auto parts = base::split_arn(arn);
  if (!parts) return Reach::kAnywhere;
  // The ARN of a bucket names no account, and yet no other bucket.
  if ((*parts)[4].empty()) return (*parts)[5].find_first_of("*?") == 0 ? Reach::kAnywhere : Reach::kOutside;
  return reach_of_account(zone, (*parts)[4]);
}

Reach reach_of_value(const ZoneOfTrust& zone, std::string_view key, const std::string& value) {
  const bool is_open = value.empty() || value.front() == '*' || value.find("${") != value.npos;
  // An access point is S3's own gate, with a policy that is looked at by itself.
  if (key == "aws:sourceaccount" || key == "aws:sourceowner" || key == "aws:principalaccount" ||
      key == "s3:dataaccesspointaccount")
    return reach_of_account(zone, value);
  if (key == "aws:sourcearn" || key == "aws:principalarn" || key == "s3:dataaccesspointarn")
    return reach_of_arn(zone, value);
  if (key == "aws:principalorgid" || key == "aws:sourceorgid") {
    if (is_open) return Reach::kAnywhere;
    return !zone.organization_id.empty() && value == zone.organization_id ? Reach::kZone : Reach::kOutside;
  }
  if (key == "aws:sourcevpc" || key == "aws:sourcevpce" || key == "aws:userid")
    return is_open ? Reach::kAnywhere : Reach::kOutside;
  if (key == "aws:sourceip") {
    auto network = parse_network(value);
    return !network || network->bits == 0 ? Reach::kAnywhere : Reach::kOutside;
  }
  return Reach::kAnywhere;
}

// Only what must be there and must match narrows anything.
bool can_narrow(const Operator& how) {
  using Kinds = Operator::Type;
  const bool compares = how.type == Kinds::kString || how.type == Kinds::kArn || how.type == Kinds::kIpAddress;
  return compares && how.relation == Operator::Relation::kEqual && !how.is_negated && !how.if_exists &&
         how.set != Operator::Set::kAll;
}

Reach reach_of(const ZoneOfTrust& zone, const Condition& condition) {
  if (!can_narrow(condition.how()) || condition.values().empty()) return Reach::kAnywhere;
  Reach reach = Reach::kZone;
  for (const std::string& value : condition.values())
    reach = std::min(reach, reach_of_value(zone, condition.key(), value));
  return reach;
}

// The conditions of a statement together: each narrows what the others leave.
Reach reach_of(const ZoneOfTrust& zone, const Statement& statement) {
  Reach reach = Reach::kAnywhere;
  for (const Condition& condition : statement.conditions) reach = std::max(reach, reach_of(zone, condition));
  return reach;
}

bool is_outsider(const ZoneOfTrust& zone, const PrincipalEntry& entry) {
  using Kinds = PrincipalEntry::Type;
  if (entry.type == Kinds::kService) return false;
  if (entry.type == Kinds::kAccount || entry.type == Kinds::kArn)
    return !is_in_zone(zone, account_of_principal(entry.value));
  return true;
}

std::string_view type_name(const PrincipalEntry& entry) {
  if (entry.type == PrincipalEntry::Type::kFederated) return "Federated";
  if (entry.type == PrincipalEntry::Type::kCanonicalUser) return "CanonicalUser";
  return "AWS";
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const std::string& text : texts) all += (all.empty() ? "" : ",") + text;
  return all;
}

bool is_denied_to_all(const Policy& policy, const Statement& statement) {
  return std::ranges::any_of(policy.statements, [&](const Statement& denial) {
    const bool is_plain = !denial.allows && denial.conditions.empty() && !denial.is_not_action &&
                          !denial.is_not_resource && !denial.is_not_principal && denial.principals &&
                          denial.principals->is_anyone_only();
    if (!is_plain || statement.is_not_action) return false;
    PatternSet denied{.patterns = {}}, resources{.patterns = {}, .covers = PatternSet::Covers::kArn};
    for (const ActionPattern& action : denial.actions) denied.patterns.push_back(base::to_lower(action.written));
    for (const ArnPattern& resource : denial.resources) resources.patterns.push_back(resource.source());
    auto is_denied_action = [&](const ActionPattern& action) {
      return denied.has_all_of(base::to_lower(action.written));
    };
    auto is_denied_resource = [&](const ArnPattern& resource) { return resources.has_all_of(resource.source()); };
    return std::ranges::all_of(statement.actions, is_denied_action) &&
           (!denial.has_resources || (!statement.is_not_resource && statement.has_resources &&
                                      std::ranges::all_of(statement.resources, is_denied_resource)));
  });
}

void add_grants(const Policy& policy, const Statement& statement, const ZoneOfTrust& zone,
                std::vector<ExternalGrant>& grants) {
  if (!statement.allows || !statement.principals || is_denied_to_all(policy, statement)) return;
  const Reach reach = reach_of(zone, statement);
  if (reach == Reach::kZone) return;
  ExternalGrant grant{.statement = {statement.index, statement.sid}};
  for (const ActionPattern& action : statement.actions) grant.actions.push_back(action.written);
  // "Everything but" is more than can be listed.
  if (statement.is_not_action) grant.actions = {"*"};
  for (const Condition& condition : statement.conditions)
    grant.conditions.emplace_back(condition.key_as_written(), joined(condition.values()));
  if (statement.is_not_principal) {
    grant.principal_type = "AWS";
    grant.principal = "*";
    grant.is_public = reach == Reach::kAnywhere;
    grants.push_back(std::move(grant));
    return;
  }
  for (const PrincipalEntry& entry : statement.principals->entries()) {
    if (!is_outsider(zone, entry)) continue;
    grant.principal_type = type_name(entry);
    grant.principal = entry.type == PrincipalEntry::Type::kAnyone ? "*" : entry.written;
    grant.is_public = entry.type == PrincipalEntry::Type::kAnyone && reach == Reach::kAnywhere;
    grants.push_back(grant);
  }
}

}  // namespace

std::vector<ExternalGrant> external_access(const Policy& policy, const ZoneOfTrust& zone) {
  std::vector<ExternalGrant> grants;
  for (const Statement& statement : policy.statements) add_grants(policy, statement, zone, grants);
  return grants;
}

}  // namespace policy
