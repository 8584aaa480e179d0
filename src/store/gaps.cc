#include "store/gaps.h"

#include <algorithm>

namespace store::internal {

namespace {
constexpr std::size_t kMaxGaps = 1'024;
constexpr std::size_t kMaxGapsAtOnce = 16;
}  // namespace

std::vector<Gap> Gaps::within(std::string_view begin, std::string_view end, Version read_version) const {
  std::vector<Gap> found;
  auto at = gaps_.upper_bound(begin);
  if (at != gaps_.begin() && std::prev(at)->second.end > begin) --at;
  for (; at != gaps_.end() && at->first < end && found.size() < kMaxGapsAtOnce; ++at) {
    if (at->second.as_of <= read_version) found.push_back(at->second);
  }
  return found;
}

void Gaps::add(Gap gap, Version everywhere) {
  if (gaps_.size() >= kMaxGaps) gaps_.clear();  // learning them again costs little
  auto next = gaps_.upper_bound(gap.begin);
  auto before = next == gaps_.begin() ? gaps_.end() : std::prev(next);
  if (before != gaps_.end() && before->second.end > gap.begin) gap.begin = before->second.end;
  while (next != gaps_.end() && next->second.end <= gap.end) next = gaps_.erase(next);
  if (next != gaps_.end() && next->first < gap.end) gap.end = next->first;
  if (gap.begin < gap.end) next = gaps_.emplace_hint(next, gap.begin, gap);

  // A row of takers leaves a row of neighbours; once they are old enough they are one gap.
  while (next != gaps_.end() && next != gaps_.begin()) {
    before = std::prev(next);
    if (before->second.end != next->first) break;
    if (std::max(before->second.as_of, next->second.as_of) <= everywhere) {
      before->second.end = next->second.end;
      before->second.as_of = std::max(before->second.as_of, next->second.as_of);
      before->second.open_ended = next->second.open_ended;
      gaps_.erase(next);
    }
    next = before;
  }
  counted();
}

void Gaps::cut(std::string_view key) {
  auto next = gaps_.upper_bound(key);
  if (next == gaps_.begin()) return;
  auto at = std::prev(next);
  Gap& gap = at->second;
  if (gap.end <= key) return;
  Gap rest{.begin = std::string(key) + '\0', .end = gap.end, .as_of = gap.as_of, .open_ended = false};
  bool keep_rest = !gap.open_ended && rest.begin < rest.end;  // behind an open end is where new rows keep being put
  gap.end = std::string(key);
  gap.open_ended = false;
  if (gap.begin >= gap.end) gaps_.erase(at);
  if (keep_rest) gaps_.emplace_hint(next, rest.begin, rest);
  counted();
}

void Gaps::clear() {
  gaps_.clear();
  counted();
}

}  // namespace store::internal
