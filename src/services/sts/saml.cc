// AssumeRoleWithSAML: an assertion of a SAML provider opens a role.
#include "aws/saml.h"

#include "aws/identity_providers.h"
#include "base/bytes.h"
#include "base/strings.h"
#include "services/sts/federation.h"

namespace sts {

namespace {

using aws::SamlAssertion;

constexpr std::string_view kSamlAction = "sts:AssumeRoleWithSAML";
constexpr std::string_view kAttributes = "https://aws.amazon.com/SAML/Attributes/";
constexpr std::string_view kAudiences[] = {"https://signin.aws.amazon.com/saml", "urn:amazon:webservices"};
// "Token must be redeemed within 5 minutes of issuance"
constexpr std::int64_t kRedeemedWithinMs = 300'000;

// Attributes of directories that are condition keys, by their object identifiers:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html#condition-keys-saml
struct DirectoryAttribute {
  std::string_view oid;
  std::string_view key;
};
constexpr DirectoryAttribute kDirectoryAttributes[] = {
    {"1.3.6.1.4.1.5923.1.1.1.1", "edupersonaffiliation"},
    {"1.3.6.1.4.1.5923.1.1.1.2", "edupersonnickname"},
    {"1.3.6.1.4.1.5923.1.1.1.3", "edupersonorgdn"},
    {"1.3.6.1.4.1.5923.1.1.1.4", "edupersonorgunitdn"},
    {"1.3.6.1.4.1.5923.1.1.1.5", "edupersonprimaryaffiliation"},
    {"1.3.6.1.4.1.5923.1.1.1.6", "edupersonprincipalname"},
    {"1.3.6.1.4.1.5923.1.1.1.7", "edupersonentitlement"},
    {"1.3.6.1.4.1.5923.1.1.1.8", "edupersonprimaryorgunitdn"},
    {"1.3.6.1.4.1.5923.1.1.1.9", "edupersonscopedaffiliation"},
    {"1.3.6.1.4.1.5923.1.1.1.10", "edupersontargetedid"},
    {"1.3.6.1.4.1.5923.1.1.1.11", "edupersonassurance"},
    {"1.3.6.1.4.1.5923.1.2.1.2", "eduorghomepageuri"},
    {"1.3.6.1.4.1.5923.1.2.1.3", "eduorgidentityauthnpolicyuri"},
    {"1.3.6.1.4.1.5923.1.2.1.4", "eduorglegalname"},
    {"1.3.6.1.4.1.5923.1.2.1.5", "eduorgsuperioruri"},
    {"1.3.6.1.4.1.5923.1.2.1.6", "eduorgwhitepagesuri"},
    {"2.5.4.3", "cn"},
    {"2.5.4.4", "surname"},
    {"2.5.4.41", "name"},
    {"2.5.4.42", "givenname"},
    {"2.5.4.45", "x500uniqueidentifier"},
    {"0.9.2342.19200300.100.1.1", "uid"},
    {"0.9.2342.19200300.100.1.3", "mail"},
    {"0.9.2342.19200300.100.1.45", "organizationstatus"},
};

std::unexpected<base::Error> invalid_assertion(std::string message) {
  return error("InvalidIdentityTokenException", std::move(message));
}

// Of the sign-in page, global or of a region, with or without the part that names the service provider.
bool is_sign_in_url(std::string_view url) {
  if (!url.starts_with("https://")) return false;
  url.remove_prefix(8);
  std::string_view host = url.substr(0, url.find('/'));
  std::string_view path = url.substr(host.size());
  bool is_host = host == "signin.aws.amazon.com" || host.ends_with(".signin.aws.amazon.com");
  return is_host && (path == "/saml" || path.starts_with("/saml/acs/"));
}

bool is_name(std::string_view text) {
  constexpr std::string_view kOthers = "_+=,.@-";
  return text.size() >= 2 && text.size() <= 64 && std::ranges::all_of(text, [&](char c) {
           return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || kOthers.contains(c);
         });
}

const std::vector<std::string>& values_of(const SamlAssertion& assertion, std::string_view name) {
  static const std::vector<std::string> kNone;
  auto found = assertion.attributes.find(std::string(kAttributes) + std::string(name));
  return found == assertion.attributes.end() ? kNone : found->second;
}

// The first value; empty where there is none.
std::string value_of(const SamlAssertion& assertion, std::string_view name) {
  const auto& values = values_of(assertion, name);
  return values.empty() ? std::string() : values[0];
}

base::Result<SamlAssertion> read_assertion(const aws::SamlProvider& provider, std::string_view encoded) {
  std::string text(encoded);
  std::erase_if(text, [](char c) { return c == '\n' || c == '\r' || c == ' ' || c == '\t'; });
  auto xml = base::from_base64(text);
  if (!xml) return invalid_assertion("Invalid base64 SAMLResponse");
  auto issuer = aws::read_saml_issuer(*xml);
  // LIMIT: encrypted assertions are not decrypted.
  if (!issuer || provider.encryption_mode == "Required")
    return invalid_assertion("Your request included an invalid SAML response.");
  if (*issuer != provider.entity_id) return invalid_assertion("Issuer not present in specified provider");
  auto assertion = aws::read_saml_response(*xml, provider.certificates);
  if (assertion) return *std::move(assertion);
  return invalid_assertion(assertion.error().code == "InvalidSignature"
                               ? "Response signature invalid"
                               : "Your request included an invalid SAML response.");
}

base::Result<void> check_times(const Call& call, const SamlAssertion& assertion) {
  std::int64_t now_ms = call.now_ms();
  bool is_late = assertion.issued_ms + kRedeemedWithinMs <= now_ms;
  if (assertion.not_on_or_after_ms) is_late |= *assertion.not_on_or_after_ms <= now_ms;
  if (is_late) return error("ExpiredTokenException", "Token must be redeemed within 5 minutes of issuance");
  if (assertion.not_before_ms.value_or(0) > now_ms || assertion.issued_ms > now_ms)
    return error("IDPRejectedClaimException", "The SAML assertion is not valid yet.");
  return {};
}

// Which of the recipients is the sign-in page. Errors: InvalidIdentityToken.
base::Result<std::string> find_recipient(const SamlAssertion& assertion) {
  bool has_audience = std::ranges::any_of(assertion.audiences, [](const std::string& audience) {
    return std::ranges::find(kAudiences, audience) != std::end(kAudiences) || is_sign_in_url(audience);
  });
  if (!has_audience) return invalid_assertion("Response does not contain the required audience.");
  for (const std::string& recipient : assertion.recipients)
    if (is_sign_in_url(recipient)) return recipient;
  return invalid_assertion("The recipient of the SAML assertion is not the AWS sign-in endpoint.");
}

// "The attribute must contain one or more AttributeValue elements, each containing a comma-separated pair of strings:
// the ARN of a role that the user can be mapped to, the ARN of the SAML provider." In either order.
base::Result<void> check_role(In in, const SamlAssertion& assertion) {
  const auto& pairs = values_of(assertion, "Role");
  if (pairs.empty()) return invalid_assertion("Your request included an invalid SAML response.");
  for (const std::string& pair : pairs) {
    std::size_t comma = pair.find(',');
    if (comma == pair.npos) continue;
    auto first = base::trim(std::string_view(pair).substr(0, comma));
    auto second = base::trim(std::string_view(pair).substr(comma + 1));
    const std::string &role = in.str("RoleArn"), &provider = in.str("PrincipalArn");
    if ((first == role && second == provider) || (first == provider && second == role)) return {};
  }
  return not_authorized_to(kSamlAction);
}

std::string subject_type(const SamlAssertion& assertion) {
  constexpr std::string_view kPrefix = "urn:oasis:names:tc:SAML:2.0:nameid-format:";
  std::string_view format = assertion.subject_format;
  if (format == std::string(kPrefix) + "persistent" || format == std::string(kPrefix) + "transient")
    format.remove_prefix(kPrefix.size());
  return std::string(format);
}

base::Result<Vouched> read_claims(const SamlAssertion& assertion, const std::string& provider_arn,
                                  const std::string& recipient, const std::string& qualifier) {
  Vouched vouched{.subject = {.type = policy::Subject::Type::kSaml, .provider = provider_arn}};
  auto name = aws::parse_saml_provider_arn(provider_arn);
  vouched.claims = {{"saml:aud", {recipient}},           {"saml:iss", {assertion.issuer}},
                    {"saml:sub", {assertion.subject}},   {"saml:sub_type", {subject_type(assertion)}},
                    {"saml:namequalifier", {qualifier}}, {"saml:doc", {name->account + "/" + name->key}}};
  for (const auto& [attribute, values] : assertion.attributes)
    for (const DirectoryAttribute& known : kDirectoryAttributes)
      if (attribute == "urn:oid:" + std::string(known.oid))
        vouched.claims.emplace(fmt::format("saml:{}", known.key), values);

  const std::string prefix = std::string(kAttributes) + "PrincipalTag:";
  base::Value::List tags;
  for (const auto& [attribute, values] : assertion.attributes)
    if (attribute.starts_with(prefix) && !values.empty())
      tags.push_back(base::Value::Map{{"Key", attribute.substr(prefix.size())}, {"Value", values[0]}});
  vouched.tags = TRY(read_tags(tags));
  vouched.transitive_tag_keys = values_of(assertion, "TransitiveTagKeys");
  vouched.source_identity = value_of(assertion, "SourceIdentity");
  if (!vouched.source_identity.empty() && !is_name(vouched.source_identity))
    return invalid_assertion("Source Identity must match [a-zA-Z_0-9+=,.@-]{2,64} and not begin with \"aws:\"");
  return vouched;
}

}  // namespace

// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithSAML.html
base::Result<Out> AssumeRoleWithSAML(Call& call, In in) {
  TRY_VOID(check_role_arn(in.str("RoleArn")));
  const std::string& provider_arn = in.str("PrincipalArn");
  auto provider = aws::get_saml_provider(call, provider_arn);
  if (!provider) return invalid_assertion("Specified provider doesn't exist.");
  SamlAssertion assertion = TRY(read_assertion(*provider, in.str("SAMLAssertion")));
  TRY_VOID(check_times(call, assertion));
  std::string recipient = TRY(find_recipient(assertion));
  TRY_VOID(check_role(in, assertion));
  std::string session_name = value_of(assertion, "RoleSessionName");
  if (session_name.empty()) return invalid_assertion("RoleSessionName is required in AuthnResponse");
  if (!is_name(session_name))
    return invalid_assertion("RoleSessionName in AuthnResponse must match [a-zA-Z_0-9+=,.@-]{2,64}");

  // "BASE64 ( SHA1 ( "https://example.com/saml" + "123456789012" + "/MySAMLIdP" ) )"
  auto name = aws::parse_saml_provider_arn(provider_arn);
  std::string qualifier = base::to_base64(base::sha1(assertion.issuer + name->account + "/" + name->key));
  Vouched vouched = TRY(read_claims(assertion, provider_arn, recipient, qualifier));
  RoleSession opened =
      TRY(admit(call, in, kSamlAction, session_name, vouched, assertion.session_not_on_after_ms.value_or(0)));
  Out out = show_role_session(opened);
  out.set("Subject", assertion.subject);
  out.set("SubjectType", subject_type(assertion));
  out.set("Issuer", assertion.issuer);
  out.set("Audience", recipient);
  out.set("NameQualifier", qualifier);
  return out;
}

}  // namespace sts
