// Responses of strangers: whatever they are, they are read or refused; without a certificate all are refused.
#include <cstdint>
#include <cstdlib>

#include "aws/saml.h"
#include "base/xml.h"
#include "base/xml_canonical.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (aws::read_saml_response(text, {})) std::abort();
  auto document = base::parse_xml(text);
  if (!document) return 0;
  // What is in canonical form stays as it is.
  std::string once = base::canonical_xml(document->root(), {});
  auto again = base::parse_xml(once);
  if (again && base::canonical_xml(again->root(), {}) != once) std::abort();
  return 0;
}
