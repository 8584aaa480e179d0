#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/standing.h"

namespace kernel {

// A decision with what it was made from, so that it can be explained later: the policies are shared, the condition keys
// are those that they name.
struct DecisionRecord {
  std::string request_id;
  Time time;
  std::string action, resource, resource_account;
  policy::Union rule = policy::Union::kEither;
  policy::Decision decision;
  std::string message;  // of a refusal
  std::shared_ptr<const Standing> standing;
  std::shared_ptr<const policy::Policies> policies;  // with the resource's; null: those of the standing
  ConditionKeys keys;
};

// The latest decisions, a bounded number of them. Thread-safe. Calls that the root of an account makes on what it owns
// are not among them unless a policy had a say.
class Decisions {
 public:
  static constexpr std::size_t kKeptMax = 1'024;

  void add(DecisionRecord record);
  // What was decided for a request, in order; for an empty id the latest refusal.
  std::vector<DecisionRecord> find(std::string_view request_id) const;
  void clear();

 private:
  mutable std::mutex mutex_;
  std::vector<DecisionRecord> kept_;  // a ring
  std::size_t next_ = 0;
};

// For people and for JSON: who asked for what, the decision, and of each policy each statement and why it matched or
// not.
Value explain(const DecisionRecord& record);

// What EC2 seals into its refusals, as DecodeAuthorizationMessage answers it.
Value describe_refusal(const DecisionRecord& record);

}  // namespace kernel
