#include "aws/log_query_frame.h"

#include <cstring>

#include "base/strings.h"

namespace aws::log_query {

Frame::Frame(const Plan& plan, std::int64_t now_ms)
    : plan_(plan), now_ms_(now_ms), cells_(plan.slots.size()), set_in_(plan.slots.size()) {
  for (std::size_t i = 0; i < plan.slots.size(); ++i) {
    const Slot& slot = plan.slots[i];
    if (slot.origin != Slot::Origin::kJson) continue;
    JsonSlots& json = slot.is_unmasked ? unmasked_json_ : json_;
    json.fields.want(slot.name.starts_with("@@") ? slot.name.substr(1) : slot.name, i);
    json.slots.push_back(i);
  }
}

void Frame::next_turn() {
  ++turn_;
  arena_.clear();
  event_ = nullptr;
  masked_.reset();
  masked_body_.reset();
  lambda_.reset();
  aggregates = nullptr;
}

void Frame::begin(const LogQueryEvent& event) {
  next_turn();
  event_ = &event;
  identity_ = {event.group, event.stream_id, event.ordinal, event.timestamp_ms, event.is_earlier};
}

void Frame::begin() {
  next_turn();
  identity_ = {};
}

void Frame::begin(const Row& row, const std::vector<int>& slots) {
  next_turn();
  identity_ = row.identity;
  for (std::size_t i = 0; i < slots.size(); ++i) set(slots[i], row.cells[i]);
}

Row Frame::capture(const std::vector<int>& slots, const std::vector<Cell>& besides) {
  Row row{.identity = identity_};
  row.cells.reserve(slots.size() + besides.size());
  for (int slot : slots) row.cells.push_back(get(slot));
  row.cells.insert(row.cells.end(), besides.begin(), besides.end());
  std::size_t bytes = 0, structures = 0;
  for (const Cell& cell : row.cells) {
    bytes += cell.kind == Cell::Kind::kText ? cell.text.size() : 0;
    structures += cell.kind == Cell::Kind::kStructure;
  }
  if (bytes > 0) row.bytes = std::make_unique_for_overwrite<char[]>(bytes);
  row.structures.reserve(structures);
  char* place = row.bytes.get();
  for (Cell& cell : row.cells) {
    if (cell.kind == Cell::Kind::kStructure) cell.structure = &row.structures.emplace_back(*cell.structure);
    if (cell.kind != Cell::Kind::kText || cell.text.empty()) continue;
    std::memcpy(place, cell.text.data(), cell.text.size());
    cell.text = {place, cell.text.size()};
    place += cell.text.size();
  }
  return row;
}

std::string_view Frame::message(bool is_unmasked) {
  if (is_unmasked || !event_->group || !event_->group->mask) return event_->message;
  if (!masked_) masked_ = arena_.keep(event_->group->mask(event_->message));
  return *masked_;
}

std::string_view Frame::body(bool is_unmasked) {
  if (event_->transformed.empty()) return message(is_unmasked);
  if (is_unmasked || !event_->group || !event_->group->mask) return event_->transformed;
  if (!masked_body_) masked_body_ = arena_.keep(event_->group->mask(event_->transformed));
  return *masked_body_;
}

void Frame::find_json(JsonSlots& json, bool is_unmasked) {
  for (std::size_t slot : json.slots) {
    if (set_in_[slot] != turn_) cells_[slot] = {};
    set_in_[slot] = turn_;
  }
  auto place = event_->group && event_->group->is_lambda ? JsonFields::Place::kAnywhere : JsonFields::Place::kWhole;
  json.fields.find(body(is_unmasked), place, arena_, cells_);
}

void Frame::load(std::size_t place) {
  set_in_[place] = turn_;
  const Slot& slot = plan_.slots[place];
  Cell& cell = cells_[place];
  cell = {};
  // These follow from which event it is, also where the event itself is gone.
  if (identity_.group != nullptr) {
    if (slot.origin == Slot::Origin::kTimestamp) {
      cell = Cell::of_time(static_cast<double>(identity_.timestamp_ms));
    } else if (slot.origin == Slot::Origin::kLog) {
      cell = Cell::of_text(identity_.group->log);
    } else if (slot.origin == Slot::Origin::kPointer && identity_.group->pointer_of) {
      cell = Cell::of_text(
          arena_.keep(identity_.group->pointer_of(identity_.stream_id, identity_.timestamp_ms, identity_.ordinal)));
    }
  }
  if (!event_) return;
  switch (slot.origin) {
    case Slot::Origin::kIngestionTime: cell = Cell::of_time(static_cast<double>(event_->ingestion_ms)); return;
    case Slot::Origin::kMessage: cell = Cell::of_text(message(slot.is_unmasked)); return;
    case Slot::Origin::kStream: cell = Cell::of_text(event_->stream); return;
    case Slot::Origin::kLambda:
      if (!lambda_) lambda_ = find_lambda_fields(message(slot.is_unmasked), arena_);
      cell = lambda_->cells[slot.lambda_index];
      return;
    case Slot::Origin::kJson: find_json(slot.is_unmasked ? unmasked_json_ : json_, slot.is_unmasked); return;
    default: return;
  }
}

void Frame::remember(std::size_t subquery, std::vector<std::string> values) {
  if (subqueries_.size() <= subquery) subqueries_.resize(subquery + 1);
  std::sort(values.begin(), values.end());
  subqueries_[subquery] = std::move(values);
}

bool Frame::is_one_of(std::size_t subquery, std::string_view text) const {
  if (subquery >= subqueries_.size()) return false;
  const auto& values = subqueries_[subquery];
  return std::binary_search(values.begin(), values.end(), text, std::less<>());
}

Cell member_at(const Cell& cell, std::string_view path, Arena& arena) {
  if (path.empty()) return cell;
  if (cell.kind != Cell::Kind::kStructure) return {};
  const base::Value& structure = *cell.structure;
  std::size_t dot = path.find('.');
  if (structure.is_list()) {
    auto index = base::parse_number<std::size_t>(path.substr(0, dot));
    if (!index || *index >= structure.list().size()) return {};
    Cell element = cell_of(structure.list()[*index], arena);
    return dot == std::string_view::npos ? element : member_at(element, path.substr(dot + 1), arena);
  }
  // A member's own name may have dots.
  for (; dot != std::string_view::npos; dot = path.find('.', dot + 1)) {
    const base::Value& member = structure.at(path.substr(0, dot));
    if (!member.is_null()) return member_at(cell_of(member, arena), path.substr(dot + 1), arena);
  }
  return cell_of(structure.at(path), arena);
}

}  // namespace aws::log_query
