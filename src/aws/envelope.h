#pragma once

#include <map>
#include <string>
#include <string_view>

#include "kernel/call.h"

// Envelope encryption with KMS: data is sealed with a data key (base/seal.h), and the data key by a KMS key. Every
// function calls KMS inside of the caller's own call, as whoever `as` is: call.as_caller("s3.amazonaws.com"), from
// which kms:ViaService comes, as_service or as_role. KMS decides, and CloudTrail records the call. The errors are KMS's
// own: AccessDeniedException, DisabledException, KMSInvalidStateException, NotFoundException, InvalidKeyUsageException,
// InvalidCiphertextException, ThrottlingException, …
namespace aws {

using base::Result;
using EncryptionContext = std::map<std::string, std::string>;

struct DataKey {
  std::string sealed;     // what KMS can open again: to be kept beside the data
  std::string plaintext;  // 32 bytes: to be wiped (base/secret.h) after use
  std::string key_arn;    // of the KMS key
};

// `key`: a key's id or ARN, an alias's name or ARN; "alias/aws/s3" is made when it is first needed.
Result<DataKey> generate_data_key(const kernel::Client& as, std::string_view key, const EncryptionContext& context);
// The 32 bytes again.
Result<std::string> open_data_key(const kernel::Client& as, std::string_view sealed, const EncryptionContext& context);

// Up to 4,096 bytes, encrypted by KMS itself.
Result<std::string> encrypt(const kernel::Client& as, std::string_view key, std::string_view text,
                            const EncryptionContext& context);
Result<std::string> decrypt(const kernel::Client& as, std::string_view sealed, const EncryptionContext& context);

// The ARN of the key that `key` means (as above), by DescribeKey.
Result<std::string> find_key_arn(const kernel::Client& as, std::string_view key);
// The same, as the caller through the service whose operation runs.
Result<std::string> find_key_arn(kernel::Call& call, std::string_view key);

}  // namespace aws
