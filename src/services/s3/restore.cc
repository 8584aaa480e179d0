// Archived objects: what is in the classes GLACIER and DEEP_ARCHIVE is read from a copy that RestoreObject makes for a
// while. The copy is the same bytes; what is kept of it are its times.
#include "base/time_text.h"
#include "services/s3/bucket_checks.h"
#include "services/s3/intelligent_tiering.h"
#include "services/s3/objects.h"
#include "services/s3/over_time.h"

namespace s3 {

namespace {

constexpr std::int64_t kMinuteMs = 60'000;
constexpr std::int64_t kHourMs = 60 * kMinuteMs;

// "Expedited: 1-5 minutes, Standard: 3-5 hours, Bulk: 5-12 hours", of Deep Archive "within 12 hours" and "within 48
// hours"; nothing for a tier the class does not have.
std::optional<std::int64_t> delay_of(std::string_view storage_class, std::string_view tier) {
  const bool is_deep = storage_class == "DEEP_ARCHIVE";
  if (tier == "Expedited") return is_deep ? std::nullopt : std::optional(3 * kMinuteMs);
  if (tier == "Standard") return is_deep ? 12 * kHourMs : 4 * kHourMs;
  if (tier == "Bulk") return is_deep ? 48 * kHourMs : 8 * kHourMs;
  return std::nullopt;
}

std::string step_key(const Bucket& bucket, std::string_view key, const ObjectVersion& version) {
  return store::key(bucket.name, bucket.id, key, shown_version_id(version));
}

struct Wish {
  std::int64_t days = 0;
  std::string tier;
};

// Of tiers, from which objects come back for good, no days are said.
Result<Wish> read_restoration(const Value& request, bool is_of_tier) {
  if (request.at("Type").str() == "SELECT" || request.has("SelectParameters") || request.has("OutputLocation"))
    return error("NotImplemented", "Restoring by a query is not implemented; AWS has closed it to new customers.");
  Wish wish{.days = request.at("Days").num(), .tier = request.at("GlacierJobParameters").at("Tier").str()};
  if (wish.tier.empty()) wish.tier = request.at("Tier").str();
  if (wish.tier.empty()) wish.tier = "Standard";
  if (is_of_tier && request.has("Days"))
    return invalid_argument("Days must not be specified for objects of the storage class INTELLIGENT_TIERING", "Days",
                            std::to_string(wish.days));
  if (!is_of_tier && !request.has("Days")) return malformed_xml();
  if (!is_of_tier && wish.days < 1)
    return invalid_argument("restoration days should be at least 1", "Days", std::to_string(wish.days));
  if (wish.tier != "Expedited" && wish.tier != "Standard" && wish.tier != "Bulk") return malformed_xml();
  return wish;
}

// An object that sleeps in a tier for archives comes back into that of frequent access.
Result<Out> wake_up(Call& call, const Bucket& bucket, const std::string& key, ObjectVersion version, Tier tier,
                    const Wish& wish) {
  if (!is_asleep(tier))
    return error("InvalidObjectState", "Restore is not allowed for the object's current access tier",
                 Value::Map{{"StorageClass", version.storage_class}});
  auto delay_ms = delay_of(tier == Tier::kDeepArchive ? "DEEP_ARCHIVE" : "GLACIER", wish.tier);
  if (!delay_ms) return invalid_argument("Retrieval option is not supported by this access tier", "Tier", wish.tier);
  Restoration& waking = version.restoration;
  const std::int64_t ready_ms = call.now_ms() + *delay_ms;
  if (waking.requested_ms != 0 && call.now_ms() < waking.ready_ms && ready_ms >= waking.ready_ms)
    return error("RestoreAlreadyInProgress", "Object restore is already in progress");
  waking = {.requested_ms = call.now_ms(), .ready_ms = ready_ms};
  rewrite_version(call, bucket, key, version);
  emit_object_event(call, bucket, "ObjectRestore:Post", key, version);
  return Out{{"StatusCode", 202}};
}

}  // namespace

// The copy is ready, or its time is over.
Result<void> step_restoration(Call& call, std::string_view timer_key) {
  store::KeyReader parts(timer_key);
  const std::string name = parts.text();
  const std::uint64_t id = parts.unsigned_number();
  const std::string key = parts.text(), version_id = parts.text();
  auto bucket = get_bucket(call.tx, name);
  if (!bucket || bucket->id != id) return {};
  auto version = get_version(call, *bucket, key, version_id);
  if (!version || version->restoration.requested_ms == 0) return {};
  if (call.now_ms() < version->restoration.expires_ms) {
    const Value restored = Value::Map{{"lifecycleRestorationExpiryTime", time_with_ms(version->restoration.expires_ms)},
                                      {"lifecycleRestoreStorageClass", version->storage_class}};
    emit_object_event(call, *bucket, "ObjectRestore:Completed", key, *version,
                      Value::Map{{"glacierEventData", Value::Map{{"restoreEventData", restored}}}});
    call.arm(kRestoreStep, kernel::from_ms(version->restoration.expires_ms), timer_key);
    return {};
  }
  version->restoration = {};
  rewrite_version(call, *bucket, key, *version);
  emit_object_event(call, *bucket, "ObjectRestore:Delete", key, *version);
  return {};
}

bool has_archive_class(const ObjectVersion& version) {
  return version.storage_class == "GLACIER" || version.storage_class == "DEEP_ARCHIVE";
}

std::string restoration_of(const ObjectVersion& version, std::int64_t now_ms) {
  const Restoration& copy = version.restoration;
  if (copy.requested_ms == 0 || now_ms >= copy.expires_ms) return "";
  if (now_ms < copy.ready_ms) return "ongoing-request=\"true\"";
  return fmt::format("ongoing-request=\"false\", expiry-date=\"{}\"", base::format_http_date(copy.expires_ms));
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_RestoreObject.html
Result<Out> RestoreObject(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const std::string& key = in.str("Key");
  ObjectVersion version = TRY(find_object(call, bucket, key, in["VersionId"]));
  const Value request = TRY(body_in(in.value(), "RestoreRequest"));
  const Tier tier = tier_of(call, bucket, key, version);
  const Wish wish = TRY(read_restoration(request, tier != Tier::kNone));
  if (tier != Tier::kNone) return wake_up(call, bucket, key, version, tier, wish);
  if (!has_archive_class(version)) {
    return error("InvalidObjectState", "Restore is not allowed for the object's current storage class",
                 Value::Map{{"StorageClass", shown_storage_class(version)}});
  }
  auto delay_ms = delay_of(version.storage_class, wish.tier);
  if (!delay_ms) return invalid_argument("Retrieval option is not supported by this storage class", "Tier", wish.tier);

  Restoration& copy = version.restoration;
  const bool is_there = !is_archived(call, version);
  const std::int64_t ready_ms = is_there ? copy.ready_ms : call.now_ms() + *delay_ms;
  // "You can use Amazon S3 restore speed upgrade to change the restore speed to a faster speed while it is in
  // progress."
  if (!is_there && copy.requested_ms != 0 && call.now_ms() < copy.ready_ms && ready_ms >= copy.ready_ms)
    return error("RestoreAlreadyInProgress", "Object restore is already in progress");
  if (copy.requested_ms == 0 || call.now_ms() >= copy.expires_ms) copy.requested_ms = call.now_ms();
  copy.ready_ms = ready_ms;
  copy.expires_ms = midnight_after((is_there ? call.now_ms() : ready_ms) + wish.days * kDayMs);
  rewrite_version(call, bucket, key, version);
  call.arm(kRestoreStep, kernel::from_ms(is_there ? copy.expires_ms : ready_ms), step_key(bucket, key, version));
  if (!is_there) emit_object_event(call, bucket, "ObjectRestore:Post", key, version);
  return Out{{"StatusCode", is_there ? 200 : 202}};
}

}  // namespace s3
