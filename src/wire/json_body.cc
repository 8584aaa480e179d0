#include "wire/json_body.h"

#include <cmath>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"
#include "wire/members.h"
#include "wire/scalar.h"

namespace wire {

namespace {

using base::Result;
using model::Kind;
using model::Member;
using model::Shape;

base::Error serialization_error(std::string message) { return {"SerializationException", std::move(message)}; }

// What the JSON parser of the services calls the token that a value starts with.
std::string_view json_token(const Value& value) {
  if (value.is_text()) return "STRING_VALUE";
  if (value.is_whole()) return "NUMBER_VALUE";
  if (value.is_float()) return "DECIMAL_VALUE";
  return value.flag() ? "TRUE_VALUE" : "FALSE_VALUE";
}

// What the classes are called that the older framework reads shapes into.
std::string java_class(const Shape& shape) {
  switch (shape.kind) {
    case Kind::kStructure:
    case Kind::kUnion: return fmt::format("com.amazonaws.dynamodb.v20120810.{}", shape.name);
    case Kind::kList: return fmt::format("java.util.List<{}>", java_class(*shape.element().shape));
    case Kind::kMap: return fmt::format("java.util.Map<java.lang.String, {}>", java_class(*shape.value().shape));
    case Kind::kBlob: return "java.nio.ByteBuffer";
    default: return fmt::format("java.lang.{}", name_of(shape.kind));
  }
}

// Where a value stands: in a structure, or in a list or map.
enum class Place { kMember, kPart };

// Turns a parsed JSON tree into the values of its shape, in place.
class JsonReader {
 public:
  explicit JsonReader(JsonWording wording) : wording_(wording) {}

  Result<void> read(const Member& member, Value& value, Place place = Place::kMember) const {
    switch (member.shape->kind) {
      case Kind::kStructure:
      case Kind::kUnion:
        if (!value.is_map()) return no_container(*member.shape, value, place);
        return read_structure(*member.shape, value);
      case Kind::kList:
        if (!value.is_list()) return no_container(*member.shape, value, place);
        return read_list(*member.shape, value);
      case Kind::kMap:
        if (!value.is_map()) return no_container(*member.shape, value, place);
        return read_map(*member.shape, value);
      case Kind::kString: return value.is_text() ? Result<void>() : mismatch(member, value);
      case Kind::kInteger:
      case Kind::kLong: return read_whole(member, value);
      case Kind::kFloat:
      case Kind::kDouble: return read_real(member, value);
      case Kind::kBoolean: return read_flag(member, value);
      case Kind::kBlob: return read_blob(member, value);
      case Kind::kTimestamp: return read_timestamp(member, value);
      case Kind::kDocument: return {};
    }
    return {};
  }

  Result<void> read_structure(const Shape& shape, Value& value, Level level = Level::kNested) const {
    if (!value.is_map()) return no_container(shape, value, Place::kMember);
    Value::Map& map = value.map_to_change();
    MemberFinder members(shape);
    std::size_t kept = 0;
    for (std::size_t i = 0; i < map.size(); ++i) {
      const Member* member = map[i].second.is_null() ? nullptr : members.by_wire_name(map[i].first);
      if (!member || !is_in_body(*member, level)) continue;
      TRY_VOID(read(*member, map[i].second));
      if (!member->location_name.empty()) map[i].first = member->name;
      if (kept != i) map[kept] = std::move(map[i]);
      ++kept;
    }
    map.resize(kept);
    return {};
  }

 private:
  Result<void> read_list(const Shape& shape, Value& value) const {
    Value::List& list = value.list_to_change();
    if (!shape.sparse) std::erase_if(list, [](const Value& element) { return element.is_null(); });
    for (Value& element : list)
      if (!element.is_null()) TRY_VOID(read(shape.element(), element, Place::kPart));
    return {};
  }

  Result<void> read_map(const Shape& shape, Value& value) const {
    Value::Map& map = value.map_to_change();
    if (!shape.sparse) std::erase_if(map, [](const auto& entry) { return entry.second.is_null(); });
    for (auto& [key, element] : map)
      if (!element.is_null()) TRY_VOID(read(shape.value(), element, Place::kPart));
    return {};
  }

