#include <array>
#include <mutex>
#include <unordered_map>

#include "policy/policy.h"

namespace policy {

namespace {

constexpr std::size_t kShards = 16;
// Policies of a shard before those unused since the last sweep are forgotten.
constexpr std::size_t kShardPoliciesMax = 256;

}  // namespace

struct Cache::State {
  struct Entry {
    Kind kind;
    PolicyPtr policy;
    bool is_used;  // since the last sweep
  };
  struct Shard {
    std::mutex mutex;
    // By hash; texts of equal hash displace each other, as the text is compared.
    std::unordered_map<std::size_t, Entry> entries;

    // Each policy that was asked for since the last sweep gets another round.
    void sweep() {
      for (auto entry = entries.begin(); entry != entries.end();)
        entry = std::exchange(entry->second.is_used, false) ? std::next(entry) : entries.erase(entry);
    }
  };
  std::array<Shard, kShards> shards;
};

Cache::Cache() : state_(std::make_unique<State>()) {}
Cache::~Cache() = default;

Result<PolicyPtr> Cache::compile(std::string_view document, Kind kind) {
  std::size_t hash = std::hash<std::string_view>()(document) * 31 + static_cast<std::size_t>(kind);
  State::Shard& shard = state_->shards[(hash >> 16) % kShards];
  {
    std::lock_guard lock(shard.mutex);
    auto found = shard.entries.find(hash);
    if (found != shard.entries.end() && found->second.kind == kind && document_of(*found->second.policy) == document) {
      found->second.is_used = true;
      return found->second.policy;
    }
  }
  PolicyPtr policy = TRY(policy::compile(document, kind));
  std::lock_guard lock(shard.mutex);
  if (shard.entries.size() >= kShardPoliciesMax) shard.sweep();
  if (shard.entries.size() >= kShardPoliciesMax) shard.entries.erase(shard.entries.begin());
  shard.entries.insert_or_assign(hash, State::Entry{kind, policy, true});
  return policy;
}

}  // namespace policy
