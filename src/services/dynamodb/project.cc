// Parts of items.
#include "services/dynamodb/expression.h"

namespace dynamodb {

namespace {

// What is wanted below a place: all of it, or these parts.
struct Wanted {
  bool is_whole = false;
  std::map<std::string, Wanted> members;
  std::map<std::int64_t, Wanted> elements;
};

// Nothing when no wanted part is there.
std::optional<Attribute> pick(const Attribute& value, const Wanted& wanted) {
  if (wanted.is_whole) return value;
  Attribute picked{.type = value.type};
  if (value.type == Type::kMap) {
    for (const auto& [name, inner] : wanted.members) {
      const Attribute* member = find(value.members, name);
      if (auto part = member ? pick(*member, inner) : std::nullopt) picked.members.push_back({name, *std::move(part)});
    }
  } else if (value.type == Type::kList) {
    for (const auto& [index, inner] : wanted.elements) {
      if (index >= std::ssize(value.elements)) break;
      if (auto part = pick(value.elements[static_cast<std::size_t>(index)], inner))
        picked.elements.push_back(*std::move(part));
    }
  }
  if (picked.members.empty() && picked.elements.empty()) return std::nullopt;
  return picked;
}

}  // namespace

Item project(const Item& item, const std::vector<Path>& paths) {
  Wanted all;
  for (const Path& path : paths) {
    Wanted* at = &all;
    for (const PathPart& part : path) at = part.index < 0 ? &at->members[part.name] : &at->elements[part.index];
    at->is_whole = true;
  }
  Item picked;
  for (const auto& [name, wanted] : all.members) {
    const Attribute* value = find(item, name);
    if (auto part = value ? pick(*value, wanted) : std::nullopt) picked.push_back({name, *std::move(part)});
  }
  return picked;
}

}  // namespace dynamodb
