#include "runner/identities.h"

#include <fmt/format.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include <cassert>
#include <memory>

#include "base/bytes.h"
#include "base/json.h"
#include "base/time_text.h"
#include "base/xml_canonical.h"

namespace runner {

namespace {

using base::Value;
using Key = std::shared_ptr<EVP_PKEY>;

constexpr std::string_view kAttributeNames = "https://aws.amazon.com/SAML/Attributes/";

Key make_curve_key() { return {EVP_EC_gen("P-256"), EVP_PKEY_free}; }

const Key& own_key() {
  static const Key kKey = make_curve_key();
  return kKey;
}

const Key& other_key() {
  static const Key kKey = make_curve_key();
  return kKey;
}

const Key& saml_key() {
  static const Key kKey{EVP_RSA_gen(2048), EVP_PKEY_free};
  return kKey;
}

std::string sign_text(const Key& key, std::string_view text) {
  std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(), EVP_MD_CTX_free);
  EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.get());
  std::size_t size = 0;
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  EVP_DigestSign(context.get(), nullptr, &size, bytes, text.size());
  std::string signature(size, '\0');
  EVP_DigestSign(context.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size());
  signature.resize(size);
  return signature;
}

// Both numbers one after the other, as tokens have them.
std::string to_plain(const std::string& der) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
  std::unique_ptr<ECDSA_SIG, decltype(&ECDSA_SIG_free)> pair(
      d2i_ECDSA_SIG(nullptr, &bytes, static_cast<long>(der.size())), ECDSA_SIG_free);
  std::string plain(64, '\0');
  auto* out = reinterpret_cast<unsigned char*>(plain.data());
  BN_bn2binpad(ECDSA_SIG_get0_r(pair.get()), out, 32);
  BN_bn2binpad(ECDSA_SIG_get0_s(pair.get()), out + 32, 32);
  return plain;
}

std::string certificate_of(const Key& key) {
  std::unique_ptr<X509, decltype(&X509_free)> certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), 2);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1);
  ASN1_TIME_set_string(X509_getm_notBefore(certificate.get()), "20200101000000Z");
  ASN1_TIME_set_string(X509_getm_notAfter(certificate.get()), "20450101000000Z");
  X509_NAME* name = X509_get_subject_name(certificate.get());
  const auto* text = reinterpret_cast<const unsigned char*>("scripts");
  X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
  X509_set_issuer_name(certificate.get(), name);
  X509_set_pubkey(certificate.get(), key.get());
  X509_sign(certificate.get(), key.get(), EVP_sha256());
  unsigned char* bytes = nullptr;
  int size = i2d_X509(certificate.get(), &bytes);
  std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(size));
  OPENSSL_free(bytes);
  return der;
}

std::string text_or(const Value& said, std::string_view name, std::string_view other) {
  return said.has(name) ? said.at(name).str() : std::string(other);
}

std::string attributes_of(const Value& said) {
  std::string text;
  for (const auto& [name, values] : said.at("attributes").map()) {
    bool is_aws = !name.starts_with("urn:");
    text += fmt::format(R"(<saml:Attribute Name="{}{}">)", is_aws ? kAttributeNames : "", name);
    for (const Value& value : values.list())
      text += fmt::format("<saml:AttributeValue>{}</saml:AttributeValue>", value.str());
    text += "</saml:Attribute>";
  }
  return text;
}

std::string assertion_of(const Value& said, std::string_view id) {
  std::int64_t issued_ms = said.at("issued").num();
  std::string until = base::format_iso8601(issued_ms + (said.has("minutes") ? said.at("minutes").num() : 60) * 60'000);
  std::string session_end;
  if (said.has("session_end"))
    session_end = fmt::format(R"( SessionNotOnOrAfter="{}")", base::format_iso8601(said.at("session_end").num()));
  return fmt::format(
      R"(<saml:Assertion xmlns:saml="urn:oasis:names:tc:SAML:2.0:assertion" ID="{}" Version="2.0" IssueIn)"
      R"(stant="{}">)"
      "\n"
      R"(  <saml:Issuer>{}</saml:Issuer>)"
      "\n"
      R"(  <saml:Subject><saml:NameID Format="{}">{}</saml:NameID>)"
      "\n"
      R"(    <saml:SubjectConfirmation Method="urn:oasis:names:tc:SAML:2.0:cm:bearer">)"
      "\n"
      R"(      <saml:SubjectConfirmationData Recipient="{}" NotOnOrAfter="{}"/>)"
      "\n"
      R"(    </saml:SubjectConfirmation></saml:Subject>)"
      "\n"
      R"(  <saml:Conditions NotBefore="{}"><saml:AudienceRestriction><saml:Audience>{}</saml:Audience></s)"
      R"(aml:AudienceRestriction>)"
      "\n"
      R"(  </saml:Conditions>)"
      "\n"
      R"(  <saml:AuthnStatement AuthnInstant="{}"{}/>)"
      "\n"
      R"(  <saml:AttributeStatement>{}</saml:AttributeStatement>)"
      "\n"
      R"(</saml:Assertion>)",
      id, base::format_iso8601(issued_ms), text_or(said, "issuer", "https://idp.example.com"),
      text_or(said, "format", "urn:oasis:names:tc:SAML:2.0:nameid-format:persistent"),
      text_or(said, "subject", "alice"), text_or(said, "recipient", "https://signin.aws.amazon.com/saml"), until,
      base::format_iso8601(said.has("not_before") ? said.at("not_before").num() : issued_ms),
      text_or(said, "audience", "https://signin.aws.amazon.com/saml"), base::format_iso8601(issued_ms), session_end,
      attributes_of(said));
}

// Puts a signature into the element with this ID, before its end.
std::string with_signature(const std::string& xml, std::string_view id) {
  auto document = base::parse_xml(xml);
  assert(document);
  base::XmlElement element = document->root();
  if (element.attribute("ID") != id) element = element.child("Assertion");
  std::string digest = base::to_base64(base::sha256(base::canonical_xml(element, {})));
  std::string info =
      fmt::format(R"(<ds:SignedInfo xmlns:ds="http://www.w3.org/2000/09/xmldsig#"><ds:CanonicalizationMethod Algorith)"
                  R"(m="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:CanonicalizationMethod><ds:SignatureMethod Algo)"
                  R"(rithm="http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"></ds:SignatureMethod><ds:Reference URI)"
                  R"(="#{}"><ds:Transforms><ds:Transform Algorithm="http://www.w3.org/2000/09/xmldsig#enveloped-signa)"
                  R"(ture"></ds:Transform><ds:Transform Algorithm="http://www.w3.org/2001/10/xml-exc-c14n#"></ds:Tran)"
                  R"(sform></ds:Transforms><ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></ds:)"
                  R"(DigestMethod><ds:DigestValue>{}</ds:DigestValue></ds:Reference></ds:SignedInfo>)",
                  id, digest);
  std::string signature =
      fmt::format(R"(<ds:Signature xmlns:ds="http://www.w3.org/2000/09/xmldsig#">{}<ds:SignatureValue>{}</ds:Signatur)"
                  R"(eValue></ds:Signature>)",
                  info, base::to_base64(sign_text(saml_key(), info)));
  std::string result = xml;
  std::string end = fmt::format("</{}>", element.name());
  return result.insert(result.rfind(end), signature);
}

