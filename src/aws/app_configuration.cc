#include "aws/app_configuration.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "aws/envelope.h"
#include "base/json.h"
#include "base/random.h"
#include "base/seal.h"
#include "base/secret.h"
#include "base/strings.h"
#include "kernel/cloud.h"

namespace aws {

namespace {

constexpr std::string_view kAppConfig = "appconfig.amazonaws.com";

// The percentages of a strategy, one after the other. "Exponential: G*(2^N)".
std::vector<double> percentages_of(const ConfigStrategy& strategy) {
  std::vector<double> percentages;
  double next = std::max(strategy.factor, 1.0);
  while (next < 100) {
    percentages.push_back(next);
    next = strategy.growth == Growth::kLinear ? next + strategy.factor : next * 2;
  }
  percentages.push_back(100);
  return percentages;
}

template <class Row>
std::optional<Row> find_named(kernel::Call& call, const store::Table<Row>& table, const std::string& prefix,
                              std::string_view named) {
  std::optional<Row> found;
  call.tx.scan(table, prefix, [&](std::string_view, Row& row) {
    if (row.name == named) found = std::move(row);
    return !found;
  });
  return found;
}

template <class Row>
std::optional<Row> get_part(kernel::Call& call, const store::Table<Row>& table, std::string_view application,
                            std::string_view named) {
  if (auto row = call.tx.get(table, store::key(application, named))) return row;
  return find_named(call, table, store::key(application), named);
}

std::string purpose_of(std::string_view application, std::string_view profile, const ConfigVersion& version) {
  return fmt::format("appconfig/{}/{}/{}", application, profile, version.number);
}

EncryptionContext context_of(kernel::Call& call, std::string_view application, std::string_view profile) {
  return {{"aws:appconfig:configurationprofile:arn",
           call.arn("appconfig", fmt::format("application/{}/configurationprofile/{}", application, profile))}};
}

}  // namespace

std::optional<ConfigApplication> get_config_application(kernel::Call& call, std::string_view named) {
  if (auto row = call.tx.get(kConfigApplications, named)) return row;
  return find_named(call, kConfigApplications, "", named);
}

std::optional<ConfigEnvironment> get_config_environment(kernel::Call& call, std::string_view application,
                                                        std::string_view named) {
  return get_part(call, kConfigEnvironments, application, named);
}

std::optional<ConfigProfile> get_config_profile(kernel::Call& call, std::string_view application,
                                                std::string_view named) {
  return get_part(call, kConfigProfiles, application, named);
}

DeploymentProgress progress_of(const ConfigDeployment& deployment, std::int64_t now_ms) {
  const ConfigStrategy& strategy = deployment.strategy;
  const std::int64_t duration_ms = strategy.duration_minutes * 60'000;
  const std::int64_t grown_ms = deployment.started_ms + duration_ms;
  const std::int64_t complete_ms = grown_ms + strategy.bake_minutes * 60'000;
  const bool is_ended = deployment.ending != Ending::kNone;
  // What was stopped has come as far as it had then; what was reverted had been completed.
  const std::int64_t until_ms = is_ended ? std::min(now_ms, deployment.ended_ms) : now_ms;

  DeploymentProgress progress{.state = "DEPLOYING", .percentage = 0, .completed_ms = 0, .events = {}};
  progress.events.push_back({"DEPLOYMENT_STARTED", deployment.started_ms, 0});
  const std::vector<double> percentages = percentages_of(strategy);
  const auto steps = static_cast<std::int64_t>(percentages.size());
  for (std::int64_t step = 0; step < steps; ++step) {
    const std::int64_t time_ms = deployment.started_ms + duration_ms * step / steps;
    if (time_ms > until_ms) break;
    progress.percentage = percentages[static_cast<std::size_t>(step)];
    progress.events.push_back({"PERCENTAGE_UPDATED", time_ms, progress.percentage});
  }
  if (until_ms >= grown_ms && strategy.bake_minutes > 0) {
    progress.state = "BAKING";
    progress.events.push_back({"BAKE_TIME_STARTED", grown_ms, 100});
  }
  if (until_ms >= complete_ms) {
    progress.state = "COMPLETE";
    progress.completed_ms = complete_ms;
    progress.events.push_back({"DEPLOYMENT_COMPLETED", complete_ms, 100});
  }
  if (deployment.ending == Ending::kRolledBack) {
    progress.state = "ROLLED_BACK";
    progress.percentage = 0;
    progress.completed_ms = deployment.ended_ms;
    progress.events.push_back({"ROLLBACK_STARTED", deployment.ended_ms, 0});
    progress.events.push_back({"ROLLBACK_COMPLETED", deployment.ended_ms, 0});
  }
  if (deployment.ending == Ending::kReverted) {
    progress.state = "REVERTED";
    progress.percentage = 0;
    progress.events.push_back({"REVERT_COMPLETED", deployment.ended_ms, 0});
  }
  return progress;
}

std::optional<ConfigDeployment> served_deployment(kernel::Call& call, std::string_view application,
                                                  std::string_view environment, std::string_view profile,
                                                  double share) {
  std::optional<ConfigDeployment> served;
  const store::Scan newest_first{.prefix = store::key(application, environment),
                                 .direction = store::Direction::kReverse};
  call.tx.scan(kConfigDeployments, newest_first, [&](std::string_view, ConfigDeployment& deployment) {
    if (deployment.profile == profile && share < progress_of(deployment, call.now_ms()).percentage)
      served = std::move(deployment);
    return !served;
  });
  return served;
}

base::Result<void> seal_config(kernel::Call& call, std::string_view application, const ConfigProfile& profile,
                               std::string_view content, ConfigVersion& version) {
  const std::string purpose = purpose_of(application, profile.id, version);
  version.kms_key_arn = profile.kms_key_arn;
  if (version.kms_key_arn.empty()) {
    version.sealed_content = call.cloud().vault().seal(call.cloud().dice(), content, purpose);
    return {};
  }
  DataKey key = TRY(
      generate_data_key(call.as_caller(kAppConfig), version.kms_key_arn, context_of(call, application, profile.id)));
  const std::string nonce = base::random_bytes(call.cloud().dice(), base::kSealNonceBytes);
  version.sealed_data_key = key.sealed;
  version.sealed_content = base::seal(key.plaintext, nonce, content, purpose);
  base::wipe(key.plaintext);
  return {};
}

base::Result<std::string> open_config(kernel::Call& call, std::string_view application, std::string_view profile,
                                      const ConfigVersion& version) {
  const std::string purpose = purpose_of(application, profile, version);
  std::optional<std::string> content;
  if (version.kms_key_arn.empty()) {
    content = call.cloud().vault().open(version.sealed_content, purpose);
  } else {
    std::string key =
        TRY(open_data_key(call.as_caller(kAppConfig), version.sealed_data_key, context_of(call, application, profile)));
    content = base::unseal(key, version.sealed_content, purpose);
    base::wipe(key);
  }
  if (!content) return base::fail("InternalFailure", "The configuration cannot be opened.");
  return *std::move(content);
}

std::string served_flags(const std::string& content) {
  auto document = base::parse_json(content);
  if (!document) return content;
  base::Value served{base::Value::Map{}};
  for (const auto& [flag, value] : document->at("values").map()) {
    base::Value shown{base::Value::Map{}};
    if (value.has("_variants")) {
      shown.set("_variants", value.at("_variants"));  // whoever asks has the context to choose by
    } else {
      shown.set("enabled", value.at("enabled").flag());
      for (const auto& [name, attribute] : value.map())
        if (value.at("enabled").flag() && name != "enabled" && !name.starts_with('_')) shown.set(name, attribute);
    }
    served.set(flag, std::move(shown));
  }
  return base::to_json(served);
}

}  // namespace aws
