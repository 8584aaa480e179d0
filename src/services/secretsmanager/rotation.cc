// Rotation: a Lambda function makes a new version in four steps, at once and then by a schedule.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/rotate-secrets_lambda-functions.html
#include "base/json.h"
#include "kernel/cloud.h"
#include "services/secretsmanager/secret.h"

namespace secretsmanager {

namespace {

constexpr std::string_view kSteps[] = {"createSecret", "setSecret", "testSecret", "finishSecret"};
constexpr std::int64_t kTestStep = 2;
constexpr std::int64_t kStepsCount = std::size(kSteps);
constexpr std::int64_t kFailuresMax = 5;  // of a step; then the next window tries again
constexpr kernel::Millis kRetryFirst{60'000};
constexpr kernel::OperationId kInvoke{"lambda", "Invoke"};

std::unexpected<base::Error> cannot_invoke() {
  return error("AccessDeniedException",
               "Secrets Manager cannot invoke the specified Lambda function. Ensure that the function policy grants "
               "access to the principal secretsmanager.amazonaws.com.");
}

Result<Value> invoke(Call& call, const OpenSecret& secret, std::string_view type, const std::string& payload) {
  if (!call.cloud().find_service(kInvoke.service)) return cannot_invoke();
  auto answer = call.as_service(kServicePrincipal, secret.arn())
                    .in(secret.place)
                    .invoke(kInvoke, Value::Map{{"FunctionName", secret.row.rotation.lambda_arn},
                                                {"InvocationType", type},
                                                {"Payload", payload}});
  if (!answer && answer.error().code != "Parked") return cannot_invoke();
  return answer;
}

bool is_rotating(const Secret& row) {
  auto pending = row.stages.find(std::string(kPending));
  if (pending == row.stages.end()) return false;
  auto current = row.stages.find(std::string(kCurrent));
  return current == row.stages.end() || current->second != pending->second;
}

void plan_next(Call& call, OpenSecret& secret) {
  Rotation& rotation = secret.row.rotation;
  auto window = next_window(rotation, call.now_ms());
  rotation.next_ms = window ? window->from_ms : 0;
  rotation.next_until_ms = window ? window->until_ms : 0;
  if (window) {
    call.arm(kRotate, kernel::from_ms(window->from_ms), timer_key(secret));
  } else {
    call.disarm(kRotate, timer_key(secret));
  }
}

void emit_step(Call& call, std::string_view key) {
  call.emit({.source = std::string(kRotationSource), .type = "Step", .key = std::string(key), .detail = Value::Map{}});
}

// The steps follow from here, one after the other, each in a transaction of its own.
void begin_steps(Call& call, OpenSecret& secret) {
  secret.row.rotation.failures = 0;
  emit_step(call, timer_key(secret));
}

Result<void> begin_rotation(Call& call, OpenSecret& secret, const std::string& version_id) {
  Rotation& rotation = secret.row.rotation;
  if (!secret.tx.has(kVersions, secret.version_key(version_id))) {
    TRY_VOID(make_room(call, secret));
    secret.tx.put(kVersions, secret.version_key(version_id),
                  {.id = version_id, .sequence = call.next_sequence(), .created_ms = call.now_ms()});
  }
  move_stage(secret.row, kPending, version_id);
  rotation.pending_version = version_id;
  rotation.step = rotation.is_trial ? kTestStep : 0;
  begin_steps(call, secret);
  return {};
}

void end_rotation(Call& call, OpenSecret& secret) {
  Rotation& rotation = secret.row.rotation;
  if (rotation.is_trial) {
    // "This test creates an AWSPENDING version of the secret and then removes it."
    secret.tx.erase(kVersions, secret.version_key(rotation.pending_version));
    secret.row.stages.erase(std::string(kPending));
  } else {
    rotation.rotated_ms = call.now_ms();
    plan_next(call, secret);
  }
  rotation.pending_version.clear();
  rotation.is_trial = false;
}

void fail_step(Call& call, OpenSecret& secret) {
  Rotation& rotation = secret.row.rotation;
  ++rotation.failures;
  if (rotation.is_trial) {
    end_rotation(call, secret);
  } else if (rotation.failures < kFailuresMax) {
    call.arm(kRotationStep, call.now + kRetryFirst * (1 << (rotation.failures - 1)), timer_key(secret));
  } else {
    plan_next(call, secret);
  }
}

Result<Rotation> read_rules(In in, Rotation rotation) {
  if (in.has("RotationLambdaARN")) rotation.lambda_arn = in.str("RotationLambdaARN");
  if (in.has("RotationRules")) {
    const Value& rules = in["RotationRules"];
    rotation.after_days = rules.at("AutomaticallyAfterDays").num();
    rotation.schedule = rules.at("ScheduleExpression").str();
    rotation.duration = rules.at("Duration").str();
    TRY_VOID(check_rules(rotation));
  }
  return rotation;
}

}  // namespace

Result<void> rotate_on_time(Call& call, std::string_view key) {
  auto secret = get_secret_of_timer(call, key);
  if (!secret || !secret->row.rotation.is_enabled || secret->row.purge_ms != 0) return {};
  plan_next(call, *secret);
  if (!secret->row.rotation.pending_version.empty()) {
    begin_steps(call, *secret);  // "That rotation will be reattempted."
  } else if (auto begun = begin_rotation(call, *secret, call.uuid()); !begun) {
    call.cloud().log().write(base::Level::kWarn, "A rotation could not begin.",
                             {{"secret", secret->arn()}, {"reason", begun.error().message}});
  }
  save(call, *secret);
  return {};
}

Result<void> begin_rotation_step(Call& call, std::string_view key) {
  emit_step(call, key);
  return {};
}

Result<void> make_rotation_step(Call& call, const kernel::Event& event) {
  const std::string& key = event.key;
  auto secret = get_secret_of_timer(call, key);
  if (!secret || secret->row.rotation.pending_version.empty() || secret->row.purge_ms != 0) return {};
  const std::int64_t step = secret->row.rotation.step;
  const Value asked(Value::Map{{"Step", kSteps[step]},
                               {"SecretId", secret->arn()},
                               {"ClientRequestToken", secret->row.rotation.pending_version}});
  auto answer = invoke(call, *secret, "RequestResponse", base::to_json(asked));
  if (!answer && answer.error().code == "Parked") return std::unexpected(answer.error());
  // What is invoked inside of this transaction may have changed the secret.
  secret = get_secret_of_timer(call, key);
  if (!secret) return {};
  if (!answer || answer->has("FunctionError")) {
    fail_step(call, *secret);
  } else if (secret->row.rotation.is_trial || step + 1 == kStepsCount) {
    end_rotation(call, *secret);
  } else {
    secret->row.rotation.step = step + 1;
    begin_steps(call, *secret);
  }
  save(call, *secret);
  return {};
}

void stop_rotation(Call& call, OpenSecret& secret) {
  secret.row.rotation.is_enabled = false;
  secret.row.rotation.pending_version.clear();
  call.disarm(kRotate, timer_key(secret));
  call.disarm(kRotationStep, timer_key(secret));
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RotateSecret.html
base::Result<Out> RotateSecret(Call& call, In in) {
  if (in.has("ExternalSecretRotationMetadata") || in.has("ExternalSecretRotationRoleArn"))
    return error("NotImplemented", "Rotation of managed external secrets is not implemented by Virga.");
  TRY_VOID(check_token(in));
  OpenSecret secret = TRY(find_secret_to_change(call, in.str("SecretId")));
  Rotation rotation = TRY(read_rules(in, secret.row.rotation));
  if (rotation.lambda_arn.empty())
    return error("InvalidRequestException", "No Lambda rotation function ARN is associated with this secret.");
  if (is_rotating(secret.row))
    return error("InvalidRequestException", "A previous rotation isn't complete. That rotation will be reattempted.");
  secret.row.rotation = std::move(rotation);
  TRY_VOID(call.authorize("lambda:InvokeFunction", secret.row.rotation.lambda_arn));
  TRY(invoke(call, secret, "DryRun", "{}"));

  secret.row.rotation.is_enabled = true;
  const bool is_immediate = !in.has("RotateImmediately") || in.flag("RotateImmediately");
  secret.row.rotation.is_trial = !is_immediate;
  plan_next(call, secret);
  const std::string& version_id = in.str("ClientRequestToken");
  TRY_VOID(begin_rotation(call, secret, version_id));
  save(call, secret);
  Out answer{{"ARN", secret.arn()}, {"Name", secret.row.name}};
  if (is_immediate) answer.set("VersionId", version_id);
  return answer;
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CancelRotateSecret.html
base::Result<Out> CancelRotateSecret(Call& call, In in) {
  OpenSecret secret = TRY(find_secret_to_change(call, in.str("SecretId")));
  if (secret.row.rotation.lambda_arn.empty())
    return error("InvalidRequestException",
                 "You tried to perform the operation on a secret that's not configured for rotation.");
  Out answer{{"ARN", secret.arn()}, {"Name", secret.row.name}};
  if (!secret.row.rotation.pending_version.empty()) answer.set("VersionId", secret.row.rotation.pending_version);
  stop_rotation(call, secret);
  save(call, secret);
  return answer;
}

}  // namespace secretsmanager
