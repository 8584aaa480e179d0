#pragma once

#include "services/s3/state.h"

// What S3 does by itself, and what the rest of it needs to know of that: notifications, lifecycle, restoration.
namespace s3 {

inline constexpr std::int64_t kDayMs = 86'400'000;

// The first midnight, UTC, that is not before.
std::int64_t midnight_after(std::int64_t time_ms);

// 2026-01-01T00:00:00.000Z, always with milliseconds, as events and lists have it.
std::string time_with_ms(std::int64_t time_ms);

// S3 itself, in the account and region of a bucket and on its behalf.
kernel::Client as_s3(Call& call, const Bucket& bucket);

// Must be called after a configuration of a bucket has been written or erased: what happens in time begins or ends.
void configuration_changed(Call& call, const Bucket& bucket, Configuration kind, std::string_view id);

// ---- notifications.cc

enum class Destinations { kVerify, kTrust };
// What PutBucketNotificationConfiguration is given, as it is kept: every part has an id. Destinations to be verified
// must exist and admit S3, and are sent a test event. Errors: InvalidArgument, for overlaps, unknown events and
// destinations that cannot be reached, MalformedXML.
Result<Value> check_notifications(Call& call, const Bucket& bucket, Value configuration, Destinations destinations);
inline constexpr std::string_view kNotificationListener = "s3.notifications";
Result<void> deliver_notifications(Call& call, const kernel::Event& event);

// ---- rule_filters.cc

// The prefix, tags and sizes that a lifecycle, replication or tiering rule is for; both its forms, with Filter and, of
// old, with Prefix alone.
bool is_for(const Value& rule, std::string_view key, const ObjectVersion& version);
// Whether its filter limits sizes.
bool has_size_filter(const Value& rule);
std::string_view prefix_of(const Value& rule);

// ---- lifecycle.cc

// What x-amz-expiration says of a current version: "expiry-date=…, rule-id=…"; empty where no rule is for it.
std::string expiration_of(const Call& call, const Bucket& bucket, std::string_view key, const ObjectVersion& version);
Result<void> step_lifecycle(Call& call, std::string_view key);
inline constexpr kernel::Timer kLifecycleStep{"s3.lifecycle", step_lifecycle};

// ---- restore.cc

// Whether the object is in an archive class, which only a restored copy makes readable.
bool has_archive_class(const ObjectVersion& version);
// What x-amz-restore says: ongoing-request="false", expiry-date="…"; empty where nothing is restored.
std::string restoration_of(const ObjectVersion& version, std::int64_t now_ms);
Result<void> step_restoration(Call& call, std::string_view key);
inline constexpr kernel::Timer kRestoreStep{"s3.restore", step_restoration};

// ---- replication.cc

// Of a new version: whether rules of its bucket replicate it. Marks it PENDING then, and has it replicated after the
// commit. To be called before its row is written, with its id and sequence set.
void note_for_replication(Call& call, const Bucket& bucket, std::string_view key, ObjectVersion& version);
inline constexpr std::string_view kReplicationSource = "s3.replication";
Result<void> replicate(Call& call, const kernel::Event& event);
// Changes of tags and ACLs of what has been replicated.
Result<void> replicate_change(Call& call, const kernel::Event& event);

// ---- inventory.cc

Result<void> write_inventory(Call& call, std::string_view key);
inline constexpr kernel::Timer kInventoryDue{"s3.inventory", write_inventory};

// ---- access_log.cc

std::unique_ptr<kernel::Recorder> make_access_log(kernel::Cloud& cloud);
Result<void> deliver_access_logs(Call& call, std::string_view key);
inline constexpr kernel::Timer kLogsDue{"s3.access_logs", deliver_access_logs};

}  // namespace s3
