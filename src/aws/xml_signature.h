// Signatures inside XML documents: https://www.w3.org/TR/xmldsig-core1/
#pragma once

#include <string>
#include <vector>

#include "base/xml.h"

namespace aws {

// Whether `element`, as it stands in the document of `root`, has a Signature as a child that signs this very element
// and all in it but the signature, made with the key of one of `certificates` (DER). RSA and ECDSA with SHA-1 or SHA-2;
// references to other elements and transforms that would leave something out are refused.
bool is_signed(base::XmlElement root, base::XmlElement element, const std::vector<std::string>& certificates);

}  // namespace aws
