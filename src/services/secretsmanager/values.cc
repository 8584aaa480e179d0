// Values of secrets: sealed when they come, opened when they are asked for.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/security-encryption.html
#include "aws/envelope.h"
#include "base/random.h"
#include "base/seal.h"
#include "base/secret.h"
#include "kernel/cloud.h"
#include "services/secretsmanager/secret.h"

namespace secretsmanager {

namespace {

constexpr std::string_view kDefaultKey = "alias/aws/secretsmanager";
constexpr std::size_t kBatchDefault = 20;

// "Secrets Manager uses an encryption context with two name/value pairs that identify the secret and its version."
aws::EncryptionContext context_of(const OpenSecret& secret, const Version& version) {
  return {{"SecretARN", secret.arn()}, {"SecretVersionId", version.id}};
}

// Binds the sealed value to its place: what is sealed for one version opens for no other.
std::string bound_to(const OpenSecret& secret, const Version& version) {
  return store::key(secret.arn(), version.id, std::int64_t{version.is_binary});
}

// KMS is asked in the region of the secret, with the permissions of whoever calls.
kernel::Client kms_client(Call& call, const OpenSecret& secret) {
  return call.as_caller(kServicePrincipal).in(secret.place);
}

std::unexpected<base::Error> translate(const base::Error& refused, model::ErrorName<Model> code,
                                       std::string_view message) {
  if (refused.code == "AccessDeniedException") return error("AccessDeniedException", "Access to KMS is not allowed");
  return error(code, std::string(message));
}

Result<void> check_default_key(Call& call, const OpenSecret& secret, const std::string& key) {
  if (!key.empty() && key != kDefaultKey) return {};
  if (call.caller.account == secret.place.account) return {};
  return error("InvalidRequestException",
               "You can't access a secret from a different AWS account if you encrypt the secret with the default KMS "
               "service key.");
}

// The version a request asks for, by its id, its label, or both.
Result<Version> find_version(const OpenSecret& secret, const std::string& id, std::string_view stage) {
  auto absent = [&](std::string_view what, std::string_view which) {
    return error("ResourceNotFoundException",
                 fmt::format("Secrets Manager can't find the specified secret value for {}: {}", what, which));
  };
  if (!id.empty()) {
    auto version = secret.tx.get(kVersions, secret.version_key(id));
    if (!version || !version->has_value) return absent("VersionId", id);
    auto attached = secret.row.stages.find(std::string(stage));
    if (!stage.empty() && (attached == secret.row.stages.end() || attached->second != id))
      return error("InvalidRequestException",
                   "You provided a VersionStage that is not associated to the provided VersionId.");
    return *std::move(version);
  }
  if (stage.empty()) stage = kCurrent;
  auto attached = secret.row.stages.find(std::string(stage));
  if (attached == secret.row.stages.end()) return absent("staging label", stage);
  auto version = secret.tx.get(kVersions, secret.version_key(attached->second));
  if (!version || !version->has_value) return absent("staging label", stage);
  return *std::move(version);
}

// "The date that the secret was last accessed … truncated to midnight of the date": so it is written once a day.
void note_access(Call& call, OpenSecret& secret, Version& version) {
  const std::int64_t day_ms = call.now_ms() / kDayMs * kDayMs;
  if (secret.row.accessed_ms != day_ms) {
    secret.row.accessed_ms = day_ms;
    secret.tx.put(kSecrets, secret.row.name, secret.row);
  }
  if (version.accessed_ms != day_ms) {
    version.accessed_ms = day_ms;
    secret.tx.put(kVersions, secret.version_key(version.id), version);
  }
}

Result<Out> read_secret(Call& call, OpenSecret& secret, const std::string& version_id, std::string_view stage) {
  Version version = TRY(find_version(secret, version_id, stage));
  GivenValue value = TRY(open_value(call, secret, version));
  note_access(call, secret, version);
  Out answer{
      {"ARN", secret.arn()}, {"Name", secret.row.name}, {"VersionId", version.id}, {"CreatedDate", version.created_ms}};
  answer.set(value.is_binary ? model::MemberName<Model>("SecretBinary") : model::MemberName<Model>("SecretString"),
             std::move(value.bytes));
  Value::List stages;
  for (std::string& label : stages_of(secret.row, version.id)) stages.push_back(std::move(label));
  if (!stages.empty()) answer.set("VersionStages", std::move(stages));
  return answer;
}

// What BatchGetSecretValue says of a secret it may not read, without failing as a whole.
Value show_failure(const std::string& secret_id, const base::Error& error) {
  return Out{{"SecretId", secret_id}, {"ErrorCode", error.code}, {"Message", error.message}};
}

Result<Out> read_one_of_batch(Call& call, const std::string& secret_id) {
  const Value input(Value::Map{{"SecretId", secret_id}});
  TRY_VOID(call.authorize("secretsmanager:GetSecretValue", resource_of(call, "GetSecretValue", input)));
  OpenSecret secret = TRY(find_live_secret(call, secret_id));
  return read_secret(call, secret, "", kCurrent);
}

}  // namespace

Result<std::optional<GivenValue>> read_value(In in) {
  if (in.has("SecretString") && in.has("SecretBinary"))
    return error("InvalidParameterException",
                 "You can't specify both a binary secret value and a string secret value in the same secret.");
  if (in.has("SecretString")) return GivenValue{in.str("SecretString"), false};
  if (in.has("SecretBinary")) return GivenValue{in.str("SecretBinary"), true};
  return std::nullopt;
}

Result<void> seal_value(Call& call, const OpenSecret& secret, const GivenValue& value, Version& version) {
  TRY_VOID(check_default_key(call, secret, secret.row.kms_key));
  version.kms_key = secret.row.kms_key;
  version.is_binary = value.is_binary;
  version.has_value = true;
  auto key = aws::generate_data_key(kms_client(call, secret),
                                    version.kms_key.empty() ? kDefaultKey : std::string_view(version.kms_key),
                                    context_of(secret, version));
  if (!key)
    return translate(key.error(), "EncryptionFailure",
                     "Secrets Manager can't encrypt the protected secret text using the provided KMS key. Check that "
                     "the KMS key is available, enabled, and not in an invalid state.");
  const std::string nonce = base::random_bytes(call.cloud().dice(), base::kSealNonceBytes);
  version.sealed_data_key = key->sealed;
  version.sealed_value = base::seal(key->plaintext, nonce, value.bytes, bound_to(secret, version));
  base::wipe(key->plaintext);
  return {};
}

Result<GivenValue> open_value(Call& call, const OpenSecret& secret, const Version& version) {
  TRY_VOID(check_default_key(call, secret, version.kms_key));
  constexpr std::string_view kFailure =
      "Secrets Manager can't decrypt the protected secret text using the provided KMS key.";
  auto key = aws::open_data_key(kms_client(call, secret), version.sealed_data_key, context_of(secret, version));
  if (!key) return translate(key.error(), "DecryptionFailure", kFailure);
  auto bytes = base::unseal(*key, version.sealed_value, bound_to(secret, version));
  base::wipe(*key);
  if (!bytes) return error("DecryptionFailure", std::string(kFailure));
  return GivenValue{*std::move(bytes), version.is_binary};
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetSecretValue.html
base::Result<Out> GetSecretValue(Call& call, In in) {
  OpenSecret secret = TRY(find_live_secret(call, in.str("SecretId")));
  return read_secret(call, secret, in.str("VersionId"), in.str("VersionStage"));
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_BatchGetSecretValue.html
base::Result<Out> BatchGetSecretValue(Call& call, In in) {
  if (in.has("SecretIdList") == in.has("Filters"))
    return error("InvalidParameterException", "Either 'SecretIdList' or 'Filters' must be provided, but not both.");
  if (in.has("SecretIdList") && in.has("MaxResults"))
    return error("InvalidParameterException",
                 "'Filters' not specified. 'Filters' must also be specified when 'MaxResults' is provided.");
  std::vector<std::string> wanted;
  std::string next_token;
  if (in.has("SecretIdList")) {
    for (const Value& secret_id : in.list("SecretIdList")) wanted.push_back(secret_id.str());
  } else {
    TRY_VOID(check_filters(in.list("Filters")));
    TRY_VOID(call.authorize("secretsmanager:ListSecrets", "*"));
    const auto count_max = static_cast<std::size_t>(in.num("MaxResults", kBatchDefault));
    call.tx.scan(kSecrets, {.after = in.has("NextToken") ? std::optional(in.str("NextToken")) : std::nullopt},
                 [&](std::string_view, Secret& row) {
                   OpenSecret secret{call.tx, call.place, std::move(row)};
                   if (secret.row.purge_ms != 0 || !matches(secret, in.list("Filters"))) return true;
                   if (wanted.size() == count_max) {
                     next_token = wanted.back();
                     return false;
                   }
                   wanted.push_back(secret.row.name);
                   return true;
                 });
  }

  Value::List values, failures;
  for (const std::string& secret_id : wanted) {
    auto read = read_one_of_batch(call, secret_id);
    if (read) {
      values.push_back(*std::move(read));
    } else {
      failures.push_back(show_failure(secret_id, read.error()));
    }
  }
  Out answer{{"SecretValues", std::move(values)}, {"Errors", std::move(failures)}};
  if (!next_token.empty()) answer.set("NextToken", next_token);
  return answer;
}

}  // namespace secretsmanager
