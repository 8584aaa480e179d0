// Deployment strategies: the user's, and those that AWS has made.
#include "services/appconfig/config.h"

namespace appconfig {

namespace {

constexpr std::size_t kStrategiesMax = 20;

// https://docs.aws.amazon.com/appconfig/latest/userguide/appconfig-creating-deployment-strategy-predefined.html
std::vector<aws::ConfigStrategy> predefined_strategies() {
  using enum aws::Growth;
  auto make = [](std::string_view name, std::string_view description, std::int64_t duration_minutes,
                 std::int64_t bake_minutes, aws::Growth growth, double factor) {
    const std::string id = fmt::format("AppConfig.{}", name);
    return aws::ConfigStrategy{.id = id,
                               .name = id,
                               .description = std::string(description),
                               .duration_minutes = duration_minutes,
                               .bake_minutes = bake_minutes,
                               .growth = growth,
                               .factor = factor,
                               .replicate_to = "NONE"};
  };
  return {make("AllAtOnce", "Quick", 0, 10, kLinear, 100),
          make("Canary10Percent20Minutes", "AWS Recommended", 20, 10, kExponential, 10),
          make("Linear20PercentEvery6Minutes", "AWS Recommended", 30, 30, kLinear, 20),
          make("Linear50PercentEvery30Seconds", "Test/Demo", 1, 1, kLinear, 50)};
}

void read_changes(In in, aws::ConfigStrategy& strategy) {
  if (in.has("Description")) strategy.description = in.str("Description");
  strategy.duration_minutes = in.num("DeploymentDurationInMinutes", strategy.duration_minutes);
  strategy.bake_minutes = in.num("FinalBakeTimeInMinutes", strategy.bake_minutes);
  if (in.has("GrowthFactor")) strategy.factor = in["GrowthFactor"].real();
  if (in.has("GrowthType"))
    strategy.growth = in.str("GrowthType") == "LINEAR" ? aws::Growth::kLinear : aws::Growth::kExponential;
}

Out show(const aws::ConfigStrategy& strategy) {
  Out shown{{"Id", strategy.id},
            {"Name", strategy.name},
            {"DeploymentDurationInMinutes", strategy.duration_minutes},
            {"GrowthType", strategy.growth == aws::Growth::kLinear ? "LINEAR" : "EXPONENTIAL"},
            {"GrowthFactor", strategy.factor},
            {"FinalBakeTimeInMinutes", strategy.bake_minutes},
            {"ReplicateTo", strategy.replicate_to}};
  if (!strategy.description.empty()) shown.set("Description", strategy.description);
  return shown;
}

}  // namespace

Value show_strategy(const aws::ConfigStrategy& strategy) { return show(strategy); }

Result<aws::ConfigStrategy> find_strategy(Call& call, const std::string& id) {
  for (aws::ConfigStrategy& strategy : predefined_strategies())
    if (strategy.id == id) return std::move(strategy);
  auto row = call.tx.get(kStrategies, id);
  if (!row) return not_found("DeploymentStrategy", id);
  return *std::move(row);
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_CreateDeploymentStrategy.html
base::Result<Out> CreateDeploymentStrategy(Call& call, In in) {
  if (in.str("ReplicateTo") == "SSM_DOCUMENT")
    return not_implemented("Deployment strategies that are replicated to a document of Systems Manager are");
  if (call.tx.scan_keys(kStrategies, {}, [](std::string_view) {}) >= kStrategiesMax)
    return error("ServiceQuotaExceededException", "The number of deployment strategies exceeds the maximum of 20.");
  aws::ConfigStrategy strategy{.id = new_id(call), .name = in.str("Name"), .description = ""};
  strategy.replicate_to = "NONE";
  read_changes(in, strategy);
  call.tx.put(kStrategies, strategy.id, strategy);
  put_tags(call, arn_of(call, "deploymentstrategy/" + strategy.id), in.map("Tags"));
  return show(strategy);
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_GetDeploymentStrategy.html
base::Result<Out> GetDeploymentStrategy(Call& call, In in) {
  return show(TRY(find_strategy(call, in.str("DeploymentStrategyId"))));
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_ListDeploymentStrategies.html
base::Result<Out> ListDeploymentStrategies(Call& call, In in) {
  Page page = TRY(
      list_rows(call, kStrategies, "", in, [](const auto& row) { return std::optional<Value>(show_strategy(row)); }));
  // AWS's own come first, on the first page.
  if (!in.has("NextToken")) {
    Value::List all;
    for (const aws::ConfigStrategy& strategy : predefined_strategies()) all.push_back(show_strategy(strategy));
    all.insert(all.end(), page.items.begin(), page.items.end());
    page.items = std::move(all);
  }
  return answer_page(std::move(page));
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_UpdateDeploymentStrategy.html
base::Result<Out> UpdateDeploymentStrategy(Call& call, In in) {
  aws::ConfigStrategy strategy = TRY(find_strategy(call, in.str("DeploymentStrategyId")));
  if (strategy.id.starts_with("AppConfig."))
    return error("BadRequestException", "Predefined deployment strategies cannot be changed");
  read_changes(in, strategy);
  call.tx.put(kStrategies, strategy.id, strategy);
  return show(strategy);
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_DeleteDeploymentStrategy.html
base::Result<Out> DeleteDeploymentStrategy(Call& call, In in) {
  const aws::ConfigStrategy strategy = TRY(find_strategy(call, in.str("DeploymentStrategyId")));
  if (strategy.id.starts_with("AppConfig."))
    return error("BadRequestException", "Predefined deployment strategies cannot be deleted");
  call.tx.erase(kStrategies, strategy.id);
  forget_tags(call, arn_of(call, "deploymentstrategy/" + strategy.id));
  return Out{};
}

}  // namespace appconfig
