#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/bytes.h"
#include "base/json.h"
#include "runner/client_wire.h"

namespace runner {

using model::Kind;
using model::Shape;
using model::TimestampFormat;

namespace {

TimestampFormat json_time_format(const model::Member& member) {
  TimestampFormat format = member.timestamp_format;
  if (format == TimestampFormat::kDefault) format = member.shape->timestamp_format;
  return format == TimestampFormat::kDefault ? TimestampFormat::kUnix : format;
}

Value json_scalar(const model::Member& member, const Value& value) {
  if (member.shape->kind == Kind::kBlob && value.is_text()) return Value(base::to_base64(value.str()));
  if (member.shape->kind == Kind::kTimestamp && value.is_whole()) {
    TimestampFormat format = json_time_format(member);
    if (format != TimestampFormat::kUnix) return Value(format_time(value.num(), format));
    if (value.num() % 1000 == 0) return Value(value.num() / 1000);
    return Value(static_cast<double>(value.num()) / 1000);
  }
  if (value.is_float() && std::isnan(value.real())) return Value("NaN");
  if (value.is_float() && std::isinf(value.real())) return Value(value.real() > 0 ? "Infinity" : "-Infinity");
  return value;
}

Value json_value(const model::Member& member, const Value& value);

Value json_structure(const Shape& shape, const Value& value) {
  Value::Map map;
  for (auto& [name, below] : value.map()) {
    const model::Member* member = shape.find(name);
    if (!member) {
      map.emplace_back(name, below);
      continue;
    }
    if (!below.is_null()) map.emplace_back(std::string(member->wire_name()), json_value(*member, below));
  }
  return Value(std::move(map));
}

Value json_value(const model::Member& member, const Value& value) {
  const Shape& shape = *member.shape;
  if (value.is_map() && (shape.kind == Kind::kStructure || shape.kind == Kind::kUnion))
    return json_structure(shape, value);
  if (value.is_map() && shape.kind == Kind::kMap) {
    Value::Map map;
    for (auto& [key, below] : value.map()) map.emplace_back(key, json_value(shape.value(), below));
    return Value(std::move(map));
  }
  if (value.is_list() && shape.kind == Kind::kList) {
    Value::List list;
    for (auto& below : value.list()) list.push_back(json_value(shape.element(), below));
    return Value(std::move(list));
  }
  return json_scalar(member, value);
}

Result<Value> read_json_value(const model::Member& member, const Value& node);

Result<Value> read_json_structure(const Shape& shape, const Value& node) {
  if (!node.is_map())
    return base::fail("Answer", fmt::format("{} is no JSON object: {}", shape.name, base::to_json(node)));
  Value::Map map;
  for (auto& member : shape.members) {
    const Value& below = node.at(member.wire_name());
    if (below.is_null()) continue;
    map.emplace_back(std::string(member.name), TRY(read_json_value(member, below)));
  }
  return Value(std::move(map));
}

Result<Value> read_json_scalar(const model::Member& member, const Value& node) {
  auto wrong = [&] {
    return base::fail("Answer", fmt::format("{} is not of its kind: {}", member.name, base::to_json(node)));
  };
  switch (member.shape->kind) {
    case Kind::kString: return node.is_text() ? Result<Value>(node) : wrong();
    case Kind::kBoolean: return node.is_flag() ? Result<Value>(node) : wrong();
    case Kind::kInteger:
    case Kind::kLong: return node.is_whole() ? Result<Value>(node) : wrong();
    case Kind::kFloat:
    case Kind::kDouble:
      if (node.is_text()) {
        if (node.str() == "NaN") return Value(std::numeric_limits<double>::quiet_NaN());
        if (node.str() == "Infinity") return Value(std::numeric_limits<double>::infinity());
        if (node.str() == "-Infinity") return Value(-std::numeric_limits<double>::infinity());
      }
      return node.is_number() ? Result<Value>(Value(node.real())) : wrong();
    case Kind::kBlob: {
      auto bytes = base::from_base64(node.str());
      return bytes ? Result<Value>(Value(*std::move(bytes))) : wrong();
    }
    case Kind::kTimestamp:
      if (json_time_format(member) != TimestampFormat::kUnix) return parse_time(node.str(), json_time_format(member));
      if (!node.is_number()) return wrong();
      return Value(static_cast<std::int64_t>(std::llround(node.real() * 1000)));
    default: return node;
  }
}

Result<Value> read_json_value(const model::Member& member, const Value& node) {
  const Shape& shape = *member.shape;
  if (node.is_null()) return node;
  switch (shape.kind) {
    case Kind::kStructure:
    case Kind::kUnion: return read_json_structure(shape, node);
    case Kind::kList: {
      if (!node.is_list()) break;
      Value::List list;
      for (auto& below : node.list()) list.push_back(TRY(read_json_value(shape.element(), below)));
      return Value(std::move(list));
    }
    case Kind::kMap: {
      if (!node.is_map()) break;
      Value::Map map;
      for (auto& [key, below] : node.map()) map.emplace_back(key, TRY(read_json_value(shape.value(), below)));
      return Value(std::move(map));
    }
    default: return read_json_scalar(member, node);
  }
  return base::fail("Answer", fmt::format("{} is not of its kind: {}", member.name, base::to_json(node)));
}

}  // namespace

std::string json_body(const Shape& shape, const Value& value) {
  model::Member root;
  root.shape = &shape;
  return base::to_json(json_value(root, value.is_null() ? Value(Value::Map{}) : value));
}

Result<Value> read_json_body(const Shape& shape, std::string_view text) {
  if (text.empty() && shape.members.empty()) return Value(Value::Map{});
  model::Member root;
  root.name = "the body";
  root.shape = &shape;
  Value node = TRY(base::parse_json(text));
  return read_json_value(root, node);
}

}  // namespace runner
