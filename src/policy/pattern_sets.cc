#include "policy/pattern_sets.h"

namespace policy {

bool globs_intersect(std::string_view left, std::string_view right) {
  // row[j]: whether some text matches the rest of `left` and that of `right` from j on.
  std::vector<char> row(right.size() + 1), below;
  for (std::size_t i = left.size() + 1; i-- > 0;) {
    below = row;
    for (std::size_t j = right.size() + 1; j-- > 0;) {
      bool left_ends = i == left.size(), right_ends = j == right.size();
      if (left_ends && right_ends)
        row[j] = true;
      else if (!left_ends && left[i] == kStar)
        row[j] = below[j] || (!right_ends && row[j + 1]);
      else if (!right_ends && right[j] == kStar)
        row[j] = row[j + 1] || (!left_ends && below[j]);
      else
        row[j] = !left_ends && !right_ends && below[j + 1] &&
                 (left[i] == right[j] || left[i] == kQuestion || right[j] == kQuestion);
    }
  }
  return row[0];
}

bool glob_covers(std::string_view outer, std::string_view inner) {
  if (outer == inner) return true;
  // A star of the inner one stands for any number of characters, which a '?' does not take.
  if (outer.find(kQuestion) != std::string_view::npos && inner.find(kStar) != std::string_view::npos) return false;
  return matches_glob(outer, inner);
}

bool patterns_intersect(const PatternParts& left, const PatternParts& right) {
  for (std::size_t i = 0; i < left.parts.size(); ++i)
    if (!globs_intersect(left.parts[i], right.parts[i])) return false;
  return true;
}

bool pattern_covers(const PatternParts& outer, const PatternParts& inner) {
  if (outer.has_variables) return inner.written == outer.written;
  for (std::size_t i = 0; i < outer.parts.size(); ++i)
    if (!glob_covers(outer.parts[i], inner.parts[i])) return false;
  return true;
}

PatternParts parts_of_action(std::string_view action) {
  ActionPattern pattern(action);
  std::string service = pattern.service == "*" ? std::string(1, kStar) : pattern.service;
  return {.parts = {service, pattern.name.prepared()}, .written = std::string(action)};
}

PatternParts parts_of_resource(std::string_view resource) {
  ArnPattern pattern(resource, Variables::kRead);
  auto parts = pattern.loose_parts();
  return {.parts = {parts.begin(), parts.end()},
          .written = std::string(resource),
          .has_variables = pattern.has_variables()};
}

bool sets_intersect(const PatternSet& left, const PatternSet& right) {
  if (left.is_complement && right.is_complement) return true;
  if (right.is_complement) return sets_intersect(right, left);
  return std::ranges::any_of(right.patterns, [&](const PatternParts& one) {
    return left.is_complement
               ? std::ranges::none_of(left.patterns, [&](const PatternParts& p) { return pattern_covers(p, one); })
               : std::ranges::any_of(left.patterns, [&](const PatternParts& p) { return patterns_intersect(p, one); });
  });
}

bool set_covers(const PatternSet& outer, const PatternSet& inner) {
  auto is_everything = [](const PatternParts& pattern) {
    return std::ranges::all_of(pattern.parts, [](const std::string& part) { return part == std::string(1, kStar); }) &&
           !pattern.has_variables;
  };
  auto is_covered = [](const PatternSet& by, const PatternParts& one) {
    return std::ranges::any_of(by.patterns, [&](const PatternParts& p) { return pattern_covers(p, one); });
  };
  if (!outer.is_complement && std::ranges::any_of(outer.patterns, is_everything)) return true;
  if (outer.is_complement && inner.is_complement)
    return std::ranges::all_of(outer.patterns, [&](const PatternParts& p) { return is_covered(inner, p); });
  if (inner.is_complement) return false;
  if (outer.is_complement) return !sets_intersect({.patterns = outer.patterns}, inner);
  return std::ranges::all_of(inner.patterns, [&](const PatternParts& p) { return is_covered(outer, p); });
}

PatternSet actions_of(const Statement& statement) {
  PatternSet set{.patterns = {}, .is_complement = statement.is_not_action};
  for (const ActionPattern& action : statement.actions) set.patterns.push_back(parts_of_action(action.written));
  return set;
}

PatternSet resources_of(const Statement& statement) {
  PatternSet set{.patterns = {}, .is_complement = statement.is_not_resource};
  for (const ArnPattern& resource : statement.resources) {
    auto parts = resource.loose_parts();
    set.patterns.push_back({{parts.begin(), parts.end()}, resource.source(), resource.has_variables()});
  }
  if (!statement.has_resources) set.patterns.push_back(parts_of_resource("*"));
  return set;
}

bool principals_cover(const Statement& outer, const Statement& inner) {
  if (!outer.principals || !inner.principals) return !outer.principals;
  auto lists = [](const Principals& principals, PrincipalEntry::Type type, std::string_view value) {
    return std::ranges::any_of(principals.entries(),
                               [&](const PrincipalEntry& e) { return e.type == type && e.value == value; });
  };
  auto lists_all = [&](const Principals& of, const Principals& those) {
    return std::ranges::all_of(those.entries(), [&](const PrincipalEntry& e) {
      return lists(of, e.type, e.value) || (e.type == PrincipalEntry::Type::kArn &&
                                            lists(of, PrincipalEntry::Type::kAccount, account_of_principal(e.value)));
    });
  };
  if (outer.is_not_principal || inner.is_not_principal)
    return outer.is_not_principal == inner.is_not_principal && lists_all(*outer.principals, *inner.principals) &&
           lists_all(*inner.principals, *outer.principals);
  return lists(*outer.principals, PrincipalEntry::Type::kAnyone, "*") ||
         lists_all(*outer.principals, *inner.principals);
}

bool conditions_cover(const Statement& outer, const Statement& inner) {
  auto has_all = [](const std::vector<std::string>& in, const std::vector<std::string>& of) {
    return std::ranges::all_of(of, [&](const std::string& value) { return std::ranges::find(in, value) != in.end(); });
  };
  // Each condition must be at least as strict in the inner statement: fewer values to equal, or more to differ from.
  return std::ranges::all_of(outer.conditions, [&](const Condition& wide) {
    return std::ranges::any_of(inner.conditions, [&](const Condition& narrow) {
      if (narrow.key() != wide.key() || narrow.operator_name() != wide.operator_name()) return false;
      return wide.how().is_negated ? has_all(narrow.values(), wide.values()) : has_all(wide.values(), narrow.values());
    });
  });
}

bool statement_covers(const Statement& outer, const Statement& inner) {
  return set_covers(actions_of(outer), actions_of(inner)) && set_covers(resources_of(outer), resources_of(inner)) &&
         principals_cover(outer, inner) && conditions_cover(outer, inner);
}

}  // namespace policy