std::string response_of(std::string_view inside) {
  return fmt::format(
      R"(<samlp:Response xmlns:samlp="urn:oasis:names:tc:SAML:2.0:protocol" ID="_response"><samlp:Status>)"
      R"(<samlp:StatusCode Value="urn:oasis:names:tc:SAML:2.0:status:Success"/></samlp:Status>{}</samlp:R)"
      R"(esponse>)",
      inside);
}

}  // namespace

std::string make_web_token(const Value& said) {
  Value header(Value::Map{{"alg", text_or(said, "alg", "ES256")}, {"kid", text_or(said, "kid", "key-1")}});
  Value claims = said;
  for (std::string_view name : {"alg", "kid", "key"}) claims.erase(name);
  std::string text = base::to_base64url(base::to_json(header)) + "." + base::to_base64url(base::to_json(claims));
  const Key& key = text_or(said, "key", "own") == "own" ? own_key() : other_key();
  return text + "." + base::to_base64url(to_plain(sign_text(key, text)));
}

Value make_web_keys() {
  std::string point(65, '\0');
  std::size_t size = 0;
  EVP_PKEY_get_octet_string_param(own_key().get(), OSSL_PKEY_PARAM_PUB_KEY,
                                  reinterpret_cast<unsigned char*>(point.data()), point.size(), &size);
  return Value::Map{{"keys", Value::List{Value::Map{{"kty", "EC"},
                                                    {"crv", "P-256"},
                                                    {"kid", "key-1"},
                                                    {"x", base::to_base64url(point.substr(1, 32))},
                                                    {"y", base::to_base64url(point.substr(33, 32))}}}}};
}

std::string make_saml_response(const Value& said) {
  std::string how = text_or(said, "sign", "assertion");
  std::string assertion = assertion_of(said, "_assertion");
  std::string text = response_of(assertion);
  if (how == "assertion") text = with_signature(text, "_assertion");
  if (how == "response") text = with_signature(text, "_response");
  if (how == "wrapped") {
    std::string evil = assertion_of(said, "_evil");
    std::string whole = with_signature(text, "_assertion");
    std::size_t begin = whole.find("<saml:Assertion"), end = whole.find("</saml:Assertion>") + 17;
    std::string hidden = "<saml:Advice>" + whole.substr(begin, end - begin) + "</saml:Advice>";
    text = response_of(evil.insert(evil.find("<saml:Subject>"), hidden));
  }
  return base::to_base64(text);
}

std::string make_saml_metadata(const std::string& entity_id) {
  static const std::string kCertificate = base::to_base64(certificate_of(saml_key()));
  return fmt::format(
      R"(<md:EntityDescriptor xmlns:md="urn:oasis:names:tc:SAML:2.0:metadata" xmlns:ds="http://www.w3.org)"
      R"(/2000/09/xmldsig#" entityID="{}"><md:IDPSSODescriptor protocolSupportEnumeration="urn:oasis:name)"
      R"(s:tc:SAML:2.0:protocol"><md:KeyDescriptor use="signing"><ds:KeyInfo><ds:X509Data><ds:X509Certifi)"
      R"(cate>{}</ds:X509Certificate></ds:X509Data></ds:KeyInfo></md:KeyDescriptor><md:SingleSignOnServic)"
      R"(e Binding="urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect" Location="https://idp.example.com)"
      R"(/sso"/></md:IDPSSODescriptor></md:EntityDescriptor>)"
      "\n",
      entity_id, kCertificate);
}

}  // namespace runner
