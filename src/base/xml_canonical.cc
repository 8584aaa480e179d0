#include "base/xml_canonical.h"

#include <algorithm>
#include <map>
#include <pugixml.hpp>
#include <set>
#include <tuple>

namespace base {

namespace {

using Namespaces = std::map<std::string_view, std::string_view>;  // URI by prefix; "" is the default one

std::string_view prefix_of(std::string_view name) {
  std::size_t colon = name.find(':');
  return colon == name.npos ? std::string_view() : name.substr(0, colon);
}

bool is_declaration(std::string_view name) { return name == "xmlns" || name.starts_with("xmlns:"); }

bool has_declarations(pugi::xml_node node) {
  return std::ranges::any_of(node.attributes(), [](pugi::xml_attribute each) { return is_declaration(each.name()); });
}

// What an element's own attributes declare.
void add_declarations(pugi::xml_node node, Namespaces& namespaces) {
  for (pugi::xml_attribute attribute : node.attributes()) {
    std::string_view name = attribute.name();
    if (is_declaration(name)) namespaces[name.size() > 6 ? name.substr(6) : std::string_view()] = attribute.value();
  }
}

void append_canonical_text(std::string& out, std::string_view text) {
  for (char c : text) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '\r': out += "&#xD;"; break;
      default: out += c;
    }
  }
}

void append_canonical_attribute(std::string& out, std::string_view name, std::string_view value) {
  out.append(" ").append(name).append("=\"");
  for (char c : value) {
    switch (c) {
      case '&': out += "&amp;"; break;
      case '<': out += "&lt;"; break;
      case '"': out += "&quot;"; break;
      case '\t': out += "&#x9;"; break;
      case '\n': out += "&#xA;"; break;
      case '\r': out += "&#xD;"; break;
      default: out += c;
    }
  }
  out += '"';
}

class CanonicalWriter {
 public:
  CanonicalWriter(const CanonicalForm& form, pugi::xml_node_struct* left_out) : form_(form), left_out_(left_out) {}

  // `above`: the namespaces in scope around the element; `written`: those the text has declared already. Both are
  // copied only where they change. Depth is bounded by the parser.
  void write(pugi::xml_node node, const Namespaces& above, const Namespaces& written_above) {
    bool declares = has_declarations(node), is_apex = out_.empty();
    Namespaces own;
    if (declares) own = above;
    if (declares) add_declarations(node, own);
    const Namespaces& in_scope = declares ? own : above;
    out_.append("<").append(node.name());
    Namespaces fresh = missing_declarations(node, in_scope, written_above, is_apex);
    for (const auto& [prefix, uri] : fresh)
      append_canonical_attribute(out_, prefix.empty() ? "xmlns" : "xmlns:" + std::string(prefix), uri);
    Namespaces added;
    if (!fresh.empty()) {
      added = written_above;
      for (const auto& [prefix, uri] : fresh) added[prefix] = uri;
    }
    const Namespaces& written = fresh.empty() ? written_above : added;
    write_attributes(node, in_scope);
    out_ += '>';
    for (pugi::xml_node child : node.children()) {
      if (child.internal_object() == left_out_) continue;
      if (child.type() == pugi::node_element) write(child, in_scope, written);
      if (child.type() == pugi::node_pcdata || child.type() == pugi::node_cdata)
        append_canonical_text(out_, child.value());
    }
    out_.append("</").append(node.name()).append(">");
  }

  std::string take() { return std::move(out_); }

 private:
  // Those whose declaration belongs here, unless it has been written further up.
  std::set<std::string_view> wanted_prefixes(pugi::xml_node node, const Namespaces& in_scope, bool is_apex) const {
    std::set<std::string_view> prefixes;
    if (form_.method == CanonicalForm::Method::kInclusive) {
      Namespaces own;
      add_declarations(node, own);
      for (const auto& [prefix, uri] : is_apex ? in_scope : own) prefixes.insert(prefix);
      return prefixes;
    }
    prefixes.insert(prefix_of(node.name()));
    for (pugi::xml_attribute attribute : node.attributes())
      if (!is_declaration(attribute.name()) && !prefix_of(attribute.name()).empty())
        prefixes.insert(prefix_of(attribute.name()));
    for (const std::string& prefix : form_.inclusive_prefixes)
      prefixes.insert(prefix == "#default" ? std::string_view() : std::string_view(prefix));
    return prefixes;
  }

  Namespaces missing_declarations(pugi::xml_node node, const Namespaces& in_scope, const Namespaces& written,
                                  bool is_apex) const {
    Namespaces missing;
    for (std::string_view prefix : wanted_prefixes(node, in_scope, is_apex)) {
      auto declared = in_scope.find(prefix);
      if (prefix == "xml" || (declared == in_scope.end() && !prefix.empty())) continue;
      std::string_view uri = declared == in_scope.end() ? std::string_view() : declared->second;
      auto before = written.find(prefix);
      std::string_view uri_before = before == written.end() ? std::string_view() : before->second;
      if (uri != uri_before) missing[prefix] = uri;
    }
    return missing;
  }

  // By namespace, then by name; those without a prefix have no namespace.
  void write_attributes(pugi::xml_node node, const Namespaces& in_scope) {
    std::vector<std::tuple<std::string_view, std::string_view, pugi::xml_attribute>> sorted;
    for (pugi::xml_attribute attribute : node.attributes()) {
      std::string_view name = attribute.name(), prefix = prefix_of(name);
      if (is_declaration(name)) continue;
      std::string_view uri;
      if (prefix == "xml") uri = "http://www.w3.org/XML/1998/namespace";
      if (auto declared = in_scope.find(prefix); !prefix.empty() && declared != in_scope.end()) uri = declared->second;
      sorted.emplace_back(uri, prefix.empty() ? name : name.substr(prefix.size() + 1), attribute);
    }
    std::ranges::stable_sort(sorted, [](const auto& left, const auto& right) {
      return std::tie(std::get<0>(left), std::get<1>(left)) < std::tie(std::get<0>(right), std::get<1>(right));
    });
    for (const auto& [uri, name, attribute] : sorted)
      append_canonical_attribute(out_, attribute.name(), attribute.value());
  }

  const CanonicalForm& form_;
  pugi::xml_node_struct* left_out_;
  std::string out_;
};

}  // namespace

std::string canonical_xml(XmlElement element, const CanonicalForm& form) {
  if (!element) return {};
  pugi::xml_node node(element.node_);
  Namespaces in_scope;
  std::vector<pugi::xml_node> above;
  for (pugi::xml_node each = node.parent(); each; each = each.parent()) above.push_back(each);
  for (auto each = above.rbegin(); each != above.rend(); ++each) add_declarations(*each, in_scope);
  CanonicalWriter writer(form, form.left_out.node_);
  writer.write(node, in_scope, {});
  return writer.take();
}

}  // namespace base
