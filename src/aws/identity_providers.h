// Providers of identities from outside, SAML and OpenID Connect: IAM keeps them, STS asks them.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/call.h"
#include "store/table.h"

namespace aws {

// A key with which a SAML provider's assertions are decrypted.
struct SamlPrivateKey {
  std::string id;
  std::string pem;
  std::int64_t added_ms = 0;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("pem", self.pem);
    field("added_ms", self.added_ms);
  }
};

struct SamlProvider {
  std::string name;
  std::string uuid;                       // SAMLProviderUUID
  std::string entity_id;                  // of the metadata: the issuer of its assertions
  std::vector<std::string> certificates;  // DER; those it may sign with
  std::int64_t created_ms = 0;
  std::int64_t valid_until_ms = 0;
  std::string encryption_mode;  // "Required", "Allowed", or empty: assertions are not encrypted
  std::vector<SamlPrivateKey> private_keys;
  std::map<std::string, std::string> tags;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("uuid", self.uuid);
    field("entity_id", self.entity_id);
    field("certificates", self.certificates);
    field("created_ms", self.created_ms);
    field("valid_until_ms", self.valid_until_ms);
    field("encryption_mode", self.encryption_mode);
    field("private_keys", self.private_keys);
    field("tags", self.tags);
  }
};

// The metadata document as given: up to 10 MB, so it stands apart.
struct SamlMetadata {
  std::string document;

  static void fields(auto& self, auto& field) { field("document", self.document); }
};

struct OidcProvider {
  std::string url;                      // without the scheme: "accounts.example.com/tenant"
  std::vector<std::string> client_ids;  // audiences
  std::vector<std::string> thumbprints;
  std::int64_t created_ms = 0;
  std::map<std::string, std::string> tags;

  static void fields(auto& self, auto& field) {
    field("url", self.url);
    field("client_ids", self.client_ids);
    field("thumbprints", self.thumbprints);
    field("created_ms", self.created_ms);
    field("tags", self.tags);
  }
};

// Key: name.
inline constexpr store::Table<SamlProvider> kSamlProviders{"iam.saml_providers", store::Scope::kAccount};
inline constexpr store::Table<SamlMetadata> kSamlMetadata{"iam.saml_metadata", store::Scope::kAccount};
// Key: url.
inline constexpr store::Table<OidcProvider> kOidcProviders{"iam.oidc_providers", store::Scope::kAccount};

std::string saml_provider_arn(std::string_view account, std::string_view name);
std::string oidc_provider_arn(std::string_view account, std::string_view url);

// What an ARN of a provider says: whose it is, and its key in the table. Nothing where it is no such ARN.
struct ProviderName {
  std::string account;
  std::string key;
};
std::optional<ProviderName> parse_saml_provider_arn(std::string_view arn);
std::optional<ProviderName> parse_oidc_provider_arn(std::string_view arn);

// The provider of the ARN, in whichever account it is.
std::optional<SamlProvider> get_saml_provider(const kernel::Call& call, std::string_view arn);
// The one of an account whose tokens say this issuer ("https://accounts.example.com/tenant").
std::optional<OidcProvider> get_oidc_provider_of_issuer(const kernel::Call& call, std::string_view account,
                                                        std::string_view issuer);

}  // namespace aws
