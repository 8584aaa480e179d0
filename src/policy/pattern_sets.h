#pragma once

#include <array>
#include <string>
#include <vector>

#include "policy/statement.h"

// Sets of texts that patterns describe, compared without naming their members.
namespace policy {

// Whether some text matches both.
bool globs_intersect(std::string_view left, std::string_view right);
// Whether every text that matches `inner` matches `outer`; false also where that cannot be shown.
bool glob_covers(std::string_view outer, std::string_view inner);

// One action pattern, or the six parts of a resource pattern: a text matches when each part does.
struct PatternParts {
  std::vector<std::string> parts;
  std::string written;  // to recognise variables: the same text means the same
  bool has_variables = false;
};
bool patterns_intersect(const PatternParts& left, const PatternParts& right);
bool pattern_covers(const PatternParts& outer, const PatternParts& inner);

PatternParts parts_of_action(std::string_view action);
PatternParts parts_of_resource(std::string_view resource);

// What an element of a statement names, or all but that.
struct PatternSet {
  std::vector<PatternParts> patterns;
  bool is_complement = false;
};
bool sets_intersect(const PatternSet& left, const PatternSet& right);
bool set_covers(const PatternSet& outer, const PatternSet& inner);

PatternSet actions_of(const Statement& statement);
PatternSet resources_of(const Statement& statement);

// Whether `outer` is about everyone whom `inner` is about, and whether it holds whenever `inner` does.
bool principals_cover(const Statement& outer, const Statement& inner);
bool conditions_cover(const Statement& outer, const Statement& inner);
// All of it.
bool statement_covers(const Statement& outer, const Statement& inner);

}  // namespace policy
