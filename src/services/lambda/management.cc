// How a function's runtime is updated, and what is done about functions that invoke themselves.
// https://docs.aws.amazon.com/lambda/latest/dg/runtimes-update.html
#include "services/lambda/functions.h"

namespace lambda {

namespace {

// "The ARN of the runtime version": of the one that there is here, as INIT_START tells it.
Result<void> check_runtime_version(Call& call, const Target& target, const std::string& arn) {
  const std::string here =
      call.functions() ? call.functions()->runtime_version_arn(target.version.runtime, target.function.place().region)
                       : std::string();
  if (arn == here) return {};
  return refuse("InvalidParameterValueException",
                fmt::format("Runtime Version ARN not found or incompatible with the function's runtime {}: {}",
                            target.version.runtime, arn));
}

Out show_runtime_management(const Target& target) {
  Out shown{{"UpdateRuntimeOn", target.version.runtime_update},
            {"FunctionArn", target.function.arn(target.version.name())}};
  if (!target.version.runtime_version_arn.empty()) shown.set("RuntimeVersionArn", target.version.runtime_version_arn);
  return shown;
}

}  // namespace

// https://docs.aws.amazon.com/lambda/latest/api/API_PutRuntimeManagementConfig.html
base::Result<Out> PutRuntimeManagementConfig(Call& call, In in) {
  Target target = TRY(find_target(call, in));
  const bool is_manual = in.str("UpdateRuntimeOn") == "Manual";
  if (is_manual && !in.has("RuntimeVersionArn"))
    return refuse("InvalidParameterValueException", "RuntimeVersionArn is required when UpdateRuntimeOn is Manual.");
  if (!is_manual && in.has("RuntimeVersionArn"))
    return refuse("InvalidParameterValueException",
                  "RuntimeVersionArn can only be given when UpdateRuntimeOn is Manual.");
  if (is_manual) TRY_VOID(check_runtime_version(call, target, in.str("RuntimeVersionArn")));
  target.version.runtime_update = in.str("UpdateRuntimeOn");
  target.version.runtime_version_arn = in.str("RuntimeVersionArn");
  put_version(target.function, target.version);
  return show_runtime_management(target);
}

// https://docs.aws.amazon.com/lambda/latest/api/API_GetRuntimeManagementConfig.html
base::Result<Out> GetRuntimeManagementConfig(Call& call, In in) {
  return show_runtime_management(TRY(find_target(call, in)));
}

// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionRecursionConfig.html
base::Result<Out> PutFunctionRecursionConfig(Call& call, In in) {
  OpenFunction function = TRY(find_function(call, in));
  function.row.recursive_loop = in.str("RecursiveLoop");
  function.tx.put(kFunctions, function.row.name, function.row);
  return Out{{"RecursiveLoop", function.row.recursive_loop}};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionRecursionConfig.html
base::Result<Out> GetFunctionRecursionConfig(Call& call, In in) {
  const OpenFunction function = TRY(find_function(call, in));
  return Out{{"RecursiveLoop", function.row.recursive_loop}};
}

}  // namespace lambda
