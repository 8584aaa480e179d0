#pragma once

#include <optional>
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

// The declaration on a line of its own, as AWS writes it.
void declare_xml(base::XmlWriter& out);
// Opens an element with its namespace declaration.
void open_xml(base::XmlWriter& out, std::string_view name, const model::XmlNamespace& xml_namespace = {});

// Which of a member's names its element carries: services that once spoke query have other names there.
enum class Naming { kWire, kQuery };

// How one service writes its XML.
struct XmlStyle {
  Fraction fraction = Fraction::kWhenNeeded;  // of timestamps
  Naming naming = Naming::kWire;
};

// Writes a structure's attributes and then its members in the order of the model, inside the element opened last.
void write_xml_structure(base::XmlWriter& out, const model::Shape& shape, const Value& value, Level level,
                         XmlStyle style);
// Writes one member as the element `name`; a flattened list or map becomes several.
void write_xml_member(base::XmlWriter& out, std::string_view name, const model::Member& member, const Value& value,
                      XmlStyle style);

// The structure an XML element holds; unknown elements and attributes are ignored. Nothing when some text is not of its
// member's kind.
std::optional<Value> read_xml_structure(const model::Shape& shape, base::XmlElement element, Level level);

}  // namespace wire
