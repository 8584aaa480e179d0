#include "aws/xml_signature.h"

#include <optional>

#include "base/bytes.h"
#include "base/public_key.h"
#include "base/strings.h"
#include "base/xml_canonical.h"

namespace aws {

namespace {

using base::CanonicalForm;
using base::Digest;
using base::PublicKey;
using base::XmlElement;

struct SignatureMethod {
  std::string_view uri;
  PublicKey::Kind kind;
  Digest digest;
};

constexpr SignatureMethod kSignatureMethods[] = {
    {"http://www.w3.org/2000/09/xmldsig#rsa-sha1", PublicKey::Kind::kRsa, Digest::kSha1},
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha256", PublicKey::Kind::kRsa, Digest::kSha256},
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha384", PublicKey::Kind::kRsa, Digest::kSha384},
    {"http://www.w3.org/2001/04/xmldsig-more#rsa-sha512", PublicKey::Kind::kRsa, Digest::kSha512},
    {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256", PublicKey::Kind::kEllipticCurve, Digest::kSha256},
    {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha384", PublicKey::Kind::kEllipticCurve, Digest::kSha384},
    {"http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha512", PublicKey::Kind::kEllipticCurve, Digest::kSha512},
};

struct DigestMethod {
  std::string_view uri;
  Digest digest;
};

constexpr DigestMethod kDigestMethods[] = {
    {"http://www.w3.org/2000/09/xmldsig#sha1", Digest::kSha1},
    {"http://www.w3.org/2001/04/xmlenc#sha256", Digest::kSha256},
    {"http://www.w3.org/2001/04/xmldsig-more#sha384", Digest::kSha384},
    {"http://www.w3.org/2001/04/xmlenc#sha512", Digest::kSha512},
};

constexpr std::string_view kEnveloped = "http://www.w3.org/2000/09/xmldsig#enveloped-signature";
constexpr std::string_view kExclusive = "http://www.w3.org/2001/10/xml-exc-c14n#";
constexpr std::string_view kInclusive = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315";

std::string_view algorithm_of(XmlElement element) { return element.attribute("Algorithm").value_or(""); }

std::optional<std::string> decode_text(XmlElement element) {
  std::string text = element.text();
  std::erase_if(text, [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; });
  return base::from_base64(text);
}

// Sets the form that a CanonicalizationMethod or Transform asks for; false: it asks for another.
bool read_form(XmlElement method, CanonicalForm& form) {
  if (algorithm_of(method) == kInclusive) {
    form.method = CanonicalForm::Method::kInclusive;
    return true;
  }
  if (algorithm_of(method) != kExclusive) return false;
  form.method = CanonicalForm::Method::kExclusive;
  for (std::string_view prefix :
       base::split(method.child("InclusiveNamespaces").attribute("PrefixList").value_or(""), ' '))
    if (!prefix.empty()) form.inclusive_prefixes.emplace_back(prefix);
  return true;
}

// Who signs one element and has another of the same name read in its place gets nowhere.
int count_of_id(XmlElement element, std::string_view id) {
  int count = 0;
  for (std::string_view name : {"ID", "Id", "id"})
    if (element.attribute(name) == id) ++count;
  for (XmlElement child = element.first_child(); child; child = child.next_sibling()) count += count_of_id(child, id);
  return count;
}

bool refers_to(XmlElement reference, XmlElement root, XmlElement element) {
  std::string_view uri = reference.attribute("URI").value_or("?");
  if (uri.empty()) return element == root;
  if (!uri.starts_with('#') || uri.size() < 2) return false;
  std::string_view id = uri.substr(1);
  return element.attribute("ID") == id && count_of_id(root, id) == 1;
}

bool has_digest(XmlElement reference, XmlElement element, XmlElement signature) {
  CanonicalForm form{.method = CanonicalForm::Method::kInclusive, .left_out = signature};
  bool is_enveloped = false;
  for (XmlElement transform : reference.child("Transforms").children("Transform")) {
    if (algorithm_of(transform) == kEnveloped)
      is_enveloped = true;
    else if (!read_form(transform, form))
      return false;
  }
  auto wanted = decode_text(reference.child("DigestValue"));
  if (!is_enveloped || !wanted) return false;
  for (const DigestMethod& method : kDigestMethods)
    if (method.uri == algorithm_of(reference.child("DigestMethod")))
      return base::digest(method.digest, base::canonical_xml(element, form)) == *wanted;
  return false;
}

bool verify_with(const std::vector<std::string>& certificates, const SignatureMethod& method, std::string_view text,
                 std::string_view signature) {
  for (const std::string& certificate : certificates) {
    auto key = PublicKey::from_certificate(certificate);
    if (key && key->kind() == method.kind && key->verify(method.digest, text, signature)) return true;
  }
  return false;
}

}  // namespace

bool is_signed(XmlElement root, XmlElement element, const std::vector<std::string>& certificates) {
  auto signatures = element.children("Signature");
  if (signatures.size() != 1) return false;
  XmlElement signature = signatures[0], info = signature.child("SignedInfo");
  auto references = info.children("Reference");
  if (signature.children("SignedInfo").size() != 1 || references.size() != 1) return false;
  if (!refers_to(references[0], root, element) || !has_digest(references[0], element, signature)) return false;

  CanonicalForm form;
  auto value = decode_text(signature.child("SignatureValue"));
  if (!value || !read_form(info.child("CanonicalizationMethod"), form)) return false;
  for (const SignatureMethod& method : kSignatureMethods)
    if (method.uri == algorithm_of(info.child("SignatureMethod")))
      return verify_with(certificates, method, base::canonical_xml(info, form), *value);
  return false;
}

}  // namespace aws
