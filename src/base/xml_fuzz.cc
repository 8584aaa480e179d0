// The texts of what is read must survive being written and read again.
#include <cstdint>
#include <cstdlib>

#include "base/xml.h"

namespace {

void walk(base::XmlElement element, base::XmlWriter& writer) {
  writer.open("e");
  std::size_t count = 0;
  for (auto [name, value] : element.attributes()) writer.attribute("a" + std::to_string(count++), value);
  auto children = element.children();
  // The text of an element that has others inside is collected from several places; only that of leaves is one piece.
  if (children.empty()) writer.text(element.text());
  for (base::XmlElement child : children) walk(child, writer);
  writer.close();
}

std::string write(const base::XmlDocument& document) {
  std::string text;
  base::XmlWriter writer(text);
  walk(document.root(), writer);
  return text;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto document = base::parse_xml({reinterpret_cast<const char*>(data), size});
  if (!document) return 0;
  std::string text = write(*document);
  auto again = base::parse_xml(text);
  if (!again || write(*again) != text) std::abort();
  return 0;
}
