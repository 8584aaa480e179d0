// Vectors from standards through the API, imported material, and quotas: what text tests cannot say.
#include <gtest/gtest.h>
#include <openssl/evp.h>

#include "api/kms.h"
#include "base/bytes.h"
#include "kernel/limits.h"
#include "kernel/testing.h"
#include "services/kms/crypto.h"

namespace kms {
namespace {

using base::Value;
using M = Value::Map;

std::string hex(std::string_view text) { return *base::from_hex(text); }

std::string lower_hex(const Value& value) { return base::to_hex(value.str()); }

// RFC 5649, with OpenSSL.
std::string wrap_with_aes(const std::string& key, const std::string& text) {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  EVP_CIPHER_CTX_set_flags(context, EVP_CIPHER_CTX_FLAG_WRAP_ALLOW);
  EVP_CIPHER* cipher = EVP_CIPHER_fetch(nullptr, "AES-256-WRAP-PAD", nullptr);
  std::string wrapped(text.size() + 16, '\0');
  int length = 0, rest = 0;
  auto* out = reinterpret_cast<unsigned char*>(wrapped.data());
  EVP_EncryptInit_ex(context, cipher, nullptr, reinterpret_cast<const unsigned char*>(key.data()), nullptr);
  EVP_EncryptUpdate(context, out, &length, reinterpret_cast<const unsigned char*>(text.data()), int(text.size()));
  EVP_EncryptFinal_ex(context, out + length, &rest);
  EVP_CIPHER_free(cipher);
  EVP_CIPHER_CTX_free(context);
  wrapped.resize(std::size_t(length + rest));
  return wrapped;
}

class Kms : public ::testing::Test {
 protected:
  Value call(const char* operation, M input) {
    auto result = cloud_.call("kms", operation, std::move(input));
    EXPECT_TRUE(result) << operation << ": " << result.error().code << " " << result.error().message;
    return result ? *result : Value();
  }
  std::string refusal(const char* operation, M input) {
    auto result = cloud_.call("kms", operation, std::move(input));
    return result ? "none" : result.error().code;
  }

  std::string create(const char* spec, const char* use) {
    return call("CreateKey", M{{"KeySpec", spec}, {"KeyUsage", use}, {"Origin", "EXTERNAL"}})
        .at("KeyMetadata")
        .at("KeyId")
        .str();
  }

  // The members of ImportKeyMaterial for this material.
  M wrapped(const std::string& id, const std::string& material,
            const std::string& algorithm = "RSA_AES_KEY_WRAP_SHA_256") {
    Value offer = call("GetParametersForImport",
                       M{{"KeyId", id}, {"WrappingAlgorithm", algorithm}, {"WrappingKeySpec", "RSA_2048"}});
    bool is_direct = algorithm.starts_with("RSAES");
    const std::string aes(32, 'k');
    std::string text = *encrypt(offer.at("PublicKey").str(), algorithm, is_direct ? material : aes);
    if (!is_direct) text += wrap_with_aes(aes, material);
    return M{{"KeyId", id},
             {"ImportToken", offer.at("ImportToken")},
             {"EncryptedKeyMaterial", text},
             {"ExpirationModel", "KEY_MATERIAL_DOES_NOT_EXPIRE"}};
  }
  static M with(M input, const char* name, Value value) {
    Value changed(std::move(input));
    changed.set(name, std::move(value));
    return changed.map();
  }
  std::string import_key(const char* spec, const char* use, const std::string& material) {
    std::string id = create(spec, use);
    call("ImportKeyMaterial", wrapped(id, material));
    return id;
  }
  std::string state(const std::string& id) {
    return call("DescribeKey", M{{"KeyId", id}}).at("KeyMetadata").at("KeyState").str();
  }

