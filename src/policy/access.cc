#include "policy/access.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "policy/pattern_sets.h"

namespace policy {

namespace {

// One action pattern on one resource pattern of a statement, or the complements it names.
struct Grant {
  PatternSet actions, resources;
};

std::vector<PatternSet> each_of(const PatternSet& set) {
  if (set.is_complement) return {set};
  std::vector<PatternSet> singles;
  for (const PatternParts& pattern : set.patterns) singles.push_back({.patterns = {pattern}});
  return singles;
}

std::vector<Grant> grants_of(const Statement& statement) {
  std::vector<Grant> grants;
  for (const PatternSet& actions : each_of(actions_of(statement)))
    for (const PatternSet& resources : each_of(resources_of(statement))) grants.push_back({actions, resources});
  return grants;
}

bool is_for_everyone(const Statement& statement) {
  return !statement.principals || (!statement.is_not_principal && statement.principals->is_anyone_only());
}

// Whether a denial that always applies takes all of it away.
bool is_denied(const Policy& policy, const Grant& grant) {
  return std::ranges::any_of(policy.statements, [&](const Statement& statement) {
    return !statement.allows && statement.conditions.empty() && is_for_everyone(statement) &&
           set_covers(actions_of(statement), grant.actions) && set_covers(resources_of(statement), grant.resources);
  });
}

// The narrower of two sets of which one covers the other; else the first, which is no smaller than what they share.
const PatternSet& narrower(const PatternSet& first, const PatternSet& second) {
  return set_covers(first, second) ? second : first;
}

PatternSet asked_for(const std::vector<std::string>& texts, PatternParts (*parts_of)(std::string_view)) {
  PatternSet set;
  for (const std::string& text : texts) set.patterns.push_back(parts_of(text));
  if (texts.empty()) set.patterns.push_back(parts_of("*"));
  return set;
}

StatementReference reference_to(const Statement& statement) { return {.index = statement.index, .sid = statement.sid}; }

// Whether `existing` allows all of a grant of `statement`.
bool is_allowed_by(const Policy& existing, const Statement& statement, const Grant& grant) {
  return std::ranges::any_of(existing.statements, [&](const Statement& known) {
    return known.allows && set_covers(actions_of(known), grant.actions) &&
           set_covers(resources_of(known), grant.resources) && principals_cover(known, statement) &&
           conditions_cover(known, statement);
  });
}

// The denials of `existing` that `updated` has not kept.
std::vector<const Statement*> lost_denials(const Policy& existing, const Policy& updated) {
  std::vector<const Statement*> lost;
  for (const Statement& denial : existing.statements) {
    bool is_kept = denial.allows || std::ranges::any_of(updated.statements, [&](const Statement& statement) {
                     return !statement.allows && statement_covers(statement, denial);
                   });
    if (!is_kept) lost.push_back(&denial);
  }
  return lost;
}

// What a condition says of the requests that satisfy it.
enum class Narrowing { kNone, kOutsiders, kZone };

bool is_in_zone(std::string_view account, const ZoneOfTrust& zone) {
  return std::ranges::find(zone.accounts, account) != zone.accounts.end();
}

Narrowing narrowing_of(const Condition& condition, const ZoneOfTrust& zone) {
  const Operator& how = condition.how();
  using Type = Operator::Type;
  bool compares = how.type == Type::kString || how.type == Type::kArn || how.type == Type::kIpAddress;
  if (!compares || how.is_negated || how.if_exists || how.set == Operator::Set::kAll || condition.values().empty())
    return Narrowing::kNone;
  // A value of nothing but wildcards lets everyone in.
  auto is_open = [](const std::string& value) { return value.find_first_not_of("*?") == std::string::npos; };
  if (std::ranges::any_of(condition.values(), is_open)) return Narrowing::kNone;
  auto all = [&](auto is_inside) {
    return std::ranges::all_of(condition.values(), is_inside) ? Narrowing::kZone : Narrowing::kOutsiders;
  };
  const std::string& key = condition.key();
  if (key == "aws:principalorgid" || key == "aws:sourceorgid")
    return all([&](const std::string& value) { return !value.empty() && value == zone.organization_id; });
  if (key == "aws:sourceaccount" || key == "aws:principalaccount" || key == "aws:sourceowner")
    return all([&](const std::string& value) { return is_in_zone(value, zone); });
  if (key == "aws:sourcearn" || key == "aws:principalarn")
    return all([&](const std::string& value) { return is_in_zone(account_of_principal(value), zone); });
  bool is_address = key == "aws:sourcevpc" || key == "aws:sourcevpce" || key == "aws:userid";
  if (is_address ||
      (key == "aws:sourceip" && how.type == Type::kIpAddress &&
       std::ranges::none_of(condition.values(), [](const std::string& value) { return value.ends_with("/0"); })))
    return Narrowing::kOutsiders;
  return Narrowing::kNone;
}

bool is_outsider(const PrincipalEntry& entry, const ZoneOfTrust& zone) {
  switch (entry.type) {
    case PrincipalEntry::Type::kAnyone:
    case PrincipalEntry::Type::kFederated:
    case PrincipalEntry::Type::kCanonicalUser: return true;
    case PrincipalEntry::Type::kAccount: return !is_in_zone(entry.value, zone);
    case PrincipalEntry::Type::kArn: return !is_in_zone(account_of_principal(entry.value), zone);
    // The id of a principal that has been deleted opens nothing.
    case PrincipalEntry::Type::kUniqueId:
    case PrincipalEntry::Type::kService: return false;
  }
  return false;
}

std::string_view type_name(const PrincipalEntry& entry) {
  if (entry.type == PrincipalEntry::Type::kFederated) return "Federated";
  return entry.type == PrincipalEntry::Type::kCanonicalUser ? "CanonicalUser" : "AWS";
}

void add_external_grants(const Statement& statement, const ZoneOfTrust& zone, std::vector<ExternalGrant>& grants) {
  ExternalGrant grant{.statement = reference_to(statement)};
  for (const ActionPattern& action : statement.actions)
    if (!statement.is_not_action) grant.actions.push_back(action.written);
  if (statement.is_not_action) grant.actions.push_back("*");
  bool is_narrowed = false;
  for (const Condition& condition : statement.conditions) {
    Narrowing narrowing = narrowing_of(condition, zone);
    if (narrowing == Narrowing::kZone) return;
    if (narrowing == Narrowing::kNone) continue;
    is_narrowed = true;
    grant.conditions.emplace_back(condition.key_as_written(), fmt::format("{}", fmt::join(condition.values(), ",")));
  }
  auto add = [&](std::string_view type, std::string_view principal, bool is_anyone) {
    grant.principal_type = type;
    grant.principal = principal;
    grant.is_public = is_anyone && !is_narrowed;
    grants.push_back(grant);
  };
  if (statement.is_not_principal) return add("AWS", "*", true);
  for (const PrincipalEntry& entry : statement.principals->entries())
    if (is_outsider(entry, zone)) add(type_name(entry), entry.written, entry.type == PrincipalEntry::Type::kAnyone);
}

}  // namespace

std::vector<StatementReference> granting_statements(const Policy& policy, const std::vector<std::string>& actions,
                                                    const std::vector<std::string>& resources) {
  std::vector<Grant> questions;
  for (const PatternSet& action : each_of(asked_for(actions, parts_of_action)))
    for (const PatternSet& resource : each_of(asked_for(resources, parts_of_resource)))
      questions.push_back({action, resource});
  std::vector<StatementReference> statements;
  for (const Statement& statement : policy.statements) {
    if (!statement.allows) continue;
    auto grants = grants_of(statement);
    bool is_granted = std::ranges::any_of(grants, [&](const Grant& grant) {
      return std::ranges::any_of(questions, [&](const Grant& asked) {
        return sets_intersect(grant.actions, asked.actions) && sets_intersect(grant.resources, asked.resources) &&
               !is_denied(policy, {narrower(grant.actions, asked.actions), narrower(grant.resources, asked.resources)});
      });
    });
    if (is_granted) statements.push_back(reference_to(statement));
  }
  return statements;
}

std::vector<StatementReference> new_access(const Policy& existing, const Policy& updated) {
  auto lost = lost_denials(existing, updated);
  std::vector<StatementReference> statements;
  for (const Statement& statement : updated.statements) {
    if (!statement.allows) continue;
    auto grants = grants_of(statement);
    bool is_new = std::ranges::any_of(grants, [&](const Grant& grant) {
      if (is_denied(updated, grant)) return false;
      return !is_allowed_by(existing, statement, grant) || std::ranges::any_of(lost, [&](const Statement* denial) {
        return sets_intersect(actions_of(*denial), grant.actions) &&
               sets_intersect(resources_of(*denial), grant.resources);
      });
    });
    if (is_new) statements.push_back(reference_to(statement));
  }
  return statements;
}

std::vector<ExternalGrant> external_access(const Policy& policy, const ZoneOfTrust& zone) {
  std::vector<ExternalGrant> grants;
  for (const Statement& statement : policy.statements) {
    if (!statement.allows || !statement.principals) continue;
    auto all = grants_of(statement);
    if (std::ranges::all_of(all, [&](const Grant& grant) { return is_denied(policy, grant); })) continue;
    add_external_grants(statement, zone, grants);
  }
  return grants;
}

}  // namespace policy
