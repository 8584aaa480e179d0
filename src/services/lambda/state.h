#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "api/lambda.h"

// What Lambda remembers of functions, versions, aliases and layers: its tables and their rows. lookup.h finds them;
// README.md tells how they work together.
namespace lambda {

using base::Result;
using base::Value;

// ---- functions and their versions

// A layer as a version uses it. It keeps the layer's code for itself: "functions that use it are not affected" when the
// layer version is deleted.
struct LayerUse {
  std::string arn;   // of the layer version
  std::string code;  // key in kCode
  std::int64_t code_bytes = 0;
  std::string code_sha256;  // base64

  static void fields(auto& self, auto& field) {
    field("arn", self.arn);
    field("code", self.code);
    field("code_bytes", self.code_bytes);
    field("code_sha256", self.code_sha256);
  }
};

// Environment variables, as JSON, sealed.
struct SealedVariables {
  bool is_set = false;     // false: there are none
  std::string sealed_key;  // a data key sealed by the KMS key; empty: `sealed` is sealed by the vault
  std::string sealed;

  static void fields(auto& self, auto& field) {
    field("is_set", self.is_set);
    field("sealed_key", self.sealed_key);
    field("sealed", self.sealed);
  }
};

struct Logging {
  std::string format = "Text";    // or "JSON"
  std::string application_level;  // of JSON: "INFO"
  std::string system_level;
  std::string group;  // as given; empty: /aws/lambda/<name>

  static void fields(auto& self, auto& field) {
    field("format", self.format);
    field("application_level", self.application_level);
    field("system_level", self.system_level);
    field("group", self.group);
  }
};

// Code and settings of one version; of $LATEST they change, of others hardly ever.
struct Version {
  std::uint64_t number = 0;      // 0: $LATEST
  std::uint64_t generation = 0;  // environments made before it was given do not run this
  std::string revision_id;
  std::int64_t modified_ms = 0;
  std::string description;
  std::string role;
  std::string runtime;
  std::string handler;
  std::string architecture = "x86_64";
  std::string package_type = "Zip";
  std::int64_t timeout_seconds = 3;
  std::int64_t memory_mb = 128;
  std::int64_t storage_mb = 512;
  std::string code;  // key in kCode; empty: code_folder
  std::int64_t code_bytes = 0;
  std::string code_sha256;  // base64
  std::string code_folder;  // of this machine, with hot reload
  std::vector<LayerUse> layers;
  std::string kms_key;       // ARN, of the variables; empty: Lambda's own
  std::string code_kms_key;  // ARN, of the code
  SealedVariables variables;
  std::string dead_letter_arn;
  std::string tracing_mode = "PassThrough";
  Logging logging;
  std::string snap_start = "None";  // or "PublishedVersions"
  // "Auto", "FunctionUpdate" or "Manual", and for the last the version's ARN.
  std::string runtime_update = "Auto";
  std::string runtime_version_arn;
  // "Pending", "Active", "Inactive" or "Failed"; "Successful", "InProgress" or "Failed".
  std::string state = "Pending";
  std::string state_reason, state_reason_code;
  std::string last_update = "Successful";
  std::string last_update_reason, last_update_reason_code;
  std::string kms_grant;  // by which the role opens the variables

  bool is_latest() const { return number == 0; }
  std::string name() const { return is_latest() ? "$LATEST" : std::to_string(number); }

  static void fields(auto& self, auto& field) {
    field("number", self.number);
    field("generation", self.generation);
    field("revision_id", self.revision_id);
    field("modified_ms", self.modified_ms);
    field("description", self.description);
    field("role", self.role);
    field("runtime", self.runtime);
    field("handler", self.handler);
    field("architecture", self.architecture);
    field("package_type", self.package_type);
    field("timeout_seconds", self.timeout_seconds);
    field("memory_mb", self.memory_mb);
    field("storage_mb", self.storage_mb);
    field("code", self.code);
    field("code_bytes", self.code_bytes);
    field("code_sha256", self.code_sha256);
    field("code_folder", self.code_folder);
    field("layers", self.layers);
    field("kms_key", self.kms_key);
    field("code_kms_key", self.code_kms_key);
    field("variables", self.variables);
    field("dead_letter_arn", self.dead_letter_arn);
    field("tracing_mode", self.tracing_mode);
    field("logging", self.logging);
    field("snap_start", self.snap_start);
    field("runtime_update", self.runtime_update);
    field("runtime_version_arn", self.runtime_version_arn);
    field("state", self.state);
    field("state_reason", self.state_reason);
    field("state_reason_code", self.state_reason_code);
    field("last_update", self.last_update);
    field("last_update_reason", self.last_update_reason);
    field("last_update_reason_code", self.last_update_reason_code);
    field("kms_grant", self.kms_grant);
  }
};

// What all versions of a function share.
struct Function {
  std::string name;
  std::uint64_t incarnation = 0;  // a function deleted and created again is another one
  std::uint64_t last_number = 0;  // of the versions published so far
  std::map<std::string, std::string> tags;
  std::optional<std::int64_t> reserved_concurrency;
  std::string recursive_loop = "Terminate";  // or "Allow"
  std::string code_signing_config;           // ARN; empty: none

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("incarnation", self.incarnation);
    field("last_number", self.last_number);
    field("tags", self.tags);
    field("reserved_concurrency", self.reserved_concurrency);
    field("recursive_loop", self.recursive_loop);
    field("code_signing_config", self.code_signing_config);
  }
};

