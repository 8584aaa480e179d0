// SAML identity providers. https://docs.aws.amazon.com/IAM/latest/UserGuide/id_roles_providers_saml.html
#include "aws/certificates.h"
#include "aws/identity_providers.h"
#include "aws/saml_metadata.h"
#include "services/iam/evidence.h"

namespace iam {

namespace {

constexpr std::size_t kPrivateKeysMax = 2;
// Metadata that do not say until when they hold do so for 100 years.
constexpr std::int64_t kValidMs = std::int64_t{36'525} * 86'400'000;

base::Result<aws::SamlProvider> find_saml_provider(const Call& call, const std::string& arn) {
  auto name = aws::parse_saml_provider_arn(arn);
  if (!name) return error("InvalidInput", fmt::format("Invalid SAML provider ARN: {}", arn));
  auto provider = name->account == call.place.account ? call.tx.get(aws::kSamlProviders, name->key) : std::nullopt;
  if (!provider) return error("NoSuchEntity", fmt::format("SAMLProvider not found for arn {}", arn));
  return *std::move(provider);
}

base::Result<void> set_metadata(Call& call, const std::string& document, aws::SamlProvider& provider) {
  auto description = aws::parse_saml_metadata(document);
  if (!description) return error("InvalidInput", "Could not parse metadata");
  provider.entity_id = std::move(description->entity_id);
  provider.certificates.clear();
  for (aws::Certificate& certificate : description->certificates)
    provider.certificates.push_back(std::move(certificate.der));
  provider.valid_until_ms = description->valid_until_ms.value_or(now_seconds_ms(call) + kValidMs);
  call.tx.put(aws::kSamlMetadata, provider.name, {document});
  return {};
}

base::Result<void> set_encryption(Call& call, In in, aws::SamlProvider& provider) {
  if (in.has("RemovePrivateKey")) {
    const bool is_there = std::erase_if(provider.private_keys, [&](const aws::SamlPrivateKey& key) {
                            return key.id == in.str("RemovePrivateKey");
                          }) != 0;
    if (!is_there)
      return error("NoSuchEntity",
                   fmt::format("The private key with id {} cannot be found.", in.str("RemovePrivateKey")));
  }
  if (in.has("AddPrivateKey")) {
    if (provider.private_keys.size() == kPrivateKeysMax)
      return error("LimitExceeded",
                   fmt::format("Cannot exceed quota for PrivateKeysPerSAMLProvider: {}", kPrivateKeysMax));
    if (!aws::is_private_key(in.str("AddPrivateKey")))
      return error("InvalidInput", "Unable to parse private key. Please ensure the private key is in PEM format.");
    provider.private_keys.push_back(
        {.id = new_entity_id(call, "SAMLPK"), .pem = in.str("AddPrivateKey"), .added_ms = now_seconds_ms(call)});
  }
  if (in.has("AssertionEncryptionMode")) provider.encryption_mode = in.str("AssertionEncryptionMode");
  if (!provider.encryption_mode.empty() && provider.private_keys.empty())
    return error("InvalidInput", "A private key is required when assertion encryption is enabled.");
  return {};
}

}  // namespace

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateSAMLProvider.html
base::Result<Out> CreateSAMLProvider(Call& call, In in) {
  aws::SamlProvider provider{.name = in.str("Name"),
                             .uuid = new_entity_id(call, "SAMLSP"),
                             .entity_id = {},
                             .certificates = {},
                             .created_ms = now_seconds_ms(call)};
  if (call.tx.has(aws::kSamlProviders, provider.name))
    return error("EntityAlreadyExists", fmt::format("Provider with name {} already exists.", provider.name));
  TRY_VOID(check_quota(call, kSamlProvidersMax, "SAMLProvidersPerAccount",
                       call.tx.scan_keys(aws::kSamlProviders, {}, skip_key)));
  TRY_VOID(set_metadata(call, in.str("SAMLMetadataDocument"), provider));
  TRY_VOID(set_encryption(call, in, provider));
  TRY_VOID(set_tags(in.list("Tags"), provider.tags));
  call.tx.put(aws::kSamlProviders, provider.name, provider);
  Out answer{{"SAMLProviderArn", aws::saml_provider_arn(call.place.account, provider.name)}};
  if (!provider.tags.empty()) answer.set("Tags", show_tags(provider.tags));
  return answer;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetSAMLProvider.html
base::Result<Out> GetSAMLProvider(Call& call, In in) {
  const aws::SamlProvider provider = TRY(find_saml_provider(call, in.str("SAMLProviderArn")));
  auto metadata = call.tx.get(aws::kSamlMetadata, provider.name);
  Out answer{{"SAMLProviderUUID", provider.uuid},
             {"SAMLMetadataDocument", metadata ? metadata->document : ""},
             {"CreateDate", provider.created_ms},
             {"ValidUntil", provider.valid_until_ms}};
  if (!provider.tags.empty()) answer.set("Tags", show_tags(provider.tags));
  if (!provider.encryption_mode.empty()) answer.set("AssertionEncryptionMode", provider.encryption_mode);
  Value::List keys;
  for (const aws::SamlPrivateKey& key : provider.private_keys)
    keys.push_back(Out{{"KeyId", key.id}, {"Timestamp", key.added_ms}});
  if (!keys.empty()) answer.set("PrivateKeyList", std::move(keys));
  return answer;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateSAMLProvider.html
base::Result<Out> UpdateSAMLProvider(Call& call, In in) {
  aws::SamlProvider provider = TRY(find_saml_provider(call, in.str("SAMLProviderArn")));
  if (in.has("SAMLMetadataDocument")) TRY_VOID(set_metadata(call, in.str("SAMLMetadataDocument"), provider));
  TRY_VOID(set_encryption(call, in, provider));
  call.tx.put(aws::kSamlProviders, provider.name, provider);
  return Out{{"SAMLProviderArn", in.str("SAMLProviderArn")}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteSAMLProvider.html
base::Result<Out> DeleteSAMLProvider(Call& call, In in) {
  const aws::SamlProvider provider = TRY(find_saml_provider(call, in.str("SAMLProviderArn")));
  call.tx.erase(aws::kSamlProviders, provider.name);
  call.tx.erase(aws::kSamlMetadata, provider.name);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSAMLProviders.html
base::Result<Out> ListSAMLProviders(Call& call, In) {
  Value::List list;
  call.tx.scan(aws::kSamlProviders, "", [&](std::string_view, aws::SamlProvider& provider) {
    list.push_back(Out{{"Arn", aws::saml_provider_arn(call.place.account, provider.name)},
                       {"ValidUntil", provider.valid_until_ms},
                       {"CreateDate", provider.created_ms}});
  });
  return Out{{"SAMLProviderList", std::move(list)}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_TagSAMLProvider.html
base::Result<Out> TagSAMLProvider(Call& call, In in) {
  aws::SamlProvider provider = TRY(find_saml_provider(call, in.str("SAMLProviderArn")));
  TRY_VOID(set_tags(in.list("Tags"), provider.tags));
  call.tx.put(aws::kSamlProviders, provider.name, provider);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UntagSAMLProvider.html
base::Result<Out> UntagSAMLProvider(Call& call, In in) {
  aws::SamlProvider provider = TRY(find_saml_provider(call, in.str("SAMLProviderArn")));
  remove_tags(in.list("TagKeys"), provider.tags);
  call.tx.put(aws::kSamlProviders, provider.name, provider);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListSAMLProviderTags.html
base::Result<Out> ListSAMLProviderTags(Call& call, In in) {
  return list_tags(in, TRY(find_saml_provider(call, in.str("SAMLProviderArn"))).tags);
}

}  // namespace iam
