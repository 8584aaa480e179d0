// What policies grant, as sets. Where something cannot be shown it is taken to be granted.
#include "policy/access.h"

#include <algorithm>

#include "base/strings.h"
#include "policy/patterns_as_sets.h"
#include "policy/statement.h"

namespace policy {

namespace {

PatternSet actions_of(const Statement& statement) {
  PatternSet set{.is_complement = statement.is_not_action, .patterns = {}};
  for (const ActionPattern& action : statement.actions) set.patterns.push_back(base::to_lower(action.written));
  return set;
}

PatternSet resources_of(const Statement& statement) {
  PatternSet set{.is_complement = statement.is_not_resource, .patterns = {}, .covers = PatternSet::Covers::kArn};
  for (const ArnPattern& resource : statement.resources) set.patterns.push_back(resource.source());
  if (!statement.has_resources) set = {.is_complement = false, .patterns = {"*"}, .covers = PatternSet::Covers::kArn};
  return set;
}

bool concerns_everyone(const Statement& statement) {
  return !statement.principals || (!statement.is_not_principal && statement.principals->is_anyone_only());
}

StatementReference reference_to(const Statement& statement) { return {statement.index, statement.sid}; }

// The parts of a set that can be looked at one by one: its patterns, or a complement as a whole.
std::vector<PatternSet> parts_of(const PatternSet& set) {
  if (set.is_complement) return {set};
  std::vector<PatternSet> parts;
  for (const std::string& pattern : set.patterns)
    parts.push_back({.is_complement = false, .patterns = {pattern}, .covers = set.covers});
  return parts;
}

// What is denied to everyone, whatever the circumstances. Two sets that both have something: each of the sets on the
// left side is part of what is asked about.
bool is_denied(const Policy& policy, const std::vector<const PatternSet*>& actions,
               const std::vector<const PatternSet*>& resources) {
  return std::ranges::any_of(policy.statements, [&](const Statement& statement) {
    if (statement.allows || !statement.conditions.empty() || !concerns_everyone(statement)) return false;
    const PatternSet denied_actions = actions_of(statement), denied_resources = resources_of(statement);
    auto has_actions = [&](const PatternSet* set) { return denied_actions.has_all_of(*set); };
    auto has_resources = [&](const PatternSet* set) { return denied_resources.has_all_of(*set); };
    return std::ranges::any_of(actions, has_actions) && std::ranges::any_of(resources, has_resources);
  });
}

bool grants(const Policy& policy, const Statement& statement, const PatternSet& action, const PatternSet& resource) {
  for (const PatternSet& allowed_action : parts_of(actions_of(statement))) {
    if (allowed_action.has_none_of(action)) continue;
    for (const PatternSet& allowed_resource : parts_of(resources_of(statement))) {
      if (allowed_resource.has_none_of(resource)) continue;
      if (!is_denied(policy, {&action, &allowed_action}, {&resource, &allowed_resource})) return true;
    }
  }
  return false;
}

// --- new access

std::vector<std::string> sorted(std::vector<std::string> texts) {
  std::ranges::sort(texts);
  return texts;
}

bool is_same_condition(const Condition& left, const Condition& right) {
  return base::equal_ignoring_case(left.operator_name(), right.operator_name()) && left.key() == right.key() &&
         sorted(left.values()) == sorted(right.values());
}

// Whether every request that meets the conditions of `strict` meets those of `loose`.
bool is_at_least_as_strict(const Statement& strict, const Statement& loose) {
  return std::ranges::all_of(loose.conditions, [&](const Condition& wanted) {
    return std::ranges::any_of(strict.conditions,
                               [&](const Condition& given) { return is_same_condition(given, wanted); });
  });
}

std::vector<std::string> principals_of(const Statement& statement) {
  std::vector<std::string> written;
  if (statement.principals)
    for (const PrincipalEntry& entry : statement.principals->entries())
      written.push_back(entry.type == PrincipalEntry::Type::kAnyone ? "*" : entry.value);
  return sorted(std::move(written));
}

bool covers_principals(const Statement& outer, const Statement& inner) {
  if (!outer.principals || !inner.principals) return !outer.principals && !inner.principals;
  if (!outer.is_not_principal && outer.principals->is_anyone_only()) return true;
  if (outer.is_not_principal != inner.is_not_principal) return false;
  const std::vector<std::string> outer_names = principals_of(outer), inner_names = principals_of(inner);
  return outer.is_not_principal ? std::ranges::includes(inner_names, outer_names)
                                : std::ranges::includes(outer_names, inner_names);
}

// A denial of the existing policy is still made by the updated one.
bool is_kept(const Statement& denial, const Policy& updated) {
  return std::ranges::any_of(updated.statements, [&](const Statement& other) {
    return !other.allows && covers_principals(other, denial) && is_at_least_as_strict(denial, other) &&
           actions_of(other).has_all_of(actions_of(denial)) && resources_of(other).has_all_of(resources_of(denial));
  });
}

bool is_allowed_before(const Policy& existing, const Statement& statement, const PatternSet& action,
                       const PatternSet& resource) {
  return std::ranges::any_of(existing.statements, [&](const Statement& other) {
    return other.allows && covers_principals(other, statement) && is_at_least_as_strict(statement, other) &&
           actions_of(other).has_all_of(action) && resources_of(other).has_all_of(resource);
  });
}

bool brings_new_access(const Policy& existing, const Policy& updated, const Statement& statement) {
  for (const PatternSet& action : parts_of(actions_of(statement)))
    for (const PatternSet& resource : parts_of(resources_of(statement))) {
      if (is_denied(updated, {&action}, {&resource})) continue;
      if (!is_allowed_before(existing, statement, action, resource)) return true;
      for (const Statement& denial : existing.statements) {
        const bool meets =
            !denial.allows && !actions_of(denial).has_none_of(action) && !resources_of(denial).has_none_of(resource);
        if (meets && !is_kept(denial, updated)) return true;
      }
    }
  return false;
}

}  // namespace

std::vector<StatementReference> granting_statements(const Policy& policy, const std::vector<std::string>& actions,
                                                    const std::vector<std::string>& resources) {
  PatternSet asked_actions, asked_resources{.covers = PatternSet::Covers::kArn};
  for (const std::string& action : actions) asked_actions.patterns.push_back(base::to_lower(action));
  asked_resources.patterns = resources;
  if (actions.empty()) asked_actions.patterns = {"*"};
  if (resources.empty()) asked_resources.patterns = {"*"};

  std::vector<StatementReference> found;
  for (const Statement& statement : policy.statements) {
    if (!statement.allows) continue;
    bool is_granting = false;
    for (const PatternSet& action : parts_of(asked_actions))
      for (const PatternSet& resource : parts_of(asked_resources))
        is_granting = is_granting || grants(policy, statement, action, resource);
    if (is_granting) found.push_back(reference_to(statement));
  }
  return found;
}

std::vector<StatementReference> new_access(const Policy& existing, const Policy& updated) {
  std::vector<StatementReference> found;
  for (const Statement& statement : updated.statements)
    if (statement.allows && brings_new_access(existing, updated, statement)) found.push_back(reference_to(statement));
  return found;
}

}  // namespace policy
