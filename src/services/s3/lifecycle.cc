// Lifecycle: objects grow old, move to colder classes and go, by the rules of their bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-lifecycle-mgmt.html
//
// "Amazon S3 calculates the time by adding the number of days to the object creation time and rounding the resulting
// time up to the next day at midnight UTC." So every midnight each bucket with rules is walked once, in steps that are
// transactions of their own, between which other calls run.
#include <fmt/format.h>

#include <algorithm>

#include "base/bytes.h"
#include "base/time_text.h"
#include "services/s3/lifecycle_rules.h"
#include "services/s3/objects.h"
#include "services/s3/over_time.h"

namespace s3 {

namespace {

constexpr std::size_t kKeysPerStep = 200;
constexpr std::size_t kVersionsPerKeyMax = 1'000;  // more of a key are looked at in the next night

// How far the walk through a bucket has come.
struct LifecycleWalk {
  std::uint64_t bucket = 0;
  std::int64_t night_ms = 0;
  std::string after_key;  // of objects; those before it have been looked at
  bool is_at_uploads = false;

  static void fields(auto& self, auto& field) {
    field("bucket", self.bucket);
    field("night_ms", self.night_ms);
    field("after_key", self.after_key);
    field("is_at_uploads", self.is_at_uploads);
  }
};
// Key: bucket name. There while the walk goes on.
constexpr store::Table<LifecycleWalk> kLifecycleWalks{"s3.lifecycle_walks", store::Scope::kGlobal};

// One key with all its versions, the newest first.
struct Family {
  std::string key;
  std::vector<ObjectVersion> versions;
};

class Walker {
 public:
  Walker(Call& call, const Bucket& bucket, const LifecycleRules& rules) : call_(call), bucket_(bucket), rules_(rules) {}

  void look_at(const Family& family) {
    const ObjectVersion& current = family.versions.front();
    const bool is_lonely_marker = current.is_delete_marker && family.versions.size() == 1;
    if (is_lonely_marker) {
      if (rules_.removes_marker(family.key, current, call_.now_ms())) erase(family.key, current);
      return;
    }
    // Older ones first, so that what they leave behind is seen the next night as it is.
    std::int64_t newer = static_cast<std::int64_t>(family.versions.size()) - 2;
    for (std::size_t at = family.versions.size(); --at > 0; --newer)
      look_at_noncurrent(family.key, family.versions[at], newer);
    if (!current.is_delete_marker) look_at_current(family.key, current);
  }

 private:
  void look_at_current(const std::string& key, const ObjectVersion& version) {
    if (rules_.expires(key, version, call_.now_ms())) return expire(key, version);
    move(key, version, rules_.target_class(key, version, call_.now_ms()));
  }

  // `newer`: how many noncurrent versions are newer than this one.
  void look_at_noncurrent(const std::string& key, const ObjectVersion& version, std::int64_t newer) {
    if (rules_.expires_noncurrent(key, version, newer, call_.now_ms())) {
      if (!is_locked(call_, version, Bypass::kNo)) erase(key, version);
      return;
    }
    if (!version.is_delete_marker)
      move(key, version, rules_.noncurrent_target_class(key, version, newer, call_.now_ms()));
  }

  void expire(const std::string& key, const ObjectVersion& version) {
    if (bucket_.versioning == Versioning::kNever) {
      if (!is_locked(call_, version, Bypass::kNo)) erase(key, version);
      return;
    }
    const Deletion deletion = delete_current(call_, bucket_, key);
    if (deletion.marker)
      emit_object_event(call_, bucket_, "LifecycleExpiration:DeleteMarkerCreated", key, *deletion.marker);
  }

  void erase(const std::string& key, const ObjectVersion& version) {
    erase_version(call_, bucket_, key, version);
    emit_object_event(call_, bucket_, "LifecycleExpiration:Delete", key, version);
  }

