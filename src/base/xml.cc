#include "base/xml.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <iterator>
#include <pugixml.hpp>

#include "base/bytes.h"

namespace base {

namespace {

std::string_view without_prefix(std::string_view name) {
  auto colon = name.find(':');
  return colon == std::string_view::npos ? name : name.substr(colon + 1);
}

pugi::xml_node_struct* element_from(pugi::xml_node node) {
  while (node && node.type() != pugi::node_element) node = node.next_sibling();
  return node.internal_object();
}

// What pugixml lets pass and we do not; empty when all is well.
std::string_view find_fault(const pugi::xml_document& document) {
  int roots = 0;
  for (pugi::xml_node node : document.children()) {
    if (node.type() == pugi::node_doctype) return "document types are not allowed";
    if (node.type() == pugi::node_element) ++roots;
  }
  if (roots != 1) return "exactly one root element is expected";
  int depth = 1;
  for (pugi::xml_node node = document.first_child(); node;) {
    if (node.type() == pugi::node_doctype) return "document types are not allowed";
    if (node.type() == pugi::node_element && depth > kXmlDepthMax) return "elements are nested too deeply";
    if (node.first_child()) {
      node = node.first_child();
      ++depth;
      continue;
    }
    while (node && !node.next_sibling()) {
      node = node.parent();
      --depth;
    }
    if (node) node = node.next_sibling();
  }
  return {};
}

enum class Place { kText, kAttribute };

constexpr std::array<bool, 256> make_escaped(Place place) {
  std::array<bool, 256> escaped{};
  for (std::size_t letter = 0; letter < 0x20; ++letter) escaped[letter] = true;
  for (unsigned char letter : {'&', '<', '>', '"'}) escaped[letter] = true;
  escaped['\n'] = escaped['\t'] = place == Place::kAttribute;
  return escaped;
}

constexpr auto kEscapedInText = make_escaped(Place::kText);
constexpr auto kEscapedInAttribute = make_escaped(Place::kAttribute);

void append_xml_escape(std::string& out, char letter) {
  switch (letter) {
    case '&': out += "&amp;"; return;
    case '<': out += "&lt;"; return;
    case '>': out += "&gt;"; return;
    case '"': out += "&quot;"; return;
    default: fmt::format_to(std::back_inserter(out), "&#x{:X};", static_cast<unsigned>(letter));
  }
}

void append_xml_text(std::string& out, std::string_view text, Place place) {
  const auto& escaped = place == Place::kText ? kEscapedInText : kEscapedInAttribute;
  auto needs_escape = [&](char letter) { return escaped[static_cast<unsigned char>(letter)]; };
  bool valid = is_utf8(text);
  for (std::size_t at = 0; at < text.size();) {
    char letter = text[at];
    if (needs_escape(letter)) {
      append_xml_escape(out, letter);
      ++at;
    } else if (valid) {
      std::size_t end = at + 1;
      while (end < text.size() && !needs_escape(text[end])) ++end;
      out.append(text.substr(at, end - at));
      at = end;
    } else {
      std::size_t length = utf8_character_length(text.substr(at));
      if (length)
        out.append(text.substr(at, length));
      else
        append_utf8(out, 0xFFFD);
      at += std::max<std::size_t>(length, 1);
    }
  }
}

}  // namespace

std::string_view XmlElement::name() const { return pugi::xml_node(node_).name(); }
std::string_view XmlElement::local_name() const { return without_prefix(name()); }

std::string XmlElement::text() const {
  std::string text;
  for (pugi::xml_node node : pugi::xml_node(node_).children())
    if (node.type() == pugi::node_pcdata || node.type() == pugi::node_cdata) text += node.value();
  return text;
}

std::optional<std::string_view> XmlElement::attribute(std::string_view name) const {
  for (pugi::xml_attribute attribute : pugi::xml_node(node_).attributes())
    if (attribute.name() == name) return attribute.value();
  return std::nullopt;
}

std::vector<std::pair<std::string_view, std::string_view>> XmlElement::attributes() const {
  std::vector<std::pair<std::string_view, std::string_view>> result;
  for (pugi::xml_attribute attribute : pugi::xml_node(node_).attributes())
    result.emplace_back(attribute.name(), attribute.value());
  return result;
}

std::vector<XmlElement> XmlElement::children() const {
  std::vector<XmlElement> result;
  for (XmlElement child = first_child(); child; child = child.next_sibling()) result.push_back(child);
  return result;
}

std::vector<XmlElement> XmlElement::children(std::string_view local_name) const {
  std::vector<XmlElement> result;
  for (XmlElement child = first_child(); child; child = child.next_sibling())
    if (child.local_name() == local_name) result.push_back(child);
  return result;
}

XmlElement XmlElement::child(std::string_view local_name) const {
  for (XmlElement child = first_child(); child; child = child.next_sibling())
    if (child.local_name() == local_name) return child;
  return {};
}

XmlElement XmlElement::first_child() const { return XmlElement(element_from(pugi::xml_node(node_).first_child())); }
XmlElement XmlElement::next_sibling() const { return XmlElement(element_from(pugi::xml_node(node_).next_sibling())); }

XmlDocument::XmlDocument() : document_(std::make_unique<pugi::xml_document>()) {}
XmlDocument::XmlDocument(XmlDocument&&) noexcept = default;
XmlDocument& XmlDocument::operator=(XmlDocument&&) noexcept = default;
XmlDocument::~XmlDocument() = default;

XmlElement XmlDocument::root() const { return XmlElement(document_->document_element().internal_object()); }

Result<XmlDocument> parse_xml(std::string_view text) {
  if (!is_utf8(text)) return fail("MalformedXML", "Invalid XML: it is not UTF-8");
  if (text.find('\0') != std::string_view::npos) return fail("MalformedXML", "Invalid XML: it contains a zero byte");
  // Document types are parsed only to be refused. White space is kept: nothing here knows where it matters.
  constexpr unsigned kOptions = pugi::parse_default | pugi::parse_ws_pcdata | pugi::parse_doctype;
  XmlDocument document;
  auto outcome = document.document_->load_buffer(text.data(), text.size(), kOptions, pugi::encoding_utf8);
  if (!outcome)
    return fail("MalformedXML", fmt::format("Invalid XML at byte {}: {}", outcome.offset, outcome.description()));
  if (auto fault = find_fault(*document.document_); !fault.empty())
    return fail("MalformedXML", fmt::format("Invalid XML: {}", fault));
  return document;
}

void XmlWriter::declaration() { out_ += "<?xml version=\"1.0\" encoding=\"UTF-8\"?>"; }

void XmlWriter::open(std::string_view name) {
  finish_tag();
  out_ += '<';
  open_.push_back({out_.size(), name.size()});
  out_ += name;
  in_tag_ = true;
}

void XmlWriter::attribute(std::string_view name, std::string_view value) {
  assert(in_tag_);
  out_ += ' ';
  out_ += name;
  out_ += "=\"";
  append_xml_text(out_, value, Place::kAttribute);
  out_ += '"';
}

void XmlWriter::text(std::string_view text) {
  if (text.empty()) return;
  finish_tag();
  append_xml_text(out_, text, Place::kText);
}

void XmlWriter::element(std::string_view name, std::string_view content) {
  open(name);
  text(content);
  close();
}

void XmlWriter::close() {
  assert(!open_.empty());
  Open element = open_.back();
  open_.pop_back();
  if (in_tag_) {
    out_ += "/>";
    in_tag_ = false;
    return;
  }
  out_.reserve(out_.size() + element.name_size + 3);  // the name is copied from within
  out_ += "</";
  out_.append(out_, element.name_at, element.name_size);
  out_ += '>';
}

void XmlWriter::finish_tag() {
  if (in_tag_) out_ += '>';
  in_tag_ = false;
}

}  // namespace base
