// Signatures, message authentication codes and agreed secrets, and the public keys of pairs.
#include "base/bytes.h"
#include "services/kms/keys.h"

namespace kms {

namespace {

std::unexpected<base::Error> incompatible(const OpenKey& key, std::string_view algorithm) {
  return error("InvalidKeyUsageException",
               fmt::format("Algorithm {} is incompatible with key spec {}.", algorithm, key.row.spec));
}

struct Signing {
  OpenKey key;
  MessageForm form;
};

// Of Sign and Verify.
base::Result<Signing> read_signing(Call& call, In in) {
  OpenKey key = TRY(find_key(call, in.str("KeyId")));
  TRY_VOID(take_request(call, key));
  TRY_VOID(check_use(call, key, KeyUse::kSign));
  const std::string& algorithm = in.str("SigningAlgorithm");
  const auto known = signing_algorithms_of(key.spec());
  if (std::ranges::find(known, algorithm) == known.end()) return incompatible(key, algorithm);
  const std::string& type = in.str("MessageType");
  if (type == "EXTERNAL_MU" || (type == "DIGEST" && digest_bytes(algorithm) == 0))
    return error("ValidationException", fmt::format("MessageType {} is not valid for algorithm {}.", type, algorithm));
  MessageForm form = type == "DIGEST" ? MessageForm::kDigest : MessageForm::kRaw;
  if (form == MessageForm::kDigest && in.str("Message").size() != digest_bytes(algorithm))
    return error("ValidationException", fmt::format("Digest is invalid length for algorithm {}.", algorithm));
  return Signing{std::move(key), form};
}

base::Result<OpenKey> find_mac_key(Call& call, In in) {
  OpenKey key = TRY(find_key(call, in.str("KeyId")));
  TRY_VOID(take_request(call, key));
  TRY_VOID(check_use(call, key, KeyUse::kMac));
  if (in.str("MacAlgorithm") != mac_algorithm_of(key.spec())) return incompatible(key, in.str("MacAlgorithm"));
  return key;
}

base::Result<std::string> compute_mac(Call& call, In in, const OpenKey& key) {
  base::Secret secret = TRY(current_secret(call, key));
  return mac(secret.bytes(), in.str("MacAlgorithm"), in.str("Message"));
}

}  // namespace

// https://docs.aws.amazon.com/kms/latest/APIReference/API_Sign.html
base::Result<Out> Sign(Call& call, In in) {
  Signing signing = TRY(read_signing(call, in));
  TRY_VOID(end_dry_run(in));
  base::Secret secret = TRY(current_secret(call, signing.key));
  auto signature = sign(secret.bytes(), in.str("SigningAlgorithm"), in.str("Message"), signing.form);
  if (!signature) return error("KMSInternalException", "The message could not be signed.");
  return Out{{"KeyId", signing.key.arn()},
             {"Signature", *std::move(signature)},
             {"SigningAlgorithm", in.str("SigningAlgorithm")}};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_Verify.html
base::Result<Out> Verify(Call& call, In in) {
  Signing signing = TRY(read_signing(call, in));
  std::string public_key = TRY(current_public_key(signing.key));
  if (!verify(public_key, in.str("SigningAlgorithm"), in.str("Message"), signing.form, in.str("Signature")))
    return error("KMSInvalidSignatureException", "");
  TRY_VOID(end_dry_run(in));
  return Out{{"KeyId", signing.key.arn()}, {"SignatureValid", true}, {"SigningAlgorithm", in.str("SigningAlgorithm")}};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateMac.html
base::Result<Out> GenerateMac(Call& call, In in) {
  OpenKey key = TRY(find_mac_key(call, in));
  TRY_VOID(end_dry_run(in));
  return Out{{"Mac", TRY(compute_mac(call, in, key))}, {"MacAlgorithm", in.str("MacAlgorithm")}, {"KeyId", key.arn()}};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_VerifyMac.html
base::Result<Out> VerifyMac(Call& call, In in) {
  OpenKey key = TRY(find_mac_key(call, in));
  std::string code = TRY(compute_mac(call, in, key));
  if (!base::equal_in_constant_time(code, in.str("Mac"))) return error("KMSInvalidMacException", "");
  TRY_VOID(end_dry_run(in));
  return Out{{"KeyId", key.arn()}, {"MacValid", true}, {"MacAlgorithm", in.str("MacAlgorithm")}};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_DeriveSharedSecret.html
base::Result<Out> DeriveSharedSecret(Call& call, In in) {
  TRY_VOID(refuse_recipient(call, in));
  OpenKey key = TRY(find_key(call, in.str("KeyId")));
  TRY_VOID(take_request(call, key));
  TRY_VOID(check_use(call, key, KeyUse::kAgree));
  TRY_VOID(end_dry_run(in));
  base::Secret own = TRY(current_secret(call, key));
  auto secret = agree(own.bytes(), in.str("PublicKey"));
  if (!secret)
    return error("ValidationException",
                 fmt::format("PublicKey is not a public key of the elliptic curve of key spec {}.", key.row.spec));
  return Out{{"KeyId", key.arn()},
             {"SharedSecret", secret->bytes()},
             {"KeyAgreementAlgorithm", in.str("KeyAgreementAlgorithm")},
             {"KeyOrigin", origin_name(key.row.origin)}};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_GetPublicKey.html
base::Result<Out> GetPublicKey(Call& call, In in) {
  OpenKey key = TRY(find_key(call, in.str("KeyId")));
  if (!key.spec().is_pair())
    return error("UnsupportedOperationException", fmt::format("{} is not an asymmetric key.", key.arn()));
  TRY_VOID(check_state(call, key, For::kUse));
  Value described = describe(call, key);
  Out out{{"KeyId", key.arn()},
          {"PublicKey", TRY(current_public_key(key))},
          {"CustomerMasterKeySpec", described.at("CustomerMasterKeySpec")},
          {"KeySpec", key.row.spec},
          {"KeyUsage", use_name(key.row.use)}};
  if (described.has("EncryptionAlgorithms")) out.set("EncryptionAlgorithms", described.at("EncryptionAlgorithms"));
  if (described.has("SigningAlgorithms")) out.set("SigningAlgorithms", described.at("SigningAlgorithms"));
  if (described.has("KeyAgreementAlgorithms"))
    out.set("KeyAgreementAlgorithms", described.at("KeyAgreementAlgorithms"));
  return out;
}

}  // namespace kms
