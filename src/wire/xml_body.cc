#include "wire/xml_body.h"

#include "base/bytes.h"

namespace wire {

namespace {

using model::Kind;
using model::Member;
using model::Shape;
using model::TimestampFormat;

void append_xml_namespace(std::string& out, const model::XmlNamespace& xml_namespace) {
  if (xml_namespace.uri.empty()) return;
  out += " xmlns";
  if (!xml_namespace.prefix.empty()) {
    out += ':';
    out += xml_namespace.prefix;
  }
  out += "=\"";
  base::append_xml_text(out, xml_namespace.uri);
  out += '"';
}

std::string_view part_name(const Member& part, std::string_view otherwise) {
  return part.location_name.empty() ? otherwise : part.location_name;
}

// A flattened list has no element of its own; its elements carry the name the list gives them, else the member's.
std::string_view flattened_name(std::string_view name, const Shape& list) {
  return part_name(list.element(), name);
}

void append_xml_list(std::string& out, std::string_view name, const Member& member, const Value& value, Fraction fraction) {
  const Shape& shape = *member.shape;
  std::string_view element_name = member.flattened ? flattened_name(name, shape) : part_name(shape.element(), "member");
  if (!member.flattened) append_xml_open(out, name, member.xml_namespace);
  for (const Value& element : value.list())
    if (!element.is_null() || shape.sparse) append_xml_member(out, element_name, shape.element(), element, fraction);
  if (!member.flattened) append_xml_close(out, name);
}

void append_xml_map(std::string& out, std::string_view name, const Member& member, const Value& value, Fraction fraction) {
  const Shape& shape = *member.shape;
  std::string_view entry_name = member.flattened ? name : "entry";
  if (!member.flattened) append_xml_open(out, name, member.xml_namespace);
  for (const auto& [key, element] : value.map()) {
    if (element.is_null() && !shape.sparse) continue;
    append_xml_open(out, entry_name);
    append_xml_member(out, part_name(shape.key(), "key"), shape.key(), Value(key), fraction);
    append_xml_member(out, part_name(shape.value(), "value"), shape.value(), element, fraction);
    append_xml_close(out, entry_name);
  }
  if (!member.flattened) append_xml_close(out, name);
}

std::string_view local_name(std::string_view name) {
  std::size_t colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

}  // namespace

void append_xml_open(std::string& out, std::string_view name, const model::XmlNamespace& xml_namespace) {
  out += '<';
  out += name;
  append_xml_namespace(out, xml_namespace);
  out += '>';
}

void append_xml_close(std::string& out, std::string_view name) {
  out += "</";
  out += name;
  out += '>';
}

void append_xml_text_element(std::string& out, std::string_view name, std::string_view text) {
  append_xml_open(out, name);
  base::append_xml_text(out, text);
  append_xml_close(out, name);
}

void append_xml_structure_element(std::string& out, std::string_view name, const model::XmlNamespace& xml_namespace,
                                  const Shape& shape, const Value& value, Level level, Fraction fraction) {
  out += '<';
  out += name;
  append_xml_namespace(out, xml_namespace);
  for (const Member& member : shape.members) {
    if (!member.xml_attribute || !value.has(member.name)) continue;
    std::string text;
    append_scalar(text, member, value.at(member.name), TimestampFormat::kIso8601, fraction);
    out += ' ';
    out += member.wire_name();
    out += "=\"";
    base::append_xml_text(out, text);
    out += '"';
  }
  out += '>';
  append_xml_members(out, shape, value, level, fraction);
  append_xml_close(out, name);
}

void append_xml_members(std::string& out, const Shape& shape, const Value& value, Level level, Fraction fraction) {
  const Value::Map& map = value.map();
  // Most answers hold their members in the order of the model; then each search ends at its first look.
  std::size_t next = 0;
  for (const Member& member : shape.members) {
    if (member.xml_attribute || (level == Level::kTop && member.location != model::Location::kBody)) continue;
    const Value* found = next < map.size() && map[next].first == member.name ? &map[next].second : &value.at(member.name);
    if (found->is_null()) continue;
    if (next < map.size() && found == &map[next].second) ++next;
    append_xml_member(out, member.wire_name(), member, *found, fraction);
  }
}

void append_xml_member(std::string& out, std::string_view name, const Member& member, const Value& value,
                       Fraction fraction) {
  switch (member.shape->kind) {
    case Kind::kStructure:
    case Kind::kUnion: {
      const model::XmlNamespace& own = member.xml_namespace;
      const model::XmlNamespace& used = own.uri.empty() ? member.shape->xml_namespace : own;
      return append_xml_structure_element(out, name, used, *member.shape, value, Level::kNested, fraction);
    }
    case Kind::kList: return append_xml_list(out, name, member, value, fraction);
    case Kind::kMap: return append_xml_map(out, name, member, value, fraction);
    default: break;
  }
  append_xml_open(out, name, member.xml_namespace);
  std::string text;
  append_scalar(text, member, value, TimestampFormat::kIso8601, fraction);
  base::append_xml_text(out, text);
  append_xml_close(out, name);
}

}  // namespace wire
