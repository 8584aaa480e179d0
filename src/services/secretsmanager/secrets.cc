// Secrets: made, described, changed, deleted and restored.
#include "base/random.h"
#include "kernel/cloud.h"
#include "services/secretsmanager/secret.h"

namespace secretsmanager {

namespace {

constexpr std::int64_t kRecoveryDaysMin = 7;
constexpr std::int64_t kRecoveryDaysMax = 30;  // also when nothing is said

Result<void> check_name(const std::string& name) {
  auto is_allowed = [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || std::string_view("-/_+=.@!").contains(c);
  };
  if (!name.empty() && std::ranges::all_of(name, is_allowed)) return {};
  return error("ValidationException",
               "Invalid name. Must be a valid name containing alphanumeric characters, or any of the following: "
               "-/_+=.@!");
}

std::unexpected<base::Error> not_implemented(std::string_view what) {
  return error("NotImplemented", fmt::format("{} is not implemented by Virga.", what));
}

Result<void> check_not_implemented(In in) {
  if (in.has("CrossAccountPrimaryARN")) return not_implemented("Replication across accounts");
  return {};
}

// "If a version with the same token exists and its contents are the same, the request is ignored": the answer to a
// secret that is there already.
Result<Out> answer_existing(Call& call, const OpenSecret& secret, const std::string& token,
                            const std::optional<GivenValue>& value) {
  if (secret.row.purge_ms != 0)
    return error("InvalidRequestException",
                 "You can't create this secret because a secret with this name is already scheduled for deletion.");
  auto version = value ? secret.tx.get(kVersions, secret.version_key(token)) : std::nullopt;
  if (!version)
    return error("ResourceExistsException",
                 fmt::format("The operation failed because the secret {} already exists.", secret.row.name));
  if (!TRY(has_value(call, secret, *version, *value))) return token_in_use(secret, token);
  return Out{{"ARN", secret.arn()}, {"Name", secret.row.name}, {"VersionId", token}};
}

// Those versions that are in use are sealed anew under the key that the secret has now.
void reseal_versions(Call& call, OpenSecret& secret) {
  for (Version& version : versions_of(secret)) {
    const auto stages = stages_of(secret.row, version.id);
    const bool is_in_use = std::ranges::any_of(
        stages, [](const std::string& stage) { return stage == kCurrent || stage == kPending || stage == kPrevious; });
    if (!is_in_use || !version.has_value) continue;
    // "If you don't have kms:Encrypt permission to the new key, Secrets Manager does not re-encrypt existing secret
    // versions with the new key."
    auto value = open_value(call, secret, version);
    if (value && seal_value(call, secret, *value, version))
      secret.tx.put(kVersions, secret.version_key(version.id), version);
  }
}

Result<void> check_no_replicas(const OpenSecret& secret, const std::string& secret_id) {
  if (secret.row.replicas.empty()) return {};
  std::string regions;
  for (const Replica& replica : secret.row.replicas) regions += (regions.empty() ? "" : ", ") + replica.region;
  return error("InvalidParameterException",
               fmt::format("You can't delete secret {} that still has replica regions [{}]", secret_id, regions));
}

Result<void> check_is_primary(const OpenSecret& secret) {
  if (!secret.is_replica()) return {};
  return error("InvalidParameterException",
               "Operation not permitted on a replica secret. Call must be made in primary secret's region.");
}

}  // namespace

void save(Call& call, OpenSecret& secret) {
  update_replicas(call, secret);
  secret.tx.put(kSecrets, secret.row.name, secret.row);
}

void erase(Call& call, const OpenSecret& secret) {
  secret.tx.erase_all(kVersions, store::key(secret.row.id));
  secret.tx.erase(kSecrets, secret.row.name);
  call.disarm(kPurge, timer_key(secret));
  call.disarm(kRotate, timer_key(secret));
  call.disarm(kRotationStep, timer_key(secret));
}

Result<void> purge_secret(Call& call, std::string_view key) {
  auto secret = get_secret_of_timer(call, key);
  if (secret && secret->row.purge_ms != 0 && secret->row.purge_ms <= call.now_ms()) erase(call, *secret);
  return {};
}

Value show_tags(const Secret& secret) {
  Value::List shown;
  for (const Tag& tag : secret.tags) shown.push_back(Out{{"Key", tag.key}, {"Value", tag.value}});
  return shown;
}

Value show_rotation_rules(const Rotation& rotation) {
  Out rules;
  if (rotation.after_days != 0) rules.set("AutomaticallyAfterDays", rotation.after_days);
  if (!rotation.duration.empty()) rules.set("Duration", rotation.duration);
  if (!rotation.schedule.empty()) rules.set("ScheduleExpression", rotation.schedule);
  return rules;
}

Out show_secret(const OpenSecret& secret) {
  const Secret& row = secret.row;
  Out shown{{"ARN", secret.arn()}, {"Name", row.name}, {"CreatedDate", row.created_ms}};
  if (!row.description.empty()) shown.set("Description", row.description);
  if (!row.type.empty()) shown.set("Type", row.type);
  if (!row.kms_key.empty()) shown.set("KmsKeyId", row.kms_key);
  const Rotation& rotation = row.rotation;
  // AWS: a secret that was never set up for rotation says nothing of it.
  if (rotation.is_enabled || !rotation.lambda_arn.empty()) shown.set("RotationEnabled", rotation.is_enabled);
  if (!rotation.lambda_arn.empty()) shown.set("RotationLambdaARN", rotation.lambda_arn);
  if (Value rules = show_rotation_rules(rotation); !rules.map().empty()) shown.set("RotationRules", std::move(rules));
  if (rotation.rotated_ms != 0) shown.set("LastRotatedDate", rotation.rotated_ms);
  if (rotation.is_enabled && rotation.next_until_ms != 0) shown.set("NextRotationDate", rotation.next_until_ms);
  if (row.changed_ms != 0) shown.set("LastChangedDate", row.changed_ms);
  if (row.accessed_ms != 0) shown.set("LastAccessedDate", row.accessed_ms);
  if (row.purge_ms != 0) shown.set("DeletedDate", row.purge_ms);
  if (!row.tags.empty()) shown.set("Tags", show_tags(row));
  if (!row.primary_region.empty()) shown.set("PrimaryRegion", row.primary_region);
  return shown;
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_CreateSecret.html
base::Result<Out> CreateSecret(Call& call, In in) {
  TRY_VOID(check_name(in.str("Name")));
  TRY_VOID(check_not_implemented(in));
  auto value = TRY(read_value(in));
  if (value) TRY_VOID(check_token(in));
  const std::string& token = in.str("ClientRequestToken");
  OpenSecret secret{call.tx, call.place, {}};
  if (auto existing = call.tx.get(kSecrets, in.str("Name"))) {
    secret.row = *std::move(existing);
    return answer_existing(call, secret, token, value);
  }

  secret.row = {.name = in.str("Name"),
                .suffix = call.random_text(6, base::kDigitsAndLetters),
                .id = call.next_sequence(),
                .description = in.str("Description"),
                .kms_key = in.str("KmsKeyId"),
                .type = in.str("Type"),
                .created_ms = call.now_ms(),
                .changed_ms = call.now_ms()};
  TRY_VOID(add_tags(secret.row, in.list("Tags")));
  if (value) TRY_VOID(add_version(call, secret, token, *value, {}));
  if (in.has("AddReplicaRegions")) TRY_VOID(add_replicas(call, secret, in));
  save(call, secret);
  Out answer{{"ARN", secret.arn()}, {"Name", secret.row.name}};
  if (value) answer.set("VersionId", token);
  if (!secret.row.replicas.empty()) answer.set("ReplicationStatus", show_replicas(secret.row));
  return answer;
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DescribeSecret.html
base::Result<Out> DescribeSecret(Call& call, In in) {
  OpenSecret secret = TRY(find_secret(call, in.str("SecretId")));
  Out answer = show_secret(secret);
  if (!secret.row.stages.empty()) answer.set("VersionIdsToStages", show_stages(secret.row));
  if (!secret.row.replicas.empty()) answer.set("ReplicationStatus", show_replicas(secret.row));
  return answer;
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecret.html
base::Result<Out> UpdateSecret(Call& call, In in) {
  OpenSecret secret = TRY(find_secret_to_change(call, in.str("SecretId")));
  auto value = TRY(read_value(in));
  const std::string& token = in.str("ClientRequestToken");
  if (value) TRY_VOID(check_token(in));
  // "If you call this operation with a ClientRequestToken that matches an existing version's VersionId, the operation
  // results in an error."
  if (value && secret.tx.has(kVersions, secret.version_key(token))) return token_in_use(secret, token);

  if (in.has("Description")) secret.row.description = in.str("Description");
  if (in.has("Type")) secret.row.type = in.str("Type");
  const bool has_other_key = in.has("KmsKeyId") && in.str("KmsKeyId") != secret.row.kms_key;
  if (has_other_key) {
    secret.row.kms_key = in.str("KmsKeyId");
    reseal_versions(call, secret);
  }
  if (value) TRY_VOID(add_version(call, secret, token, *value, {}));
  secret.row.changed_ms = call.now_ms();
  save(call, secret);
  Out answer{{"ARN", secret.arn()}, {"Name", secret.row.name}};
  if (value) answer.set("VersionId", token);
  return answer;
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteSecret.html
base::Result<Out> DeleteSecret(Call& call, In in) {
  const bool is_forced = in.flag("ForceDeleteWithoutRecovery");
  const std::int64_t days = in.num("RecoveryWindowInDays", kRecoveryDaysMax);
  if (days < kRecoveryDaysMin || days > kRecoveryDaysMax)
    return error("InvalidParameterException",
                 "The RecoveryWindowInDays value must be between 7 and 30 days (inclusive).");
  if (is_forced && in.has("RecoveryWindowInDays"))
    return error("InvalidParameterException",
                 "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.");
  auto found = get_secret(call, in.str("SecretId"));
  // "If you forcibly delete an already deleted or nonexistent secret, the operation does not return
  // ResourceNotFoundException."
  if (!found && is_forced && !in.str("SecretId").starts_with("arn:"))
    return Out{{"ARN", arn_of(call.place, in.str("SecretId"), call.random_text(6, base::kDigitsAndLetters))},
               {"Name", in.str("SecretId")},
               {"DeletionDate", call.now_ms()}};
  OpenSecret secret = TRY(find_secret(call, in.str("SecretId")));
  TRY_VOID(check_is_primary(secret));
  if (secret.row.purge_ms != 0 && !is_forced)
    return error("InvalidRequestException",
                 "You can't perform this operation on the secret because it was already scheduled for deletion.");
  TRY_VOID(check_no_replicas(secret, in.str("SecretId")));

  std::int64_t deletion_ms = call.now_ms();
  if (is_forced) {
    erase(call, secret);
  } else {
    deletion_ms += days * kDayMs;
    secret.row.purge_ms = deletion_ms;
    call.arm(kPurge, kernel::from_ms(deletion_ms), timer_key(secret));
    save(call, secret);
  }
  return Out{{"ARN", secret.arn()}, {"Name", secret.row.name}, {"DeletionDate", deletion_ms}};
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RestoreSecret.html
base::Result<Out> RestoreSecret(Call& call, In in) {
  OpenSecret secret = TRY(find_secret(call, in.str("SecretId")));
  TRY_VOID(check_is_primary(secret));
  // AWS: restoring what is not marked for deletion succeeds.
  if (secret.row.purge_ms != 0) {
    secret.row.purge_ms = 0;
    call.disarm(kPurge, timer_key(secret));
    save(call, secret);
  }
  return Out{{"ARN", secret.arn()}, {"Name", secret.row.name}};
}

}  // namespace secretsmanager
