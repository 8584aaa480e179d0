#include "services/s3/encryption_kms.h"

#include "aws/envelope.h"
#include "base/bytes.h"
#include "base/json.h"
#include "kernel/cloud.h"
#include "store/key.h"
#include "store/table.h"

namespace s3 {

namespace {

// A bucket key: a data key that serves all objects a caller writes, or reads, for a while.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
struct BucketKeyRow {
  std::string arn;
  std::string kms_sealed;    // by KMS
  std::string vault_sealed;  // by the vault: so that KMS need not be asked
  std::int64_t made_ms = 0;

  static void fields(auto& self, auto& field) {
    field("arn", self.arn);
    field("kms_sealed", self.kms_sealed);
    field("vault_sealed", self.vault_sealed);
    field("made_ms", self.made_ms);
  }
};

// Key: key(bucket, caller's ARN, key as given or as KMS has sealed it).
constexpr store::Table<BucketKeyRow> kBucketKeys{"s3.bucket_keys", store::Scope::kGlobal};
constexpr std::int64_t kBucketKeyMs = 5 * 60 * 1000;
constexpr std::size_t kForgottenAtOnce = 20;

kernel::Client kms_client(Call& call, const ObjectName& name) {
  if (name.as == nullptr) return call.as_caller("s3.amazonaws.com");
  return {call, *name.as, {name.as->account, std::string(name.region)}, {"s3.amazonaws.com"}};
}

// "S3 uses the object ARN as the encryption context, with a bucket key the bucket's", beside what the customer adds.
aws::EncryptionContext context_of(std::string_view customers, bool has_bucket_key, const ObjectName& name) {
  aws::EncryptionContext context;
  if (has_bucket_key) {
    context["aws:s3:arn"] = fmt::format("arn:aws:s3:::{}", name.bucket);
    return context;
  }
  context["aws:s3:arn"] = fmt::format("arn:aws:s3:::{}/{}", name.bucket, name.key);
  if (auto bytes = base::from_base64(customers); bytes && !bytes->empty())
    if (auto parsed = base::parse_json(*bytes))
      for (const auto& [key, value] : parsed->map()) context[key] = value.str();
  return context;
}

// The refusals of KMS, in S3's words.
base::Error in_words_of_s3(base::Error error) {
  if (error.code == "AccessDeniedException" || error.code == "AccessDenied")
    error.code = "AccessDenied";
  else if (!error.code.starts_with("Internal") && error.code != "NotImplemented")
    error.code = "KMS." + error.code;
  return error;
}

std::string vault_purpose(std::string_view bucket) { return "s3.bucket_key/" + std::string(bucket); }

std::optional<KmsKey> remembered_key(Call& call, const ObjectName& name, const std::string& row_key) {
  auto row = call.tx.get(kBucketKeys, row_key);
  if (!row || row->made_ms + kBucketKeyMs <= call.now_ms()) return std::nullopt;
  auto bytes = call.cloud().vault().open(row->vault_sealed, vault_purpose(name.bucket));
  if (!bytes) return std::nullopt;
  return KmsKey{std::move(row->arn), std::move(row->kms_sealed), *std::move(bytes)};
}

void remember_key(Call& call, const ObjectName& name, const std::string& row_key, const KmsKey& key) {
  std::vector<std::string> old;
  call.tx.unrecorded().scan(kBucketKeys, {.prefix = store::key(name.bucket), .limit = kForgottenAtOnce},
                            [&](std::string_view other, BucketKeyRow& row) {
                              if (row.made_ms + kBucketKeyMs <= call.now_ms()) old.emplace_back(other);
                            });
  for (const std::string& other : old) call.tx.erase(kBucketKeys, other);
  std::string sealed = call.cloud().vault().seal(call.cloud().dice(), key.bytes, vault_purpose(name.bucket));
  call.tx.put(kBucketKeys, row_key, {key.arn, key.sealed, std::move(sealed), call.now_ms()});
}

std::string row_of(const Call& call, const ObjectName& name, std::string_view which) {
  const std::string& who = name.as ? name.as->arn : call.caller.arn;
  return store::key(name.bucket, std::string_view(who), which);
}

}  // namespace

Result<KmsKey> make_kms_key(Call& call, const EncryptionChoice& choice, const ObjectName& name) {
  std::string_view wanted = choice.kms_key.empty() ? std::string_view("alias/aws/s3") : choice.kms_key;
  const std::string row_key = row_of(call, name, wanted);
  if (choice.bucket_key_enabled)
    if (auto known = remembered_key(call, name, row_key)) return *std::move(known);
  auto context = context_of(choice.kms_context, choice.bucket_key_enabled, name);
  auto made = aws::generate_data_key(kms_client(call, name), wanted, context);
  if (!made) return std::unexpected(in_words_of_s3(std::move(made).error()));
  KmsKey key{std::move(made->key_arn), std::move(made->sealed), std::move(made->plaintext)};
  if (choice.bucket_key_enabled) remember_key(call, name, row_key, key);
  return key;
}

Result<std::string> open_kms_key(Call& call, const Encryption& encryption, const ObjectName& name) {
  const std::string row_key = row_of(call, name, base::sha256(encryption.kms_data_key));
  if (encryption.bucket_key_enabled)
    if (auto known = remembered_key(call, name, row_key)) return std::move(known->bytes);
  auto context = context_of(encryption.kms_context, encryption.bucket_key_enabled, name);
  auto opened = aws::open_data_key(kms_client(call, name), encryption.kms_data_key, context);
  if (!opened) return std::unexpected(in_words_of_s3(std::move(opened).error()));
  if (encryption.bucket_key_enabled)
    remember_key(call, name, row_key, {encryption.kms_key, encryption.kms_data_key, *opened});
  return *std::move(opened);
}

}  // namespace s3
