#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/certificates.h"

// What the metadata of a SAML 2.0 identity provider say.
// https://docs.oasis-open.org/security/saml/v2.0/saml-metadata-2.0-os.pdf
namespace aws {

struct SamlDescription {
  std::string entity_id;
  std::vector<Certificate> certificates;       // for signing; at least one
  std::optional<std::int64_t> valid_until_ms;  // as the document says
};

// Nothing for what is no metadata document of an identity provider with at least one certificate to sign with.
std::optional<SamlDescription> parse_saml_metadata(std::string_view document);

}  // namespace aws
