#include "services/s3/encryption.h"

#include "base/bytes.h"
#include "base/json.h"
#include "base/seal.h"
#include "base/secret.h"
#include "kernel/cloud.h"
#include "services/s3/encryption_kms.h"

namespace s3 {

namespace {

std::unexpected<base::Error> refuse_argument(std::string message, std::string_view name, std::string_view value) {
  return std::unexpected(
      base::Error{"InvalidArgument", std::move(message),
                  std::make_shared<const Value>(Value::Map{{"ArgumentName", name}, {"ArgumentValue", value}})});
}

constexpr std::string_view kEncryptionHeader = "x-amz-server-side-encryption";
constexpr std::string_view kCustomerHeader = "x-amz-server-side-encryption-customer-algorithm";

// The members of a request that bring a key along.
struct CustomerMembers {
  std::string_view algorithm, key, md5;
};
CustomerMembers members_for(KeyFor which) {
  if (which == KeyFor::kObject) return {"SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5"};
  return {"CopySourceSSECustomerAlgorithm", "CopySourceSSECustomerKey", "CopySourceSSECustomerKeyMD5"};
}

std::string purpose_of(const ObjectName& name) { return "s3.object/" + std::string(name.bucket); }

std::string seal_under(Call& call, std::string_view key, std::string_view object_key, const ObjectName& name) {
  return base::seal(key, base::random_bytes(call.cloud().dice(), base::kSealNonceBytes), object_key, purpose_of(name));
}

// Whether the context is what AWS wants of it: base64 of a JSON map of texts.
bool is_context(std::string_view text) {
  auto bytes = base::from_base64(text);
  if (!bytes) return false;
  auto parsed = base::parse_json(*bytes);
  if (!parsed || !parsed->is_map()) return false;
  return std::ranges::all_of(parsed->map(), [](const auto& entry) { return entry.second.is_text(); });
}

std::unexpected<base::Error> refuse_blocked_key(Call& call, const ObjectName& name) {
  return base::fail(
      "AccessDenied",
      fmt::format("User: {} is not authorized to perform: s3:PutObject on resource: "
                  "\"arn:aws:s3:::{}/{}\" because this bucket has blocked upload requests that specify "
                  "Server Side Encryption with Customer provided keys (SSE-C). Please specify a different "
                  "server-side encryption type",
                  call.caller.arn, name.bucket, name.key));
}

bool has_customer_key(const Value& input) {
  CustomerMembers members = members_for(KeyFor::kObject);
  return input.has(members.algorithm) || input.has(members.key) || input.has(members.md5);
}

// AWS takes customers' keys over TLS only. What stays on this machine is as safe without.
Result<void> check_connection(const Call& call, const CustomerKey& given) {
  const std::string& from = call.request.source_ip;
  if (given.bytes.empty() || call.request.secure || from.starts_with("127.") || from == "::1") return {};
  return base::fail("InvalidRequest",
                    "Requests specifying Server Side Encryption with Customer provided keys must be made over a secure "
                    "connection.");
}

Result<EncryptionChoice> choose_by_bucket(const Value& input, const DefaultEncryption& bucket) {
  EncryptionChoice choice{.kind = bucket.kind};
  if (bucket.kind == EncryptionKind::kS3) return choice;
  choice.kms_key = bucket.kms_key;
  bool may_use_bucket_key = bucket.kind == EncryptionKind::kKms;
  choice.bucket_key_enabled = may_use_bucket_key && (input.has("BucketKeyEnabled") ? input.at("BucketKeyEnabled").flag()
                                                                                   : bucket.bucket_key_enabled);
  return choice;
}

Result<EncryptionChoice> choose_kms(const Value& input, const DefaultEncryption& bucket, EncryptionKind kind) {
  EncryptionChoice choice{.kind = kind};
  choice.kms_key = input.at("SSEKMSKeyId").str();
  choice.kms_context = input.at("SSEKMSEncryptionContext").str();
  if (!choice.kms_context.empty() && !is_context(choice.kms_context))
    return refuse_argument(
        "The header 'x-amz-server-side-encryption-context' shall be Base64-encoded UTF-8 string holding JSON which "
        "represents a string-string map",
        "x-amz-server-side-encryption-context", choice.kms_context);
  if (kind == EncryptionKind::kKms)
    choice.bucket_key_enabled =
        input.has("BucketKeyEnabled") ? input.at("BucketKeyEnabled").flag() : bucket.bucket_key_enabled;
  return choice;
}

// What seals the object key: of the customer's key.
Result<ObjectKey> open_with_customer_key(const Encryption& encryption, const ObjectName& name,
                                         const CustomerKey& given) {
  auto bytes = base::unseal(given.bytes, encryption.sealed_key, purpose_of(name));
  if (!bytes) return base::fail("AccessDenied", "Access Denied");
  return ObjectKey{encryption, *std::move(bytes)};
}

}  // namespace

std::string_view name_of(EncryptionKind kind) {
  switch (kind) {
    case EncryptionKind::kS3: return "AES256";
    case EncryptionKind::kKms: return "aws:kms";
    case EncryptionKind::kKmsTwice: return "aws:kms:dsse";
    case EncryptionKind::kCustomer: break;
  }
  return {};
}

Result<CustomerKey> customer_key_of(const Value& input, KeyFor which) {
  CustomerMembers members = members_for(which);
  const std::string& algorithm = input.at(members.algorithm).str();
  const std::string& key = input.at(members.key).str();
  const std::string& md5 = input.at(members.md5).str();
  if (algorithm.empty() && key.empty() && md5.empty()) return CustomerKey{};
  constexpr std::string_view kRequests =
      "Requests specifying Server Side Encryption with Customer provided keys must provide ";
  if (algorithm.empty())
    return refuse_argument(fmt::format("{}a valid encryption algorithm.", kRequests), kCustomerHeader, "null");
  if (algorithm != "AES256")
    return base::fail("InvalidEncryptionAlgorithmError",
                      "The Encryption request you specified is not valid. Supported value: AES256.");
  if (key.empty())
    return refuse_argument(fmt::format("{}an appropriate secret key.", kRequests), kEncryptionHeader, "null");
  auto bytes = base::from_base64(key);
  if (!bytes || bytes->size() != base::kSealKeyBytes)
    return refuse_argument("The secret key was invalid for the specified algorithm.", kEncryptionHeader, "null");
  if (md5.empty())
    return refuse_argument(fmt::format("{}the client calculated MD5 of the secret key.", kRequests), kEncryptionHeader,
                           "null");
  if (base::to_base64(base::md5(*bytes)) != md5)
    return refuse_argument("The calculated MD5 hash of the key did not match the hash that was provided.",
                           kEncryptionHeader, "null");
  return CustomerKey{*std::move(bytes), md5};
}

Result<EncryptionChoice> choose_encryption(Call& call, const Value& input, const DefaultEncryption& bucket,
                                           const ObjectName& name) {
  const std::string& asked = input.at("ServerSideEncryption").str();
  if (has_customer_key(input)) {
    if (bucket.blocks_customer_keys) return refuse_blocked_key(call, name);
    CustomerKey customer = TRY(customer_key_of(input, KeyFor::kObject));
    if (!asked.empty())
      return refuse_argument(
          "Server Side Encryption with Customer provided key is incompatible with the encryption method specified",
          kEncryptionHeader, asked);
    TRY_VOID(check_connection(call, customer));
    return EncryptionChoice{.kind = EncryptionKind::kCustomer, .customer_key = std::move(customer)};
  }
  if (asked == "aws:kms") return choose_kms(input, bucket, EncryptionKind::kKms);
  if (asked == "aws:kms:dsse") return choose_kms(input, bucket, EncryptionKind::kKmsTwice);
  if (!asked.empty() && asked != "AES256")
    return refuse_argument("The encryption method specified is not supported", kEncryptionHeader, asked);
  if (input.has("SSEKMSKeyId") || input.has("SSEKMSEncryptionContext"))
    return refuse_argument(
        "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : aws:kms",
        kEncryptionHeader, asked);
  if (asked.empty()) return choose_by_bucket(input, bucket);
  return EncryptionChoice{};
}

Result<ObjectKey> make_object_key(Call& call, const EncryptionChoice& choice, const ObjectName& name) {
  ObjectKey key{.encryption = {.kind = choice.kind}, .bytes = {}};
  key.bytes = base::random_bytes(call.cloud().dice(), base::kSealKeyBytes);
  Encryption& encryption = key.encryption;
  switch (choice.kind) {
    case EncryptionKind::kS3:
      encryption.sealed_key = call.cloud().vault().seal(call.cloud().dice(), key.bytes, purpose_of(name));
      break;
    case EncryptionKind::kCustomer:
      encryption.customer_key_md5 = choice.customer_key.md5;
      encryption.sealed_key = seal_under(call, choice.customer_key.bytes, key.bytes, name);
      break;
    case EncryptionKind::kKms:
    case EncryptionKind::kKmsTwice:
      encryption.kms_context = choice.kms_context;
      encryption.bucket_key_enabled = choice.bucket_key_enabled;
      KmsKey under = TRY(make_kms_key(call, choice, name));
      encryption.kms_key = under.arn;
      encryption.kms_data_key = under.sealed;
      encryption.sealed_key = seal_under(call, under.bytes, key.bytes, name);
      base::wipe(under.bytes);
      break;
  }
  return key;
}

Result<void> check_customer_key(const Encryption& encryption, const ObjectName& name, const CustomerKey& given) {
  bool needs_key = encryption.kind == EncryptionKind::kCustomer;
  if (!needs_key && !given.bytes.empty())
    return base::fail("InvalidRequest", "The encryption parameters are not applicable to this object.");
  if (!needs_key) return {};
  if (given.bytes.empty())
    return base::fail("InvalidRequest",
                      "The object was stored using a form of Server Side Encryption. The correct parameters must be "
                      "provided to retrieve the object.");
  TRY(open_with_customer_key(encryption, name, given));
  return {};
}

Result<ObjectKey> open_object_key(Call& call, const Encryption& encryption, const ObjectName& name,
                                  const CustomerKey& given) {
  TRY_VOID(check_connection(call, given));
  TRY_VOID(check_customer_key(encryption, name, given));
  if (encryption.kind == EncryptionKind::kCustomer) return open_with_customer_key(encryption, name, given);
  std::optional<std::string> bytes;
  if (encryption.kind == EncryptionKind::kS3)
    bytes = call.cloud().vault().open(encryption.sealed_key, purpose_of(name));
  else
    bytes = base::unseal(TRY(open_kms_key(call, encryption, name)), encryption.sealed_key, purpose_of(name));
  if (!bytes) {
    call.cloud().log().error("The key of an object in {} cannot be opened.", name.bucket);
    return base::fail("InternalError", "We encountered an internal error. Please try again.");
  }
  return ObjectKey{encryption, *std::move(bytes)};
}

Result<ObjectKey> open_upload_key(Call& call, const Encryption& encryption, const ObjectName& name,
                                  const CustomerKey& given) {
  bool needs_key = encryption.kind == EncryptionKind::kCustomer;
  if (needs_key && given.bytes.empty())
    return base::fail("InvalidRequest",
                      "The multipart upload initiate requested encryption. Subsequent part requests must include the "
                      "appropriate encryption parameters.");
  bool fits = !needs_key ? given.bytes.empty() : open_with_customer_key(encryption, name, given).has_value();
  if (!fits)
    return base::fail("InvalidRequest", "The provided encryption parameters did not match the ones used originally.");
  return open_object_key(call, encryption, name, given);
}

void add_encryption(Value& output, const Encryption& encryption) {
  if (encryption.kind == EncryptionKind::kCustomer) {
    output.set("SSECustomerAlgorithm", "AES256");
    output.set("SSECustomerKeyMD5", encryption.customer_key_md5);
    return;
  }
  output.set("ServerSideEncryption", name_of(encryption.kind));
  if (encryption.kind == EncryptionKind::kS3) return;
  output.set("SSEKMSKeyId", encryption.kms_key);
  if (encryption.bucket_key_enabled) output.set("BucketKeyEnabled", true);
}

}  // namespace s3
