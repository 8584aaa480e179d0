#include <fmt/format.h>
#include <pugixml.hpp>

#include <sstream>

#include "base/bytes.h"
#include "runner/client_wire.h"

namespace runner {

using model::Kind;
using model::Member;
using model::Shape;
using model::TimestampFormat;

namespace {

// --- forms
// --------------------------------------------------------------------------------------------------------------

class FormWriter {
 public:
  explicit FormWriter(model::Protocol protocol) : protocol_(protocol) {}

  void add(std::string_view name, std::string_view value) {
    if (!text_.empty()) text_ += '&';
    text_ += base::percent_encode(name) + '=' + base::percent_encode(value);
  }

  void structure(const Shape& shape, const Value& value, const std::string& prefix) {
    for (auto& [name, below] : value.map()) {
      const Member* member = shape.find(name);
      if (!member) {
        add(joined(prefix, name), scalar_text(kText, below, TimestampFormat::kIso8601));
        continue;
      }
      if (below.is_null()) continue;
      node(*member, below, joined(prefix, std::string(form_name(*member))));
    }
  }

  std::string text() && { return std::move(text_); }

 private:
  static const Shape kTextShape;
  static const Member kText;

  static std::string joined(const std::string& prefix, const std::string& name) {
    return prefix.empty() ? name : prefix + '.' + name;
  }

  // ec2 takes queryName, else the location name with a capital first letter; query the location name.
  std::string form_name(const Member& member) const {
    if (!member.query_name.empty()) return std::string(member.query_name);
    std::string name(member.wire_name());
    if (protocol_ == model::Protocol::kEc2 && !name.empty() && name[0] >= 'a' && name[0] <= 'z') name[0] -= 'a' - 'A';
    return name;
  }

  static std::string part_name(const Member& part, std::string_view otherwise) {
    if (!part.query_name.empty()) return std::string(part.query_name);
    return std::string(part.location_name.empty() ? otherwise : part.location_name);
  }

  void node(const Member& member, const Value& value, const std::string& prefix) {
    const Shape& shape = *member.shape;
    if (value.is_map() && (shape.kind == Kind::kStructure || shape.kind == Kind::kUnion))
      return structure(shape, value, prefix);
    if (value.is_list() && shape.kind == Kind::kList) return list(member, value, prefix);
    if (value.is_map() && shape.kind == Kind::kMap) return map(member, value, prefix);
    add(prefix, scalar_text(member, value, TimestampFormat::kIso8601));
  }

  void list(const Member& member, const Value& value, std::string prefix) {
    const Member& element = member.shape->element();
    if (value.list().empty() && protocol_ == model::Protocol::kQuery) return add(prefix, "");
    bool named = !element.location_name.empty() || !element.query_name.empty();
    if (protocol_ == model::Protocol::kQuery && member.flattened && named) {
      // A flattened list goes by the name of its elements, in place of its own.
      std::size_t dot = prefix.rfind('.');
      prefix = joined(dot == std::string::npos ? "" : prefix.substr(0, dot), part_name(element, ""));
    } else if (protocol_ == model::Protocol::kQuery && !member.flattened) {
      prefix = joined(prefix, part_name(element, "member"));
    }
    int index = 0;
    for (auto& below : value.list()) node(element, below, fmt::format("{}.{}", prefix, ++index));
  }

  void map(const Member& member, const Value& value, std::string prefix) {
    const Shape& shape = *member.shape;
    if (!member.flattened) prefix = joined(prefix, "entry");
    int index = 0;
    for (auto& [key, below] : value.map()) {
      std::string entry = fmt::format("{}.{}", prefix, ++index);
      add(joined(entry, part_name(shape.key(), "key")), key);
      node(shape.value(), below, joined(entry, part_name(shape.value(), "value")));
    }
  }

