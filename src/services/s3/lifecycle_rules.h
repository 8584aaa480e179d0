#pragma once

#include "services/s3/over_time.h"

namespace s3 {

// Where a class stands in "the waterfall": objects only move on to one that stands behind theirs. Negative: unknown.
int class_rank(std::string_view storage_class);
bool can_move(std::string_view from, std::string_view to);

// The rules of a bucket's lifecycle, asked about one object at a time. All of it is pure.
class LifecycleRules {
 public:
  // The configuration as it is kept; null: there are no rules.
  explicit LifecycleRules(const Value& configuration);

  bool empty() const { return rules_.empty(); }

  struct Expiry {
    std::int64_t time_ms = 0;
    std::string rule_id;
  };
  // When a current version expires, by the rule that comes first.
  std::optional<Expiry> expiry_of(std::string_view key, const ObjectVersion& version) const;
  bool expires(std::string_view key, const ObjectVersion& version, std::int64_t now_ms) const;
  // Whether a delete marker without other versions goes.
  bool removes_marker(std::string_view key, const ObjectVersion& marker, std::int64_t now_ms) const;
  // `newer`: how many noncurrent versions of the key are newer than this one.
  bool expires_noncurrent(std::string_view key, const ObjectVersion& version, std::int64_t newer,
                          std::int64_t now_ms) const;
  // The class to move to now, the coldest one due; empty: it stays.
  std::string target_class(std::string_view key, const ObjectVersion& version, std::int64_t now_ms) const;
  std::string noncurrent_target_class(std::string_view key, const ObjectVersion& version, std::int64_t newer,
                                      std::int64_t now_ms) const;
  bool aborts(const Upload& upload, std::int64_t now_ms) const;

 private:
  bool may_move(const Value& rule, const ObjectVersion& version, const std::string& to) const;

  Value::List rules_;  // enabled ones
  bool has_small_archives_ = false;
};

}  // namespace s3