  Result<void> read_whole(const Member& member, Value& value) const {
    if (value.is_whole()) return {};
    if (!value.is_float()) return mismatch(member, value);
    // A whole number written with a fraction or an exponent is cut, as the services do.
    if (!std::isfinite(value.real()) || std::fabs(value.real()) > 9.2e18) return mismatch(member, value);
    value = Value(value.num());
    return {};
  }

  Result<void> read_real(const Member& member, Value& value) const {
    if (value.is_number()) return {};
    // JSON has no notation for these three, so they are sent as texts; other texts are not numbers.
    if (value.str() != "NaN" && value.str() != "Infinity" && value.str() != "-Infinity") return mismatch(member, value);
    value = Value(*float_from_text(value.str()));
    return {};
  }

  Result<void> read_flag(const Member& member, Value& value) const {
    if (value.is_flag()) return {};
    const bool is_old = wording_ == JsonWording::kDynamoDb;
    const std::string word = is_old && value.is_text() ? base::to_lower(value.str()) : value.str();
    if (word == "true" || (is_old && (word == "1" || word == "yes")))
      value = Value(true);
    else if (word == "false" || (is_old && (word == "0" || word == "no")))
      value = Value(false);
    else
      return mismatch(member, value);
    return {};
  }

  Result<void> read_blob(const Member& member, Value& value) const {
    if (!value.is_text()) return value.is_list() || value.is_map() ? mismatch(member, value) : no_bytes();
    auto bytes = base::from_base64(value.str());
    // The older framework minds bits that are set and mean nothing.
    const bool is_loose = bytes && wording_ == JsonWording::kDynamoDb && value.str().ends_with('=') &&
                          base::to_base64(*bytes) != value.str();
    if (!bytes || is_loose) return bad_base64(value.str());
    value = Value(*std::move(bytes));
    return {};
  }

  Result<void> read_timestamp(const Member& member, Value& value) const {
    std::optional<Value> time;
    if (value.is_number()) time = timestamp_from_seconds(value.real());
    if (value.is_text()) time = scalar_from_text(member, value.str(), model::TimestampFormat::kUnix);
    if (!time) return mismatch(member, value);
    value = *std::move(time);
    return {};
  }

  Result<void> mismatch(const Member& member, const Value& value) const {
    const bool is_old = wording_ == JsonWording::kDynamoDb;
    if (value.is_map()) return map_unexpected();
    std::string_view kind = name_of(member.shape->kind);
    if (value.is_list()) {
      if (is_old) return refuse(fmt::format("Unrecognized collection type class {}", java_class(*member.shape)));
      return refuse("Start of list found where not expected");
    }
    if (is_old && member.shape->kind == Kind::kBoolean && value.is_text())
      return refuse("Unexpected token received from parser");
    if (is_old) return refuse(fmt::format("{} cannot be converted to {}", json_token(value), kind));
    return refuse(
        fmt::format("{} can not be converted to {} {}", json_token(value), kind == "Integer" ? "an" : "a", kind));
  }

  Result<void> no_container(const Shape& shape, const Value& value, Place place) const {
    if (value.is_map()) return map_unexpected();
    const bool is_old = wording_ == JsonWording::kDynamoDb;
    if (value.is_list()) {
      if (!is_old) return refuse("Start of list found where not expected");
      return refuse(fmt::format("Unrecognized collection type {}{}", shape.kind == Kind::kMap ? "" : "class ",
                                java_class(shape)));
    }
    if (!is_old || place == Place::kMember) return refuse("Unexpected field type");
    if (shape.kind != Kind::kList && shape.kind != Kind::kMap) return refuse("Unexpected value type in payload");
    return refuse(
        "class sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl cannot be cast to class java.lang.Class "
        "(sun.reflect.generics.reflectiveObjects.ParameterizedTypeImpl and java.lang.Class are in module java.base of "
        "loader 'bootstrap')");
  }

  Result<void> map_unexpected() const {
    const bool is_old = wording_ == JsonWording::kDynamoDb;
    return refuse(fmt::format("Start of structure or map found where not expected{}", is_old ? "" : "."));
  }

  static std::unexpected<base::Error> refuse(std::string message) {
    return std::unexpected(serialization_error(std::move(message)));
  }

  static Result<void> no_bytes() {
    return std::unexpected(serialization_error("only base-64-encoded strings are convertible to bytes"));
  }

