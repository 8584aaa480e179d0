// Deployments: started, watched, stopped.
#include "base/strings.h"
#include "services/appconfig/config.h"

namespace appconfig {

namespace {

constexpr std::int64_t kRevertMs = 72 * 3'600'000;  // "AllowRevert … within the last 72 hours"

struct Place {
  aws::ConfigApplication application;
  aws::ConfigEnvironment environment;

  std::string key(std::int64_t number) const { return store::key(application.id, environment.id, number); }
};

Result<Place> find_place(Call& call, In in) {
  Place place;
  place.application = TRY(find_application(call, in.str("ApplicationId")));
  place.environment = TRY(find_environment(call, place.application.id, in.str("EnvironmentId")));
  return place;
}

std::string describe(const aws::DeploymentEvent& event) {
  if (event.type == "DEPLOYMENT_STARTED") return "Deployment started";
  if (event.type == "PERCENTAGE_UPDATED")
    return fmt::format("Configuration available to {:.2f}% of clients", event.percentage);
  if (event.type == "BAKE_TIME_STARTED") return "Deployment bake time started";
  if (event.type == "DEPLOYMENT_COMPLETED") return "Deployment completed";
  if (event.type == "ROLLBACK_STARTED") return "Rollback started";
  if (event.type == "ROLLBACK_COMPLETED") return "Rollback completed";
  return "Deployment reverted";
}

bool is_users(std::string_view type) {
  return type == "DEPLOYMENT_STARTED" || type == "ROLLBACK_STARTED" || type == "REVERT_COMPLETED";
}

// What a deployment and its line in a list both say.
Out show_common(const aws::ConfigDeployment& deployment, const aws::DeploymentProgress& progress) {
  const aws::ConfigStrategy& strategy = deployment.strategy;
  Out shown{{"DeploymentNumber", deployment.number},
            {"ConfigurationProfileId", deployment.profile},
            {"ConfigurationName", deployment.profile_name},
            {"ConfigurationVersion", deployment.version},
            {"DeploymentDurationInMinutes", strategy.duration_minutes},
            {"GrowthType", strategy.growth == aws::Growth::kLinear ? "LINEAR" : "EXPONENTIAL"},
            {"GrowthFactor", strategy.factor},
            {"FinalBakeTimeInMinutes", strategy.bake_minutes},
            {"State", progress.state},
            {"PercentageComplete", progress.percentage},
            {"StartedAt", deployment.started_ms}};
  if (progress.completed_ms != 0) shown.set("CompletedAt", progress.completed_ms);
  if (!deployment.version_label.empty()) shown.set("VersionLabel", deployment.version_label);
  return shown;
}

Out show_deployment(Call& call, const Place& place, const aws::ConfigDeployment& deployment) {
  const aws::DeploymentProgress progress = aws::progress_of(deployment, call.now_ms());
  Out shown = show_common(deployment, progress);
  shown.set("ApplicationId", place.application.id);
  shown.set("EnvironmentId", place.environment.id);
  shown.set("DeploymentStrategyId", deployment.strategy.id);
  shown.set("ConfigurationLocationUri", "hosted");
  if (!deployment.description.empty()) shown.set("Description", deployment.description);
  if (!deployment.kms_key_arn.empty()) {
    shown.set("KmsKeyArn", deployment.kms_key_arn);
    shown.set("KmsKeyIdentifier", deployment.kms_key_arn);
  }
  Value::List events;  // the latest first
  for (auto event = progress.events.rbegin(); event != progress.events.rend(); ++event)
    events.push_back(Out{{"EventType", event->type},
                         {"TriggeredBy", is_users(event->type) ? "USER" : "APPCONFIG"},
                         {"Description", describe(*event)},
                         {"OccurredAt", event->time_ms}});
  shown.set("EventLog", std::move(events));
  return shown;
}

Result<aws::ConfigDeployment> find_deployment(Call& call, const Place& place, std::int64_t number) {
  auto deployment = call.tx.get(aws::kConfigDeployments, place.key(number));
  if (!deployment) return not_found("Deployment", std::to_string(number));
  return *std::move(deployment);
}

}  // namespace

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_StartDeployment.html
base::Result<Out> StartDeployment(Call& call, In in) {
  Place place = TRY(find_place(call, in));
  const aws::ConfigProfile profile = TRY(find_profile(call, place.application.id, in.str("ConfigurationProfileId")));
  const aws::ConfigStrategy strategy = TRY(find_strategy(call, in.str("DeploymentStrategyId")));
  const aws::ConfigVersion version =
      TRY(find_version(call, place.application.id, profile, in.str("ConfigurationVersion")));
  if (in.has("DynamicExtensionParameters")) return not_implemented("Extensions are");
  auto latest = call.tx.get(aws::kConfigDeployments, place.key(place.environment.deployments));
  if (latest && aws::progress_of(*latest, call.now_ms()).is_active())
    return error("ConflictException", "Only one deployment can be active at a time per environment");
  if (in.has("LatestDeploymentNumber") && in.num("LatestDeploymentNumber") != place.environment.deployments)
    return error("ConflictException",
                 fmt::format("The latest deployment of the environment is {}.", place.environment.deployments));
  auto content = aws::open_config(call, place.application.id, profile.id, version);
  if (!content) return translate_key_error(content.error());
  TRY_VOID(check_content(profile, *content));

  const aws::ConfigDeployment deployment{.number = ++place.environment.deployments,
                                         .profile = profile.id,
                                         .profile_name = profile.name,
                                         .version = std::to_string(version.number),
                                         .version_label = version.label,
                                         .description = in.str("Description"),
                                         .strategy = strategy,
                                         .kms_key_arn = version.kms_key_arn,
                                         .started_ms = call.now_ms()};
  call.tx.put(aws::kConfigDeployments, place.key(deployment.number), deployment);
  call.tx.put(aws::kConfigEnvironments, store::key(place.application.id, place.environment.id), place.environment);
  put_tags(call,
           arn_of(call, fmt::format("application/{}/environment/{}/deployment/{}", place.application.id,
                                    place.environment.id, deployment.number)),
           in.map("Tags"));
  return show_deployment(call, place, deployment);
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_GetDeployment.html
base::Result<Out> GetDeployment(Call& call, In in) {
  const Place place = TRY(find_place(call, in));
  return show_deployment(call, place, TRY(find_deployment(call, place, in.num("DeploymentNumber"))));
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_ListDeployments.html
base::Result<Out> ListDeployments(Call& call, In in) {
  const Place place = TRY(find_place(call, in));
  store::Scan scan{.prefix = store::key(place.application.id, place.environment.id),
                   .direction = store::Direction::kReverse};
  if (in.has("NextToken")) {
    auto number = base::parse_number(in.str("NextToken"));
    if (!number) return error("BadRequestException", "Invalid NextToken");
    scan.after = place.key(*number);
  }
  const auto count_max = static_cast<std::size_t>(in.num("MaxResults", 50));
  Page page;
  std::int64_t last = 0;
  call.tx.scan(aws::kConfigDeployments, scan, [&](std::string_view, aws::ConfigDeployment& deployment) {
    if (page.items.size() == count_max) {
      page.next_token = std::to_string(last);
      return false;
    }
    Out shown = show_common(deployment, aws::progress_of(deployment, call.now_ms()));
    shown.set("Type", "USER");
    page.items.push_back(std::move(shown));
    last = deployment.number;
    return true;
  });
  return answer_page(std::move(page));
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_StopDeployment.html
base::Result<Out> StopDeployment(Call& call, In in) {
  const Place place = TRY(find_place(call, in));
  aws::ConfigDeployment deployment = TRY(find_deployment(call, place, in.num("DeploymentNumber")));
  const aws::DeploymentProgress progress = aws::progress_of(deployment, call.now_ms());
  if (progress.is_active()) {
    deployment.ending = aws::Ending::kRolledBack;
  } else if (progress.state == "COMPLETE" && in.flag("AllowRevert") &&
             progress.completed_ms + kRevertMs > call.now_ms()) {
    deployment.ending = aws::Ending::kReverted;
  } else {
    return error("BadRequestException",
                 fmt::format("Deployment {} is in state {} and cannot be stopped", deployment.number, progress.state));
  }
  deployment.ended_ms = call.now_ms();
  call.tx.put(aws::kConfigDeployments, place.key(deployment.number), deployment);
  return show_deployment(call, place, deployment);
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_GetConfiguration.html
base::Result<Out> GetConfiguration(Call& call, In in) {
  const aws::ConfigApplication application = TRY(find_application(call, in.str("Application")));
  const aws::ConfigEnvironment environment = TRY(find_environment(call, application.id, in.str("Environment")));
  const aws::ConfigProfile profile = TRY(find_profile(call, application.id, in.str("Configuration")));
  // A client's place among all is its own, whenever it asks.
  const double share = static_cast<double>(base::crc32(in.str("ClientId")) % 10'000) / 100;
  auto deployment = aws::served_deployment(call, application.id, environment.id, profile.id, share);
  if (!deployment) return not_found("Deployment", environment.id);
  const aws::ConfigVersion version = TRY(find_version(call, application.id, profile, deployment->version));
  Out answer{{"ConfigurationVersion", deployment->version}, {"ContentType", version.content_type}};
  if (in.str("ClientConfigurationVersion") == deployment->version) return answer;
  auto content = aws::open_config(call, application.id, profile.id, version);
  if (!content) return translate_key_error(content.error());
  answer.set("Content", profile.type == aws::kFeatureFlags ? aws::served_flags(*content) : *std::move(content));
  return answer;
}

}  // namespace appconfig
