#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/value.h"
#include "base/xml.h"
#include "model/shape.h"
#include "wire/members.h"
#include "wire/scalar.h"

// XML by shape: bodies of rest-xml and its events, answers of query and ec2.
namespace wire {

using base::Value;

void append_xml_open(std::string& out, std::string_view name, const model::XmlNamespace& xml_namespace = {});
void append_xml_close(std::string& out, std::string_view name);
// <name>text</name>, the text escaped.
void append_xml_text_element(std::string& out, std::string_view name, std::string_view text);

// Appends the element `name` with a structure inside it: attributes, then members in the order of the model.
void append_xml_structure_element(std::string& out, std::string_view name, const model::XmlNamespace& xml_namespace,
                                  const model::Shape& shape, const Value& value, Level level, Fraction fraction);
// Appends the elements of a structure's members, without an element around them.
void append_xml_members(std::string& out, const model::Shape& shape, const Value& value, Level level, Fraction fraction);
// Appends one member as the element `name`; a flattened list or map becomes several.
void append_xml_member(std::string& out, std::string_view name, const model::Member& member, const Value& value,
                       Fraction fraction);

// The structure an XML element holds; unknown elements and attributes are ignored. Nothing when some text is not of its
// member's kind.
std::optional<Value> read_xml_structure(const model::Shape& shape, const base::XmlElement& element, Level level);

}  // namespace wire
