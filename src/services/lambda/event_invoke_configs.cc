// What becomes of asynchronous invocations: retries, age, destinations.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-async-configuring.html
#include "base/arn.h"
#include "services/lambda/functions.h"

namespace lambda {

namespace {

constexpr std::string_view kDestinationServices[] = {"sqs", "sns", "lambda", "events", "s3"};

// Where a configuration is kept: the function as it was asked for, and its key.
struct ConfigPlace {
  OpenFunction function;
  std::string qualifier;  // "$LATEST", a number or an alias

  std::string key() const { return function.key(qualifier); }
  std::string arn() const { return function.arn(qualifier); }
};

Result<ConfigPlace> find_config_place(Call& call, In in) {
  const FunctionName name = TRY(parse_function_name(call, in.str("FunctionName"), in.str("Qualifier")));
  auto function = get_function(call, name.place, name.name);
  const std::string qualifier = name.qualifier.empty() ? std::string(kLatestName) : name.qualifier;
  const bool is_there = function && (qualifier == kLatestName || is_version_number(qualifier)
                                         ? get_version(*function, qualifier).has_value()
                                         : get_alias(*function, qualifier).has_value());
  if (!is_there) return refuse("ResourceNotFoundException", "The function doesn't exist.");
  return ConfigPlace{*std::move(function), qualifier};
}

Value show_destination(const std::string& arn) {
  if (arn.empty()) return Value(Value::Map{});
  return Out{{"Destination", arn}};
}

Out show_config(const OpenFunction& function, std::string_view qualifier, const EventInvokeConfig& config) {
  Out shown{{"LastModified", config.modified_ms},
            {"FunctionArn", function.arn(qualifier)},
            {"DestinationConfig", Out{{"OnSuccess", show_destination(config.on_success)},
                                      {"OnFailure", show_destination(config.on_failure)}}}};
  if (config.retries_max) shown.set("MaximumRetryAttempts", *config.retries_max);
  if (config.age_seconds_max) shown.set("MaximumEventAgeInSeconds", *config.age_seconds_max);
  return shown;
}

// "The execution role must be allowed to send to the destination."
Result<void> check_destination(Call& call, const ConfigPlace& place, const std::string& destination) {
  const base::Arn arn = base::Arn::parse(destination);
  if (destination.empty()) return {};
  if (std::ranges::find(kDestinationServices, arn.service) == std::end(kDestinationServices))
    return refuse("InvalidParameterValueException",
                  fmt::format("The provided destination {} is not supported.", destination));
  // Buckets are named without a region; all else is reached where the function is.
  if (arn.resource.empty() || (arn.service != "s3" && arn.region != place.function.place().region))
    return refuse("InvalidParameterValueException",
                  fmt::format("The provided destination {} is not valid for this region.", destination));
  if (destination == place.function.arn() || destination.starts_with(place.function.arn() + ":"))
    return refuse("InvalidParameterValueException", "You can't specify the function as a destination for itself.");
  struct Sending {
    std::string_view service, action, call;
  };
  constexpr Sending kSendings[] = {{"sqs", "sqs:SendMessage", "SendMessage on SQS"},
                                   {"sns", "sns:Publish", "Publish on SNS"},
                                   {"lambda", "lambda:InvokeFunction", "InvokeFunction on Lambda"},
                                   {"events", "events:PutEvents", "PutEvents on EventBridge"},
                                   {"s3", "s3:PutObject", "PutObject on S3"}};
  auto version = get_version(place.function, "");
  const Sending* sending = std::ranges::find(kSendings, arn.service, &Sending::service);
  const std::string resource = destination + (arn.service == "s3" ? "/*" : "");
  if (version && !role_may(call, version->role, sending->action, resource))
    return refuse("InvalidParameterValueException",
                  fmt::format("The function's execution role {} does not have permissions to call {}", version->role,
                              sending->call));
  return {};
}

Result<void> apply_config(Call& call, In in, const ConfigPlace& place, EventInvokeConfig& config) {
  if (!in.has("MaximumRetryAttempts") && !in.has("MaximumEventAgeInSeconds") && !in.has("DestinationConfig"))
    return refuse("InvalidParameterValueException",
                  "You must specify at least one of error handling or destination setting.");
  if (in.has("MaximumRetryAttempts")) config.retries_max = in.num("MaximumRetryAttempts");
  if (in.has("MaximumEventAgeInSeconds")) config.age_seconds_max = in.num("MaximumEventAgeInSeconds");
  const Value& destinations = in["DestinationConfig"];
  if (destinations.has("OnSuccess")) config.on_success = destinations.at("OnSuccess").at("Destination").str();
  if (destinations.has("OnFailure")) config.on_failure = destinations.at("OnFailure").at("Destination").str();
  TRY_VOID(check_destination(call, place, config.on_success));
  TRY_VOID(check_destination(call, place, config.on_failure));
  config.modified_ms = call.now_ms();
  place.function.tx.put(kEventInvokeConfigs, place.key(), config);
  return {};
}

struct FoundConfig {
  ConfigPlace place;
  EventInvokeConfig config;
};

Result<FoundConfig> find_config(Call& call, In in) {
  ConfigPlace place = TRY(find_config_place(call, in));
  auto config = place.function.tx.get(kEventInvokeConfigs, place.key());
  if (!config)
    return refuse("ResourceNotFoundException",
                  fmt::format("The function {} doesn't have an EventInvokeConfig", place.arn()));
  return FoundConfig{std::move(place), *std::move(config)};
}

}  // namespace

// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionEventInvokeConfig.html
base::Result<Out> PutFunctionEventInvokeConfig(Call& call, In in) {
  const ConfigPlace place = TRY(find_config_place(call, in));
  EventInvokeConfig config;
  TRY_VOID(apply_config(call, in, place, config));
  return show_config(place.function, place.qualifier, config);
}

// https://docs.aws.amazon.com/lambda/latest/api/API_UpdateFunctionEventInvokeConfig.html
base::Result<Out> UpdateFunctionEventInvokeConfig(Call& call, In in) {
  FoundConfig found = TRY(find_config(call, in));
  TRY_VOID(apply_config(call, in, found.place, found.config));
  return show_config(found.place.function, found.place.qualifier, found.config);
}

// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionEventInvokeConfig.html
base::Result<Out> GetFunctionEventInvokeConfig(Call& call, In in) {
  const FoundConfig found = TRY(find_config(call, in));
  return show_config(found.place.function, found.place.qualifier, found.config);
}

// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionEventInvokeConfig.html
base::Result<Out> DeleteFunctionEventInvokeConfig(Call& call, In in) {
  const FoundConfig found = TRY(find_config(call, in));
  found.place.function.tx.erase(kEventInvokeConfigs, found.place.key());
  return Out{};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_ListFunctionEventInvokeConfigs.html
base::Result<Out> ListFunctionEventInvokeConfigs(Call& call, In in) {
  const OpenFunction function = TRY(find_function(call, in));
  const Page page = TRY(read_page(in));
  return list_page(function.tx, kEventInvokeConfigs, store::key(function.row.name), page, "FunctionEventInvokeConfigs",
                   [&](std::string_view key, const EventInvokeConfig& config) -> Value {
                     return show_config(function, qualifier_in(key), config);
                   });
}

}  // namespace lambda