  model::Protocol protocol_;
  std::string text_;
};

const Shape FormWriter::kTextShape{};
const Member FormWriter::kText{.shape = &kTextShape};

// --- XML requests
// -------------------------------------------------------------------------------------------------------

void declare(pugi::xml_node node, const model::XmlNamespace& xml_namespace) {
  if (xml_namespace.uri.empty()) return;
  std::string name = xml_namespace.prefix.empty() ? "xmlns" : fmt::format("xmlns:{}", xml_namespace.prefix);
  node.append_attribute(name.c_str()) = std::string(xml_namespace.uri).c_str();
}

pugi::xml_node append(pugi::xml_node parent, std::string_view name) {
  return parent.append_child(std::string(name).c_str());
}

void write_xml(pugi::xml_node parent, const Member& member, std::string_view name, const Value& value);

void write_xml_members(pugi::xml_node node, const Shape& shape, const Value& value) {
  for (auto& member : shape.members) {
    const Value& below = value.at(member.name);
    if (below.is_null() || member.location != model::Location::kBody) continue;
    if (member.xml_attribute) {
      node.append_attribute(std::string(member.wire_name()).c_str()) =
          scalar_text(member, below, TimestampFormat::kIso8601).c_str();
      continue;
    }
    write_xml(node, member, member.wire_name(), below);
  }
}

void write_xml(pugi::xml_node parent, const Member& member, std::string_view name, const Value& value) {
  const Shape& shape = *member.shape;
  if (value.is_list() && shape.kind == Kind::kList) {
    const Member& element = shape.element();
    if (!member.flattened) parent = append(parent, name);
    std::string_view otherwise = member.flattened ? name : "member";
    for (auto& below : value.list())
      write_xml(parent, element, element.location_name.empty() ? otherwise : element.location_name, below);
    return;
  }
  if (value.is_map() && shape.kind == Kind::kMap) {
    if (!member.flattened) parent = append(parent, name);
    for (auto& [key, below] : value.map()) {
      pugi::xml_node entry = append(parent, member.flattened ? name : "entry");
      write_xml(entry, shape.key(), shape.key().location_name.empty() ? "key" : shape.key().location_name, Value(key));
      write_xml(entry, shape.value(), shape.value().location_name.empty() ? "value" : shape.value().location_name,
                below);
    }
    return;
  }
  pugi::xml_node node = append(parent, name);
  declare(node, member.xml_namespace.uri.empty() ? shape.xml_namespace : member.xml_namespace);
  if (value.is_map()) return write_xml_members(node, shape, value);
  node.text().set(scalar_text(member, value, TimestampFormat::kIso8601).c_str());
}

// --- XML answers
// --------------------------------------------------------------------------------------------------------

std::string_view local_name(std::string_view name) { return name.substr(name.find(':') + 1); }

std::vector<pugi::xml_node> children(pugi::xml_node node, std::string_view name) {
  std::vector<pugi::xml_node> found;
  for (pugi::xml_node child : node.children())
    if (child.type() == pugi::node_element && (name.empty() || local_name(child.name()) == name))
      found.push_back(child);
  return found;
}

std::string_view xml_part_name(const Member& part, std::string_view otherwise) {
  if (!part.query_name.empty()) return part.query_name;
  return part.location_name.empty() ? otherwise : part.location_name;
}

// A flattened list goes by the name of its elements.
std::string_view xml_name(const Member& member) {
  if (member.flattened && member.shape->kind == Kind::kList) {
    const Member& element = member.shape->element();
    if (!element.query_name.empty() || !element.location_name.empty()) return xml_part_name(element, "");
  }
  return member.query_name.empty() ? member.wire_name() : member.query_name;
}

Result<Value> read_xml(const Member& member, const std::vector<pugi::xml_node>& nodes);

Result<Value> read_xml_structure(const Shape& shape, pugi::xml_node node) {
  Value::Map map;
  for (auto& member : shape.members) {
    if (member.xml_attribute) {
      std::string name(member.wire_name());
      if (auto attribute = node.attribute(name.c_str()))
        map.emplace_back(std::string(member.name),
                         TRY(scalar_from_text(member, attribute.value(), TimestampFormat::kIso8601)));
      continue;
    }
    if (member.location != model::Location::kBody) continue;
    auto below = children(node, xml_name(member));
    // ec2's queryName is for requests only; answers go by the location name.
    if (below.empty() && !member.query_name.empty()) below = children(node, member.wire_name());
    if (below.empty()) continue;
    map.emplace_back(std::string(member.name), TRY(read_xml(member, below)));
  }
  return Value(std::move(map));
}

Result<Value> read_xml_map(const Member& member, const std::vector<pugi::xml_node>& nodes) {
  const Shape& shape = *member.shape;
  Value::Map map;
  for (pugi::xml_node entry : member.flattened ? nodes : children(nodes.front(), "entry")) {
    auto keys = children(entry, xml_part_name(shape.key(), "key"));
    auto values = children(entry, xml_part_name(shape.value(), "value"));
    if (keys.size() != 1 || values.empty())
      return base::fail("Answer", fmt::format("an entry of {} has no key or value", member.name));
    map.emplace_back(keys.front().text().get(), TRY(read_xml(shape.value(), values)));
  }
  return Value(std::move(map));
}

Result<Value> read_xml(const Member& member, const std::vector<pugi::xml_node>& nodes) {
  const Shape& shape = *member.shape;
  switch (shape.kind) {
    case Kind::kStructure:
    case Kind::kUnion: return read_xml_structure(shape, nodes.front());
    case Kind::kList: {
      Value::List list;
      for (pugi::xml_node node : member.flattened ? nodes : children(nodes.front(), ""))
        list.push_back(TRY(read_xml(shape.element(), {node})));
      return Value(std::move(list));
    }
    case Kind::kMap: return read_xml_map(member, nodes);
    default: return scalar_from_text(member, nodes.front().text().get(), TimestampFormat::kIso8601);
  }
}

Result<pugi::xml_node> parse_xml(pugi::xml_document& document, std::string_view text) {
  auto parsed = document.load_buffer(text.data(), text.size(), pugi::parse_default | pugi::parse_ws_pcdata_single);
  if (!parsed) return base::fail("Answer", fmt::format("no XML ({}): {}", parsed.description(), text.substr(0, 200)));
  return document.document_element();
}

}  // namespace

std::string form_body(const model::Service& service, const model::Operation& operation, model::Protocol protocol,
                      const Value& input) {
  FormWriter form(protocol);
  form.add("Action", operation.name);
  form.add("Version", service.api_version);
  form.structure(*operation.input, input, "");
  return std::move(form).text();
}

std::string xml_body(const Shape& shape, std::string_view root, const model::XmlNamespace& xml_namespace,
                     const Value& value) {
  pugi::xml_document document;
  pugi::xml_node node = append(document, root);
  declare(node, xml_namespace);
  write_xml_members(node, shape, value);
  std::ostringstream out;
  document.save(out, "", pugi::format_raw | pugi::format_no_declaration);
  return out.str();
}

Result<Value> read_xml_body(const Shape& shape, std::string_view text, std::string_view wrapper) {
  if (text.empty() && shape.members.empty()) return Value(Value::Map{});
  pugi::xml_document document;
  pugi::xml_node root = TRY(parse_xml(document, text));
  if (!wrapper.empty()) {
    auto wrapped = children(root, wrapper);
    if (wrapped.size() != 1)
      return base::fail("Answer", fmt::format("there is no {} in {}", wrapper, text.substr(0, 200)));
    root = wrapped.front();
  }
  // AWS: S3 answers GetBucketLocation with its one member alone.
  bool is_member = shape.members.size() == 1 && shape.members[0].wire_name() == local_name(root.name());
  if (is_member && shape.members[0].shape->kind == Kind::kString) {
    std::string own = root.text().get();
    return own.empty() ? Value(Value::Map{}) : Value(Value::Map{{std::string(shape.members[0].name), own}});
  }
  return read_xml_structure(shape, root);
}

Result<ClientError> read_xml_error(std::string_view text) {
  pugi::xml_document document;
  pugi::xml_node node = TRY(parse_xml(document, text));
  // <ErrorResponse><Error>, <Response><Errors><Error> or <Error> alone.
  for (std::string_view deeper : {"Errors", "Error"})
    if (auto below = children(node, deeper); !below.empty()) node = below.front();
  ClientError error;
  for (pugi::xml_node child : children(node, "")) {
    if (local_name(child.name()) == "Code") error.code = child.text().get();
    if (local_name(child.name()) == "Message" || local_name(child.name()) == "message")
      error.message = child.text().get();
    error.members.set(local_name(child.name()), Value(child.text().get()));
  }
  if (error.code.empty()) return base::fail("Answer", fmt::format("an error without a code: {}", text.substr(0, 200)));
  return error;
}

}  // namespace runner
