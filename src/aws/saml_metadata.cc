#include "aws/saml_metadata.h"

#include "base/time_text.h"
#include "base/xml.h"

namespace aws {

namespace {

// Documents of federations wrap the descriptor of the one provider.
base::XmlElement entity_of(base::XmlElement root) {
  if (root.local_name() == "EntityDescriptor") return root;
  if (root.local_name() != "EntitiesDescriptor") return {};
  for (base::XmlElement entity : root.children("EntityDescriptor"))
    if (entity.child("IDPSSODescriptor")) return entity;
  return {};
}

}  // namespace

std::optional<SamlDescription> parse_saml_metadata(std::string_view document) {
  auto parsed = base::parse_xml(document);
  if (!parsed) return std::nullopt;
  const base::XmlElement entity = entity_of(parsed->root());
  const auto entity_id = entity.attribute("entityID");
  if (!entity_id || entity_id->empty()) return std::nullopt;

  SamlDescription description{.entity_id = std::string(*entity_id), .certificates = {}, .valid_until_ms = {}};
  if (auto until = entity.attribute("validUntil")) {
    description.valid_until_ms = base::parse_iso8601(*until);
    if (!description.valid_until_ms) return std::nullopt;
  }
  for (base::XmlElement key : entity.child("IDPSSODescriptor").children("KeyDescriptor")) {
    if (key.attribute("use").value_or("signing") != "signing") continue;
    for (base::XmlElement data : key.child("KeyInfo").children("X509Data"))
      for (base::XmlElement element : data.children("X509Certificate")) {
        auto certificate = parse_certificate_base64(element.text());
        if (!certificate) return std::nullopt;
        description.certificates.push_back(*std::move(certificate));
      }
  }
  if (description.certificates.empty()) return std::nullopt;
  return description;
}

}  // namespace aws
