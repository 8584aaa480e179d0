// What is set for a function besides its code.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-function-common.html
#include "base/arn.h"
#include "kernel/authorization.h"
#include "services/lambda/functions.h"

namespace lambda {

namespace {

// What the model's limits are for functions of other kinds than those that are here.
constexpr std::int64_t kTimeoutSecondsMax = 900;
constexpr std::int64_t kMemoryMbMax = 10'240;
constexpr std::int64_t kStorageMbMax = 10'240;

// "Block function create" has come for these:
// https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtimes.html#runtimes-deprecated
constexpr std::string_view kDeprecatedRuntimes[] = {
    "nodejs",        "nodejs4.3", "nodejs4.3-edge", "nodejs6.10", "nodejs8.10",    "nodejs10.x",    "nodejs12.x",
    "nodejs14.x",    "python2.7", "python3.6",      "python3.7",  "dotnetcore1.0", "dotnetcore2.0", "dotnetcore2.1",
    "dotnetcore3.1", "ruby2.5",   "ruby2.7",        "java8",      "go1.x",         "provided",
};

constexpr std::string_view kSnapStartRuntimes[] = {"java11",     "java17",     "java21",  "java25",  "python3.12",
                                                   "python3.13", "python3.14", "dotnet8", "dotnet10"};

std::unexpected<base::Error> refuse_value(std::string_view value, std::string_view path, std::int64_t limit) {
  return error("ValidationException",
               fmt::format("1 validation error detected: Value '{}' at '{}' failed to satisfy constraint: Member must "
                           "have value less than or equal to {}",
                           value, path, limit));
}

Result<void> apply_limit(In in, model::MemberName<Model> name, std::string_view path, std::int64_t limit,
                         std::int64_t& setting) {
  if (!in.has(name)) return {};
  if (in.num(name) > limit) return refuse_value(std::to_string(in.num(name)), path, limit);
  setting = in.num(name);
  return {};
}

Result<void> apply_runtime(In in, Version& version) {
  if (in.has("Handler")) version.handler = in.str("Handler");
  if (!in.has("Runtime")) return {};
  const std::string& runtime = in.str("Runtime");
  if (std::ranges::find(kDeprecatedRuntimes, runtime) != std::end(kDeprecatedRuntimes))
    return refuse("InvalidParameterValueException",
                  fmt::format("The runtime parameter of {} is no longer supported for creating or updating AWS Lambda "
                              "functions. We recommend you use a supported runtime while creating or updating "
                              "functions.",
                              runtime));
  version.runtime = runtime;
  return {};
}

// "Lambda sends the events … by the function's role", which therefore must be allowed to.
Result<void> apply_dead_letters(Call& call, In in, Version& version) {
  if (!in.has("DeadLetterConfig")) return {};
  const std::string& target = in["DeadLetterConfig"].at("TargetArn").str();
  const base::Arn arn = base::Arn::parse(target);
  if (!target.empty() && arn.service != "sqs" && arn.service != "sns")
    return refuse(
        "InvalidParameterValueException",
        "The provided target ARN is not supported as a dead letter queue: only SQS queues and SNS topics are.");
  // Queues and topics are reached where the function is.
  if (!target.empty() && (arn.region != call.place.region || arn.resource.empty()))
    return refuse("InvalidParameterValueException",
                  fmt::format("The provided target ARN {} is not valid for this region.", target));
  const bool is_queue = arn.service == "sqs";
  if (!target.empty() && !role_may(call, version.role, is_queue ? "sqs:SendMessage" : "sns:Publish", target))
    return refuse("InvalidParameterValueException",
                  fmt::format("The provided execution role does not have permissions to call {} on {}",
                              is_queue ? "SendMessage" : "Publish", is_queue ? "SQS" : "SNS"));
  version.dead_letter_arn = target;
  return {};
}

Result<void> apply_tracing(Call& call, In in, Version& version) {
  const std::string& mode = in["TracingConfig"].at("Mode").str();
  if (mode.empty()) return {};
  if (mode == "Active" && !role_may(call, version.role, "xray:PutTraceSegments", "*"))
    return refuse("InvalidParameterValueException",
                  "The provided execution role does not have permissions to call PutTraceSegments on XRAY");
  version.tracing_mode = mode;
  return {};
}

Result<void> apply_logging(In in, Version& version) {
  if (!in.has("LoggingConfig")) return {};
  const Value& given = in["LoggingConfig"];
  Logging& logging = version.logging;
  if (given.has("LogFormat")) logging.format = given.at("LogFormat").str();
  const bool has_levels = given.has("ApplicationLogLevel") || given.has("SystemLogLevel");
  if (logging.format != "JSON") {
    if (has_levels)
      return refuse("InvalidParameterValueException",
                    "To configure ApplicationLogLevel or SystemLogLevel, LogFormat must be JSON.");
    logging.application_level.clear();
    logging.system_level.clear();
  } else {
    if (given.has("ApplicationLogLevel")) logging.application_level = given.at("ApplicationLogLevel").str();
    if (given.has("SystemLogLevel")) logging.system_level = given.at("SystemLogLevel").str();
    if (logging.application_level.empty()) logging.application_level = "INFO";
    if (logging.system_level.empty()) logging.system_level = "INFO";
  }
  if (given.has("LogGroup")) logging.group = given.at("LogGroup").str();
  return {};
}

Result<void> apply_snap_start(In in, Version& version) {
  if (in.has("SnapStart")) version.snap_start = in["SnapStart"].at("ApplyOn").str();
  if (version.snap_start.empty()) version.snap_start = "None";
  const bool can = std::ranges::find(kSnapStartRuntimes, version.runtime) != std::end(kSnapStartRuntimes);
  if (version.snap_start != "None" && !can)
    return refuse("InvalidParameterValueException",
                  fmt::format("{} is not supported for SnapStart enabled functions.", version.runtime));
  return {};
}

// Kinds of functions that are not here.
Result<void> check_kind(In in) {
  for (std::string_view name :
       {"TenancyConfig", "CapacityProviderConfig", "DurableConfig", "RuntimeConfig", "AcceleratorConfig", "PublishTo"})
    if (in.value().has(name)) return error("NotImplemented", fmt::format("{} is not implemented by Virga.", name));
  return {};
}

}  // namespace

// There are no VPCs and no file systems that a function could be attached to.
Result<void> check_attachments(In in) {
  if (in.has("VpcConfig")) {
    const Value& vpc = in["VpcConfig"];
    if (!vpc.at("SubnetIds").list().empty())
      return refuse("InvalidParameterValueException",
                    fmt::format("Error occurred while DescribeSubnets. EC2 Error Code: InvalidSubnetID.NotFound. EC2 "
                                "Error Message: The subnet ID '{}' does not exist",
                                vpc.at("SubnetIds").list().front().str()));
    if (!vpc.at("SecurityGroupIds").list().empty())
      return refuse("InvalidParameterValueException",
                    fmt::format("Error occurred while DescribeSecurityGroups. EC2 Error Code: InvalidGroup.NotFound. "
                                "EC2 Error Message: The security group '{}' does not exist",
                                vpc.at("SecurityGroupIds").list().front().str()));
  }
  if (!in.list("FileSystemConfigs").empty())
    return refuse("InvalidParameterValueException",
                  fmt::format("Function must be configured to execute in a VPC to reference access point {}.",
                              in.list("FileSystemConfigs").front().at("Arn").str()));
  return {};
}

bool role_may(Call& call, const std::string& role, std::string_view action, const std::string& resource) {
  const base::Arn arn = base::Arn::parse(role);
  const std::string_view name = arn.resource.substr(arn.resource.rfind('/') + 1);
  const policy::Subject subject{.type = policy::Subject::Type::kAssumedRole,
                                .account = std::string(arn.account),
                                .arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/lambda", arn.account, name),
                                .role_arn = role};
  return kernel::authorize_subject(call, subject, action, resource, {}).has_value();
}

Result<void> apply_role(Call& call, In in, const OpenFunction& function, Version& version) {
  if (!in.has("Role") || in.str("Role") == version.role) return {};
  const std::string& role = in.str("Role");
  if (base::Arn::parse(role).account != call.caller.account)
    return error("AccessDeniedException", "Cross-account pass role is not allowed.");
  TRY_VOID(kernel::authorize_pass_role(call, role, kServicePrincipal, function.arn()));
  if (!kernel::can_assume(call, role, kServicePrincipal, function.arn()))
    return refuse("InvalidParameterValueException", "The role defined for the function cannot be assumed by Lambda.");
  version.role = role;
  return {};
}

Result<void> apply_settings(Call& call, In in, Purpose purpose, const OpenFunction& function, Version& version) {
  TRY_VOID(check_kind(in));
  if (purpose == Purpose::kCreate && (!in.has("Runtime") || !in.has("Handler")))
    return refuse("InvalidParameterValueException",
                  "Runtime and Handler are mandatory parameters for functions created with deployment packages.");
  TRY_VOID(apply_limit(in, "Timeout", "timeout", kTimeoutSecondsMax, version.timeout_seconds));
  TRY_VOID(apply_limit(in, "MemorySize", "memorySize", kMemoryMbMax, version.memory_mb));
  TRY_VOID(apply_limit(In(in["EphemeralStorage"]), "Size", "ephemeralStorage.size", kStorageMbMax, version.storage_mb));
  TRY_VOID(apply_runtime(in, version));
  if (in.has("Description")) version.description = in.str("Description");
  if (!in.list("Architectures").empty()) version.architecture = in.list("Architectures").front().str();
  TRY_VOID(apply_role(call, in, function, version));
  TRY_VOID(apply_dead_letters(call, in, version));
  TRY_VOID(apply_tracing(call, in, version));
  TRY_VOID(apply_logging(in, version));
  TRY_VOID(apply_snap_start(in, version));
  TRY_VOID(apply_layers(call, in, function, version));
  return apply_variables(call, in, function, version);
}

}  // namespace lambda
