#include "base/value.h"

#include <algorithm>
#include <cassert>
#include <span>

namespace base {

namespace {

const Value kNull;
const std::string kNoText;
const Value::List kNoList;
const Value::Map kNoMap;

// The pairs (first place, later place) of members with the same name, later places of one name in ascending order.
std::vector<std::pair<std::size_t, std::size_t>> find_repeated_names(
    std::span<const std::pair<std::string, Value>> members) {
  std::vector<std::pair<std::size_t, std::size_t>> repeated;
  constexpr std::size_t kFew = 24;  // up to here comparing each with each is faster than sorting
  if (members.size() <= kFew) {
    for (std::size_t i = 1; i < members.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        if (members[i].first == members[j].first) {
          repeated.emplace_back(j, i);
          break;
        }
    return repeated;
  }
  std::vector<std::size_t> order(members.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
    int compared = members[a].first.compare(members[b].first);
    return compared < 0 || (compared == 0 && a < b);
  });
  for (std::size_t i = 1, first = order[0]; i < order.size(); ++i) {
    if (members[order[i]].first == members[first].first)
      repeated.emplace_back(first, order[i]);
    else
      first = order[i];
  }
  return repeated;
}

}  // namespace

bool Value::flag() const {
  auto* flag = std::get_if<bool>(&node_);
  return flag && *flag;
}

std::int64_t Value::num() const {
  if (auto* number = std::get_if<std::int64_t>(&node_)) return *number;
  if (auto* number = std::get_if<double>(&node_)) return static_cast<std::int64_t>(*number);
  return 0;
}

double Value::real() const {
  if (auto* number = std::get_if<double>(&node_)) return *number;
  if (auto* number = std::get_if<std::int64_t>(&node_)) return static_cast<double>(*number);
  return 0;
}

const std::string& Value::str() const {
  auto* text = std::get_if<std::string>(&node_);
  return text ? *text : kNoText;
}

const Value::List& Value::list() const {
  if (auto* list = std::get_if<std::shared_ptr<List>>(&node_)) return **list;
  return packed() ? packed()->unpacked().list() : kNoList;
}

const Value::Map& Value::map() const {
  if (auto* map = std::get_if<std::shared_ptr<Map>>(&node_)) return **map;
  return packed() ? packed()->unpacked().map() : kNoMap;
}

bool Value::is_packed_list() const { return packed() != nullptr && packed()->is_list(); }

const Value& Packed::unpacked() const {
  std::call_once(once_, [&] { unpacked_ = unpack(); });
  return unpacked_;
}

const Value& Value::at(std::string_view name) const {
  for (const auto& [key, value] : map())
    if (key == name) return value;
  return kNull;
}

void Value::set(std::string_view name, Value value) {
  Map& map = map_to_change();
  for (auto& [key, old] : map)
    if (key == name) {
      old = std::move(value);
      return;
    }
  map.emplace_back(std::string(name), std::move(value));
}

void Value::erase(std::string_view name) {
  if (!is_map()) return;
  std::erase_if(map_to_change(), [&](const auto& entry) { return entry.first == name; });
}

void Value::push(Value value) { list_to_change().push_back(std::move(value)); }

Value::List& Value::list_to_change() {
  if (is_null()) node_ = std::make_shared<List>();
  if (packed()) *this = Value(packed()->unpacked());
  assert(is_list());
  auto& list = std::get<std::shared_ptr<List>>(node_);
  if (list.use_count() > 1) list = std::make_shared<List>(*list);
  return *list;
}

Value::Map& Value::map_to_change() {
  if (is_null()) node_ = std::make_shared<Map>();
  if (packed()) *this = Value(packed()->unpacked());
  assert(is_map());
  auto& map = std::get<std::shared_ptr<Map>>(node_);
  if (map.use_count() > 1) map = std::make_shared<Map>(*map);
  return *map;
}

void keep_last_of_repeated_names(Value::Map& members, std::size_t begin) {
  if (members.size() < begin + 2) return;
  auto some = std::span(members).subspan(begin);
  auto repeated = find_repeated_names(some);
  if (repeated.empty()) return;
  std::vector<bool> dropped(some.size());
  for (auto [first, later] : repeated) {
    some[first].second = std::move(some[later].second);
    dropped[later] = true;
  }
  std::size_t left = begin;
  for (std::size_t i = 0; i < dropped.size(); ++i) {
    if (dropped[i]) continue;
    if (left != begin + i) members[left] = std::move(members[begin + i]);
    ++left;
  }
  members.erase(members.begin() + static_cast<std::ptrdiff_t>(left), members.end());
}

bool operator==(const Value& left, const Value& right) {
  if (left.is_number() && right.is_number() && left.node_.index() != right.node_.index())
    return left.real() == right.real();
  if (left.is_list() && right.is_list()) return left.list() == right.list();
  if (left.is_map() && right.is_map())
    return left.map().size() == right.map().size() &&
           std::all_of(left.map().begin(), left.map().end(), [&](const auto& entry) {
             return std::any_of(right.map().begin(), right.map().end(),
                                [&](const auto& other) { return entry == other; });
           });
  return left.node_ == right.node_;  // one of them is no list and no map
}

}  // namespace base
