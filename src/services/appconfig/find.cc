// Which resource a request means.
#include "base/random.h"
#include "services/appconfig/config.h"

namespace appconfig {

namespace {

constexpr int kIdCharacters = 7;

}  // namespace

std::string new_id(Call& call) { return call.random_text(kIdCharacters, base::kDigitsAndLowerCase); }

std::unexpected<base::Error> not_found(std::string_view kind, std::string_view id) {
  return error("ResourceNotFoundException", fmt::format("Could not find {} {}", kind, id),
               Value(Value::Map{{"ResourceName", kind}}));
}

std::unexpected<base::Error> not_implemented(std::string_view what) {
  return error("NotImplemented", fmt::format("{} not implemented by Virga.", what));
}

Result<aws::ConfigApplication> find_application(Call& call, const std::string& named) {
  auto application = aws::get_config_application(call, named);
  if (!application) return not_found("Application", named);
  return *std::move(application);
}

Result<aws::ConfigEnvironment> find_environment(Call& call, const std::string& application, const std::string& named) {
  auto environment = aws::get_config_environment(call, application, named);
  if (!environment) return not_found("Environment", named);
  return *std::move(environment);
}

Result<aws::ConfigProfile> find_profile(Call& call, const std::string& application, const std::string& named) {
  auto profile = aws::get_config_profile(call, application, named);
  if (!profile) return not_found("ConfigurationProfile", named);
  return *std::move(profile);
}

std::string arn_of(Call& call, std::string_view resource) { return call.arn("appconfig", resource); }

// Policies name resources by their ids; requests may name them by their names.
std::string resource_of(Call& call, std::string_view operation, const Value& input) {
  if (input.has("ResourceArn")) return input.at("ResourceArn").str();
  if (input.has("DeploymentStrategyId") && operation != "StartDeployment")
    return arn_of(call, "deploymentstrategy/" + input.at("DeploymentStrategyId").str());
  const Value& named = input.has("ApplicationId") ? input.at("ApplicationId") : input.at("Application");
  if (named.is_null()) return "*";
  auto application = aws::get_config_application(call, named.str());
  const std::string id = application ? application->id : named.str();
  std::string resource = "application/" + id;
  const Value& environment = input.has("EnvironmentId") ? input.at("EnvironmentId") : input.at("Environment");
  if (!environment.is_null()) {
    auto found = aws::get_config_environment(call, id, environment.str());
    resource += "/environment/" + (found ? found->id : environment.str());
  } else if (input.has("ConfigurationProfileId")) {
    auto found = aws::get_config_profile(call, id, input.at("ConfigurationProfileId").str());
    resource += "/configurationprofile/" + (found ? found->id : input.at("ConfigurationProfileId").str());
  }
  if (input.has("Configuration")) {
    auto found = aws::get_config_profile(call, id, input.at("Configuration").str());
    resource += "/configuration/" + (found ? found->id : input.at("Configuration").str());
  }
  if (input.has("DeploymentNumber")) resource += fmt::format("/deployment/{}", input.at("DeploymentNumber").num());
  if (input.has("VersionNumber"))
    resource += fmt::format("/hostedconfigurationversion/{}", input.at("VersionNumber").num());
  return arn_of(call, resource);
}

}  // namespace appconfig
