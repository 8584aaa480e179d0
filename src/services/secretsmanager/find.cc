// Which secret a request means, and what decisions need to know of it.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/troubleshoot.html#ARN_secretnamehyphen
#include "base/arn.h"
#include "kernel/cloud.h"
#include "services/secretsmanager/secret.h"

namespace secretsmanager {

namespace {

constexpr std::size_t kSuffixCharacters = 6;
constexpr std::string_view kSecretPart = "secret:";

std::optional<OpenSecret> get_by_name(Call& call, const Place& place, std::string_view name) {
  store::Transaction tx = call.tx.at(place);
  auto row = tx.get(kSecrets, name);
  if (!row) return std::nullopt;
  return OpenSecret{tx, place, *std::move(row)};
}

std::optional<OpenSecret> get_by_arn(Call& call, const base::Arn& arn) {
  if (arn.service != "secretsmanager" || !arn.resource.starts_with(kSecretPart)) return std::nullopt;
  const Place place{std::string(arn.account), std::string(arn.region)};
  const std::string_view name = arn.resource.substr(kSecretPart.size());
  if (name.size() > kSuffixCharacters + 1 && name[name.size() - kSuffixCharacters - 1] == '-') {
    auto secret = get_by_name(call, place, name.substr(0, name.size() - kSuffixCharacters - 1));
    if (secret && name.ends_with(secret->row.suffix)) return secret;
  }
  return get_by_name(call, place, name);
}

std::string resource_of_secret(Call& call, std::string_view secret_id) {
  if (auto secret = get_secret(call, secret_id)) return secret->arn();
  if (secret_id.starts_with("arn:")) return std::string(secret_id);
  return arn_of(call.place, secret_id, "");
}

}  // namespace

std::string arn_of(const Place& place, std::string_view name, std::string_view suffix) {
  std::string arn = fmt::format("arn:aws:secretsmanager:{}:{}:secret:{}", place.region, place.account, name);
  if (!suffix.empty()) arn.append("-").append(suffix);
  return arn;
}

std::string OpenSecret::arn() const { return arn_of(place, row.name, row.suffix); }

std::optional<OpenSecret> get_secret(Call& call, std::string_view secret_id) {
  if (base::Arn arn = base::Arn::parse(secret_id); arn && secret_id.starts_with("arn:")) {
    // A secret is reached through the endpoint of its region only.
    return arn.region == call.place.region ? get_by_arn(call, arn) : std::nullopt;
  }
  return get_by_name(call, call.place, secret_id);
}

Result<OpenSecret> find_secret(Call& call, std::string_view secret_id) {
  auto secret = get_secret(call, secret_id);
  if (!secret) return error("ResourceNotFoundException", "Secrets Manager can't find the specified secret.");
  return *std::move(secret);
}

Result<OpenSecret> find_live_secret(Call& call, std::string_view secret_id) {
  OpenSecret secret = TRY(find_secret(call, secret_id));
  if (secret.row.purge_ms != 0)
    return error("InvalidRequestException",
                 "You can't perform this operation on the secret because it was marked for deletion.");
  return secret;
}

Result<OpenSecret> find_secret_to_change(Call& call, std::string_view secret_id) {
  OpenSecret secret = TRY(find_live_secret(call, secret_id));
  if (secret.is_replica())
    return error("InvalidParameterException",
                 "Operation not permitted on a replica secret. Call must be made in primary secret's region.");
  return secret;
}

std::string resource_of(Call& call, std::string_view operation, const Value& input) {
  // Policies name a secret to be created with its suffix to come: "secret:prod/db-??????".
  if (operation == "CreateSecret") return arn_of(call.place, input.at("Name").str(), "??????");
  if (!input.has("SecretId")) return "*";
  return resource_of_secret(call, input.at("SecretId").str());
}

std::string policy_for(Call& call, std::string_view arn) {
  auto secret = get_by_arn(call, base::Arn::parse(arn));
  return secret ? secret->row.policy : "";
}

void each_policy(Call& call, const Place& place, const kernel::VisitResource& visit) {
  call.tx.at(place).scan(kSecrets, "", [&](std::string_view, Secret& row) {
    visit({arn_of(place, row.name, row.suffix), "AWS::SecretsManager::Secret", row.policy});
  });
}

kernel::Tags tags_of(Call& call, std::string_view arn) {
  kernel::Tags tags;
  if (auto secret = get_by_arn(call, base::Arn::parse(arn)))
    for (const Tag& tag : secret->row.tags) tags.emplace(tag.key, tag.value);
  return tags;
}

// https://docs.aws.amazon.com/service-authorization/latest/reference/list_awssecretsmanager.html
bool find_key(Call& call, std::string_view key, policy::Values& values) {
  if (!call.input) return false;
  const Value& input = *call.input;
  auto give = [&](const Value& value) {
    if (value.is_null()) return false;
    values = {value.is_flag() ? (value.flag() ? "true" : "false")
                              : (value.is_whole() ? std::to_string(value.num()) : value.str())};
    return true;
  };
  if (key == "secretsmanager:name") return give(input.at("Name"));
  if (key == "secretsmanager:description") return give(input.at("Description"));
  if (key == "secretsmanager:kmskeyid") return give(input.at("KmsKeyId"));
  if (key == "secretsmanager:versionid") return give(input.at("VersionId"));
  if (key == "secretsmanager:versionstage") return give(input.at("VersionStage"));
  if (key == "secretsmanager:rotationlambdaarn") return give(input.at("RotationLambdaARN"));
  if (key == "secretsmanager:blockpublicpolicy") return give(input.at("BlockPublicPolicy"));
  if (key == "secretsmanager:recoverywindowindays") return give(input.at("RecoveryWindowInDays"));
  if (key == "secretsmanager:forcedeletewithoutrecovery") return give(input.at("ForceDeleteWithoutRecovery"));
  if (key == "secretsmanager:forceoverwritereplicasecret") return give(input.at("ForceOverwriteReplicaSecret"));
  if (key == "secretsmanager:rotateimmediately") return give(input.at("RotateImmediately"));
  if (!input.has("SecretId")) return false;
  if (key == "secretsmanager:secretid") {
    values = {resource_of_secret(call, input.at("SecretId").str())};
    return true;
  }
  auto secret = get_secret(call, input.at("SecretId").str());
  if (!secret) return false;
  if (key == "secretsmanager:secretprimaryregion") {
    values = {secret->row.primary_region.empty() ? secret->place.region : secret->row.primary_region};
    return true;
  }
  if (key == "secretsmanager:resource/allowrotationlambdaarn" && !secret->row.rotation.lambda_arn.empty()) {
    values = {secret->row.rotation.lambda_arn};
    return true;
  }
  return false;
}

std::string timer_key(const OpenSecret& secret) {
  return store::key(secret.place.account, secret.place.region, secret.row.name, secret.row.id);
}

std::optional<OpenSecret> get_secret_of_timer(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  Place place;
  place.account = parts.text();
  place.region = parts.text();
  const std::string name = parts.text();
  const std::uint64_t id = parts.unsigned_number();
  auto secret = get_by_name(call, place, name);
  if (!secret || secret->row.id != id) return std::nullopt;
  return secret;
}

}  // namespace secretsmanager
