#include "aws/saml.h"

#include <algorithm>

#include "aws/xml_signature.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "base/xml.h"

namespace aws {

namespace {

using base::XmlElement;

std::string trimmed_text(XmlElement element) { return std::string(base::trim(element.text())); }

std::optional<std::int64_t> time_of(XmlElement element, std::string_view name) {
  auto text = element.attribute(name);
  return text ? base::parse_iso8601(*text) : std::nullopt;
}

// Several parts may limit the time; all of them count.
void limit_time(SamlAssertion& assertion, XmlElement element) {
  if (auto from = time_of(element, "NotBefore"))
    assertion.not_before_ms = std::max(assertion.not_before_ms.value_or(*from), *from);
  if (auto until = time_of(element, "NotOnOrAfter"))
    assertion.not_on_or_after_ms = std::min(assertion.not_on_or_after_ms.value_or(*until), *until);
}

void read_subject(SamlAssertion& assertion, XmlElement subject) {
  XmlElement name = subject.child("NameID");
  assertion.subject = trimmed_text(name);
  assertion.subject_format = name.attribute("Format").value_or("");
  for (XmlElement confirmation : subject.children("SubjectConfirmation")) {
    XmlElement data = confirmation.child("SubjectConfirmationData");
    if (auto recipient = data.attribute("Recipient")) assertion.recipients.emplace_back(*recipient);
    limit_time(assertion, data);
  }
}

void read_attributes(SamlAssertion& assertion, XmlElement statement) {
  for (XmlElement attribute : statement.children("Attribute")) {
    std::string name(attribute.attribute("Name").value_or(""));
    if (name.empty()) continue;
    for (XmlElement value : attribute.children("AttributeValue"))
      assertion.attributes[name].push_back(trimmed_text(value));
  }
}

SamlAssertion read_assertion(XmlElement element) {
  SamlAssertion assertion{.issuer = trimmed_text(element.child("Issuer")),
                          .issued_ms = time_of(element, "IssueInstant").value_or(0)};
  read_subject(assertion, element.child("Subject"));
  XmlElement conditions = element.child("Conditions");
  limit_time(assertion, conditions);
  for (XmlElement restriction : conditions.children("AudienceRestriction"))
    for (XmlElement audience : restriction.children("Audience")) assertion.audiences.push_back(trimmed_text(audience));
  assertion.session_not_on_after_ms = time_of(element.child("AuthnStatement"), "SessionNotOnOrAfter");
  for (XmlElement statement : element.children("AttributeStatement")) read_attributes(assertion, statement);
  return assertion;
}

// The assertion of a response, or the root itself where there is no response around it.
base::Result<XmlElement> find_assertion(XmlElement root) {
  if (root.local_name() == "Assertion") return root;
  auto assertions = root.children("Assertion");
  if (root.local_name() != "Response" || assertions.size() != 1)
    return base::fail("InvalidResponse", "The response does not hold one assertion in plain text.");
  return assertions[0];
}

}  // namespace

base::Result<std::string> read_saml_issuer(std::string_view xml) {
  auto document = base::parse_xml(xml);
  if (!document) return base::fail("InvalidResponse", document.error().message);
  return trimmed_text(TRY(find_assertion(document->root())).child("Issuer"));
}

base::Result<SamlAssertion> read_saml_response(std::string_view xml, const std::vector<std::string>& certificates) {
  auto document = base::parse_xml(xml);
  if (!document) return base::fail("InvalidResponse", document.error().message);
  XmlElement root = document->root();
  XmlElement element = TRY(find_assertion(root));
  if (XmlElement status = root.child("Status"); status) {
    auto code = status.child("StatusCode").attribute("Value").value_or("");
    if (!code.ends_with(":Success"))
      return base::fail("InvalidResponse", "The response says that the authentication failed.");
  }
  if (!is_signed(root, element, certificates) && !is_signed(root, root, certificates))
    return base::fail("InvalidSignature", "Neither the response nor the assertion is signed by the provider.");
  return read_assertion(element);
}

}  // namespace aws
