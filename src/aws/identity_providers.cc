// How providers of identities are named and found.
#include "aws/identity_providers.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace aws {

namespace {

std::optional<ProviderName> parse_provider_arn(std::string_view arn, std::string_view kind) {
  const std::vector<std::string_view> parts = base::split(arn, ':');
  if (parts.size() < 6 || parts[0] != "arn" || parts[2] != "iam" || !parts[3].empty()) return std::nullopt;
  // The rest is one part: the URL of an OpenID Connect provider may hold colons.
  std::string_view resource = arn.substr(static_cast<std::size_t>(parts[5].data() - arn.data()));
  if (!resource.starts_with(kind)) return std::nullopt;
  resource.remove_prefix(kind.size());
  if (resource.empty()) return std::nullopt;
  return ProviderName{std::string(parts[4]), std::string(resource)};
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

std::optional<OidcProvider> get_oidc_provider(const kernel::Call& call, std::string_view arn) {
  return get_provider(call, kOidcProviders, parse_oidc_provider_arn(arn));
}

std::optional<OidcProvider> get_oidc_provider_of_issuer(const kernel::Call& call, std::string_view account,
                                                        std::string_view issuer) {
  constexpr std::string_view kScheme = "https://";
  if (issuer.starts_with(kScheme)) issuer.remove_prefix(kScheme.size());
  return get_provider(call, kOidcProviders, ProviderName{std::string(account), std::string(issuer)});
}

}  // namespace aws
