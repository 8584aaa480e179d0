// Encrypt, Decrypt, ReEncrypt.
#include "services/kms/encrypt.h"

#include "kernel/cloud.h"

namespace kms {

namespace {

constexpr std::string_view kSymmetric = "SYMMETRIC_DEFAULT";

base::Result<std::string> algorithm_for(const OpenKey& key, const std::string& asked, const Value& context) {
  std::string algorithm = asked.empty() ? std::string(kSymmetric) : asked;
  const auto known = encryption_algorithms_of(key.spec());
  if (std::ranges::find(known, algorithm) == known.end())
    return error("InvalidKeyUsageException",
                 fmt::format("Algorithm {} is incompatible with key spec {}.", algorithm, key.row.spec));
  if (!key.row.is_symmetric() && !context.map().empty())
    return error("ValidationException", "EncryptionContext is not supported with asymmetric keys.");
  return algorithm;
}

base::Result<std::string> encrypt_with(Call& call, const OpenKey& key, const std::string& algorithm,
                                       std::string_view plaintext, const EncryptionContext& context) {
  if (key.row.is_symmetric()) return encrypt_symmetric(call, key, plaintext, context);
  std::size_t bytes_max = plaintext_bytes_max(key.spec(), algorithm);
  if (plaintext.size() > bytes_max)
    return error("ValidationException",
                 fmt::format("Algorithm {} and key spec {} cannot encrypt data larger than {} bytes.", algorithm,
                             key.row.spec, bytes_max));
  auto ciphertext = encrypt(TRY(current_public_key(key)), algorithm, plaintext);
  if (!ciphertext) return error("KMSInternalException", "The plaintext could not be encrypted.");
  return *std::move(ciphertext);
}

struct Source {
  std::string key_id, algorithm;  // as asked for; empty: what made the ciphertext
  const Value& context;
};

struct Opened {
  OpenKey key;
  base::Secret plaintext;
  std::string algorithm, material_id;
};

// Which key it was is not told to those who may not know.
std::unexpected<base::Error> hide_key(Call& call) {
  return error("AccessDeniedException",
               fmt::format("User: {} is not authorized to perform: {} on the resource associated with this ciphertext "
                           "because the resource does not exist in this Region, no resource-based policies allow "
                           "access, or a resource-based policy explicitly denies access",
                           call.caller.arn, call.operation->name == "ReEncrypt" ? "kms:ReEncryptFrom" : "kms:Decrypt"));
}

// The key that has made the ciphertext, or the one that is named, if it is that.
base::Result<OpenKey> find_source_key(Call& call, const Source& source, const std::optional<Blob>& blob) {
  if (!blob) return find_key(call, source.key_id);
  auto made_by = get_key(call, {blob->account, call.place.region}, blob->key_id);
  if (source.key_id.empty()) {
    if (!made_by) return hide_key(call);
    return *std::move(made_by);
  }
  OpenKey key = TRY(find_key(call, source.key_id));
  if (key.row.id == blob->key_id && key.place.account == blob->account) return key;
  if (key.row.use != KeyUse::kEncrypt) return key;  // which is refused for that
  return error("IncorrectKeyException",
               "The key ID in the request does not identify a CMK that can perform this operation.");
}

// Everything but the answer: for Decrypt and ReEncrypt.
base::Result<Opened> open_ciphertext(Call& call, In in, const Source& source) {
  const std::string& ciphertext = in.str("CiphertextBlob");
  bool is_asymmetric = !source.algorithm.empty() && source.algorithm != kSymmetric;
  if (is_asymmetric && source.key_id.empty())
    return error("ValidationException",
                 "A KeyId is required when the ciphertext was encrypted under an asymmetric key.");
  auto blob = is_asymmetric ? std::nullopt : read_blob(ciphertext);
  if (!is_asymmetric && !blob && source.key_id.empty()) return error("InvalidCiphertextException", "");
  OpenKey key = TRY(find_source_key(call, source, blob));
  TRY_VOID(take_request(call, key));
  TRY_VOID(check_use(call, key, KeyUse::kEncrypt));
  std::string algorithm = TRY(algorithm_for(key, source.algorithm, source.context));
  if (!is_asymmetric && !blob) return error("InvalidCiphertextException", "");
  std::string material_id = is_asymmetric ? key.row.current_material : blob->material_id;
  if (!get_material(key, material_id)) return error("InvalidCiphertextException", "");
  base::Secret secret = TRY(open_material(call, key, material_id));
  auto plaintext = is_asymmetric ? decrypt(secret.bytes(), algorithm, ciphertext)
                                 : open_blob(*blob, secret.bytes(), source.context.map());
  if (!plaintext) return error("InvalidCiphertextException", "");
  return Opened{std::move(key), *std::move(plaintext), std::move(algorithm), std::move(material_id)};
}

// A dry run that asks about permissions alone, without a ciphertext.
base::Result<bool> ignores_ciphertext(In in) {
  const Value::List& modifiers = in.list("DryRunModifiers");
  if (!modifiers.empty() && !in.flag("DryRun"))
    return error("ValidationException", "DryRunModifiers can only be specified when DryRun is true.");
  if (!modifiers.empty() || in.has("CiphertextBlob")) return !modifiers.empty();
  return error("ValidationException",
               "1 validation error detected: Value null at 'ciphertextBlob' failed to satisfy constraint: Member must "
               "not be null");
}

base::Result<void> try_permissions(Call& call, In in, const std::string& key_id) {
  if (key_id.empty())
    return error("ValidationException", "A KeyId is required when DryRunModifiers has IGNORE_CIPHERTEXT.");
  OpenKey key = TRY(find_key(call, key_id));
  TRY_VOID(check_use(call, key, KeyUse::kEncrypt));
  return end_dry_run(in);
}

}  // namespace

base::Result<std::string> encrypt_symmetric(Call& call, const OpenKey& key, std::string_view plaintext,
                                            const EncryptionContext& context) {
  base::Secret secret = TRY(current_secret(call, key));
  return seal_blob(call, key, secret.bytes(), plaintext, context);
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_Encrypt.html
base::Result<Out> Encrypt(Call& call, In in) {
  OpenKey key = TRY(find_key(call, in.str("KeyId")));
  TRY_VOID(take_request(call, key));
  TRY_VOID(check_use(call, key, KeyUse::kEncrypt));
  std::string algorithm = TRY(algorithm_for(key, in.str("EncryptionAlgorithm"), in["EncryptionContext"]));
  TRY_VOID(end_dry_run(in));
  std::string blob = TRY(encrypt_with(call, key, algorithm, in.str("Plaintext"), in.map("EncryptionContext")));
  return Out{{"CiphertextBlob", std::move(blob)}, {"KeyId", key.arn()}, {"EncryptionAlgorithm", algorithm}};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_Decrypt.html
base::Result<Out> Decrypt(Call& call, In in) {
  TRY_VOID(refuse_recipient(call, in));
  if (TRY(ignores_ciphertext(in))) return std::unexpected(try_permissions(call, in, in.str("KeyId")).error());
  Opened opened =
      TRY(open_ciphertext(call, in, {in.str("KeyId"), in.str("EncryptionAlgorithm"), in["EncryptionContext"]}));
  TRY_VOID(end_dry_run(in));
  Out out{
      {"KeyId", opened.key.arn()}, {"Plaintext", opened.plaintext.bytes()}, {"EncryptionAlgorithm", opened.algorithm}};
  if (opened.key.row.is_symmetric()) out.set("KeyMaterialId", opened.material_id);
  return out;
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_ReEncrypt.html
base::Result<Out> ReEncrypt(Call& call, In in) {
  OpenKey key = TRY(find_key(call, in.str("DestinationKeyId")));
  const kernel::ConditionKeys keys = condition_keys_of(call, key, in["DestinationEncryptionContext"]);
  TRY_VOID(
      call.cloud().authorizer().authorize(call, {.action = "kms:ReEncryptTo", .resource = key.arn(), .keys = &keys}));
  if (TRY(ignores_ciphertext(in))) {
    TRY_VOID(check_use(call, key, KeyUse::kEncrypt));
    return std::unexpected(try_permissions(call, in, in.str("SourceKeyId")).error());
  }
  Opened opened = TRY(open_ciphertext(
      call, in, {in.str("SourceKeyId"), in.str("SourceEncryptionAlgorithm"), in["SourceEncryptionContext"]}));
  TRY_VOID(check_use(call, key, KeyUse::kEncrypt));
  std::string algorithm =
      TRY(algorithm_for(key, in.str("DestinationEncryptionAlgorithm"), in["DestinationEncryptionContext"]));
  TRY_VOID(end_dry_run(in));
  std::string blob =
      TRY(encrypt_with(call, key, algorithm, opened.plaintext.bytes(), in.map("DestinationEncryptionContext")));
  Out out{{"CiphertextBlob", std::move(blob)},
          {"SourceKeyId", opened.key.arn()},
          {"KeyId", key.arn()},
          {"SourceEncryptionAlgorithm", opened.algorithm},
          {"DestinationEncryptionAlgorithm", algorithm}};
  if (opened.key.row.is_symmetric()) out.set("SourceKeyMaterialId", opened.material_id);
  if (key.row.is_symmetric()) out.set("DestinationKeyMaterialId", key.row.current_material);
  return out;
}

}  // namespace kms