  void move(const std::string& key, ObjectVersion version, const std::string& storage_class) {
    if (storage_class.empty()) return;
    version.storage_class = storage_class;
    version.class_since_ms = call_.now_ms();
    version.restoration = {};
    rewrite_version(call_, bucket_, key, version);
    emit_object_event(
        call_, bucket_, "LifecycleTransition", key, version,
        Value::Map{{"lifecycleEventData",
                    Value::Map{{"transitionEventData", Value::Map{{"destinationStorageClass", storage_class}}}}}});
  }

  Call& call_;
  const Bucket& bucket_;
  const LifecycleRules& rules_;
};

// The next keys, found without being recorded as read: whoever writes in the bucket meanwhile is not in the way.
std::vector<std::string> next_keys(Call& call, const Bucket& bucket, const std::string& after) {
  std::vector<std::string> keys;
  store::Scan scan{.prefix = store::key(bucket.id), .limit = kKeysPerStep};
  if (!after.empty()) scan.after = object_key(bucket, after);
  call.tx.unrecorded().scan_keys(kObjects, scan, [&](std::string_view key) {
    store::KeyReader parts(key);
    parts.unsigned_number();
    keys.push_back(parts.text());
  });
  return keys;
}

Family family_of(Call& call, const Bucket& bucket, const std::string& key) {
  Family family{.key = key, .versions = {}};
  auto current = get_current(call, bucket, key);
  if (!current) return family;
  family.versions.push_back(*std::move(current));
  call.tx.scan(kVersions, {.prefix = object_key(bucket, key), .limit = kVersionsPerKeyMax},
               [&](std::string_view, ObjectVersion& version) { family.versions.push_back(std::move(version)); });
  return family;
}

void step_through_uploads(Call& call, const Bucket& bucket, const LifecycleRules& rules) {
  std::vector<Upload> old;
  call.tx.unrecorded().scan(kUploads, {.prefix = store::key(bucket.id)}, [&](std::string_view, Upload& upload) {
    if (rules.aborts(upload, call.now_ms())) old.push_back(std::move(upload));
    return old.size() < kKeysPerStep;
  });
  for (const Upload& upload : old) {
    if (call.tx.has(kUploads, store::key(bucket.id, upload.key, upload.sequence))) erase_upload(call, bucket, upload);
  }
}

}  // namespace

Result<void> step_lifecycle(Call& call, std::string_view name) {
  auto bucket = get_bucket(call.tx, name);
  const LifecycleRules rules(bucket ? get_configured(call.tx, *bucket, Configuration::kLifecycle) : Value());
  if (!bucket || rules.empty()) {
    call.tx.erase(kLifecycleWalks, name);
    return {};
  }
  const std::int64_t night_ms = call.now_ms() / kDayMs * kDayMs;
  auto walk = call.tx.get(kLifecycleWalks, name);
  if (!walk || walk->bucket != bucket->id)
    walk = LifecycleWalk{.bucket = bucket->id, .night_ms = night_ms, .after_key = ""};
  const std::vector<std::string> keys = next_keys(call, *bucket, walk->after_key);
  Walker walker(call, *bucket, rules);
  for (const std::string& key : keys) {
    if (Family family = family_of(call, *bucket, key); !family.versions.empty()) walker.look_at(family);
  }
  if (keys.size() == kKeysPerStep) {
    walk->after_key = keys.back();
    call.tx.put(kLifecycleWalks, name, *walk);
    call.arm(kLifecycleStep, call.now, name);
    return {};
  }
  step_through_uploads(call, *bucket, rules);
  call.tx.erase(kLifecycleWalks, name);
  call.arm(kLifecycleStep, kernel::from_ms(walk->night_ms + kDayMs), name);
  return {};
}

std::string expiration_of(const Call& call, const Bucket& bucket, std::string_view key, const ObjectVersion& version) {
  if (!bucket.has(Configuration::kLifecycle) || version.is_delete_marker) return "";
  const LifecycleRules rules(get_configured(call.tx, bucket, Configuration::kLifecycle));
  auto expiry = rules.expiry_of(key, version);
  if (!expiry) return "";
  return fmt::format("expiry-date=\"{}\", rule-id=\"{}\"", base::format_http_date(expiry->time_ms),
                     base::percent_encode(expiry->rule_id));
}

}  // namespace s3
