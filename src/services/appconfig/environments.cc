// Environments.
#include "services/appconfig/config.h"

namespace appconfig {

namespace {

constexpr std::size_t kEnvironmentsMax = 20;  // of an application

std::string environment_arn(Call& call, const std::string& application, const std::string& id) {
  return arn_of(call, fmt::format("application/{}/environment/{}", application, id));
}

// What its latest deployment has come to.
std::string_view state_of(Call& call, const std::string& application, const aws::ConfigEnvironment& environment) {
  auto latest = call.tx.get(aws::kConfigDeployments, store::key(application, environment.id, environment.deployments));
  if (!latest) return "READY_FOR_DEPLOYMENT";
  const aws::DeploymentProgress progress = aws::progress_of(*latest, call.now_ms());
  if (progress.is_active()) return "DEPLOYING";
  return progress.state == "COMPLETE" ? "READY_FOR_DEPLOYMENT" : progress.state;
}

Out show_environment(Call& call, const std::string& application, const aws::ConfigEnvironment& environment) {
  Out shown{{"ApplicationId", application},
            {"Id", environment.id},
            {"Name", environment.name},
            {"State", state_of(call, application, environment)}};
  if (!environment.description.empty()) shown.set("Description", environment.description);
  return shown;
}

Result<void> check_monitors(In in) {
  if (in.list("Monitors").empty()) return {};
  return not_implemented("Monitors watch alarms of CloudWatch, which is");
}

}  // namespace

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_CreateEnvironment.html
base::Result<Out> CreateEnvironment(Call& call, In in) {
  const aws::ConfigApplication application = TRY(find_application(call, in.str("ApplicationId")));
  TRY_VOID(check_monitors(in));
  const std::size_t count =
      call.tx.scan_keys(aws::kConfigEnvironments, {.prefix = store::key(application.id)}, [](std::string_view) {});
  if (count >= kEnvironmentsMax)
    return error("ServiceQuotaExceededException", "The number of environments exceeds the maximum of 20.");
  const aws::ConfigEnvironment environment{
      .id = new_id(call), .name = in.str("Name"), .description = in.str("Description")};
  call.tx.put(aws::kConfigEnvironments, store::key(application.id, environment.id), environment);
  put_tags(call, environment_arn(call, application.id, environment.id), in.map("Tags"));
  return show_environment(call, application.id, environment);
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_GetEnvironment.html
base::Result<Out> GetEnvironment(Call& call, In in) {
  const aws::ConfigApplication application = TRY(find_application(call, in.str("ApplicationId")));
  return show_environment(call, application.id, TRY(find_environment(call, application.id, in.str("EnvironmentId"))));
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_ListEnvironments.html
base::Result<Out> ListEnvironments(Call& call, In in) {
  const aws::ConfigApplication application = TRY(find_application(call, in.str("ApplicationId")));
  return answer_page(
      TRY(list_rows(call, aws::kConfigEnvironments, store::key(application.id), in, [&](const auto& row) {
        return std::optional<Value>(show_environment(call, application.id, row));
      })));
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_UpdateEnvironment.html
base::Result<Out> UpdateEnvironment(Call& call, In in) {
  const aws::ConfigApplication application = TRY(find_application(call, in.str("ApplicationId")));
  aws::ConfigEnvironment environment = TRY(find_environment(call, application.id, in.str("EnvironmentId")));
  TRY_VOID(check_monitors(in));
  if (in.has("Name")) environment.name = in.str("Name");
  if (in.has("Description")) environment.description = in.str("Description");
  call.tx.put(aws::kConfigEnvironments, store::key(application.id, environment.id), environment);
  return show_environment(call, application.id, environment);
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_DeleteEnvironment.html
base::Result<Out> DeleteEnvironment(Call& call, In in) {
  const aws::ConfigApplication application = TRY(find_application(call, in.str("ApplicationId")));
  const aws::ConfigEnvironment environment = TRY(find_environment(call, application.id, in.str("EnvironmentId")));
  TRY_VOID(check_not_read(call, in, environment.read_ms));
  if (state_of(call, application.id, environment) == "DEPLOYING")
    return error("ConflictException", "Cannot delete an environment while a deployment is in progress");
  call.tx.erase(aws::kConfigEnvironments, store::key(application.id, environment.id));
  call.tx.erase_all(aws::kConfigDeployments, store::key(application.id, environment.id));
  forget_tags(call, environment_arn(call, application.id, environment.id));
  return Out{};
}

}  // namespace appconfig
