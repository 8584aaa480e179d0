#include "services/s3/intelligent_tiering.h"

#include <algorithm>

#include "services/s3/objects.h"
#include "services/s3/over_time.h"

namespace s3 {

namespace {

constexpr std::string_view kTieredClass = "INTELLIGENT_TIERING";
// "Objects smaller than 128 KB are not eligible for auto-tiering and are always charged at the Frequent Access rates."
constexpr std::uint64_t kTieredBytesMin = 128 * 1'024;
constexpr std::int64_t kInfrequentDays = 30, kArchiveInstantDays = 90;

std::int64_t last_used_ms(const Call& call, const ObjectVersion& version) {
  std::int64_t used_ms = std::max({version.modified_ms, version.class_since_ms, version.accessed_ms});
  const std::int64_t restored_ms = version.restoration.ready_ms;
  return restored_ms <= call.now_ms() ? std::max(used_ms, restored_ms) : used_ms;
}

// How long an object must have slept for the tier; nothing where no configuration moves it there.
std::optional<std::int64_t> days_until(Call& call, const Bucket& bucket, std::string_view tier, std::string_view key,
                                       const ObjectVersion& version) {
  if (!bucket.has(Configuration::kIntelligentTiering)) return std::nullopt;
  std::optional<std::int64_t> least;
  for (const Value& configuration : list_configured(call.tx, bucket, Configuration::kIntelligentTiering)) {
    if (configuration.at("Status").str() != "Enabled" || !is_for(configuration, key, version)) continue;
    for (const Value& tiering : configuration.at("Tierings").list()) {
      if (tiering.at("AccessTier").str() != tier) continue;
      least = std::min(least.value_or(tiering.at("Days").num()), tiering.at("Days").num());
    }
  }
  return least;
}

}  // namespace

Tier tier_of(Call& call, const Bucket& bucket, std::string_view key, const ObjectVersion& version) {
  if (version.storage_class != kTieredClass) return Tier::kNone;
  if (version.body.size < kTieredBytesMin) return Tier::kFrequent;
  const std::int64_t days = (call.now_ms() - last_used_ms(call, version)) / kDayMs;
  if (days < kInfrequentDays) return Tier::kFrequent;
  auto deep = days_until(call, bucket, "DEEP_ARCHIVE_ACCESS", key, version);
  if (deep && days >= *deep) return Tier::kDeepArchive;
  auto archive = days_until(call, bucket, "ARCHIVE_ACCESS", key, version);
  if (archive && days >= *archive) return Tier::kArchive;
  return days >= kArchiveInstantDays ? Tier::kArchiveInstant : Tier::kInfrequent;
}

std::string_view archive_status_of(Tier tier) {
  if (tier == Tier::kArchive) return "ARCHIVE_ACCESS";
  return tier == Tier::kDeepArchive ? "DEEP_ARCHIVE_ACCESS" : "";
}

std::string_view shown_tier(Tier tier) {
  switch (tier) {
    case Tier::kNone: break;
    case Tier::kFrequent: return "FREQUENT";
    case Tier::kInfrequent: return "INFREQUENT";
    case Tier::kArchiveInstant: return "ARCHIVE_INSTANT_ACCESS";
    case Tier::kArchive: return "ARCHIVE";
    case Tier::kDeepArchive: return "DEEP_ARCHIVE";
  }
  return "";
}

Result<void> check_awake(Call& call, const Bucket& bucket, std::string_view key, const ObjectVersion& version) {
  const Tier tier = tier_of(call, bucket, key, version);
  if (!is_asleep(tier)) return {};
  return error("InvalidObjectState", "The operation is not valid for the object's access tier",
               Value::Map{{"StorageClass", kTieredClass}, {"AccessTier", archive_status_of(tier)}});
}

void note_access(Call& call, const Bucket& bucket, std::string_view key, ObjectVersion version) {
  // Once a day is enough to tell tiers apart, and reads are many.
  if (version.storage_class != kTieredClass || call.now_ms() - last_used_ms(call, version) < kDayMs) return;
  version.accessed_ms = call.now_ms();
  if (version.restoration.ready_ms <= call.now_ms()) version.restoration = {};
  rewrite_version(call, bucket, key, version);
}

}  // namespace s3
