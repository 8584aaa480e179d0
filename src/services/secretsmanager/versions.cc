// Versions of a secret and the staging labels that are moved between them.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/whats-in-a-secret.html#term_version
#include "base/strings.h"

#include "services/secretsmanager/secret.h"

namespace secretsmanager {

namespace {

// "Versions of a secret: 100": https://docs.aws.amazon.com/secretsmanager/latest/userguide/reference_limits.html
constexpr std::size_t kVersionsMax = 100;
constexpr std::size_t kLabelsMax = 20;  // of a version

std::unexpected<base::Error> unknown_version() {
  return error("ResourceNotFoundException", "Secrets Manager can't find the specified secret version.");
}

Value show_version(const OpenSecret& secret, const Version& version) {
  Value::List stages;
  for (std::string& stage : stages_of(secret.row, version.id)) stages.push_back(std::move(stage));
  Out shown{{"VersionId", version.id}, {"CreatedDate", version.created_ms}};
  if (version.has_value)
    shown.set("KmsKeyIds", Value::List{version.kms_key.empty() ? "DefaultEncryptionKey" : version.kms_key});
  if (version.accessed_ms != 0) shown.set("LastAccessedDate", version.accessed_ms);
  if (!stages.empty()) shown.set("VersionStages", std::move(stages));
  return shown;
}

Result<void> check_move(const Secret& row, const std::string& stage, const std::string& from, const std::string& to) {
  auto attached = row.stages.find(stage);
  const std::string current = attached == row.stages.end() ? "" : attached->second;
  if (from.empty() && to.empty())
    return error("InvalidParameterException", "You must specify a value for RemoveFromVersionId or MoveToVersionId.");
  if (!current.empty() && from.empty() && current != to)
    return error("InvalidParameterException",
                 fmt::format("The parameter RemoveFromVersionId can't be empty. Staging label {} is currently attached "
                             "to version {}, so you must explicitly reference that version in RemoveFromVersionId.",
                             stage, current));
  if (!from.empty() && current != from)
    return error("InvalidParameterException",
                 fmt::format("Staging label {} is not currently attached to version {}.", stage, from));
  if (to.empty() && stage == kCurrent)
    return error("InvalidParameterException",
                 "You can only move staging label AWSCURRENT to a different secret version. It can't be completely "
                 "removed.");
  return {};
}

}  // namespace

std::vector<Version> versions_of(const OpenSecret& secret) {
  std::vector<Version> versions;
  secret.tx.scan(kVersions, store::key(secret.row.id),
                 [&](std::string_view, Version& version) { versions.push_back(std::move(version)); });
  std::ranges::sort(versions, {}, &Version::sequence);
  return versions;
}

std::vector<std::string> stages_of(const Secret& secret, std::string_view version) {
  std::vector<std::string> stages;
  for (const auto& [stage, attached] : secret.stages)
    if (attached == version) stages.push_back(stage);
  return stages;
}

Value show_stages(const Secret& secret) {
  std::map<std::string, Value::List> by_version;
  for (const auto& [stage, version] : secret.stages) by_version[version].push_back(stage);
  Value shown{Value::Map{}};
  for (auto& [version, stages] : by_version) shown.set(version, std::move(stages));
  return shown;
}

void move_stage(Secret& secret, std::string_view stage, std::string_view version) {
  auto attached = secret.stages.find(std::string(stage));
  // "Secrets Manager also automatically moves the staging label AWSPREVIOUS to the version that AWSCURRENT was removed
  // from."
  if (stage == kCurrent && attached != secret.stages.end() && attached->second != version)
    secret.stages[std::string(kPrevious)] = attached->second;
  secret.stages[std::string(stage)] = version;
}

Result<void> make_room(Call& call, const OpenSecret& secret) {
  std::vector<Version> versions = versions_of(secret);
  std::size_t count = versions.size();
  // "Secrets Manager removes outdated versions when there are more than 100, but it does not remove versions created
  // less than 24 hours ago."
  for (const Version& version : versions) {
    if (count < kVersionsMax) break;
    if (!stages_of(secret.row, version.id).empty() || version.created_ms + kDayMs > call.now_ms()) continue;
    secret.tx.erase(kVersions, secret.version_key(version.id));
    --count;
  }
  if (count >= kVersionsMax) return error("LimitExceededException", "The secret has reached its quota of versions.");
  return {};
}

Result<void> add_version(Call& call, OpenSecret& secret, std::string_view id, const GivenValue& value,
                         std::vector<std::string> stages) {
  TRY_VOID(make_room(call, secret));
  Version version{.id = std::string(id), .sequence = call.next_sequence(), .created_ms = call.now_ms()};
  // The empty version that a rotation begins with is given its value here.
  if (auto empty = secret.tx.get(kVersions, secret.version_key(id))) version.sequence = empty->sequence;
  TRY_VOID(seal_value(call, secret, value, version));
  secret.tx.put(kVersions, secret.version_key(id), version);
  if (stages.empty()) stages.emplace_back(kCurrent);
  // "If this operation creates the first version for the secret, then Secrets Manager automatically attaches the
  // staging label AWSCURRENT to it."
  if (!secret.row.stages.contains(std::string(kCurrent))) move_stage(secret.row, kCurrent, id);
  for (const std::string& stage : stages) move_stage(secret.row, stage, id);
  secret.row.changed_ms = call.now_ms();
  return {};
}

Result<bool> has_value(Call& call, const OpenSecret& secret, const Version& version, const GivenValue& value) {
  if (!version.has_value) return false;
  GivenValue known = TRY(open_value(call, secret, version));
  return known.is_binary == value.is_binary && known.bytes == value.bytes;
}

Result<void> check_token(In in) {
  // SDKs fill it in.
  if (in.str("ClientRequestToken").empty())
    return error("InvalidRequestException",
                 "You must provide a ClientRequestToken value. We recommend a UUID-type value.");
  return {};
}

std::unexpected<base::Error> token_in_use(const OpenSecret& secret, std::string_view token) {
  return error("ResourceExistsException",
               fmt::format("You can't use ClientRequestToken {} because that value is already in use for a version of "
                           "secret {}.",
                           token, secret.arn()));
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutSecretValue.html
base::Result<Out> PutSecretValue(Call& call, In in) {
  TRY_VOID(check_token(in));
  auto value = TRY(read_value(in));
  if (!value) return error("InvalidRequestException", "You must provide either SecretString or SecretBinary.");
  OpenSecret secret = TRY(find_secret_to_change(call, in.str("SecretId")));

  const std::string& id = in.str("ClientRequestToken");
  std::vector<std::string> stages;
  for (const Value& stage : in.list("VersionStages")) stages.push_back(stage.str());
  auto version = secret.tx.get(kVersions, secret.version_key(id));
  if (version && version->has_value) {
    if (!TRY(has_value(call, secret, *version, *value))) return token_in_use(secret, id);
  } else {
    TRY_VOID(add_version(call, secret, id, *value, std::move(stages)));
    save(call, secret);
  }

  Value::List attached;
  for (std::string& stage : stages_of(secret.row, id)) attached.push_back(std::move(stage));
  return Out{
      {"ARN", secret.arn()}, {"Name", secret.row.name}, {"VersionId", id}, {"VersionStages", std::move(attached)}};
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UpdateSecretVersionStage.html
base::Result<Out> UpdateSecretVersionStage(Call& call, In in) {
  OpenSecret secret = TRY(find_secret_to_change(call, in.str("SecretId")));
  const std::string& stage = in.str("VersionStage");
  const std::string& from = in.str("RemoveFromVersionId");
  const std::string& to = in.str("MoveToVersionId");
  for (const std::string& version : {from, to})
    if (!version.empty() && !secret.tx.has(kVersions, secret.version_key(version))) return unknown_version();
  TRY_VOID(check_move(secret.row, stage, from, to));
  if (!to.empty() && secret.row.stages[stage] != to && stages_of(secret.row, to).size() >= kLabelsMax)
    return error("LimitExceededException", "The version has reached its quota of staging labels.");

  if (to.empty()) {
    secret.row.stages.erase(stage);
  } else {
    move_stage(secret.row, stage, to);
  }
  secret.row.changed_ms = call.now_ms();
  save(call, secret);
  return Out{{"ARN", secret.arn()}, {"Name", secret.row.name}};
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ListSecretVersionIds.html
base::Result<Out> ListSecretVersionIds(Call& call, In in) {
  OpenSecret secret = TRY(find_secret(call, in.str("SecretId")));
  std::vector<Version> versions = versions_of(secret);
  std::uint64_t after = 0;
  if (in.has("NextToken")) {
    auto number = base::parse_number<std::uint64_t>(in.str("NextToken"));
    if (!number) return error("InvalidNextTokenException", "The NextToken value is invalid.");
    after = *number;
  }

  const auto count_max = static_cast<std::size_t>(in.num("MaxResults", 100));
  Out answer{{"ARN", secret.arn()}, {"Name", secret.row.name}};
  Value::List shown;
  std::uint64_t last = 0;
  for (const Version& version : versions) {
    if (version.sequence <= after) continue;
    if (!in.flag("IncludeDeprecated") && stages_of(secret.row, version.id).empty()) continue;
    if (shown.size() == count_max) {
      answer.set("NextToken", std::to_string(last));
      break;
    }
    shown.push_back(show_version(secret, version));
    last = version.sequence;
  }
  answer.set("Versions", std::move(shown));
  return answer;
}

}  // namespace secretsmanager
