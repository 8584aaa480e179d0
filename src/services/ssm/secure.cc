// SecureString values: sealed by KMS itself in the standard tier, by a data key of KMS in the advanced tier.
// https://docs.aws.amazon.com/kms/latest/developerguide/services-parameter-store.html
#include "aws/envelope.h"
#include "base/bytes.h"
#include "base/random.h"
#include "base/seal.h"
#include "base/secret.h"
#include "kernel/cloud.h"
#include "services/ssm/parameter.h"

namespace ssm {

namespace {

constexpr std::string_view kServicePrincipal = "ssm.amazonaws.com";

// "Parameter Store uses this encryption context in its cryptographic operations: PARAMETER_ARN: <parameter ARN>".
aws::EncryptionContext context_of(const std::string& arn) { return {{"PARAMETER_ARN", arn}}; }

// What KMS refuses is told as it tells it.
std::unexpected<base::Error> translate(Call& call, const base::Error& refused) {
  std::string message =
      fmt::format("{} (Service: AWSKMS; Status Code: 400; Error Code: {}; Request ID: {}; Proxy: null)",
                  refused.message, refused.code, call.request.id);
  if (refused.code == "AccessDeniedException") return error("AccessDeniedException", std::move(message));
  return error("InvalidKeyId", std::move(message));
}

// The two parts of an advanced value, each with its length in front: the data key as KMS sealed it, the sealed text.
std::string join_parts(std::string_view key, std::string_view text) {
  return base::to_ordered(key.size()) + std::string(key) + std::string(text);
}

}  // namespace

Result<std::string> seal_value(Call& call, const std::string& arn, const Version& version, const std::string& text) {
  const kernel::Client client = call.as_caller(kServicePrincipal);
  if (version.tier == kStandard) {
    auto sealed = aws::encrypt(client, version.key_id, text, context_of(arn));
    if (!sealed) return translate(call, sealed.error());
    return sealed;
  }
  auto key = aws::generate_data_key(client, version.key_id, context_of(arn));
  if (!key) return translate(call, key.error());
  const std::string nonce = base::random_bytes(call.cloud().dice(), base::kSealNonceBytes);
  std::string sealed = join_parts(key->sealed, base::seal(key->plaintext, nonce, text, arn));
  base::wipe(key->plaintext);
  return sealed;
}

Result<std::string> open_value(Call& call, const std::string& arn, const Version& version) {
  const kernel::Client client = call.as_caller(kServicePrincipal);
  if (version.tier == kStandard) {
    auto text = aws::decrypt(client, version.value, context_of(arn));
    if (!text) return translate(call, text.error());
    return text;
  }
  const std::string_view value = version.value;
  const std::size_t key_bytes = base::from_ordered(value.substr(0, 8));
  auto key = aws::open_data_key(client, value.substr(8, key_bytes), context_of(arn));
  if (!key) return translate(call, key.error());
  auto text = base::unseal(*key, value.substr(8 + key_bytes), arn);
  base::wipe(*key);
  if (!text) return error("InternalServerError", "The value of the parameter cannot be opened.");
  return *std::move(text);
}

}  // namespace ssm
