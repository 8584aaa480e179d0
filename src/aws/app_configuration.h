#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/call.h"
#include "store/key.h"
#include "store/table.h"

// Configurations of applications: what AppConfig keeps, and what its data service hands to applications.
// https://docs.aws.amazon.com/appconfig/latest/userguide/what-is-appconfig.html
namespace aws {

struct ConfigApplication {
  std::string id, name, description;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("name", self.name);
    field("description", self.description);
  }
};

struct ConfigEnvironment {
  std::string id, name, description;
  std::int64_t deployments = 0;  // number of the latest one
  std::int64_t read_ms = 0;      // when an application last asked for one of its configurations

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("name", self.name);
    field("description", self.description);
    field("deployments", self.deployments);
    field("read_ms", self.read_ms);
  }
};

struct ConfigProfile {
  std::string id, name, description;
  std::string type;                         // "AWS.Freeform", "AWS.AppConfig.FeatureFlags"
  std::optional<std::string> schema_first;  // JSON Schemas a configuration must satisfy
  std::optional<std::string> schema_second;
  std::string kms_key;  // as given; empty: none of the user's
  std::string kms_key_arn;
  std::int64_t versions = 0;  // number of the latest hosted one
  std::int64_t read_ms = 0;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("name", self.name);
    field("description", self.description);
    field("type", self.type);
    field("schema_first", self.schema_first);
    field("schema_second", self.schema_second);
    field("kms_key", self.kms_key);
    field("kms_key_arn", self.kms_key_arn);
    field("versions", self.versions);
    field("read_ms", self.read_ms);
  }
};

struct ConfigVersion {
  std::int64_t number = 0;
  std::string description, content_type, label;
  std::string kms_key_arn;      // empty: none of the user's
  std::string sealed_data_key;  // by KMS, where the user names a key
  std::string sealed_content;   // under it, or under the cloud's root key

  static void fields(auto& self, auto& field) {
    field("number", self.number);
    field("description", self.description);
    field("content_type", self.content_type);
    field("label", self.label);
    field("kms_key_arn", self.kms_key_arn);
    field("sealed_data_key", self.sealed_data_key);
    field("sealed_content", self.sealed_content);
  }
};

enum class Growth : std::uint8_t { kLinear = 0, kExponential = 1 };

struct ConfigStrategy {
  std::string id, name, description;
  std::int64_t duration_minutes = 0;
  std::int64_t bake_minutes = 0;
  Growth growth = Growth::kLinear;
  double factor = 100;  // percent
  std::string replicate_to;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("name", self.name);
    field("description", self.description);
    field("duration_minutes", self.duration_minutes);
    field("bake_minutes", self.bake_minutes);
    field("growth", self.growth);
    field("factor", self.factor);
    field("replicate_to", self.replicate_to);
  }
};

enum class Ending : std::uint8_t { kNone = 0, kRolledBack = 1, kReverted = 2 };

// A version on its way to the applications of an environment. How far it has come follows from the time alone.
struct ConfigDeployment {
  std::int64_t number = 0;
  std::string profile;  // id
  std::string profile_name;
  std::string version;  // number of the hosted one
  std::string version_label;
  std::string description;
  ConfigStrategy strategy;  // as it was at the start
  std::string kms_key_arn;
  std::int64_t started_ms = 0;
  Ending ending = Ending::kNone;  // other than by completion
  std::int64_t ended_ms = 0;

  static void fields(auto& self, auto& field) {
    field("number", self.number);
    field("profile", self.profile);
    field("profile_name", self.profile_name);
    field("version", self.version);
    field("version_label", self.version_label);
    field("description", self.description);
    field("strategy", self.strategy);
    field("kms_key_arn", self.kms_key_arn);
    field("started_ms", self.started_ms);
    field("ending", self.ending);
    field("ended_ms", self.ended_ms);
  }
};

inline constexpr store::Table<ConfigApplication> kConfigApplications{"appconfig.applications"};  // key: id
inline constexpr store::Table<ConfigEnvironment> kConfigEnvironments{"appconfig.environments"};  // key: application, id
inline constexpr store::Table<ConfigProfile> kConfigProfiles{"appconfig.profiles"};              // key: application, id
// Key: application, profile, number.
inline constexpr store::Table<ConfigVersion> kConfigVersions{"appconfig.versions"};
// Key: application, environment, number.
inline constexpr store::Table<ConfigDeployment> kConfigDeployments{"appconfig.deployments"};

// By id or name, in the caller's account and region. Nothing: there is none.
std::optional<ConfigApplication> get_config_application(kernel::Call& call, std::string_view named);
std::optional<ConfigEnvironment> get_config_environment(kernel::Call& call, std::string_view application,
                                                        std::string_view named);
std::optional<ConfigProfile> get_config_profile(kernel::Call& call, std::string_view application,
                                                std::string_view named);

// A moment of a deployment.
struct DeploymentEvent {
  std::string_view type;  // "PERCENTAGE_UPDATED"
  std::int64_t time_ms = 0;
  double percentage = 0;
};
struct DeploymentProgress {
  std::string_view state;  // "DEPLOYING", "BAKING", "COMPLETE", "ROLLED_BACK", "REVERTED"
  double percentage = 0;
  std::int64_t completed_ms = 0;        // 0: not yet
  std::vector<DeploymentEvent> events;  // those that have happened, in order

  bool is_active() const { return state == "DEPLOYING" || state == "BAKING"; }
};
DeploymentProgress progress_of(const ConfigDeployment& deployment, std::int64_t now_ms);

// Which deployment of a profile an application gets. `share` is its place among all of them, 0 to 99: those below the
// percentage that a deployment has reached get it, the others what was there before. Nothing: nothing is deployed.
std::optional<ConfigDeployment> served_deployment(kernel::Call& call, std::string_view application,
                                                  std::string_view environment, std::string_view profile, double share);

// Where KMS is asked, its errors.
base::Result<void> seal_config(kernel::Call& call, std::string_view application, const ConfigProfile& profile,
                               std::string_view content, ConfigVersion& version);
base::Result<std::string> open_config(kernel::Call& call, std::string_view application, std::string_view profile,
                                      const ConfigVersion& version);

// What applications get of a configuration of feature flags: each flag with whether it is on and, then, its attributes.
std::string served_flags(const std::string& content);

inline constexpr std::string_view kFeatureFlags = "AWS.AppConfig.FeatureFlags";

}  // namespace aws
