// Data keys: made here, used elsewhere, and sealed under a key for later. And bytes by chance.
#include "kernel/cloud.h"
#include "services/kms/encrypt.h"

namespace kms {

namespace {

// What GenerateDataKey* is asked for.
base::Result<std::size_t> data_key_bytes(In in) {
  if (in.has("KeySpec") && in.has("NumberOfBytes"))
    return error("ValidationException", "Please specify either number of bytes or key spec, but not both.");
  if (in.has("KeySpec")) return in.str("KeySpec") == "AES_128" ? 16 : 32;
  if (in.has("NumberOfBytes")) return std::size_t(in.num("NumberOfBytes"));
  return error("ValidationException", "Please specify either number of bytes or key spec.");
}

base::Result<OpenKey> find_sealing_key(Call& call, In in) {
  OpenKey key = TRY(find_key(call, in.str("KeyId")));
  TRY_VOID(take_request(call, key));
  TRY_VOID(check_use(call, key, KeyUse::kEncrypt));
  if (key.row.is_symmetric()) return key;
  return error("InvalidKeyUsageException", fmt::format("{} key spec is {} which is not valid for {}.", key.arn(),
                                                       key.row.spec, call.operation->name));
}

struct DataKey {
  OpenKey key;
  base::Secret plaintext;
  std::string blob;
};

base::Result<DataKey> make_data_key(Call& call, In in) {
  std::size_t bytes = TRY(data_key_bytes(in));
  OpenKey key = TRY(find_sealing_key(call, in));
  TRY_VOID(end_dry_run(in));
  base::Secret plaintext(base::random_bytes(call.cloud().dice(), bytes));
  std::string blob = TRY(encrypt_symmetric(call, key, plaintext.bytes(), in.map("EncryptionContext")));
  return DataKey{std::move(key), std::move(plaintext), std::move(blob)};
}

base::Result<DataKey> make_data_key_pair(Call& call, In in) {
  const Spec* spec = find_spec(in.str("KeyPairSpec"));
  if (!spec)
    return error("NotImplemented", fmt::format("Virga cannot make key pairs of spec {}: the OpenSSL it is built with "
                                               "does not have them.",
                                               in.str("KeyPairSpec")));
  OpenKey key = TRY(find_sealing_key(call, in));
  TRY_VOID(end_dry_run(in));
  FreshMaterial private_key = TRY(make_material(call, *spec));
  base::Secret plaintext(private_key->bytes());
  std::string blob = TRY(encrypt_symmetric(call, key, plaintext.bytes(), in.map("EncryptionContext")));
  return DataKey{std::move(key), std::move(plaintext), std::move(blob)};
}

Out show_pair(In in, const DataKey& made) {
  return Out{{"PrivateKeyCiphertextBlob", made.blob},
             {"PublicKey", public_key_of(made.plaintext.bytes())},
             {"KeyId", made.key.arn()},
             {"KeyPairSpec", in.str("KeyPairSpec")},
             {"KeyMaterialId", made.key.row.current_material}};
}

Out show_sealed(DataKey& made) {
  return Out{{"CiphertextBlob", std::move(made.blob)},
             {"KeyId", made.key.arn()},
             {"KeyMaterialId", made.key.row.current_material}};
}

}  // namespace

// https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKey.html
base::Result<Out> GenerateDataKey(Call& call, In in) {
  TRY_VOID(refuse_recipient(call, in));
  DataKey made = TRY(make_data_key(call, in));
  Out out = show_sealed(made);
  out.set("Plaintext", made.plaintext.bytes());
  return out;
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyWithoutPlaintext.html
base::Result<Out> GenerateDataKeyWithoutPlaintext(Call& call, In in) {
  DataKey made = TRY(make_data_key(call, in));
  return show_sealed(made);
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyPair.html
base::Result<Out> GenerateDataKeyPair(Call& call, In in) {
  TRY_VOID(refuse_recipient(call, in));
  DataKey made = TRY(make_data_key_pair(call, in));
  Out out = show_pair(in, made);
  out.set("PrivateKeyPlaintext", made.plaintext.bytes());
  return out;
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateDataKeyPairWithoutPlaintext.html
base::Result<Out> GenerateDataKeyPairWithoutPlaintext(Call& call, In in) {
  return show_pair(in, TRY(make_data_key_pair(call, in)));
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_GenerateRandom.html
base::Result<Out> GenerateRandom(Call& call, In in) {
  TRY_VOID(refuse_recipient(call, in));
  if (in.has("CustomKeyStoreId"))
    return error("CustomKeyStoreNotFoundException",
                 fmt::format("Custom key store {} does not exist.", in.str("CustomKeyStoreId")));
  if (!in.has("NumberOfBytes")) return error("ValidationException", "Please specify number of bytes.");
  TRY_VOID(take_request(call));
  return Out{{"Plaintext", base::random_bytes(call.cloud().dice(), std::size_t(in.num("NumberOfBytes")))}};
}

}  // namespace kms