  kernel::testing::TestCloud cloud_{{service()}};
};

// RFC 8032, 7.1, test 2.
TEST_F(Kms, Ed25519SignsAsTheStandardSays) {
  std::string id = import_key("ECC_NIST_EDWARDS25519", "SIGN_VERIFY",
                              hex("302e020100300506032b657004220420"
                                  "4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb"));
  Value signed_text = call("Sign", M{{"KeyId", id}, {"Message", hex("72")}, {"SigningAlgorithm", "ED25519_SHA_512"}});
  EXPECT_EQ(lower_hex(signed_text.at("Signature")),
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
  EXPECT_EQ(lower_hex(call("GetPublicKey", M{{"KeyId", id}}).at("PublicKey")),
            "302a300506032b65700321003d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
}

constexpr std::string_view kP256Private = "3041020100301306072a8648ce3d020106082a8648ce3d030107042730250201010420";
constexpr std::string_view kP256Public = "3059301306072a8648ce3d020106082a8648ce3d03010703420004";

// RFC 6979, A.2.5: P-256, SHA-256, message "sample".
TEST_F(Kms, EcdsaVerifiesTheSignatureOfTheStandard) {
  std::string id =
      import_key("ECC_NIST_P256", "SIGN_VERIFY",
                 hex(std::string(kP256Private) + "c9afa9d845ba75166b5c215767b1d6934e50c3db36e89b127b8a622b120f6721"));
  const std::string signature =
      hex("3046022100efd48b2aacb6a8fd1140dd9cd45e81d69d2c877b56aaf991c34d0ea84eaf3716"
          "022100f7cb1c942d657c41d436c7a1b6e29f65f3e900dbb9aff4064dc4ab2f843acda8");
  M input{{"KeyId", id}, {"Message", "sample"}, {"SigningAlgorithm", "ECDSA_SHA_256"}, {"Signature", signature}};
  EXPECT_TRUE(call("Verify", input).at("SignatureValid").flag());
  EXPECT_EQ(refusal("Verify", with(input, "Message", "Sample")), "KMSInvalidSignatureException");
}

// NIST CAVP, ECC CDH primitive, P-256, count 0.
TEST_F(Kms, EcdhAgreesAsTheStandardSays) {
  std::string id =
      import_key("ECC_NIST_P256", "KEY_AGREEMENT",
                 hex(std::string(kP256Private) + "7d7dc5f71eb29ddaf80d6214632eeae03d9058af1fb6d22ed80badb62bc1a534"));
  Value agreed = call("DeriveSharedSecret",
                      M{{"KeyId", id},
                        {"KeyAgreementAlgorithm", "ECDH"},
                        {"PublicKey", hex(std::string(kP256Public) +
                                          "700c48f77f56584c5cc632ca65640db91b6bacce3a4df6b42ce7cc838833d287"
                                          "db71e509e3fd9b060ddb20ba5c51dcc5948d46fbf640dfe0441782cab85fa4ac")}});
  EXPECT_EQ(lower_hex(agreed.at("SharedSecret")), "46fc62106420ff012e54a434fbdd2d25ccc5852060561e68040dd7778997bd7b");
  EXPECT_EQ(agreed.at("KeyOrigin").str(), "EXTERNAL");
}

// RFC 4231, test case 2, with the key filled up with zeros to 32 bytes, which HMAC does not tell from the shorter one.
TEST_F(Kms, HmacIsThatOfTheStandard) {
  std::string id = import_key("HMAC_256", "GENERATE_VERIFY_MAC", "Jefe" + std::string(28, '\0'));
  Value made = call("GenerateMac",
                    M{{"KeyId", id}, {"Message", "what do ya want for nothing?"}, {"MacAlgorithm", "HMAC_SHA_256"}});
  EXPECT_EQ(lower_hex(made.at("Mac")), "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
}

TEST_F(Kms, ImportedMaterialWorksAndCanBeDeletedAndImportedAgain) {
  std::string id = create("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
  EXPECT_EQ(state(id), "PendingImport");
  EXPECT_EQ(refusal("Encrypt", M{{"KeyId", id}, {"Plaintext", "a"}}), "KMSInvalidStateException");
  EXPECT_EQ(refusal("DisableKey", M{{"KeyId", id}}), "KMSInvalidStateException");
  const std::string material(32, 'm'), other(32, 'n');
  call("ImportKeyMaterial", wrapped(id, material, "RSAES_OAEP_SHA_1"));
  EXPECT_EQ(state(id), "Enabled");
  Value blob = call("Encrypt", M{{"KeyId", id}, {"Plaintext", "a"}}).at("CiphertextBlob");
  call("DeleteImportedKeyMaterial", M{{"KeyId", id}});
  EXPECT_EQ(state(id), "PendingImport");
  EXPECT_EQ(refusal("Decrypt", M{{"CiphertextBlob", blob}}), "KMSInvalidStateException");
  EXPECT_EQ(refusal("ImportKeyMaterial", wrapped(id, other)), "IncorrectKeyMaterialException");
  cloud_.restart();
  call("ImportKeyMaterial", wrapped(id, material));
  EXPECT_EQ(call("Decrypt", M{{"CiphertextBlob", blob}}).at("Plaintext").str(), "a");
}

TEST_F(Kms, ImportedMaterialExpires) {
  std::string id = create("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
  M request = wrapped(id, std::string(32, 'm'));
  request = with(request, "ExpirationModel", "KEY_MATERIAL_EXPIRES");
  EXPECT_EQ(refusal("ImportKeyMaterial", request), "ValidationException");
  const std::int64_t now_ms = kernel::to_ms(cloud_.now()), day_ms = 86'400'000;
  EXPECT_EQ(refusal("ImportKeyMaterial", with(request, "ValidTo", now_ms)), "ValidationException");
  EXPECT_EQ(refusal("ImportKeyMaterial", with(request, "ValidTo", now_ms + 366 * day_ms)), "ValidationException");
  call("ImportKeyMaterial", with(request, "ValidTo", now_ms + day_ms));
  Value metadata = call("DescribeKey", M{{"KeyId", id}}).at("KeyMetadata");
  EXPECT_EQ(metadata.at("ExpirationModel").str(), "KEY_MATERIAL_EXPIRES");
  EXPECT_EQ(metadata.at("ValidTo").num(), now_ms + day_ms);
  cloud_.advance(std::chrono::hours(24));
  EXPECT_EQ(state(id), "PendingImport");
  EXPECT_EQ(refusal("Encrypt", M{{"KeyId", id}, {"Plaintext", "a"}}), "KMSInvalidStateException");
}

TEST_F(Kms, ImportsThatCannotBeAreRefused) {
  std::string id = create("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT"), rsa = create("RSA_2048", "SIGN_VERIFY");
  M offer{{"KeyId", id}, {"WrappingAlgorithm", "RSAES_PKCS1_V1_5"}, {"WrappingKeySpec", "RSA_2048"}};
  EXPECT_EQ(refusal("GetParametersForImport", offer), "UnsupportedOperationException");
  EXPECT_EQ(refusal("GetParametersForImport",
                    M{{"KeyId", rsa}, {"WrappingAlgorithm", "RSAES_OAEP_SHA_256"}, {"WrappingKeySpec", "RSA_2048"}}),
            "UnsupportedOperationException");
  std::string own = call("CreateKey", {}).at("KeyMetadata").at("KeyId").str();
  EXPECT_EQ(refusal("GetParametersForImport", with(offer, "KeyId", own)), "UnsupportedOperationException");
  EXPECT_EQ(refusal("DeleteImportedKeyMaterial", M{{"KeyId", own}}), "UnsupportedOperationException");

  M request = wrapped(id, std::string(32, 'm'));
  EXPECT_EQ(refusal("ImportKeyMaterial", with(request, "ImportToken", "other")), "InvalidImportTokenException");
  EXPECT_EQ(refusal("ImportKeyMaterial", with(request, "EncryptedKeyMaterial", "x")), "InvalidCiphertextException");
  EXPECT_EQ(refusal("ImportKeyMaterial", wrapped(id, std::string(31, 'm'))), "IncorrectKeyMaterialException");
  cloud_.advance(std::chrono::hours(24));
  EXPECT_EQ(refusal("ImportKeyMaterial", request), "ExpiredImportTokenException");
}

TEST_F(Kms, ImportedMaterialIsRotatedOnDemand) {
  std::string id = create("SYMMETRIC_DEFAULT", "ENCRYPT_DECRYPT");
  call("ImportKeyMaterial", wrapped(id, std::string(32, '1')));
  Value first = call("Encrypt", M{{"KeyId", id}, {"Plaintext", "one"}}).at("CiphertextBlob");
  EXPECT_EQ(refusal("RotateKeyOnDemand", M{{"KeyId", id}}), "KMSInvalidStateException");
  EXPECT_EQ(refusal("EnableKeyRotation", M{{"KeyId", id}}), "UnsupportedOperationException");
  Value added = call("ImportKeyMaterial", with(wrapped(id, std::string(32, '2')), "ImportType", "NEW_KEY_MATERIAL"));
  M all{{"KeyId", id}, {"IncludeKeyMaterial", "ALL_KEY_MATERIAL"}};
  Value rotations = call("ListKeyRotations", all).at("Rotations");
  ASSERT_EQ(rotations.list().size(), 2u);
  EXPECT_EQ(rotations.list()[1].at("KeyMaterialState").str(), "PENDING_ROTATION");
  EXPECT_EQ(rotations.list()[1].at("ImportState").str(), "IMPORTED");
  call("RotateKeyOnDemand", M{{"KeyId", id}});
  rotations = call("ListKeyRotations", all).at("Rotations");
  EXPECT_EQ(rotations.list()[0].at("KeyMaterialState").str(), "NON_CURRENT");
  EXPECT_EQ(rotations.list()[1].at("KeyMaterialState").str(), "CURRENT");
  EXPECT_EQ(rotations.list()[1].at("KeyMaterialId"), added.at("KeyMaterialId"));
  EXPECT_EQ(call("Decrypt", M{{"CiphertextBlob", first}}).at("Plaintext").str(), "one");
  // The key needs all of its material.
  call("DeleteImportedKeyMaterial", M{{"KeyId", id}, {"KeyMaterialId", rotations.list()[0].at("KeyMaterialId")}});
  EXPECT_EQ(state(id), "PendingImport");
}

TEST_F(Kms, ImportedMaterialOfAReplicaIsImportedThere) {
  std::string id =
      call("CreateKey", M{{"Origin", "EXTERNAL"}, {"MultiRegion", true}}).at("KeyMetadata").at("KeyId").str();
  const std::string material(32, 'm');
  call("ImportKeyMaterial", wrapped(id, material));
  Value blob = call("Encrypt", M{{"KeyId", id}, {"Plaintext", "a"}}).at("CiphertextBlob");
  call("ReplicateKey", M{{"KeyId", id}, {"ReplicaRegion", "eu-west-1"}});
  cloud_.stand_in({"000000000000", "eu-west-1"});
  EXPECT_EQ(state(id), "PendingImport");
  EXPECT_EQ(refusal("ImportKeyMaterial", wrapped(id, std::string(32, 'x'))), "IncorrectKeyMaterialException");
  call("ImportKeyMaterial", wrapped(id, material));
  EXPECT_EQ(call("Decrypt", M{{"CiphertextBlob", blob}}).at("Plaintext").str(), "a");
}

// KMS.16
TEST_F(Kms, TooManyRequestsASecondAreThrottled) {
  std::string id = call("CreateKey", {}).at("KeyMetadata").at("KeyId").str();
  auto limited = cloud_.cloud().transact(cloud_.place(), [](Call& call) -> base::Result<void> {
    call.tx.put(kernel::kLimits, store::key("kms", "L-6E3AF000"), {3});
    return {};
  });
  ASSERT_TRUE(limited);
  M input{{"KeyId", id}, {"Plaintext", "a"}};
  for (int i = 0; i < 3; ++i) call("Encrypt", input);
  EXPECT_EQ(refusal("Encrypt", input), "ThrottlingException");
  EXPECT_EQ(refusal("GenerateRandom", M{{"NumberOfBytes", 1}}), "ThrottlingException");
  call("DescribeKey", M{{"KeyId", id}});
  cloud_.advance(std::chrono::seconds(1));
  call("Encrypt", input);
}

}  // namespace
}  // namespace kms
