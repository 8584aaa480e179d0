#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace pugi {
class xml_document;
struct xml_node_struct;
}  // namespace pugi

namespace base {

// Elements may stand this deep; the root stands at 1.
inline constexpr int kXmlDepthMax = 100;

// One element of a document, which must outlive it. As cheap to copy as a pointer. An absent element (`!element`) has
// empty names and texts and no children, so that a path of look-ups needs one test at its end.
class XmlElement {
 public:
  XmlElement() = default;
  explicit operator bool() const { return node_ != nullptr; }

  std::string_view name() const;        // as written: "s3:Bucket"
  std::string_view local_name() const;  // without the prefix: "Bucket"
  // All character data directly inside, entities resolved; white space is kept as it stands.
  std::string text() const;
  // By name as written ("xsi:type").
  std::optional<std::string_view> attribute(std::string_view name) const;
  std::vector<std::pair<std::string_view, std::string_view>> attributes() const;

  // Child elements in order. By local name: services ignore the prefix.
  std::vector<XmlElement> children() const;
  std::vector<XmlElement> children(std::string_view local_name) const;
  XmlElement child(std::string_view local_name) const;  // the first such; absent when there is none
  XmlElement first_child() const;
  XmlElement next_sibling() const;

  // Whether both are the same place in the same document.
  friend bool operator==(XmlElement, XmlElement) = default;

 private:
  friend class XmlDocument;
  friend std::string canonical_xml(XmlElement element, const struct CanonicalForm& form);
  explicit XmlElement(pugi::xml_node_struct* node) : node_(node) {}
  pugi::xml_node_struct* node_ = nullptr;
};

// A parsed document. Takes some 20 times the memory of its text at worst: the caller bounds the text.
class XmlDocument {
 public:
  XmlDocument(XmlDocument&&) noexcept;
  XmlDocument& operator=(XmlDocument&&) noexcept;
  ~XmlDocument();

  XmlElement root() const;

 private:
  friend Result<XmlDocument> parse_xml(std::string_view text);
  XmlDocument();
  std::unique_ptr<pugi::xml_document> document_;
};

// Refuses (code "MalformedXML") what is not well-formed, not UTF-8, has no or several roots, a document type
// declaration, or elements nested deeper than `kXmlDepthMax`. Comments and processing instructions are skipped.
Result<XmlDocument> parse_xml(std::string_view text);

// Appends XML to a text of the caller's, which must outlive the writer. Elements without content are written `<Name/>`.
// In texts & < > " become entities and a carriage return becomes &#xD;, in attributes also line feeds and tabs. Control
// characters that XML 1.0 has no place for become numeric references, as in the answers of S3; bytes that are not UTF-8
// become U+FFFD.
class XmlWriter {
 public:
  explicit XmlWriter(std::string& out) : out_(out) { open_.reserve(8); }

  void declaration();  // <?xml version="1.0" encoding="UTF-8"?>
  void open(std::string_view name);
  void attribute(std::string_view name, std::string_view value);  // right after open
  void text(std::string_view text);
  void element(std::string_view name, std::string_view text);  // open, text, close
  void close();                                                // the element opened last

 private:
  void finish_tag();

  struct Open {
    std::size_t name_at, name_size;  // where the name stands in out_
  };
  std::string& out_;
  std::vector<Open> open_;
  bool in_tag_ = false;
};

}  // namespace base
