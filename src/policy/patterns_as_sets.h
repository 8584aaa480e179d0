#pragma once

#include <string>
#include <string_view>
#include <vector>

// Texts with wildcards, as the sets of texts they match.
namespace policy {

// Whether some text matches both.
bool globs_meet(std::string_view left, std::string_view right);
// Whether all that matches `inner` matches `outer`. A "no" may be wrong, a "yes" never.
bool glob_covers(std::string_view outer, std::string_view inner);

// An element and its negation (Action and NotAction): all that matches one of the patterns, or nothing of it.
struct PatternSet {
  enum class Covers { kGlob, kArn };

  bool is_complement = false;
  std::vector<std::string> patterns;
  Covers covers = Covers::kGlob;

  // Whether the set has all that matches the pattern. A "no" may be wrong, a "yes" never.
  bool has_all_of(std::string_view pattern) const;
  // Whether it has nothing of it; likewise.
  bool has_none_of(std::string_view pattern) const;
  bool has_all_of(const PatternSet& other) const;
  bool has_none_of(const PatternSet& other) const;
};

}  // namespace policy
