#pragma once

#include "services/lambda/state.h"

// What Lambda remembers of code, layers and code signing.
namespace lambda {

// ---- code

// A zip archive, sealed, in a blob. The functions, versions and layers that have it share it.
struct Code {
  std::uint64_t uses = 1;
  std::int64_t bytes = 0;
  std::string sha256;  // base64
  std::int64_t unzipped_bytes = 0;
  std::string sealed_key;  // of the frames (base/frames.h), sealed by the vault; or
  std::string kms_key;     // sealed by KMS, under this key
  std::string text;  // the sealed frames themselves, of a small archive; else they are in the blob of the key's name

  static void fields(auto& self, auto& field) {
    field("uses", self.uses);
    field("bytes", self.bytes);
    field("sha256", self.sha256);
    field("unzipped_bytes", self.unzipped_bytes);
    field("sealed_key", self.sealed_key);
    field("kms_key", self.kms_key);
    field("text", self.text);
  }
};
inline constexpr store::Table<Code> kCode{"lambda.code", store::Scope::kGlobal};  // key: the blob's id

// ---- layers

struct LayerVersion {
  std::uint64_t number = 0;
  std::string description;
  std::string license;
  std::vector<std::string> runtimes, architectures;
  std::int64_t created_ms = 0;
  std::string code;  // key in kCode
  std::int64_t code_bytes = 0;
  std::string code_sha256;
  ResourcePolicy policy;

  static void fields(auto& self, auto& field) {
    field("number", self.number);
    field("description", self.description);
    field("license", self.license);
    field("runtimes", self.runtimes);
    field("architectures", self.architectures);
    field("created_ms", self.created_ms);
    field("code", self.code);
    field("code_bytes", self.code_bytes);
    field("code_sha256", self.code_sha256);
    field("policy", self.policy);
  }
};
inline constexpr store::Table<LayerVersion> kLayerVersions{"lambda.layer_versions"};  // key: key(layer's name, number)

// Numbers of versions are never used again: "When you delete a layer version … version numbers continue".
struct Layer {
  std::uint64_t last_number = 0;

  static void fields(auto& self, auto& field) { field("last_number", self.last_number); }
};
inline constexpr store::Table<Layer> kLayers{"lambda.layers"};  // key: the layer's name

// ---- code signing

struct CodeSigningConfig {
  std::string id;  // "csc-…"
  std::string description;
  std::vector<std::string> publishers;  // ARNs of versions of signing profiles
  std::string on_untrusted = "Warn";    // or "Enforce"
  std::int64_t modified_ms = 0;
  std::map<std::string, std::string> tags;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("description", self.description);
    field("publishers", self.publishers);
    field("on_untrusted", self.on_untrusted);
    field("modified_ms", self.modified_ms);
    field("tags", self.tags);
  }
};
inline constexpr store::Table<CodeSigningConfig> kCodeSigningConfigs{"lambda.code_signing_configs"};  // key: the id

}  // namespace lambda
