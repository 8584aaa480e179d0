#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/xml.h"

namespace base {

// How an element is written when its bytes are signed.
struct CanonicalForm {
  // kExclusive: Exclusive XML Canonicalization 1.0; kInclusive: Canonical XML 1.0. Both without comments, as documents
  // are read without them; and without processing instructions, so that what has some is another document.
  enum class Method { kExclusive, kInclusive };
  Method method = Method::kExclusive;
  std::vector<std::string> inclusive_prefixes;  // of the exclusive form; "#default" for the one without a name
  XmlElement left_out;                          // with all in it: the signature that stands inside what it signs
};

// The element with all in it. https://www.w3.org/TR/xml-exc-c14n/
std::string canonical_xml(XmlElement element, const CanonicalForm& form);

}  // namespace base
