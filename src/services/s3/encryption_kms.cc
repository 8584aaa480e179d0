#include "services/s3/encryption_kms.h"

namespace s3 {

Result<KmsKey> make_kms_key(Call&, const EncryptionChoice&, const ObjectName&) {
  return base::fail("NotImplemented", "Virga does not implement encryption with AWS KMS yet.");
}

Result<std::string> open_kms_key(Call&, const Encryption&, const ObjectName&) {
  return base::fail("NotImplemented", "Virga does not implement encryption with AWS KMS yet.");
}

}  // namespace s3
