#include "wire/xml_body.h"

#include "base/strings.h"

namespace wire {

namespace {

using model::Kind;
using model::Member;
using model::Shape;
using model::TimestampFormat;

std::string_view part_name(const Member& part, std::string_view otherwise, Naming naming = Naming::kWire) {
  if (naming == Naming::kQuery && !part.query_name.empty()) return part.query_name;
  return part.location_name.empty() ? otherwise : part.location_name;
}

void write_xml_list(base::XmlWriter& out, std::string_view name, const Member& member, const Value& value,
                    XmlStyle style) {
  const Shape& shape = *member.shape;
  // A flattened list has no element of its own; its elements carry the name the list gives them, else the member's.
  std::string_view element_name = part_name(shape.element(), member.flattened ? name : "member", style.naming);
  if (!member.flattened) open_xml(out, name, member.xml_namespace);
  for (const Value& element : value.list())
    if (!element.is_null() || shape.sparse) write_xml_member(out, element_name, shape.element(), element, style);
  if (!member.flattened) out.close();
}

void write_xml_map(base::XmlWriter& out, std::string_view name, const Member& member, const Value& value,
                   XmlStyle style) {
  const Shape& shape = *member.shape;
  if (!member.flattened) open_xml(out, name, member.xml_namespace);
  for (const auto& [key, element] : value.map()) {
    if (element.is_null() && !shape.sparse) continue;
    if (member.flattened)
      open_xml(out, name, member.xml_namespace);
    else
      out.open("entry");
    write_xml_member(out, part_name(shape.key(), "key", style.naming), shape.key(), Value(key), style);
    write_xml_member(out, part_name(shape.value(), "value", style.naming), shape.value(), element, style);
    out.close();
  }
  if (!member.flattened) out.close();
}

std::optional<Value> read_xml_member(const Member& member, base::XmlElement element);

std::optional<Value> read_xml_list(const Shape& shape, const std::vector<base::XmlElement>& elements) {
  Value::List list;
  for (base::XmlElement element : elements) {
    auto value = read_xml_member(shape.element(), element);
    if (!value) return std::nullopt;
    list.push_back(*std::move(value));
  }
  return Value(std::move(list));
}

std::optional<Value> read_xml_map(const Shape& shape, const std::vector<base::XmlElement>& entries) {
  Value map{Value::Map{}};
  for (base::XmlElement entry : entries) {
    base::XmlElement key = entry.child(part_name(shape.key(), "key"));
    base::XmlElement element = entry.child(part_name(shape.value(), "value"));
    if (!key) continue;
    auto value = element ? read_xml_member(shape.value(), element) : Value("");
    if (!value) return std::nullopt;
    map.set(key.text(), *std::move(value));
  }
  return map;
}

std::optional<Value> read_xml_member(const Member& member, base::XmlElement element) {
  const Shape& shape = *member.shape;
  switch (shape.kind) {
    case Kind::kStructure:
    case Kind::kUnion: return read_xml_structure(shape, element, Level::kNested);
    case Kind::kList: {
      auto named = element.children(part_name(shape.element(), "member"));
      // Whatever the elements are called, a list holds nothing else.
      return read_xml_list(shape, named.empty() ? element.children() : named);
    }
    case Kind::kMap: return read_xml_map(shape, element.children());
    case Kind::kString: return Value(element.text());
    default: break;
  }
  std::string text = element.text();
  return scalar_from_text(member, base::trim(text), TimestampFormat::kIso8601);
}

// The elements of a flattened list or map among their parent's children.
std::vector<base::XmlElement> flattened_elements(const Member& member, base::XmlElement parent) {
  auto elements = parent.children(member.wire_name());
  if (elements.empty() && member.shape->kind == Kind::kList && !member.shape->element().location_name.empty())
    return parent.children(member.shape->element().location_name);
  return elements;
}

// The attributes of an element are few: a prefix does not count, as with elements.
std::optional<std::string_view> find_attribute(base::XmlElement element, std::string_view name) {
  auto local = [](std::string_view full) { return full.substr(full.find(':') + 1); };
  for (const auto& [full, value] : element.attributes())
    if (full == name || local(full) == local(name)) return value;
  return std::nullopt;
}

}  // namespace

void declare_xml(base::XmlWriter& out) {
  out.declaration();
  out.text("\n");
}

void open_xml(base::XmlWriter& out, std::string_view name, const model::XmlNamespace& xml_namespace) {
  out.open(name);
  if (xml_namespace.uri.empty()) return;
  out.attribute(xml_namespace.prefix.empty() ? "xmlns" : "xmlns:" + std::string(xml_namespace.prefix),
                xml_namespace.uri);
}

void write_xml_structure(base::XmlWriter& out, const Shape& shape, const Value& value, Level level, XmlStyle style) {
  for (const Member& member : shape.members) {
    if (!member.xml_attribute || !value.has(member.name)) continue;
    std::string text;
    append_scalar(text, member, value.at(member.name), TimestampFormat::kIso8601, style.fraction);
    out.attribute(member.wire_name(), text);
  }
  const Value::Map& map = value.map();
  // Most answers hold their members in the order of the model; then each search ends at its first look.
  std::size_t next = 0;
  for (const Member& member : shape.members) {
    if (member.xml_attribute || !is_in_body(member, level)) continue;
    const Value* found =
        next < map.size() && map[next].first == member.name ? &map[next].second : &value.at(member.name);
    if (found->is_null()) continue;
    if (next < map.size() && found == &map[next].second) ++next;
    write_xml_member(out, part_name(member, member.name, style.naming), member, *found, style);
  }
}

void write_xml_member(base::XmlWriter& out, std::string_view name, const Member& member, const Value& value,
                      XmlStyle style) {
  switch (member.shape->kind) {
    case Kind::kStructure:
    case Kind::kUnion: {
      const model::XmlNamespace& own = member.xml_namespace;
      open_xml(out, name, own.uri.empty() ? member.shape->xml_namespace : own);
      write_xml_structure(out, *member.shape, value, Level::kNested, style);
      return out.close();
    }
    case Kind::kList: return write_xml_list(out, name, member, value, style);
    case Kind::kMap: return write_xml_map(out, name, member, value, style);
    default: break;
  }
  open_xml(out, name, member.xml_namespace);
  if (member.shape->kind == Kind::kString) {
    out.text(value.str());
  } else {
    std::string text;
    append_scalar(text, member, value, TimestampFormat::kIso8601, style.fraction);
    out.text(text);
  }
  out.close();
}

std::optional<Value> read_xml_structure(const Shape& shape, base::XmlElement element, Level level) {
  Value structure{Value::Map{}};
  Value::Map& map = structure.map_to_change();
  for (const Member& member : shape.members) {
    if (!is_in_body(member, level)) continue;
    std::optional<Value> value;
    if (member.xml_attribute) {
      auto text = find_attribute(element, member.wire_name());
      if (!text) continue;
      value = scalar_from_text(member, *text, TimestampFormat::kIso8601);
    } else if (member.flattened && (member.shape->kind == Kind::kList || member.shape->kind == Kind::kMap)) {
      auto elements = flattened_elements(member, element);
      if (elements.empty()) continue;
      value = member.shape->kind == Kind::kList ? read_xml_list(*member.shape, elements)
                                                : read_xml_map(*member.shape, elements);
    } else {
      base::XmlElement child = element.child(member.wire_name());
      if (!child) continue;
      value = read_xml_member(member, child);
    }
    if (!value) return std::nullopt;
    map.emplace_back(std::string(member.name), *std::move(value));
  }
  return structure;
}

}  // namespace wire
