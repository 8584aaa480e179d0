// Reads through object lambda access points.
#include "services/s3/object_lambda.h"

#include <algorithm>

#include "base/json.h"
#include "model/authorization.h"

namespace s3 {

namespace {

constexpr std::string_view kObjectLambda = "s3-object-lambda.amazonaws.com";

// "AllowedFeatures: GetObject-Range, GetObject-PartNumber, HeadObject-Range, HeadObject-PartNumber."
Result<void> check_features(std::string_view operation, const Value& input, const Transformation& transformation) {
  for (const char* name : {"Range", "PartNumber"}) {
    if (!input.has(name)) continue;
    const std::string feature = fmt::format("{}-{}", operation, name);
    if (std::ranges::find(transformation.takes, feature) != transformation.takes.end()) continue;
    return error("NotImplemented", "A header you provided implies functionality that is not implemented",
                 Value::Map{{"Header", name}});
  }
  return {};
}

std::unexpected<base::Error> invocation_error(const base::Error& problem) {
  const std::string detail =
      fmt::format(" Lambda returned error code {}, error message: {}", problem.code, problem.message);
  if (problem.code == "ResourceNotFoundException")
    return error("LambdaNotFound", "The AWS Lambda function was not found." + detail);
  if (problem.code == "AccessDeniedException")
    return error("LambdaPermissionError", "The caller is not authorized to invoke the Lambda function." + detail);
  if (problem.code == "TooManyRequestsException")
    return error("SlowDown", "Reduce your request rate for operations involving AWS Lambda." + detail);
  return error("LambdaInvocationFailed", "Lambda function invocation failed." + detail);
}

std::unexpected<base::Error> function_error(const std::string& payload) {
  const Value said = base::parse_json(payload).value_or(Value());
  if (said.at("errorType").str() == "Sandbox.Timedout")
    return error("LambdaTimeout", "The Lambda function did not respond in the allowed time.");
  return error("LambdaRuntimeError", "The Lambda function failed during execution.");
}

}  // namespace

std::optional<aws::ObjectLambdaPoint> object_lambda_point_in(const Call& call, const Value& input) {
  const std::string& name = input.at("Bucket").str();
  if (!name.starts_with("arn:") && !name.ends_with("--ol-s3")) return std::nullopt;
  return aws::get_object_lambda_point(call.tx, name);
}

std::optional<Transformation> find_transformation(const Call& call, std::string_view operation, const Value& input) {
  auto point = object_lambda_point_in(call, input);
  if (!point) return std::nullopt;
  const Value configuration = base::parse_json(point->configuration).value_or(Value());
  for (const Value& each : configuration.at("TransformationConfigurations").list()) {
    const Value::List& actions = each.at("Actions").list();
    if (std::ranges::none_of(actions, [&](const Value& action) { return action.str() == operation; })) continue;
    const Value& function = each.at("ContentTransformation").at("AwsLambda");
    Transformation found{.point = *std::move(point),
                         .function_arn = function.at("FunctionArn").str(),
                         .payload = function.at("FunctionPayload").str(),
                         .takes = {}};
    for (const Value& feature : configuration.at("AllowedFeatures").list()) found.takes.push_back(feature.str());
    return found;
  }
  return std::nullopt;
}

std::string object_lambda_action(std::string_view action) {
  if (!action.starts_with("s3:")) return {};
  std::string own = "s3-object-lambda:" + std::string(action.substr(3));
  return model::find_action(own) ? own : std::string();
}

Result<Value> transform(Call& call, const Value& input, const Transformation& transformation) {
  const std::string_view operation = call.operation->name;
  TRY_VOID(check_features(operation, input, transformation));
  const std::string event = TRY(event_of(call, input, transformation, make_ticket(call)));
  auto invoked =
      call.as_caller(kObjectLambda)
          .in({transformation.point.account, transformation.point.region})
          .invoke({"lambda", "Invoke"}, Value::Map{{"FunctionName", transformation.function_arn}, {"Payload", event}});
  if (!invoked && invoked.error().code == "Parked") return std::unexpected(invoked.error());
  // What a function has answered before it failed has been answered.
  if (operation == "GetObject")
    if (auto answer = take_answer(call)) return show_answer(call, *answer);
  if (!invoked) return invocation_error(invoked.error());
  if (invoked->has("FunctionError")) return function_error(invoked->at("Payload").str());
  if (operation == "GetObject")
    return error("LambdaResponseNotReceived", "The Lambda exited without successfully calling WriteGetObjectResponse.");
  return read_function_result(operation, invoked->at("Payload").str());
}

}  // namespace s3
