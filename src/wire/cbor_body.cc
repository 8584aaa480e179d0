#include "wire/cbor_body.h"

#include <cmath>

#include <fmt/format.h>

#include "wire/members.h"
#include "wire/scalar.h"

namespace wire {

namespace {

using base::Result;
using model::Kind;
using model::Member;
using model::Shape;

Result<void> read_cbor_member(const Member& member, Value& value);

Result<void> cbor_mismatch(const Member& member) {
  return base::fail("SerializationException",
                    fmt::format("The value of {} is not a {}.", member.name, name_of(member.shape->kind)));
}

Result<void> read_cbor_structure(const Shape& shape, Value& value) {
  Value::Map& map = value.map_to_change();
  MemberFinder members(shape);
  std::size_t kept = 0;
  for (std::size_t i = 0; i < map.size(); ++i) {
    const Member* member = map[i].second.is_null() ? nullptr : members.by_wire_name(map[i].first);
    if (!member) continue;
    TRY_VOID(read_cbor_member(*member, map[i].second));
    if (!member->location_name.empty()) map[i].first = member->name;
    if (kept != i) map[kept] = std::move(map[i]);
    ++kept;
  }
  map.resize(kept);
  return {};
}

Result<void> read_cbor_list(const Shape& shape, Value& value) {
  Value::List& list = value.list_to_change();
  if (!shape.sparse) std::erase_if(list, [](const Value& element) { return element.is_null(); });
  for (Value& element : list)
    if (!element.is_null()) TRY_VOID(read_cbor_member(shape.element(), element));
  return {};
}

Result<void> read_cbor_map(const Shape& shape, Value& value) {
  Value::Map& map = value.map_to_change();
  if (!shape.sparse) std::erase_if(map, [](const auto& entry) { return entry.second.is_null(); });
  for (auto& [key, element] : map)
    if (!element.is_null()) TRY_VOID(read_cbor_member(shape.value(), element));
  return {};
}

Result<void> read_cbor_number(const Member& member, Value& value) {
  if (!value.is_number()) return cbor_mismatch(member);
  if (member.shape->kind == Kind::kTimestamp) {
    auto time = timestamp_from_seconds(value.real());
    if (!time) return cbor_mismatch(member);
    value = *std::move(time);
    return {};
  }
  bool whole = member.shape->kind == Kind::kInteger || member.shape->kind == Kind::kLong;
  if (!whole || value.is_whole()) return {};
  if (!std::isfinite(value.real()) || std::fabs(value.real()) > 9.2e18) return cbor_mismatch(member);
  value = Value(value.num());
  return {};
}

Result<void> read_cbor_member(const Member& member, Value& value) {
  switch (member.shape->kind) {
    case Kind::kStructure:
    case Kind::kUnion: return value.is_map() ? read_cbor_structure(*member.shape, value) : cbor_mismatch(member);
    case Kind::kList: return value.is_list() ? read_cbor_list(*member.shape, value) : cbor_mismatch(member);
    case Kind::kMap: return value.is_map() ? read_cbor_map(*member.shape, value) : cbor_mismatch(member);
    case Kind::kString:
    case Kind::kBlob: return value.is_text() ? Result<void>() : cbor_mismatch(member);
    case Kind::kBoolean: return value.is_flag() ? Result<void>() : cbor_mismatch(member);
    case Kind::kDocument: return {};
    default: return read_cbor_number(member, value);
  }
}

void write_cbor_member(base::CborWriter& out, const Member& member, const Value& value) {
  if (value.is_null()) return out.null();
  const Shape& shape = *member.shape;
  switch (shape.kind) {
    case Kind::kStructure:
    case Kind::kUnion: return write_cbor_structure(out, shape, value);
    case Kind::kList:
      out.open_list();
      for (const Value& element : value.list())
        if (!element.is_null() || shape.sparse) write_cbor_member(out, shape.element(), element);
      return out.end();
    case Kind::kMap:
      out.open_map();
      for (const auto& [key, element] : value.map()) {
        if (element.is_null() && !shape.sparse) continue;
        out.text(key);
        write_cbor_member(out, shape.value(), element);
      }
      return out.end();
    case Kind::kString: return out.text(value.str());
    case Kind::kBlob: return out.blob(value.str());
    case Kind::kInteger:
    case Kind::kLong: return out.whole(value.num());
    case Kind::kFloat:
    case Kind::kDouble: return out.floating(value.real());
    case Kind::kBoolean: return out.flag(value.flag());
    case Kind::kTimestamp: return out.timestamp(value.num());
    case Kind::kDocument: return out.null();  // the protocol has no documents
  }
}

}  // namespace

Result<Value> parse_cbor_structure(const Shape& shape, std::string_view bytes) {
  if (bytes.empty()) return Value(Value::Map{});
  Value value = TRY(base::parse_cbor(bytes));
  if (!value.is_map()) return base::fail("SerializationException", "The body is not a map.");
  TRY_VOID(read_cbor_structure(shape, value));
  return value;
}

void write_cbor_members(base::CborWriter& out, const Shape& shape, const Value& value) {
  MemberFinder members(shape);
  for (const auto& [name, element] : value.map()) {
    const Member* member = element.is_null() ? nullptr : members.by_name(name);
    if (!member) continue;
    out.text(member->wire_name());
    write_cbor_member(out, *member, element);
  }
}

void write_cbor_structure(base::CborWriter& out, const Shape& shape, const Value& value) {
  out.open_map();
  write_cbor_members(out, shape, value);
  out.end();
}

}  // namespace wire
