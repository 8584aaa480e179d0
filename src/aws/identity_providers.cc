// How providers of identities are named and found.
#include "aws/identity_providers.h"

#include <fmt/format.h>

#include "base/arn.h"
#include "base/strings.h"

namespace aws {

namespace {

std::optional<ProviderName> parse_provider_arn(std::string_view arn, std::string_view kind) {
  const base::Arn parsed = base::Arn::parse(arn);
  if (parsed.service != "iam" || !parsed.region.empty()) return std::nullopt;
  std::string_view resource = parsed.resource;
  if (!resource.starts_with(kind)) return std::nullopt;
  resource.remove_prefix(kind.size());
  if (resource.empty()) return std::nullopt;
  return ProviderName{std::string(parsed.account), std::string(resource)};
}

template <class Row>
std::optional<Row> get_provider(const kernel::Call& call, const store::Table<Row>& table,
                                const std::optional<ProviderName>& name) {
  if (!name) return std::nullopt;
  return call.tx.at({name->account, call.place.region}).get(table, name->key);
}

}  // namespace

std::string saml_provider_arn(std::string_view account, std::string_view name) {
  return fmt::format("arn:aws:iam::{}:saml-provider/{}", account, name);
}

std::string oidc_provider_arn(std::string_view account, std::string_view url) {
  return fmt::format("arn:aws:iam::{}:oidc-provider/{}", account, url);
}

std::optional<ProviderName> parse_saml_provider_arn(std::string_view arn) {
  return parse_provider_arn(arn, "saml-provider/");
}

std::optional<ProviderName> parse_oidc_provider_arn(std::string_view arn) {
  return parse_provider_arn(arn, "oidc-provider/");
}

std::optional<SamlProvider> get_saml_provider(const kernel::Call& call, std::string_view arn) {
  return get_provider(call, kSamlProviders, parse_saml_provider_arn(arn));
}

std::optional<OidcProvider> get_oidc_provider_of_issuer(const kernel::Call& call, std::string_view account,
                                                        std::string_view issuer) {
  constexpr std::string_view kScheme = "https://";
  if (issuer.starts_with(kScheme)) issuer.remove_prefix(kScheme.size());
  return get_provider(call, kOidcProviders, ProviderName{std::string(account), std::string(issuer)});
}

}  // namespace aws
