// What an update makes of an item.
#include "services/dynamodb/expression.h"
#include "services/dynamodb/number.h"

namespace dynamodb {

namespace {

std::unexpected<base::Error> wrong_type() {
  return validation_error("An operand in the update expression has an incorrect data type");
}

std::unexpected<base::Error> wrong_path() {
  return validation_error("The document path provided in the update expression is invalid for update");
}

base::Result<Attribute> evaluate_new(const Operand& operand, const Item& item) {
  if (operand.kind == Operand::Kind::kValue) return operand.value;
  if (operand.kind == Operand::Kind::kPath) {
    const Attribute* value = resolve(item, operand.path);
    if (!value)
      return validation_error("The provided expression refers to an attribute that does not exist in the item");
    return *value;
  }
  if (operand.name == "if_not_exists") {
    if (const Attribute* value = resolve(item, operand.operands[0].path)) return *value;
    return evaluate_new(operand.operands[1], item);
  }
  Attribute left = TRY(evaluate_new(operand.operands[0], item));
  Attribute right = TRY(evaluate_new(operand.operands[1], item));
  if (operand.name == "list_append") {
    if (left.type != Type::kList || right.type != Type::kList) return wrong_type();
    std::ranges::move(right.elements, std::back_inserter(left.elements));
    return left;
  }
  if (left.type != Type::kNumber || right.type != Type::kNumber) return wrong_type();
  return Attribute::of_number(TRY(operand.kind == Operand::Kind::kPlus ? add_numbers(left.text, right.text)
                                                                       : subtract_numbers(left.text, right.text)));
}

// Where an action takes place: a member of the item or of a map, or a place of a list.
struct Place {
  Item* members = nullptr;
  std::vector<Attribute>* elements = nullptr;
  const PathPart* part = nullptr;
  std::size_t depth = 1;

  Attribute* get() const {
    if (members) return find(*members, part->name);
    return part->index < std::ssize(*elements) ? &(*elements)[static_cast<std::size_t>(part->index)] : nullptr;
  }
  // What is set past the end of a list comes after all that is there.
  void set(Attribute value) const {
    if (members) {
      ensure(*members, part->name) = std::move(value);
    } else if (Attribute* there = get()) {
      *there = std::move(value);
    } else {
      elements->push_back(std::move(value));
    }
  }
};

std::optional<Place> find_place(Item& item, const Path& path) {
  Place place{.members = &item, .part = &path.front()};
  for (std::size_t i = 1; i < path.size(); ++i) {
    Attribute* parent = place.get();
    if (!parent) return std::nullopt;
    const bool wants_list = path[i].index >= 0;
    if (parent->type != (wants_list ? Type::kList : Type::kMap)) return std::nullopt;
    place = {.members = wants_list ? nullptr : &parent->members,
             .elements = wants_list ? &parent->elements : nullptr,
             .part = &path[i],
             .depth = i + 1};
  }
  return place;
}

base::Result<void> add_to(const Place& place, const Attribute& added) {
  Attribute* there = place.get();
  if (!there) {
    place.set(added);
    return {};
  }
  if (there->type != added.type) return wrong_type();
  if (added.type == Type::kNumber) {
    there->text = TRY(add_numbers(there->text, added.text));
    return {};
  }
  for (const Attribute& element : added.elements)
    // Lists are added to by the older parameters only: at the end.
    if (!there->is_set() || std::ranges::find(there->elements, element) == there->elements.end())
      there->elements.push_back(element);
  if (there->is_set()) order_set(*there);
  return {};
}

struct Removal {
  std::size_t depth;
  std::vector<Attribute>* elements;
  std::size_t index;

  auto operator<=>(const Removal&) const = default;
};
using Removals = std::vector<Removal>;

// Elements of lists go last, so that all places are those before the update.
void remove(const Place& place, Removals& removals) {
  if (place.members) return remove_member(*place.members, place.part->name);
  if (place.get()) removals.push_back({place.depth, place.elements, static_cast<std::size_t>(place.part->index)});
}

base::Result<void> take_from(const Place& place, const Attribute& taken, Removals& removals) {
  Attribute* there = place.get();
  if (!there) return {};
  if (there->type != taken.type) return wrong_type();
  std::erase_if(there->elements, [&](const Attribute& element) {
    return std::ranges::find(taken.elements, element) != taken.elements.end();
  });
  if (there->elements.empty()) remove(place, removals);
  return {};
}

}  // namespace

base::Result<Item> apply_update(const Update& update, const Item& item, bool is_new) {
  // "Reads of the right side happen before any of the actions."
  std::vector<std::pair<const Action*, Attribute>> sets;
  for (const Action& action : update)
    if (action.kind == Action::Kind::kSet) sets.emplace_back(&action, TRY(evaluate_new(action.operand, item)));
  // "If you add multiple elements in a single SET operation, the elements are sorted in order by element number."
  std::ranges::stable_sort(sets, {}, [](const auto& set) { return set.first->path.back().index; });

  Item changed = item;
  Removals removals;
  // Removals of members come first, so that nothing points to what they move.
  for (const Action& action : update) {
    if (action.kind != Action::Kind::kRemove) continue;
    auto place = find_place(changed, action.path);
    if (!place && !is_new) return wrong_path();
    if (place && place->members) remove(*place, removals);
  }
  for (auto& [action, value] : sets) {
    auto place = find_place(changed, action->path);
    if (!place) return wrong_path();
    place->set(std::move(value));
  }
  std::vector<const Action*> others;
  for (const Action& action : update)
    if (action.kind == Action::Kind::kAdd || action.kind == Action::Kind::kDelete) others.push_back(&action);
  std::ranges::stable_sort(others, {}, [](const Action* action) { return action->path.back().index; });
  for (const Action* action : others) {
    auto place = find_place(changed, action->path);
    if (!place) return wrong_path();
    if (action->kind == Action::Kind::kAdd) TRY_VOID(add_to(*place, action->operand.value));
    if (action->kind == Action::Kind::kDelete && place->members)
      TRY_VOID(take_from(*place, action->operand.value, removals));
  }
  for (const Action& action : update) {
    auto place = find_place(changed, action.path);
    if (!place || place->members) continue;
    if (action.kind == Action::Kind::kDelete) TRY_VOID(take_from(*place, action.operand.value, removals));
    if (action.kind == Action::Kind::kRemove) remove(*place, removals);
  }
  // Inner lists before those around them, which would move them, and each from its end.
  std::ranges::sort(removals, std::ranges::greater());
  for (const auto& [depth, elements, index] : removals)
    if (index < elements->size()) elements->erase(elements->begin() + static_cast<std::ptrdiff_t>(index));
  return changed;
}

}  // namespace dynamodb
