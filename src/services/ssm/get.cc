// GetParameter and GetParameters, with selectors, and with the parameters that stand elsewhere: secrets of Secrets
// Manager and the public ones.
#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"
#include "kernel/cloud.h"
#include "services/ssm/parameter.h"

namespace ssm {

namespace {

constexpr kernel::OperationId kGetSecretValue{"secretsmanager", "GetSecretValue"};
constexpr std::size_t kVersionIdBytesMin = 32;

std::unexpected<base::Error> not_found() {
  // AWS: the error comes without a message.
  return error("ParameterNotFound", "");
}

// A label or a number after a colon.
Result<Version> select_version(const OpenParameter& parameter, const std::string& selector) {
  if (selector.empty()) return parameter.row.current;
  const std::string wanted = selector.substr(1);
  if (auto number = base::parse_number(wanted)) {
    auto version = get_version(parameter, *number);
    if (version) return *std::move(version);
    return error("ParameterVersionNotFound",
                 fmt::format("Systems Manager could not find version {} of {}. Verify the version and try again.",
                             wanted, parameter.row.name));
  }
  auto label = parameter.row.labels.find(wanted);
  auto version = label == parameter.row.labels.end() ? std::nullopt : get_version(parameter, label->second);
  if (version) return *std::move(version);
  return error("ParameterVersionNotFound",
               fmt::format("Systems Manager could not find label {} for parameter {}. Verify the label and try again.",
                           wanted, parameter.row.name));
}

// https://docs.aws.amazon.com/systems-manager/latest/userguide/integration-ps-secretsmanager.html
Result<Value> read_secret(Call& call, const ParameterName& name, Decrypt decrypt) {
  if (decrypt == Decrypt::kNo)
    return error("ValidationException", "WithDecryption flag must be True for retrieving a Secret Manager secret.");
  const std::string secret_id = name.name.substr(kReferencePrefix.size());
  Value input(Value::Map{{"SecretId", secret_id}});
  if (!name.selector.empty()) {
    const std::string wanted = name.selector.substr(1);
    input.set(wanted.size() >= kVersionIdBytesMin ? "VersionId" : "VersionStage", wanted);
  }
  auto secret = call.as_caller("ssm.amazonaws.com").invoke(kGetSecretValue, std::move(input));
  if (!secret && secret.error().code == "ResourceNotFoundException")
    return error("ParameterNotFound", fmt::format("An error occurred (ParameterNotFound) when referencing Secrets "
                                                  "Manager: Secret {} not found.",
                                                  name.name));
  if (!secret && secret.error().code == "AccessDeniedException")
    return error("AccessDeniedException", secret.error().message);
  if (!secret) return error("ValidationException", secret.error().message);

  Value source = *secret;
  source.set("CreatedDate", source.at("CreatedDate").num() / 1'000);
  const bool is_binary = secret->has("SecretBinary");
  if (is_binary) source.set("SecretBinary", base::to_base64(secret->at("SecretBinary").str()));
  Out shown{{"ARN", secret->at("ARN")},
            {"Name", name.name},
            {"Type", kSecure},
            {"Value", is_binary ? source.at("SecretBinary") : secret->at("SecretString")},
            {"Version", 0},
            {"SourceResult", base::to_json(source)},
            {"LastModifiedDate", secret->at("CreatedDate")},
            {"DataType", "text"}};
  if (!name.selector.empty()) shown.set("Selector", name.selector);
  return Value(std::move(shown));
}

Result<Value> read_parameter(Call& call, const std::string& text, Decrypt decrypt) {
  const ParameterName name = read_name(call, text);
  if (name.name.starts_with(kReferencePrefix)) return read_secret(call, name, decrypt);
  auto parameter = get_parameter(call, name);
  // A selector is one number or label.
  if (!parameter || std::ranges::count(name.selector, ':') > 1) return not_found();
  const Version version = TRY(select_version(*parameter, name.selector));
  Value shown = TRY(show_parameter(call, *parameter, version, decrypt));
  if (!name.selector.empty()) shown.set("Selector", name.selector);
  return shown;
}

Decrypt decrypt_of(In in) { return in.flag("WithDecryption") ? Decrypt::kYes : Decrypt::kNo; }

}  // namespace

std::optional<OpenParameter> get_parameter(Call& call, const ParameterName& name) {
  // A parameter is reached through the endpoint of its region only.
  if (name.place.region != call.place.region) return std::nullopt;
  OpenParameter found{call.tx.at(name.place), name.place, name.key(), {}};
  if (auto shared = get_public_parameter(call, name.name)) {
    found.row = *std::move(shared);
    return found;
  }
  auto row = found.tx.get(kParameters, found.key);
  if (!row) return std::nullopt;
  found.row = *std::move(row);
  return found;
}

Result<OpenParameter> find_parameter(Call& call, const std::string& name) {
  OpenParameter found{call.tx, call.place, key_of(name), {}};
  auto row = call.tx.get(kParameters, found.key);
  if (!row) return not_found();
  found.row = *std::move(row);
  return found;
}

std::optional<Version> get_version(const OpenParameter& parameter, std::int64_t number) {
  if (number == parameter.row.current.number) return parameter.row.current;
  if (number < parameter.row.oldest) return std::nullopt;
  return parameter.tx.get(kHistory, store::key(parameter.row.id, number));
}

Result<Value> show_parameter(Call& call, const OpenParameter& parameter, const Version& version, Decrypt decrypt) {
  std::string value = version.value;
  if (version.type == kSecure)
    value = decrypt == Decrypt::kYes ? TRY(open_value(call, parameter.arn(), version)) : base::to_base64(value);
  return Value(Out{{"ARN", parameter.arn()},
                   {"Name", parameter.row.name},
                   {"Type", version.type},
                   {"Value", std::move(value)},
                   {"Version", version.number},
                   {"LastModifiedDate", version.modified_ms},
                   {"DataType", version.data_type}});
}

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html
base::Result<Out> GetParameter(Call& call, In in) {
  return Out{{"Parameter", TRY(read_parameter(call, in.str("Name"), decrypt_of(in)))}};
}

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameters.html
base::Result<Out> GetParameters(Call& call, In in) {
  Value::List shown, invalid;
  const Value::List& names = in.list("Names");
  for (auto wanted = names.begin(); wanted != names.end(); ++wanted) {
    const std::string& name = wanted->str();
    if (std::find(names.begin(), wanted, *wanted) != wanted) continue;  // each is answered once
    if (wanted != names.begin())
      TRY_VOID(call.authorize("ssm:GetParameters", resource_of(call, "GetParameter", Value::Map{{"Name", name}})));
    auto parameter = read_parameter(call, name, decrypt_of(in));
    const bool is_absent = !parameter && parameter.error().code.starts_with("Parameter");
    if (!parameter && !is_absent) return std::unexpected(parameter.error());
    if (is_absent) {
      invalid.push_back(name);
    } else {
      shown.push_back(*std::move(parameter));
    }
  }
  return Out{{"Parameters", std::move(shown)}, {"InvalidParameters", std::move(invalid)}};
}

}  // namespace ssm
