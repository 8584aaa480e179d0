// AssumeRoleWithWebIdentity: a token of an OpenID Connect provider opens a role.
#include "aws/identity_providers.h"
#include "aws/web_token.h"
#include "base/arn.h"
#include "base/json.h"
#include "base/strings.h"
#include "kernel/outbound.h"
#include "services/sts/federation.h"

namespace sts {

namespace {

using aws::KeyMatch;
using aws::WebToken;

constexpr std::string_view kWebIdentityAction = "sts:AssumeRoleWithWebIdentity";
constexpr std::string_view kTagsClaim = "https://aws.amazon.com/tags";
constexpr std::string_view kSourceIdentityClaim = "https://aws.amazon.com/source_identity";
// How long a provider's discovery document and keys are good for; a token with a new key asks again at once.
constexpr kernel::Millis kKeysFreshFor{3'600'000};

// Providers that every account knows: "You don't need to create an IAM identity provider for them".
struct BuiltIn {
  std::string_view issuer;  // without the scheme
  std::string_view name;    // as principals and condition keys call it
};
constexpr BuiltIn kBuiltIn[] = {
    {"accounts.google.com", "accounts.google.com"},
    {"cognito-identity.amazonaws.com", "cognito-identity.amazonaws.com"},
    {"www.amazon.com", "www.amazon.com"},
    {"graph.facebook.com", "graph.facebook.com"},
    {"www.facebook.com", "graph.facebook.com"},
};

// Claims besides the common ones that trust policies may name, by provider:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_iam-condition-keys.html
struct ProviderClaims {
  std::string_view issuer;
  std::vector<std::string_view> claims;
};
const ProviderClaims& claims_of(std::string_view issuer) {
  static const ProviderClaims kClaims[] = {
      {"accounts.google.com", {"google/organization_number"}},
      {"token.actions.githubusercontent.com",
       {"actor", "actor_id", "enterprise_id", "environment", "job_workflow_ref", "ref", "repository", "repository_id",
        "workflow"}},
      {"oidc.circleci.com", {"oidc.circleci.com/project-id"}},
      {"", {}},
  };
  for (const ProviderClaims& each : kClaims)
    if (each.issuer == issuer || (!each.issuer.empty() && issuer.starts_with(std::string(each.issuer) + "/")))
      return each;
  return kClaims[std::size(kClaims) - 1];
}

struct OidcIssuer {
  std::string url;   // "https://accounts.example.com/tenant"
  std::string name;  // without the scheme: the prefix of condition keys
  std::string principal;
  std::vector<std::string> client_ids;  // empty: any, the trust policy decides
  std::vector<std::string> thumbprints;
};

std::unexpected<base::Error> invalid_token(std::string message) {
  return error("InvalidIdentityTokenException", std::move(message));
}

std::unexpected<base::Error> no_verification_key() {
  return invalid_token(
      "Couldn't retrieve verification key from your identity provider,  please reference AssumeRoleWithWebIdentity "
      "documentation for requirements");
}

bool is_this_machine(std::string_view host) {
  host = host.substr(0, host.find('/'));
  return host == "localhost" || host.starts_with("localhost:") || host == "127.0.0.1" ||
         host.starts_with("127.0.0.1:") || host.starts_with("[::1]");
}

base::Result<OidcIssuer> find_issuer(const Call& call, std::string_view role_arn, const WebToken& token) {
  const std::string& claim = token.claims.at("iss").str();
  if (claim.empty()) return invalid_token("Missing a required claim: iss");
  std::string_view name = claim;
  // Providers under development may stand on this machine without TLS; nowhere else.
  bool is_plain = name.starts_with("http://") && is_this_machine(name.substr(7));
  if (is_plain) name.remove_prefix(7);
  if (name.starts_with("https://")) name.remove_prefix(8);
  OidcIssuer issuer{.url = fmt::format("{}://{}", is_plain ? "http" : "https", name), .name = std::string(name)};
  for (const BuiltIn& known : kBuiltIn) {
    if (known.issuer != name) continue;
    issuer.name = issuer.principal = known.name;
    return issuer;
  }
  const std::string_view account = base::Arn::parse(role_arn).account;
  auto provider = aws::get_oidc_provider_of_issuer(call, account, "https://" + issuer.name);
  if (!provider) return invalid_token("No OpenIDConnect provider found in your account for " + claim);
  issuer.principal = aws::oidc_provider_arn(account, provider->url);
  issuer.client_ids = provider->client_ids;
  issuer.thumbprints = provider->thumbprints;
  return issuer;
}

// A page of the provider. Errors: IDPCommunicationError; InvalidIdentityToken when it is none of use.
base::Result<std::string> fetch_page(Call& call, const OidcIssuer& issuer, std::string url, kernel::Millis fresh_for) {
  kernel::OutboundAnswer answer =
      TRY(kernel::fetch(call, {.url = std::move(url), .thumbprints = issuer.thumbprints}, fresh_for));
  if (answer.status == 0)
    return error("IDPCommunicationErrorException",
                 fmt::format("The identity provider {} could not be reached. {}", issuer.url, answer.problem));
  if (!answer.is_ok()) return no_verification_key();
  return std::move(answer.body);
}

base::Result<std::string> fetch_key_set(Call& call, const OidcIssuer& issuer, kernel::Millis fresh_for) {
  std::string base_url = issuer.url;
  while (base_url.ends_with('/')) base_url.pop_back();
  auto discovery =
      base::parse_json(TRY(fetch_page(call, issuer, base_url + "/.well-known/openid-configuration", kKeysFreshFor)));
  if (!discovery || discovery->at("issuer").str() != issuer.url) return no_verification_key();
  const std::string& url = discovery->at("jwks_uri").str();
  bool is_safe = url.starts_with("https://") || (url.starts_with("http://") && is_this_machine(url.substr(7)));
  if (!is_safe) return no_verification_key();
  return fetch_page(call, issuer, url, fresh_for);
}

base::Result<void> verify_signature(Call& call, const OidcIssuer& issuer, const WebToken& token) {
  KeyMatch match = aws::verify_web_token(token, TRY(fetch_key_set(call, issuer, kKeysFreshFor)));
  if (match == KeyMatch::kUnknownKey)
    match = aws::verify_web_token(token, TRY(fetch_key_set(call, issuer, kernel::Millis(0))));
  if (match == KeyMatch::kVerified) return {};
  if (match == KeyMatch::kRefused) return invalid_token("The web identity token's signature is not valid.");
  return no_verification_key();
}

base::Result<void> check_times(const Call& call, const base::Value& claims) {
  for (std::string_view name : {"sub", "exp", "iat"})
    if (!claims.has(name)) return invalid_token(fmt::format("Missing a required claim: {}", name));
  std::int64_t now = call.now_ms() / 1'000;
  // AWS: the message runs on without a space.
  if (claims.at("exp").num() <= now)
    return error("ExpiredTokenException",
                 fmt::format("Token expired: current date/time {} must be before the expiration date/time{}", now,
                             claims.at("exp").num()));
  if (claims.at("nbf").num() > now)
    return error("IDPRejectedClaimException", "The web identity token is not valid yet: its nbf lies in the future.");
  if (claims.at("iat").num() > now)
    return error("IDPRejectedClaimException", "The web identity token was issued in the future.");
  return {};
}

std::vector<std::string> texts_of(const base::Value& claim) {
  std::vector<std::string> texts;
  if (claim.is_text()) texts.push_back(claim.str());
  if (claim.is_whole()) texts.push_back(std::to_string(claim.num()));
  if (claim.is_flag()) texts.push_back(claim.flag() ? "true" : "false");
  for (const base::Value& each : claim.list())
    if (each.is_text()) texts.push_back(each.str());
  return texts;
}

// The application the token is for: azp, where several parties share it, else aud.
std::vector<std::string> audience_of(const base::Value& claims) {
  return claims.has("azp") ? texts_of(claims.at("azp")) : texts_of(claims.at("aud"));
}

base::Result<void> check_audience(const OidcIssuer& issuer, const std::vector<std::string>& audience) {
  if (audience.empty()) return invalid_token("Missing a required claim: aud");
  if (issuer.client_ids.empty()) return {};
  for (const std::string& each : audience)
    if (std::ranges::find(issuer.client_ids, each) != issuer.client_ids.end()) return {};
  return invalid_token("Incorrect token audience");
}

base::Result<Vouched> read_claims(const OidcIssuer& issuer, const base::Value& claims,
                                  const std::vector<std::string>& audience) {
  Vouched vouched{.subject = {.type = policy::Subject::Type::kWebIdentity, .provider = issuer.principal}};
  auto put = [&](std::string_view name, std::vector<std::string> values) {
    if (!values.empty()) vouched.claims.emplace(fmt::format("{}:{}", issuer.name, name), std::move(values));
  };
  put("aud", audience);
  if (claims.has("azp")) put("oaud", texts_of(claims.at("aud")));
  for (std::string_view name : {"sub", "amr", "email"}) put(name, texts_of(claims.at(name)));
  for (std::string_view name : claims_of(issuer.name).claims) put(name, texts_of(claims.at(name)));

  const base::Value& tags = claims.at(kTagsClaim);
  base::Value::List list;
  for (const auto& [key, value] : tags.at("principal_tags").map()) {
    auto texts = texts_of(value);
    if (texts.size() != 1) return invalid_token("A session tag of the web identity token does not have one value.");
    list.push_back(base::Value::Map{{"Key", key}, {"Value", texts[0]}});
  }
  vouched.tags = TRY(read_tags(list));
  vouched.transitive_tag_keys = texts_of(tags.at("transitive_tag_keys"));
  vouched.source_identity = claims.at(kSourceIdentityClaim).str();
  return vouched;
}

}  // namespace

// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRoleWithWebIdentity.html
base::Result<Out> AssumeRoleWithWebIdentity(Call& call, In in) {
  // LIMIT: access tokens of OAuth 2.0 would have to be shown to www.amazon.com and graph.facebook.com.
  if (in.has("ProviderId"))
    return error("NotImplemented", "Virga does not implement OAuth 2.0 access tokens (ProviderId): ID tokens only.");
  TRY_VOID(check_role_arn(in.str("RoleArn")));
  auto token = aws::parse_web_token(in.str("WebIdentityToken"));
  if (!token || !aws::is_signing_algorithm(token->algorithm))
    return invalid_token(
        "The ID Token provided is not a valid JWT. (You may see this error if you sent an Access Token)");
  OidcIssuer issuer = TRY(find_issuer(call, in.str("RoleArn"), *token));
  TRY_VOID(verify_signature(call, issuer, *token));
  TRY_VOID(check_times(call, token->claims));
  std::vector<std::string> audience = audience_of(token->claims);
  TRY_VOID(check_audience(issuer, audience));
  Vouched vouched = TRY(read_claims(issuer, token->claims, audience));
  RoleSession opened = TRY(admit(call, in, kWebIdentityAction, in.str("RoleSessionName"), vouched, 0));
  Out out = show_role_session(opened);
  out.set("SubjectFromWebIdentityToken", token->claims.at("sub").str());
  out.set("Audience", audience[0]);
  out.set("Provider", issuer.principal);
  return out;
}

}  // namespace sts
