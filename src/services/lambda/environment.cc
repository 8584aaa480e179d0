// What the environments of a version are made of.
#include "aws/envelope.h"
#include "base/bytes.h"
#include "base/json.h"
#include "base/seal.h"
#include "base/secret.h"
#include "kernel/cloud.h"
#include "services/lambda/code.h"
#include "services/lambda/variables.h"

namespace lambda {

namespace {

constexpr std::string_view kPurpose = "lambda.variables";
constexpr std::string_view kPrincipal = "lambda.amazonaws.com";

aws::EncryptionContext variables_context(const OpenFunction& function) {
  return {{"aws:lambda:FunctionArn", function.arn()}};
}

std::string hex_of_base64(std::string_view base64) {
  return base::to_hex(base::from_base64(base64).value_or(std::string()));
}

}  // namespace

Result<SealedVariables> seal_variables(Call& call, const OpenFunction& function, const Variables& variables,
                                       const std::string& kms_key) {
  Value::Map members;
  for (const auto& [name, value] : variables) members.emplace_back(name, value);
  const base::Secret text(base::to_json(Value(std::move(members))));
  SealedVariables sealed{.is_set = true, .sealed_key = {}, .sealed = {}};
  base::Dice& dice = call.cloud().dice();
  if (kms_key.empty()) {
    sealed.sealed = call.cloud().vault().seal(dice, text.bytes(), kPurpose);
    return sealed;
  }
  aws::DataKey key = TRY(aws::generate_data_key(call.as_caller(kPrincipal), kms_key, variables_context(function)));
  const base::Secret plain(std::move(key.plaintext));
  sealed.sealed_key = std::move(key.sealed);
  sealed.sealed = base::seal(plain.bytes(), base::random_bytes(dice, base::kSealNonceBytes), text.bytes(), kPurpose);
  return sealed;
}

Result<Variables> open_variables(Call& call, const OpenFunction& function, const Version& version,
                                 const kernel::Client& as) {
  const SealedVariables& kept = version.variables;
  if (!kept.is_set) return Variables{};
  std::optional<std::string> text;
  if (kept.sealed_key.empty()) {
    text = call.cloud().vault().open(kept.sealed, kPurpose);
  } else {
    const base::Secret key(TRY(aws::open_data_key(as, kept.sealed_key, variables_context(function))));
    text = base::unseal(key.bytes(), kept.sealed, kPurpose);
  }
  if (!text) return refuse("ServiceException", "The service encountered an internal error.");
  const base::Secret opened(*std::move(text));
  const Value members = TRY(base::parse_json(opened.bytes()));
  Variables variables;
  for (const auto& [name, value] : members.map()) variables.emplace(name, value.str());
  return variables;
}

Result<kernel::CodePackage> open_code(Call& call, const OpenFunction& function, const Version& version,
                                      const kernel::Client& as) {
  kernel::CodePackage package{.sha256 = hex_of_base64(version.code_sha256), .read = nullptr, .folder = {}};
  if (version.code.empty()) {
    package.folder = version.code_folder;
    return package;
  }
  package.read = TRY(code_reader(call, version.code, function.arn(), as));
  return package;
}

Result<std::vector<kernel::CodePackage>> open_layers(Call& call, const Version& version, const kernel::Client& as) {
  std::vector<kernel::CodePackage> packages;
  for (const LayerUse& layer : version.layers)
    packages.push_back({.sha256 = hex_of_base64(layer.code_sha256),
                        .read = TRY(code_reader(call, layer.code, layer.arn, as)),
                        .folder = {}});
  return packages;
}

std::string function_key(const Target& target) { return target.function.arn(); }

std::string environment_key(const Target& target) {
  return fmt::format("{}/{}", target.function.arn(target.version.name()), target.version.generation);
}

std::string account_key(const Target& target) {
  return target.function.place().account + "/" + target.function.place().region;
}

Result<kernel::FunctionEnvironment> environment_of(Call& call, const Target& target, const kernel::Client& as) {
  const Version& version = target.version;
  const std::string& name = target.function.row.name;
  kernel::FunctionEnvironment made{.function_name = name,
                                   .version = version.name(),
                                   .function_arn = target.function.arn(),
                                   .account = target.function.place().account,
                                   .region = target.function.place().region,
                                   .runtime = version.runtime,
                                   .handler = version.handler,
                                   .architecture = version.architecture,
                                   .memory_mb = static_cast<int>(version.memory_mb),
                                   .storage_mb = static_cast<int>(version.storage_mb),
                                   .variables = TRY(open_variables(call, target.function, version, as)),
                                   .code = TRY(open_code(call, target.function, version, as)),
                                   .layers = TRY(open_layers(call, version, as)),
                                   .log_group = log_group_of(name, version),
                                   .log_stream = {},
                                   .log_format = version.logging.format,
                                   .application_log_level = version.logging.application_level,
                                   .system_log_level = version.logging.system_level};
  return made;
}

std::string log_group_of(std::string_view function, const Version& version) {
  return version.logging.group.empty() ? "/aws/lambda/" + std::string(function) : version.logging.group;
}

}  // namespace lambda
