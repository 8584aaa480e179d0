// How a function's configuration is told.
#include "base/time_text.h"
#include "services/lambda/functions.h"

namespace lambda {

namespace {

Value show_variables(Call& call, const OpenFunction& function, const Version& version) {
  auto opened = open_variables(call, function, version, call.as_caller(kServicePrincipal));
  if (!opened)
    return Out{{"Error", Out{{"ErrorCode", opened.error().code},
                             {"Message",
                              "Lambda was unable to decrypt your environment variables because the KMS "
                              "access was denied. Please check your KMS permissions. KMS Exception: " +
                                  opened.error().code + " KMS Message: " + opened.error().message}}}};
  Value variables(Value::Map{});
  for (auto& [name, value] : *opened) variables.set(name, std::move(value));
  return Out{{"Variables", std::move(variables)}};
}

Value show_logging(const OpenFunction& function, const Logging& logging) {
  Out shown{{"LogFormat", logging.format}};
  if (!logging.application_level.empty()) shown.set("ApplicationLogLevel", logging.application_level);
  if (!logging.system_level.empty()) shown.set("SystemLogLevel", logging.system_level);
  shown.set("LogGroup", logging.group.empty() ? "/aws/lambda/" + function.row.name : logging.group);
  return shown;
}

void show_states(const Version& version, Detail detail, Out& shown) {
  shown.set("State", version.state);
  if (!version.state_reason.empty()) {
    shown.set("StateReason", version.state_reason);
    shown.set("StateReasonCode", version.state_reason_code);
  }
  if (detail == Detail::kCreated) return;
  shown.set("LastUpdateStatus", version.last_update);
  if (!version.last_update_reason.empty()) {
    shown.set("LastUpdateStatusReason", version.last_update_reason);
    shown.set("LastUpdateStatusReasonCode", version.last_update_reason_code);
  }
}

void show_layers(const Version& version, Out& shown) {
  Value::List layers;
  for (const LayerUse& layer : version.layers)
    layers.push_back(Out{{"Arn", layer.arn}, {"CodeSize", layer.code_bytes}});
  if (!layers.empty()) shown.set("Layers", std::move(layers));
}

}  // namespace

std::string format_modified(std::int64_t time_ms) {
  std::string text = base::format_iso8601(time_ms / 1000 * 1000);
  text.pop_back();
  return fmt::format("{}.{:03}+0000", text, time_ms % 1000);
}

Value show_version(Call& call, const OpenFunction& function, const Version& version, const std::string& arn,
                   Detail detail) {
  Out shown{{"FunctionName", function.row.name},
            {"FunctionArn", arn},
            {"Runtime", version.runtime},
            {"Role", version.role},
            {"Handler", version.handler},
            {"CodeSize", version.code_bytes},
            {"Description", version.description},
            {"Timeout", version.timeout_seconds},
            {"MemorySize", version.memory_mb},
            {"LastModified", format_modified(version.modified_ms)},
            {"CodeSha256", version.code_sha256},
            {"Version", version.name()},
            {"TracingConfig", Out{{"Mode", version.tracing_mode}}},
            {"RevisionId", version.revision_id},
            {"PackageType", version.package_type},
            {"Architectures", Value::List{version.architecture}},
            {"EphemeralStorage", Out{{"Size", version.storage_mb}}},
            {"LoggingConfig", show_logging(function, version.logging)}};
  // SnapStart has nothing to restore from: see README.md.
  shown.set("SnapStart", Out{{"ApplyOn", version.snap_start}, {"OptimizationStatus", "Off"}});
  if (version.variables.is_set) shown.set("Environment", show_variables(call, function, version));
  if (!version.kms_key.empty()) shown.set("KMSKeyArn", version.kms_key);
  if (!version.dead_letter_arn.empty()) shown.set("DeadLetterConfig", Out{{"TargetArn", version.dead_letter_arn}});
  show_layers(version, shown);
  if (!version.runtime_version_arn.empty())
    shown.set("RuntimeVersionConfig", Out{{"RuntimeVersionArn", version.runtime_version_arn}});
  if (detail != Detail::kListed) show_states(version, detail, shown);
  return shown;
}

}  // namespace lambda
