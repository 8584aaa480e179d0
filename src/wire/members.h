#pragma once

#include <cstddef>
#include <string_view>

#include "model/shape.h"

namespace wire {

// Members bound to another part of the request or answer are left out of the body, but only those of the operation's
// own input or output: deeper down a binding means nothing. Nor does a binding to a part that the other direction has.
enum class Level { kInput, kOutput, kNested };

inline bool is_in_body(const model::Member& member, Level level) {
  switch (member.location) {
    case model::Location::kBody: return true;
    case model::Location::kHeader:
    case model::Location::kHeaders: return level == Level::kNested;
    case model::Location::kQuery:
    case model::Location::kUri: return level != Level::kInput;
    case model::Location::kStatusCode: return level != Level::kOutput;
  }
  return true;
}

// Finds the members of one structure for texts that mostly come in the order of the model: each search starts behind
// the member found last, so reading a whole structure in order looks at each member once.
class MemberFinder {
 public:
  explicit MemberFinder(const model::Shape& shape) : members_(shape.members) {}

  const model::Member* by_wire_name(std::string_view name) {
    return find([&](const model::Member& member) { return member.wire_name() == name; });
  }
  const model::Member* by_name(std::string_view name) {
    return find([&](const model::Member& member) { return member.name == name; });
  }

 private:
  template <class Matches>
  const model::Member* find(Matches matches) {
    for (std::size_t i = next_; i < members_.size(); ++i)
      if (matches(members_[i])) return next_ = i + 1, &members_[i];
    for (std::size_t i = 0; i < next_ && i < members_.size(); ++i)
      if (matches(members_[i])) return next_ = i + 1, &members_[i];
    return nullptr;
  }

  const std::vector<model::Member>& members_;
  std::size_t next_ = 0;
};

}  // namespace wire
