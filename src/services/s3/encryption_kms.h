#pragma once

#include <string>

#include "services/s3/encryption.h"

// The part of KMS in encrypting objects.
namespace s3 {

// A data key of KMS: object keys are sealed under it.
struct KmsKey {
  std::string arn;
  std::string sealed;  // as KMS has sealed it
  std::string bytes;   // 32
};

// Asks KMS in the caller's name, bound to the object's ARN; or, with a bucket key, to the bucket's, and then only when
// the caller's last one has grown old.
Result<KmsKey> make_kms_key(Call& call, const EncryptionChoice& choice, const ObjectName& name);
// The data key of an object that is there, likewise.
Result<std::string> open_kms_key(Call& call, const Encryption& encryption, const ObjectName& name);

}  // namespace s3
