// When keys were last used, and for what.
#include "services/kms/last_use.h"

#include <map>

#include "base/arn.h"
#include "kernel/cloud.h"
#include "services/kms/keys.h"

namespace kms {

namespace {

constexpr std::string_view kUses[] = {
    "Decrypt",
    "DeriveSharedSecret",
    "Encrypt",
    "GenerateDataKey",
    "GenerateDataKeyPair",
    "GenerateDataKeyPairWithoutPlaintext",
    "GenerateDataKeyWithoutPlaintext",
    "GenerateMac",
    "ReEncrypt",
    "Sign",
    "Verify",
    "VerifyMac",
};

// Notes the uses of a turn and writes the last of each key, at the turn's end, once.
class LastUseRecorder : public kernel::Recorder {
 public:
  explicit LastUseRecorder(kernel::Cloud& cloud) : cloud_(cloud) {}

  void on_call(const kernel::Record& record) override {
    if (record.service.id != Model::id || !record.result) return;
    if (!std::ranges::binary_search(kUses, record.operation.name)) return;
    const LastUse use{.operation = std::string(record.operation.name),
                      .at_ms = kernel::to_ms(record.finished),
                      .request_id = record.request.id};
    for (std::string_view member : {"KeyId", "SourceKeyId"})
      if (record.result->has(member)) noted_[record.result->at(member).str()] = use;
  }

  void on_turn_end() override {
    for (const auto& [arn, use] : std::exchange(noted_, {})) {
      base::Arn parts = base::Arn::parse(arn);
      const std::string key_id(parts.resource.substr(parts.resource.find('/') + 1));
      auto written = cloud_.transact({std::string(parts.account), std::string(parts.region)},
                                     [&](Call& call) -> base::Result<void> {
                                       call.tx.put(kLastUses, key_id, use);
                                       return {};
                                     });
      if (!written)
        cloud_.log().write(base::Level::kError, "The use of a key could not be noted.",
                           {{"error", written.error().message}});
    }
  }

  void on_contents_replaced() override { noted_.clear(); }

 private:
  kernel::Cloud& cloud_;
  std::map<std::string, LastUse> noted_;  // by ARN
};

}  // namespace

std::unique_ptr<kernel::Recorder> make_last_use_recorder(kernel::Cloud& cloud) {
  return std::make_unique<LastUseRecorder>(cloud);
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_GetKeyLastUsage.html
base::Result<Out> GetKeyLastUsage(Call& call, In in) {
  OpenKey key = TRY(find_key_itself(call, in.str("KeyId")));
  Out out{{"KeyId", key.row.id},
          {"KeyLastUsage", Value(Value::Map{})},
          {"TrackingStartDate", key.row.created_ms},
          {"KeyCreationDate", key.row.created_ms}};
  if (auto use = key.tx.get(kLastUses, key.row.id))
    out.set("KeyLastUsage",
            Out{{"Operation", use->operation}, {"Timestamp", use->at_ms}, {"KmsRequestId", use->request_id}});
  return out;
}

}  // namespace kms