  static Result<void> bad_base64(std::string_view text) {
    if (text.size() % 4 != 0)
      return std::unexpected(serialization_error(
          fmt::format("Base64 encoded length is expected a multiple of 4 bytes but found: {}", text.size())));
    for (char character : text)
      if (!std::isalnum(static_cast<unsigned char>(character)) && !std::strchr("+/=", character))
        return std::unexpected(serialization_error(fmt::format("Invalid Base64 character: '{}'", character)));
    return std::unexpected(serialization_error("Invalid last non-pad Base64 character dectected"));  // as AWS spells it
  }

  JsonWording wording_;
};

void append_json_list(std::string& out, const Shape& shape, const Value& value) {
  out += '[';
  bool first = true;
  for (const Value& element : value.list()) {
    if (element.is_null() && !shape.sparse) continue;
    if (!first) out += ',';
    first = false;
    append_json_member(out, shape.element(), element);
  }
  out += ']';
}

void append_json_map(std::string& out, const Shape& shape, const Value& value) {
  out += '{';
  bool first = true;
  for (const auto& [key, element] : value.map()) {
    if (element.is_null() && !shape.sparse) continue;
    if (!first) out += ',';
    first = false;
    base::append_json_string(out, key);
    out += ':';
    append_json_member(out, shape.value(), element);
  }
  out += '}';
}

void append_json_timestamp(std::string& out, const Member& member, const Value& value) {
  model::TimestampFormat format = timestamp_format(member, model::TimestampFormat::kUnix);
  bool quoted = format != model::TimestampFormat::kUnix;
  if (quoted) out += '"';
  append_timestamp(out, value.num(), format);
  if (quoted) out += '"';
}

}  // namespace

Result<Value> parse_json_structure(const Shape& shape, std::string_view text, JsonWording wording) {
  // The older framework wants a text, and does not tell what is wrong with one.
  if (text.empty() && wording == JsonWording::kDynamoDb) return std::unexpected(serialization_error(""));
  if (text.empty()) return Value(Value::Map{});
  auto value = base::parse_json(text);
  if (!value && wording == JsonWording::kDynamoDb) value.error().message.clear();
  if (value) TRY_VOID(JsonReader(wording).read_structure(shape, *value, Level::kInput));
  return value;
}

Result<Value> parse_json_member(const Member& member, std::string_view text, JsonWording wording) {
  Value value = TRY(base::parse_json(text));
  if (!value.is_null()) TRY_VOID(JsonReader(wording).read(member, value));
  return value;
}

void append_json_structure(std::string& out, const Shape& shape, const Value& value, Level level) {
  out += '{';
  bool first = true;
  MemberFinder members(shape);
  for (const auto& [name, element] : value.map()) {
    const Member* member = element.is_null() ? nullptr : members.by_name(name);
    if (!member || !is_in_body(*member, level)) continue;
    if (!first) out += ',';
    first = false;
    base::append_json_string(out, member->wire_name());
    out += ':';
    append_json_member(out, *member, element);
  }
  out += '}';
}

void append_json_member(std::string& out, const Member& member, const Value& value) {
  if (value.is_null()) {
    out += "null";
    return;
  }
  if (const base::Packed* packed = value.packed()) return packed->append_json(out);
  switch (member.shape->kind) {
    case Kind::kStructure:
    case Kind::kUnion: return append_json_structure(out, *member.shape, value, Level::kNested);
    case Kind::kList: return append_json_list(out, *member.shape, value);
    case Kind::kMap: return append_json_map(out, *member.shape, value);
    case Kind::kString: return base::append_json_string(out, value.str());
    case Kind::kBlob:
      out += '"';
      out += base::to_base64(value.str());
      out += '"';
      return;
    case Kind::kInteger:
    case Kind::kLong: fmt::format_to(std::back_inserter(out), "{}", value.num()); return;
    case Kind::kFloat:
    case Kind::kDouble: return base::append_json_number(out, value.real());
    case Kind::kBoolean: out += value.flag() ? "true" : "false"; return;
    case Kind::kTimestamp: return append_json_timestamp(out, member, value);
    case Kind::kDocument: out += base::to_json(value); return;
  }
}

}  // namespace wire
