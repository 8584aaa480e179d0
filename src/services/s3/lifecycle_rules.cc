#include "services/s3/lifecycle_rules.h"

#include <algorithm>
#include <array>

namespace s3 {

namespace {

// "By default, objects smaller than 128 KB are not transitioned to any storage class."
constexpr std::uint64_t kTransitionBytesMin = 131'072;

constexpr std::array<std::string_view, 8> kWaterfall{
    "STANDARD",   "REDUCED_REDUNDANCY", "STANDARD_IA", "INTELLIGENT_TIERING",
    "ONEZONE_IA", "GLACIER_IR",         "GLACIER",     "DEEP_ARCHIVE"};

bool is_archive(std::string_view storage_class) {
  return storage_class == "GLACIER" || storage_class == "DEEP_ARCHIVE";
}

// When an action of a rule is due that is given as a date or as days from `since_ms` on; nothing where it is neither.
std::optional<std::int64_t> due_of(const Value& action, std::int64_t since_ms) {
  if (action.has("Date")) return action.at("Date").num();
  if (!action.has("Days")) return std::nullopt;
  return midnight_after(since_ms + action.at("Days").num() * kDayMs);
}

}  // namespace

int class_rank(std::string_view storage_class) {
  if (storage_class.empty()) return 0;
  auto found = std::ranges::find(kWaterfall, storage_class);
  return found == kWaterfall.end() ? -1 : static_cast<int>(found - kWaterfall.begin());
}

bool can_move(std::string_view from, std::string_view to) {
  const int before = class_rank(from), after = class_rank(to);
  if (before < 0 || after <= before) return false;
  return !(from == "ONEZONE_IA" && to == "GLACIER_IR");
}

LifecycleRules::LifecycleRules(const Value& configuration) {
  has_small_archives_ = configuration.at("TransitionDefaultMinimumObjectSize").str() == "varies_by_storage_class";
  for (const Value& rule : configuration.at("Rules").list()) {
    if (rule.at("Status").str() == "Enabled") rules_.push_back(rule);
  }
}

std::optional<LifecycleRules::Expiry> LifecycleRules::expiry_of(std::string_view key,
                                                                const ObjectVersion& version) const {
  std::optional<Expiry> first;
  for (const Value& rule : rules_) {
    auto due_ms = due_of(rule.at("Expiration"), version.modified_ms);
    if (!due_ms || !is_for(rule, key, version)) continue;
    if (!first || *due_ms < first->time_ms) first = Expiry{*due_ms, rule.at("ID").str()};
  }
  return first;
}

bool LifecycleRules::expires(std::string_view key, const ObjectVersion& version, std::int64_t now_ms) const {
  auto expiry = expiry_of(key, version);
  return expiry && expiry->time_ms <= now_ms;
}

// "If you specify Days, S3 also removes expired object delete markers once they are old enough."
bool LifecycleRules::removes_marker(std::string_view key, const ObjectVersion& marker, std::int64_t now_ms) const {
  return std::ranges::any_of(rules_, [&](const Value& rule) {
    const Value& expiration = rule.at("Expiration");
    if (!key.starts_with(prefix_of(rule)) || expiration.is_null()) return false;
    if (expiration.at("ExpiredObjectDeleteMarker").flag()) return true;
    auto due_ms = expiration.has("Days") ? due_of(expiration, marker.modified_ms) : std::nullopt;
    return due_ms && *due_ms <= now_ms && is_for(rule, key, marker);
  });
}

bool LifecycleRules::expires_noncurrent(std::string_view key, const ObjectVersion& version, std::int64_t newer,
                                        std::int64_t now_ms) const {
  return std::ranges::any_of(rules_, [&](const Value& rule) {
    const Value& action = rule.at("NoncurrentVersionExpiration");
    if (!action.has("NoncurrentDays") || !is_for(rule, key, version)) return false;
    if (newer < action.at("NewerNoncurrentVersions").num()) return false;
    return midnight_after(version.noncurrent_since_ms + action.at("NoncurrentDays").num() * kDayMs) <= now_ms;
  });
}

bool LifecycleRules::may_move(const Value& rule, const ObjectVersion& version, const std::string& to) const {
  if (!can_move(version.storage_class, to)) return false;
  if (version.body.size >= kTransitionBytesMin || has_size_filter(rule)) return true;
  return has_small_archives_ && is_archive(to);
}

std::string LifecycleRules::target_class(std::string_view key, const ObjectVersion& version,
                                         std::int64_t now_ms) const {
  std::string coldest;
  for (const Value& rule : rules_) {
    for (const Value& action : rule.at("Transitions").list()) {
      const std::string& to = action.at("StorageClass").str();
      auto due_ms = due_of(action, version.modified_ms);
      if (!due_ms || *due_ms > now_ms || !is_for(rule, key, version) || !may_move(rule, version, to)) continue;
      if (class_rank(to) > class_rank(coldest)) coldest = to;
    }
  }
  return coldest;
}

std::string LifecycleRules::noncurrent_target_class(std::string_view key, const ObjectVersion& version,
                                                    std::int64_t newer, std::int64_t now_ms) const {
  std::string coldest;
  for (const Value& rule : rules_) {
    for (const Value& action : rule.at("NoncurrentVersionTransitions").list()) {
      const std::string& to = action.at("StorageClass").str();
      const std::int64_t due_ms =
          midnight_after(version.noncurrent_since_ms + action.at("NoncurrentDays").num() * kDayMs);
      if (due_ms > now_ms || newer < action.at("NewerNoncurrentVersions").num()) continue;
      if (!is_for(rule, key, version) || !may_move(rule, version, to)) continue;
      if (class_rank(to) > class_rank(coldest)) coldest = to;
    }
  }
  return coldest;
}

bool LifecycleRules::aborts(const Upload& upload, std::int64_t now_ms) const {
  return std::ranges::any_of(rules_, [&](const Value& rule) {
    const Value& action = rule.at("AbortIncompleteMultipartUpload");
    if (!action.has("DaysAfterInitiation") || !upload.key.starts_with(prefix_of(rule))) return false;
    return midnight_after(upload.initiated_ms + action.at("DaysAfterInitiation").num() * kDayMs) <= now_ms;
  });
}

}  // namespace s3
