#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "kernel/call.h"

// How objects are encrypted: https://docs.aws.amazon.com/AmazonS3/latest/userguide/serv-side-encryption.html
//
// Every object (or upload, whose parts become an object) has an object key of 32 random bytes. It is kept sealed: by
// the vault (SSE-S3), under a data key of KMS (SSE-KMS, DSSE-KMS) or under the customer's key (SSE-C). Under the object
// key are sealed the keys of the pieces that the object's bytes are kept in (body.h).
namespace s3 {

using base::Result;
using base::Value;
using kernel::Call;

enum class EncryptionKind : std::uint8_t {
  kS3 = 1,        // "AES256"
  kKms = 2,       // "aws:kms"
  kKmsTwice = 3,  // "aws:kms:dsse"
  kCustomer = 4,
};

// What a bucket has to say: part of its row.
struct DefaultEncryption {
  EncryptionKind kind = EncryptionKind::kS3;
  std::string kms_key;  // as given; empty: the managed key aws/s3
  bool bucket_key_enabled = false;
  bool blocks_customer_keys = true;  // "SSE-C is disabled for new general purpose buckets"
  bool is_set = false;               // by the owner, be it to what all buckets have

  static void fields(auto& self, auto& field) {
    field("kind", self.kind);
    field("kms_key", self.kms_key);
    field("bucket_key_enabled", self.bucket_key_enabled);
    field("blocks_customer_keys", self.blocks_customer_keys);
    field("is_set", self.is_set);
  }
};

// How an object (or upload) is encrypted: part of its row.
struct Encryption {
  EncryptionKind kind = EncryptionKind::kS3;
  std::string sealed_key;    // the object key
  std::string kms_key;       // ARN
  std::string kms_data_key;  // under which the object key is sealed, as KMS has sealed it
  std::string kms_context;   // the customer's own: base64 of JSON, as given
  bool bucket_key_enabled = false;
  std::string customer_key_md5;  // base64

  static void fields(auto& self, auto& field) {
    field("kind", self.kind);
    field("sealed_key", self.sealed_key);
    field("kms_key", self.kms_key);
    field("kms_data_key", self.kms_data_key);
    field("kms_context", self.kms_context);
    field("bucket_key_enabled", self.bucket_key_enabled);
    field("customer_key_md5", self.customer_key_md5);
  }
};

// A key as a customer sends it with each request.
struct CustomerKey {
  std::string bytes;  // 32, or none: the request has no key
  std::string md5;    // base64
};
// Whose key: the object's that is written or read ("SSECustomerKey"), or the copied one's ("CopySourceSSECustomerKey").
enum class KeyFor { kObject, kCopySource };
// The key in a request; one without bytes where it has none. Errors: InvalidArgument, InvalidEncryptionAlgorithmError.
Result<CustomerKey> customer_key_of(const Value& input, KeyFor which);

struct ObjectName {
  std::string_view bucket, key;
  // In whose name KMS is asked, and where; null: in the caller's, where the call is.
  const kernel::Principal* as = nullptr;
  std::string_view region = {};
};

// How a new object is to be encrypted, by its request and else by its bucket.
struct EncryptionChoice {
  EncryptionKind kind = EncryptionKind::kS3;
  std::string kms_key;
  std::string kms_context;
  bool bucket_key_enabled = false;
  CustomerKey customer_key;
};
// Reads the members of PutObject, CopyObject and CreateMultipartUpload. Errors: InvalidArgument, AccessDenied (the
// bucket blocks customers' keys), InvalidEncryptionAlgorithmError.
Result<EncryptionChoice> choose_encryption(Call& call, const Value& input, const DefaultEncryption& bucket,
                                           const ObjectName& name);

// An object key to write or read with, and how it is kept.
struct ObjectKey {
  Encryption encryption;
  std::string bytes;
};
// Makes the key of a new object or upload. With KMS in the caller's name: errors of KMS in S3's words
// ("KMS.NotFoundException", "KMS.DisabledException", AccessDenied).
Result<ObjectKey> make_object_key(Call& call, const EncryptionChoice& choice, const ObjectName& name);
// The key of an object or upload that is there. `given` is what the request brought along; whether it should have
// brought one is checked too. Errors: InvalidRequest, AccessDenied (another key), those of KMS.
Result<ObjectKey> open_object_key(Call& call, const Encryption& encryption, const ObjectName& name,
                                  const CustomerKey& given);
// The same for parts of an upload, whose refusals are worded otherwise.
Result<ObjectKey> open_upload_key(Call& call, const Encryption& encryption, const ObjectName& name,
                                  const CustomerKey& given);
// The check alone, for answers that show an object's metadata and need no key (HeadObject, GetObjectAttributes).
Result<void> check_customer_key(const Encryption& encryption, const ObjectName& name, const CustomerKey& given);

// "AES256", "aws:kms", "aws:kms:dsse"; empty for customers' keys.
std::string_view name_of(EncryptionKind kind);
// Sets ServerSideEncryption, SSEKMSKeyId, BucketKeyEnabled, SSECustomerAlgorithm and SSECustomerKeyMD5, as far as they
// apply.
void add_encryption(Value& output, const Encryption& encryption);

}  // namespace s3
