#pragma once

#include <cstddef>
#include <string_view>

#include "model/shape.h"

namespace wire {

// Members bound to a header, a label or the query string are left out of the body, but only those of the operation's own
// input or output: deeper down such a binding means nothing.
enum class Level { kTop, kNested };

// Finds the members of one structure for texts that mostly come in the order of the model: each search starts behind the
// member found last, so reading a whole structure in order looks at each member once.
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