inline constexpr store::Table<Function> kFunctions{"lambda.functions"};  // key: the function's name
// Key: key(function's name, number); $LATEST has number 0 and so comes first.
inline constexpr store::Table<Version> kVersions{"lambda.versions"};

struct Alias {
  std::string name;
  std::string description;
  std::string version;                       // "$LATEST" or a number
  std::map<std::string, double> additional;  // version: its share, 0 to 1
  std::string revision_id;

  static void fields(auto& self, auto& field) {
    field("name", self.name);
    field("description", self.description);
    field("version", self.version);
    field("additional", self.additional);
    field("revision_id", self.revision_id);
  }
};

inline constexpr store::Table<Alias> kAliases{"lambda.aliases"};  // key: key(function's name, alias's name)

// ---- settings of a function, a version or an alias. Key of each: key(function's name, qualifier), where the qualifier
// is "$LATEST", a number or an alias's name.

struct EventInvokeConfig {
  std::int64_t modified_ms = 0;
  std::optional<std::int64_t> retries_max;
  std::optional<std::int64_t> age_seconds_max;
  std::string on_success, on_failure;  // ARNs; empty: none

  static void fields(auto& self, auto& field) {
    field("modified_ms", self.modified_ms);
    field("retries_max", self.retries_max);
    field("age_seconds_max", self.age_seconds_max);
    field("on_success", self.on_success);
    field("on_failure", self.on_failure);
  }
};
inline constexpr store::Table<EventInvokeConfig> kEventInvokeConfigs{"lambda.event_invoke_configs"};

struct ProvisionedConcurrency {
  std::int64_t wanted = 0;
  std::int64_t modified_ms = 0;

  static void fields(auto& self, auto& field) {
    field("wanted", self.wanted);
    field("modified_ms", self.modified_ms);
  }
};
inline constexpr store::Table<ProvisionedConcurrency> kProvisioned{"lambda.provisioned_concurrency"};

// Which of a URL's requests browsers of other sites may make.
struct Cors {
  bool is_set = false;
  bool allows_credentials = false;
  std::vector<std::string> headers, methods, origins, exposed_headers;
  std::optional<std::int64_t> age_seconds_max;
  bool tells_credentials = false;  // whether it says if they are allowed

  static void fields(auto& self, auto& field) {
    field("is_set", self.is_set);
    field("allows_credentials", self.allows_credentials);
    field("headers", self.headers);
    field("methods", self.methods);
    field("origins", self.origins);
    field("exposed_headers", self.exposed_headers);
    field("age_seconds_max", self.age_seconds_max);
    field("tells_credentials", self.tells_credentials);
  }
};

struct FunctionUrl {
  std::string id;                        // the first label of its host
  std::string auth_type;                 // "NONE" or "AWS_IAM"
  std::string invoke_mode = "BUFFERED";  // or "RESPONSE_STREAM"
  Cors cors;
  std::int64_t created_ms = 0, modified_ms = 0;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("auth_type", self.auth_type);
    field("invoke_mode", self.invoke_mode);
    field("cors", self.cors);
    field("created_ms", self.created_ms);
    field("modified_ms", self.modified_ms);
  }
};
inline constexpr store::Table<FunctionUrl> kFunctionUrls{"lambda.function_urls"};

// Where the function of a URL is, by the URL's id.
struct UrlTarget {
  std::string account, region, function, qualifier;  // the last as in keys: "$LATEST" or an alias

  static void fields(auto& self, auto& field) {
    field("account", self.account);
    field("region", self.region);
    field("function", self.function);
    field("qualifier", self.qualifier);
  }
};
inline constexpr store::Table<UrlTarget> kUrlTargets{"lambda.url_targets", store::Scope::kGlobal};

struct PolicyStatement {
  std::string id;
  std::string json;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("json", self.json);
  }
};

// The resource policy of a function ("$LATEST"), a version or an alias.
struct ResourcePolicy {
  std::vector<PolicyStatement> statements;
  std::string revision_id;
  std::string id = "default";
  std::string language = "2012-10-17";  // Version

  static void fields(auto& self, auto& field) {
    field("statements", self.statements);
    field("revision_id", self.revision_id);
    field("id", self.id);
    field("language", self.language);
  }
};
inline constexpr store::Table<ResourcePolicy> kPolicies{"lambda.policies"};

}  // namespace lambda
