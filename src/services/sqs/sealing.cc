#include "services/sqs/sealing.h"

#include "aws/envelope.h"
#include "base/seal.h"
#include "base/secret.h"
#include "kernel/cloud.h"

namespace sqs {

namespace {

constexpr std::string_view kPrincipal = "sqs.amazonaws.com";
constexpr std::string_view kPurpose = "sqs.message";

// What is sealed of a message.
struct Contents {
  std::string body, body_md5, attributes_md5, trace_header;
  std::vector<MessageAttribute> attributes;

  static void fields(auto& self, auto& field) {
    field("body", self.body);
    field("body_md5", self.body_md5);
    field("attributes_md5", self.attributes_md5);
    field("trace_header", self.trace_header);
    field("attributes", self.attributes);
  }
};

// As it is kept under a KMS key: it stays readable in whichever queue the message comes to.
struct Envelope {
  std::string data_key;   // as KMS has sealed it
  std::string queue_arn;  // the encryption context
  std::string sealed;

  static void fields(auto& self, auto& field) {
    field("data_key", self.data_key);
    field("queue_arn", self.queue_arn);
    field("sealed", self.sealed);
  }
};

struct KmsError {
  std::string_view kms;
  model::ErrorName<Model> sqs;
};

constexpr KmsError kKmsErrors[] = {
    {"AccessDeniedException", "KmsAccessDenied"},
    {"DisabledException", "KmsDisabled"},
    {"InvalidArnException", "KmsNotFound"},
    {"InvalidCiphertextException", "KmsInvalidState"},
    {"InvalidKeyUsageException", "KmsInvalidKeyUsage"},
    {"KMSInvalidStateException", "KmsInvalidState"},
    {"KeyUnavailableException", "KmsInvalidState"},
    {"NotFoundException", "KmsNotFound"},
    {"ThrottlingException", "KmsThrottled"},
};

std::unexpected<base::Error> translated(const Call& call, const base::Error& why) {
  const KmsError* known = std::ranges::find(kKmsErrors, std::string_view(why.code), &KmsError::kms);
  if (known == std::end(kKmsErrors)) return std::unexpected(why);
  return error(known->sqs, fmt::format("{} (Service: AWSKMS; Status Code: 400; Error Code: {}; Request ID: {})",
                                       why.message, why.code, call.request.id));
}

template <class T>
base::Result<T> from_kms(const Call& call, base::Result<T> result) {
  if (!result) return translated(call, result.error());
  return result;
}

// "The producer must have the kms:GenerateDataKey and kms:Decrypt permissions": a new data key is opened once, to see
// that it can be.
base::Result<aws::DataKey> find_data_key(Call& call, const OpenQueue& queue, const aws::EncryptionContext& context) {
  auto reused =
      TRY(aws::reuse_data_key(call, kPrincipal, queue.row.kms_key, context, queue.row.data_key_reuse_seconds));
  if (reused.is_new)
    TRY(aws::reopen_data_key(call, kPrincipal, reused.key.sealed, context, queue.row.data_key_reuse_seconds));
  return std::move(reused.key);
}

base::Result<std::string> seal_with_kms(Call& call, const OpenQueue& queue, std::string_view text) {
  Envelope envelope{.queue_arn = queue.arn()};
  aws::DataKey made = TRY(from_kms(call, find_data_key(call, queue, {{"aws:sqs:arn", envelope.queue_arn}})));
  const base::Secret key(std::move(made.plaintext));
  envelope.data_key = std::move(made.sealed);
  envelope.sealed = base::seal(key.bytes(), base::random_bytes(call.cloud().dice(), base::kSealNonceBytes), text);
  return store::encode_row(envelope);
}

std::unexpected<base::Error> unreadable() {
  return base::fail("InternalFailure", "A message was sealed under another root key than this server has.");
}

base::Result<std::string> open_data_key(Call& call, const OpenQueue& queue, const Envelope& envelope) {
  const aws::EncryptionContext context{{"aws:sqs:arn", envelope.queue_arn}};
  if (call.operation)
    return aws::reopen_data_key(call, kPrincipal, envelope.data_key, context, queue.row.data_key_reuse_seconds);
  // Who looks in by a control path does so as the account's root.
  const store::Place& place = queue.tx.place();
  kernel::Client owner(call, kernel::Principal::root(place.account), place, {std::string(kPrincipal)});
  return aws::open_data_key(owner, envelope.data_key, context);
}

base::Result<std::string> open_with_kms(Call& call, const OpenQueue& queue, std::string_view kept) {
  Envelope envelope;
  TRY_VOID(store::decode_row(kept, envelope));
  const base::Secret key(TRY(from_kms(call, open_data_key(call, queue, envelope))));
  auto text = base::unseal(key.bytes(), envelope.sealed);
  if (!text) return unreadable();
  return *std::move(text);
}

}  // namespace

base::Result<std::string> seal_message(Call& call, const OpenQueue& queue, Message& message, std::string body) {
  message.sealing = queue.row.sealing;
  if (message.sealing == Sealing::kNone) return body;
  const base::Secret text(store::encode_row(Contents{.body = std::move(body),
                                                     .body_md5 = std::exchange(message.body_md5, {}),
                                                     .attributes_md5 = std::exchange(message.attributes_md5, {}),
                                                     .trace_header = std::exchange(message.trace_header, {}),
                                                     .attributes = std::exchange(message.attributes, {})}));
  if (message.sealing == Sealing::kKms) return seal_with_kms(call, queue, text.bytes());
  return call.cloud().vault().seal(call.cloud().dice(), text.bytes(), kPurpose);
}

base::Result<Entry> open_message(Call& call, const OpenQueue& queue, const Entry& entry) {
  Entry opened = entry;
  Message& message = opened.message;
  std::string kept = read_body(queue, entry);
  message.has_body_apart = false;
  if (message.sealing == Sealing::kNone) {
    message.body = std::move(kept);
    return opened;
  }
  std::optional<std::string> text;
  if (message.sealing == Sealing::kKms)
    text = TRY(open_with_kms(call, queue, kept));
  else
    text = call.cloud().vault().open(kept, kPurpose);
  if (!text) return unreadable();
  const base::Secret opened_text(*std::move(text));
  Contents contents;
  TRY_VOID(store::decode_row(opened_text.bytes(), contents));
  message.body = std::move(contents.body);
  message.body_md5 = std::move(contents.body_md5);
  message.attributes_md5 = std::move(contents.attributes_md5);
  message.trace_header = std::move(contents.trace_header);
  message.attributes = std::move(contents.attributes);
  return opened;
}

}  // namespace sqs
