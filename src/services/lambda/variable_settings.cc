// Environment variables and the key that seals them.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-envvars.html
#include "base/json.h"
#include "services/lambda/functions.h"
#include "services/lambda/variables.h"

namespace lambda {

namespace {

constexpr std::size_t kVariablesBytesMax = 4'096;

// Those that hosts are handed; others only hosts know.
constexpr std::string_view kHandedNames[] = {
    "AWS_DEFAULT_REGION",    "AWS_REGION",     "AWS_ACCESS_KEY",     "AWS_ACCESS_KEY_ID",
    "AWS_SECRET_ACCESS_KEY", "AWS_SECRET_KEY", "AWS_SECURITY_TOKEN", "AWS_SESSION_TOKEN",
};

bool is_reserved(std::string_view name) {
  return std::ranges::find(kHandedNames, name) != std::end(kHandedNames) ||
         std::ranges::find(kernel::kHostVariables, name) != std::end(kernel::kHostVariables);
}

Result<Variables> read_variables(const Value& given) {
  Variables variables;
  std::string reserved;
  for (const auto& [name, value] : given.map()) {
    if (is_reserved(name)) reserved.append(reserved.empty() ? "" : ", ").append(name);
    variables.emplace(name, value.str());
  }
  if (!reserved.empty())
    return refuse("InvalidParameterValueException",
                  "Lambda was unable to configure your environment variables because the environment variables you "
                  "have provided contains reserved keys that are currently not supported for modification. Reserved "
                  "keys used in this request: " +
                      reserved);
  // "The total size of all environment variables": measured as JSON.
  const std::string text = base::to_json(given.is_map() ? given : Value(Value::Map{}));
  if (text.size() > kVariablesBytesMax)
    return refuse("InvalidParameterValueException",
                  "Lambda was unable to configure your environment variables because the environment variables you "
                  "have provided exceeded the 4KB limit. String measured: " +
                      text);
  return variables;
}

std::unexpected<base::Error> refuse_key(const base::Error& why) {
  return refuse("InvalidParameterValueException",
                fmt::format("Lambda was unable to configure access to your environment variables because the KMS key "
                            "is invalid for CreateGrant. Please check your KMS key settings. KMS Exception: {} KMS "
                            "Message: {}",
                            why.code, why.message));
}

// "Lambda creates a grant" by which the role opens what is sealed under a customer's key.
Result<void> grant_to_role(Call& call, const OpenFunction& function, Version& version) {
  Value subset(Value::Map{{"aws:lambda:FunctionArn", function.arn()}});
  auto granted =
      call.as_caller(kServicePrincipal)
          .invoke({"kms", "CreateGrant"},
                  Value(Value::Map{{"KeyId", version.kms_key},
                                   {"GranteePrincipal", version.role},
                                   {"Operations", Value::List{"Decrypt"}},
                                   {"Constraints", Value(Value::Map{{"EncryptionContextSubset", subset}})}}));
  if (!granted) return refuse_key(granted.error());
  version.kms_grant = granted->at("GrantId").str();
  return {};
}

}  // namespace

Result<void> apply_variables(Call& call, In in, const OpenFunction& function, Version& version) {
  const std::string key = in.has("KMSKeyArn") ? in.str("KMSKeyArn") : version.kms_key;
  const bool has_changed = in.has("Environment");
  const bool has_other_key = key != version.kms_key;
  if (!has_changed && !has_other_key && !in.has("Role")) return {};
  Variables variables;
  if (has_changed) {
    variables = TRY(read_variables(in["Environment"].at("Variables")));
  } else if (version.variables.is_set && has_other_key) {
    auto opened = open_variables(call, function, version, call.as_caller(kServicePrincipal));
    if (!opened) return refuse_key(opened.error());
    variables = *std::move(opened);
  }
  version.kms_key = key;
  if (!key.empty() && (has_changed || has_other_key || in.has("Role")))
    TRY_VOID(grant_to_role(call, function, version));
  if (!has_changed && !has_other_key) return {};
  if (variables.empty()) {
    version.variables = {};
    return {};
  }
  auto sealed = seal_variables(call, function, variables, key);
  if (!sealed) return refuse_key(sealed.error());
  version.variables = *std::move(sealed);
  return {};
}

}  // namespace lambda
