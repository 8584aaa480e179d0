#include "policy/patterns_as_sets.h"

#include <algorithm>
#include <functional>

#include "base/strings.h"

namespace policy {

namespace {

// Policy variables may have any value.
std::string widen(std::string_view pattern) {
  std::string wide;
  while (true) {
    const std::size_t begin = pattern.find("${");
    wide += pattern.substr(0, begin);
    if (begin == pattern.npos) return wide;
    wide += '*';
    const std::size_t end = pattern.find('}', begin);
    if (end == pattern.npos) return wide;
    pattern.remove_prefix(end + 1);
  }
}

bool has_variables(std::string_view pattern) { return pattern.find("${") != pattern.npos; }

// Walks both patterns together, one row of a table at a time; `step` says whether two characters that are no stars go
// together, `stars` which pattern's stars may take characters of the other.
enum class Stars { kOfLeft, kOfBoth };

bool walk(std::string_view left, std::string_view right, Stars stars, const std::function<bool(char, char)>& step) {
  // reach[j]: the rest of `left` from i goes with the rest of `right` from j.
  std::vector<char> next(right.size() + 1, 0), row(right.size() + 1, 0);
  for (std::size_t i = left.size() + 1; i-- > 0;) {
    for (std::size_t j = right.size() + 1; j-- > 0;) {
      const bool left_ends = i == left.size(), right_ends = j == right.size();
      bool goes = left_ends && right_ends;
      if (!left_ends && left[i] == '*') goes = next[j] || (!right_ends && row[j + 1]);
      if (!goes && stars == Stars::kOfBoth && !right_ends && right[j] == '*')
        goes = row[j + 1] || (!left_ends && next[j]);
      if (!goes && !left_ends && !right_ends && left[i] != '*' && right[j] != '*' && step(left[i], right[j]))
        goes = next[j + 1];
      row[j] = goes;
    }
    std::swap(row, next);
  }
  return next[0];
}

// Part by part: no wildcard of the first five parts of an ARN reaches over a colon.
bool arn_covers(std::string_view outer, std::string_view inner) {
  if (outer == "*" || outer == inner) return true;
  for (int part = 0; part < 5; ++part) {
    const std::size_t outer_colon = outer.find(':'), inner_colon = inner.find(':');
    if (outer_colon == outer.npos || inner_colon == inner.npos) return false;
    if (!glob_covers(outer.substr(0, outer_colon), inner.substr(0, inner_colon))) return false;
    outer.remove_prefix(outer_colon + 1);
    inner.remove_prefix(inner_colon + 1);
  }
  return glob_covers(outer, inner);
}

}  // namespace

bool globs_meet(std::string_view left, std::string_view right) {
  return walk(widen(left), widen(right), Stars::kOfBoth, [](char a, char b) { return a == b || a == '?' || b == '?'; });
}

bool glob_covers(std::string_view outer, std::string_view inner) {
  if (outer == inner || outer == "*") return true;
  if (has_variables(outer)) return false;
  return walk(outer, widen(inner), Stars::kOfLeft, [](char a, char b) { return a == b || a == '?'; });
}

bool PatternSet::has_all_of(std::string_view pattern) const {
  auto includes = [&](const std::string& own) {
    return covers == Covers::kArn ? arn_covers(own, pattern) : glob_covers(own, pattern);
  };
  if (!is_complement) return std::ranges::any_of(patterns, includes);
  return std::ranges::none_of(patterns, [&](const std::string& own) { return globs_meet(own, pattern); });
}

bool PatternSet::has_none_of(std::string_view pattern) const {
  PatternSet opposite = *this;
  opposite.is_complement = !is_complement;
  return opposite.has_all_of(pattern);
}

bool PatternSet::has_all_of(const PatternSet& other) const {
  if (!other.is_complement)
    return std::ranges::all_of(other.patterns, [&](const std::string& pattern) { return has_all_of(pattern); });
  // Everything but some: only everything, or everything but fewer, has all of that.
  if (!is_complement) return std::ranges::find(patterns, "*") != patterns.end();
  PatternSet others = other;
  others.is_complement = false;
  return std::ranges::all_of(patterns, [&](const std::string& pattern) { return others.has_all_of(pattern); });
}

bool PatternSet::has_none_of(const PatternSet& other) const {
  if (!other.is_complement)
    return std::ranges::all_of(other.patterns, [&](const std::string& pattern) { return has_none_of(pattern); });
  if (is_complement) return false;
  PatternSet others = other;
  others.is_complement = false;
  return std::ranges::all_of(patterns, [&](const std::string& pattern) { return others.has_all_of(pattern); });
}

}  // namespace policy
