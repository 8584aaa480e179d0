#include "services/lambda/code.h"

#include "aws/envelope.h"
#include "base/bytes.h"
#include "base/frames.h"
#include "base/random.h"
#include "base/seal.h"
#include "base/secret.h"
#include "kernel/cloud.h"
#include "services/lambda/lookup.h"

namespace lambda {

namespace {

constexpr std::size_t kInlineBytesMax = 16 * 1024;  // larger archives are blobs
constexpr std::string_view kService = "lambda.amazonaws.com";

std::string purpose_of(std::string_view code) { return "lambda.code/" + std::string(code); }

aws::EncryptionContext context_of(std::string_view function_arn) {
  return {{"aws:lambda:FunctionArn", std::string(function_arn)}};
}

std::unexpected<base::Error> refuse_storage(Call& call, const base::Error& why) {
  call.cloud().log().error("The code of a function could not be kept or read: {}", why.message);
  return refuse("ServiceException", "The service encountered an internal error.");
}

// A blob that is removed again unless the attempt that wrote it commits.
class PendingCode : public kernel::Attachment {
 public:
  PendingCode(store::Blobs& blobs, store::BlobPin pin) : blobs_(blobs), pin_(std::move(pin)) {}
  ~PendingCode() override {
    // What cannot be removed now is found by the collection at the next start.
    if (!is_needed_) static_cast<void>(blobs_.remove(pin_.id()));
  }
  void on_commit() override { is_needed_ = true; }

 private:
  store::Blobs& blobs_;
  store::BlobPin pin_;
  bool is_needed_ = false;
};

Result<void> write_blob(Call& call, const std::string& id, std::string_view sealed) {
  store::Blobs& blobs = call.cloud().store().blobs();
  auto writer = blobs.create(id);
  if (!writer) return refuse_storage(call, writer.error());
  if (auto written = (*writer)->append(sealed); !written) return refuse_storage(call, written.error());
  auto pin = (*writer)->finish();
  if (!pin) return refuse_storage(call, pin.error());
  call.attach(std::make_shared<PendingCode>(blobs, *std::move(pin)));
  return {};
}

Result<std::string> read_blob(const store::BlobReader& reader) {
  std::string sealed(reader.size(), '\0');
  TRY_VOID(reader.read_into(0, sealed));
  return sealed;
}

Result<std::string> open_frames(std::string_view key, std::string_view sealed, std::uint64_t size) {
  base::FrameOpener opener(key, size);
  std::string text;
  text.reserve(size);
  for (std::uint64_t index = 0; index * base::kSealedFrameBytes < sealed.size(); ++index) {
    if (!opener.open(index, sealed.substr(index * base::kSealedFrameBytes, base::kSealedFrameBytes), text))
      return base::fail("BlobCorrupt", "The code of a function is not what was kept.");
  }
  return text;
}

// What opens an archive, for as long as somebody may want to.
struct KeptCode {
  KeptCode(std::string opened, std::string text, std::uint64_t bytes)
      : key(std::move(opened)), inline_text(std::move(text)), size(bytes) {}

  base::Secret key;
  std::string inline_text;
  std::uint64_t size = 0;
  std::unique_ptr<store::BlobReader> reader = nullptr;  // a removed blob stays readable by it

  Result<std::string> read() const {
    if (!reader) return open_frames(key.bytes(), inline_text, size);
    return open_frames(key.bytes(), TRY(read_blob(*reader)), size);
  }
};

}  // namespace

Result<std::string> keep_code(Call& call, std::string_view archive, std::int64_t unzipped_bytes,
                              const CodeSealing& sealing) {
  base::Dice& dice = call.cloud().dice();
  const std::string id = "l-" + base::to_hex(base::random_bytes(dice, 16));
  Code code{.bytes = std::ssize(archive),
            .sha256 = base::to_base64(base::sha256(archive)),
            .unzipped_bytes = unzipped_bytes,
            .kms_key = sealing.kms_key};
  std::string key;
  if (sealing.kms_key.empty()) {
    key = base::random_bytes(dice, base::kSealKeyBytes);
    code.sealed_key = call.cloud().vault().seal(dice, key, purpose_of(id));
  } else {
    aws::DataKey made =
        TRY(aws::generate_data_key(call.as_caller(kService), sealing.kms_key, context_of(sealing.function_arn)));
    key = std::move(made.plaintext);
    code.sealed_key = std::move(made.sealed);
  }
  const base::Secret secret(std::move(key));
  std::string sealed = base::seal_frames(secret.bytes(), archive);
  if (sealed.size() <= kInlineBytesMax) {
    code.text = std::move(sealed);
  } else {
    TRY_VOID(write_blob(call, id, sealed));
  }
  call.tx.put(kCode, id, code);
  return id;
}

void share_code(Call& call, const std::string& code) {
  if (code.empty()) return;
  auto row = call.tx.get(kCode, code);
  assert(row);
  ++row->uses;
  call.tx.put(kCode, code, *row);
}

void leave_code(Call& call, const std::string& code) {
  if (code.empty()) return;
  auto row = call.tx.get(kCode, code);
  if (!row) return;
  if (--row->uses > 0) return call.tx.put(kCode, code, *row);
  call.tx.erase(kCode, code);
  if (row->text.empty())
    call.emit({.source = "lambda", .type = std::string(kCodeGone), .key = code, .detail = Value(Value::Map{})});
}

Result<void> bury_code(Call& call, const kernel::Event& event) {
  if (event.type != kCodeGone) return {};
  // A crash must not bring back a row that names a file which is gone.
  TRY_VOID(call.cloud().store().flush());
  return call.cloud().store().blobs().remove(event.key);
}

bool needs_blob(const store::Transaction& tx, std::string_view blob) { return tx.has(kCode, blob); }

Result<std::string> open_code_key(Call& call, const std::string& code, std::string_view function_arn,
                                  const kernel::Client& as) {
  const auto row = call.tx.get_shared(kCode, code);
  if (!row) return refuse_storage(call, {"BlobNotFound", "There is no code " + code + "."});
  if (!row->kms_key.empty()) return aws::open_data_key(as, row->sealed_key, context_of(function_arn));
  auto opened = call.cloud().vault().open(row->sealed_key, purpose_of(code));
  if (!opened) return refuse_storage(call, {"BlobCorrupt", "Code was sealed under another root key."});
  return *std::move(opened);
}

Result<std::function<Result<std::string>()>> code_reader_with(Call& call, const std::string& code, std::string key) {
  auto row = call.tx.get(kCode, code);
  if (!row) return refuse_storage(call, {"BlobNotFound", "There is no code " + code + "."});
  auto kept = std::make_shared<KeptCode>(std::move(key), std::move(row->text), static_cast<std::uint64_t>(row->bytes));
  if (kept->inline_text.empty()) {
    auto reader = call.cloud().store().blobs().read(code);
    if (!reader) return refuse_storage(call, reader.error());
    kept->reader = *std::move(reader);
  }
  return [kept] { return kept->read(); };
}

Result<std::function<Result<std::string>()>> code_reader(Call& call, const std::string& code,
                                                         std::string_view function_arn, const kernel::Client& as) {
  return code_reader_with(call, code, TRY(open_code_key(call, code, function_arn, as)));
}

}  // namespace lambda
