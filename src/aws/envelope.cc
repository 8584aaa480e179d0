#include "aws/envelope.h"

namespace aws {

namespace {

using base::Value;

constexpr kernel::OperationId kGenerateDataKey{"kms", "GenerateDataKey"};
constexpr kernel::OperationId kEncrypt{"kms", "Encrypt"};
constexpr kernel::OperationId kDecrypt{"kms", "Decrypt"};
constexpr kernel::OperationId kDescribeKey{"kms", "DescribeKey"};

Value context_value(const EncryptionContext& context) {
  Value::Map map;
  for (const auto& [name, value] : context) map.emplace_back(name, value);
  return map;
}

Value request(std::string_view member, std::string_view text, const EncryptionContext& context) {
  Value input(Value::Map{{std::string(member), text}});
  if (!context.empty()) input.set("EncryptionContext", context_value(context));
  return input;
}

}  // namespace

Result<DataKey> generate_data_key(const kernel::Client& as, std::string_view key, const EncryptionContext& context) {
  Value input = request("KeyId", key, context);
  input.set("KeySpec", "AES_256");
  Value made = TRY(as.invoke(kGenerateDataKey, std::move(input)));
  return DataKey{made.at("CiphertextBlob").str(), made.at("Plaintext").str(), made.at("KeyId").str()};
}

Result<std::string> open_data_key(const kernel::Client& as, std::string_view sealed, const EncryptionContext& context) {
  return decrypt(as, sealed, context);
}

Result<std::string> encrypt(const kernel::Client& as, std::string_view key, std::string_view text,
                            const EncryptionContext& context) {
  Value input = request("KeyId", key, context);
  input.set("Plaintext", text);
  Value made = TRY(as.invoke(kEncrypt, std::move(input)));
  return made.at("CiphertextBlob").str();
}

Result<std::string> decrypt(const kernel::Client& as, std::string_view sealed, const EncryptionContext& context) {
  Value opened = TRY(as.invoke(kDecrypt, request("CiphertextBlob", sealed, context)));
  return opened.at("Plaintext").str();
}

Result<std::string> find_key_arn(const kernel::Client& as, std::string_view key) {
  Value described = TRY(as.invoke(kDescribeKey, Value::Map{{"KeyId", key}}));
  return described.at("KeyMetadata").at("Arn").str();
}

Result<std::string> find_key_arn(kernel::Call& call, std::string_view key) {
  return find_key_arn(call.as_caller(std::string(call.service_model->endpoint_prefix) + ".amazonaws.com"), key);
}

}  // namespace aws
