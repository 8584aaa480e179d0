// OpenID Connect identity providers.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_create_oidc.html
#include "aws/identity_providers.h"
#include "base/bytes.h"
#include "base/strings.h"
#include "services/iam/evidence.h"

namespace iam {

namespace {

constexpr std::string_view kHttps = "https://";

base::Result<aws::OidcProvider> find_oidc_provider(const Call& call, const std::string& arn) {
  auto name = aws::parse_oidc_provider_arn(arn);
  if (!name) return error("InvalidInput", fmt::format("Invalid OpenIDConnect provider ARN: {}", arn));
  auto provider = name->account == call.place.account ? call.tx.get(aws::kOidcProviders, name->key) : std::nullopt;
  if (!provider) return error("NoSuchEntity", fmt::format("OpenIDConnect Provider not found for arn {}", arn));
  return *std::move(provider);
}

void put_oidc_provider(Call& call, const aws::OidcProvider& provider) {
  call.tx.put(aws::kOidcProviders, provider.url, provider);
}

// "The URL must begin with https:// […] path components are allowed but query parameters are not."
base::Result<std::string> parse_provider_url(std::string_view url) {
  auto is_allowed = [](char c) { return c > ' ' && c < '\x7F' && !std::string_view("?#@\"<>\\^`{|}").contains(c); };
  std::string_view rest = url.starts_with(kHttps) ? url.substr(kHttps.size()) : "";
  // AWS: a port is not allowed there; providers of a developer's machine have one.
  const std::string_view host = rest.substr(0, rest.find_first_of(":/"));
  if (host.empty() || !std::ranges::all_of(rest, is_allowed))
    return error("ValidationError", "Invalid Open ID Connect Provider URL");
  while (rest.ends_with('/')) rest.remove_suffix(1);
  return std::string(rest);
}

base::Result<void> set_client_ids(Call& call, const Value::List& given, aws::OidcProvider& provider) {
  for (const Value& id : given) {
    if (std::ranges::find(provider.client_ids, id.str()) != provider.client_ids.end()) continue;
    TRY_VOID(
        check_quota(call, kClientIdsPerProviderMax, "ClientIdsPerOpenIdConnectProvider", provider.client_ids.size()));
    provider.client_ids.push_back(id.str());
  }
  return {};
}

base::Result<void> set_thumbprints(Call& call, const Value::List& given, aws::OidcProvider& provider) {
  if (std::ssize(given) > call.limit(kThumbprintsPerProviderMax))
    return error("InvalidInput", "Thumbprint list must contain fewer than 5 entries.");
  provider.thumbprints.clear();
  for (const Value& thumbprint : given) {
    if (!base::from_hex(thumbprint.str())) return error("InvalidInput", "Invalid thumbprint");
    provider.thumbprints.push_back(base::to_lower(thumbprint.str()));
  }
  return {};
}

Value::List show_texts(const std::vector<std::string>& texts) { return Value::List(texts.begin(), texts.end()); }

}  // namespace

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateOpenIDConnectProvider.html
base::Result<Out> CreateOpenIDConnectProvider(Call& call, In in) {
  aws::OidcProvider provider{.url = TRY(parse_provider_url(in.str("Url"))),
                             .client_ids = {},
                             .thumbprints = {},
                             .created_ms = now_seconds_ms(call)};
  // LIMIT: without thumbprints AWS fetches the certificate of the provider; here there are then none.
  TRY_VOID(set_thumbprints(call, in.list("ThumbprintList"), provider));
  TRY_VOID(set_client_ids(call, in.list("ClientIDList"), provider));
  TRY_VOID(set_tags(in.list("Tags"), provider.tags));
  if (call.tx.has(aws::kOidcProviders, provider.url))
    return error("EntityAlreadyExists", fmt::format("Provider with url {}{} already exists.", kHttps, provider.url));
  TRY_VOID(check_quota(call, kOidcProvidersMax, "OpenIdConnectProvidersPerAccount",
                       call.tx.scan_keys(aws::kOidcProviders, {}, skip_key)));
  put_oidc_provider(call, provider);
  Out answer{{"OpenIDConnectProviderArn", aws::oidc_provider_arn(call.place.account, provider.url)}};
  if (!provider.tags.empty()) answer.set("Tags", show_tags(provider.tags));
  return answer;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetOpenIDConnectProvider.html
base::Result<Out> GetOpenIDConnectProvider(Call& call, In in) {
  const aws::OidcProvider provider = TRY(find_oidc_provider(call, in.str("OpenIDConnectProviderArn")));
  Out answer{{"Url", provider.url},
             {"ClientIDList", show_texts(provider.client_ids)},
             {"ThumbprintList", show_texts(provider.thumbprints)},
             {"CreateDate", provider.created_ms}};
  if (!provider.tags.empty()) answer.set("Tags", show_tags(provider.tags));
  return answer;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteOpenIDConnectProvider.html
base::Result<Out> DeleteOpenIDConnectProvider(Call& call, In in) {
  auto name = aws::parse_oidc_provider_arn(in.str("OpenIDConnectProviderArn"));
  if (!name)
    return error("InvalidInput",
                 fmt::format("Invalid OpenIDConnect provider ARN: {}", in.str("OpenIDConnectProviderArn")));
  // "This operation is idempotent; it does not fail or return an error if you call the operation for a provider that
  // does not exist."
  if (name->account == call.place.account) call.tx.erase(aws::kOidcProviders, name->key);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviders.html
base::Result<Out> ListOpenIDConnectProviders(Call& call, In) {
  Value::List list;
  call.tx.scan_keys(aws::kOidcProviders, {}, [&](std::string_view url) {
    list.push_back(Out{{"Arn", aws::oidc_provider_arn(call.place.account, url)}});
  });
  return Out{{"OpenIDConnectProviderList", std::move(list)}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_AddClientIDToOpenIDConnectProvider.html
base::Result<Out> AddClientIDToOpenIDConnectProvider(Call& call, In in) {
  aws::OidcProvider provider = TRY(find_oidc_provider(call, in.str("OpenIDConnectProviderArn")));
  TRY_VOID(set_client_ids(call, {in["ClientID"]}, provider));
  put_oidc_provider(call, provider);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_RemoveClientIDFromOpenIDConnectProvider.html
base::Result<Out> RemoveClientIDFromOpenIDConnectProvider(Call& call, In in) {
  aws::OidcProvider provider = TRY(find_oidc_provider(call, in.str("OpenIDConnectProviderArn")));
  // "This operation is idempotent; it does not fail or return an error if you try to remove a client ID that does not
  // exist."
  std::erase(provider.client_ids, in.str("ClientID"));
  put_oidc_provider(call, provider);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateOpenIDConnectProviderThumbprint.html
base::Result<Out> UpdateOpenIDConnectProviderThumbprint(Call& call, In in) {
  aws::OidcProvider provider = TRY(find_oidc_provider(call, in.str("OpenIDConnectProviderArn")));
  TRY_VOID(set_thumbprints(call, in.list("ThumbprintList"), provider));
  put_oidc_provider(call, provider);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagOpenIDConnectProvider.html
base::Result<Out> TagOpenIDConnectProvider(Call& call, In in) {
  aws::OidcProvider provider = TRY(find_oidc_provider(call, in.str("OpenIDConnectProviderArn")));
  TRY_VOID(set_tags(in.list("Tags"), provider.tags));
  put_oidc_provider(call, provider);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagOpenIDConnectProvider.html
base::Result<Out> UntagOpenIDConnectProvider(Call& call, In in) {
  aws::OidcProvider provider = TRY(find_oidc_provider(call, in.str("OpenIDConnectProviderArn")));
  remove_tags(in.list("TagKeys"), provider.tags);
  put_oidc_provider(call, provider);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListOpenIDConnectProviderTags.html
base::Result<Out> ListOpenIDConnectProviderTags(Call& call, In in) {
  return list_tags(in, TRY(find_oidc_provider(call, in.str("OpenIDConnectProviderArn"))).tags);
}

}  // namespace iam
