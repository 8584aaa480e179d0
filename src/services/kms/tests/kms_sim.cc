// Every ciphertext decrypts exactly when it should: while its key is there in the region, enabled and not about to be
// deleted, whatever rotations, promotions, restarts and crashes there were.
#include <map>
#include <set>

#include "api/kms.h"
#include "kernel/simulation.h"

namespace kms {
namespace {

using base::Value;
using kernel::Time;
using kernel::testing::TestCloud;
using M = Value::Map;

constexpr const char* kRegions[] = {"us-east-1", "eu-west-1", "ap-south-1"};
constexpr auto kDay = std::chrono::hours(24);

// What a client may assume of a key in one region.
struct Standing {
  bool is_enabled = true;
  std::optional<Time> deletion;
};

struct Known {
  std::map<std::string, Standing> regions;  // in which it stands
  std::string primary;                      // of a multi-region key; empty
};

struct Secret {
  std::string key_id, blob, text, context;
};

class Keys {
 public:
  explicit Keys(TestCloud& cloud) : cloud_(cloud) {}

  void step() {
    if (keys_.empty() || cloud_.roll(12) == 0) return create();
    switch (cloud_.roll(12)) {
      case 0:
      case 1:
      case 2: return encrypt();
      case 3:
      case 4: return check(cloud_.roll(secrets_.size() + 1));
      case 5: return rotate();
      case 6: return disable_or_enable();
      case 7: return schedule_or_cancel();
      case 8: return replicate();
      case 9: return promote();
      case 10: return advance(kDay * (1 + cloud_.roll(12)));
      default: cloud_.roll(2) == 0 ? cloud_.restart() : cloud_.crash();
    }
  }

  void check_all() {
    for (std::size_t i = 0; i < secrets_.size(); ++i) check(i);
  }

 private:
  base::Result<Value> try_call(const std::string& region, const char* operation, M input) {
    cloud_.stand_in({"000000000000", region});
    return cloud_.call("kms", operation, std::move(input));
  }
  Value call(const std::string& region, const char* operation, M input) {
    auto result = try_call(region, operation, std::move(input));
    EXPECT_TRUE(result) << operation << ": " << result.error().code << " " << result.error().message;
    return result ? *result : Value();
  }

  bool is_usable(const Known& key, const std::string& region) {
    auto at = key.regions.find(region);
    return at != key.regions.end() && at->second.is_enabled && !at->second.deletion;
  }

  // Some key and a region in which it stands.
  std::pair<std::string, std::string> pick() {
    auto key = std::next(keys_.begin(), std::ptrdiff_t(cloud_.roll(keys_.size())));
    const auto& regions = key->second.regions;
    if (regions.empty()) return {key->first, kRegions[0]};
    return {key->first, std::next(regions.begin(), std::ptrdiff_t(cloud_.roll(regions.size())))->first};
  }

  void create() {
    const std::string region = kRegions[cloud_.roll(3)];
    bool is_multi_region = cloud_.roll(2) == 0;
    M input;
    if (is_multi_region) input = M{{"MultiRegion", true}};
    std::string id = call(region, "CreateKey", std::move(input)).at("KeyMetadata").at("KeyId").str();
    keys_[id] = {.regions = {{region, {}}}, .primary = is_multi_region ? region : ""};
    if (cloud_.roll(2) == 0)
      call(region, "EnableKeyRotation", M{{"KeyId", id}, {"RotationPeriodInDays", 90 + std::int64_t(cloud_.roll(60))}});
  }

  void encrypt() {
    auto [id, region] = pick();
    const std::string text = "text " + std::to_string(secrets_.size()), context = std::to_string(cloud_.roll(3));
    auto made = try_call(region, "Encrypt",
                         M{{"KeyId", id}, {"Plaintext", text}, {"EncryptionContext", M{{"number", context}}}});
    ASSERT_EQ(made.has_value(), is_usable(keys_[id], region)) << id << " in " << region;
    if (made) secrets_.push_back({id, made->at("CiphertextBlob").str(), text, context});
  }

  void check(std::size_t number) {
    if (number >= secrets_.size()) return;
    const Secret& secret = secrets_[number];
    for (const char* region : kRegions) {
      M input{{"CiphertextBlob", secret.blob}, {"EncryptionContext", M{{"number", secret.context}}}};
      auto opened = try_call(region, "Decrypt", input);
      ASSERT_EQ(opened.has_value(), is_usable(keys_[secret.key_id], region))
          << secret.key_id << " in " << region << (opened ? "" : ": " + opened.error().code);
      if (!opened) continue;
      EXPECT_EQ(opened->at("Plaintext").str(), secret.text);
      EXPECT_FALSE(try_call(region, "Decrypt", M{{"CiphertextBlob", secret.blob}}));
    }
  }

  void rotate() {
    auto [id, region] = pick();
    const Known& key = keys_[id];
    bool is_primary = key.primary.empty() || key.primary == region;
    auto rotated = try_call(region, "RotateKeyOnDemand", M{{"KeyId", id}});
    // There are 25 rotations on demand.
    if (!rotated && rotated.error().code == "LimitExceededException") return;
    EXPECT_EQ(rotated.has_value(), is_primary && is_usable(key, region)) << id << " in " << region;
  }

  void disable_or_enable() {
    auto [id, region] = pick();
    auto at = keys_[id].regions.find(region);
    if (at == keys_[id].regions.end()) return;
    bool enables = !at->second.is_enabled;
    auto done = try_call(region, enables ? "EnableKey" : "DisableKey", M{{"KeyId", id}});
    EXPECT_EQ(done.has_value(), !at->second.deletion);
    if (done) at->second.is_enabled = enables;
  }

  void schedule_or_cancel() {
    auto [id, region] = pick();
    Known& key = keys_[id];
    auto at = key.regions.find(region);
    // The deletion of a primary key that has replicas begins with that of the last of them: see the text tests.
    if (at == key.regions.end() || (key.primary == region && key.regions.size() > 1)) return;
    if (at->second.deletion) {
      call(region, "CancelKeyDeletion", M{{"KeyId", id}});
      at->second = {.is_enabled = false, .deletion = std::nullopt};
    } else {
      const std::int64_t days = 7 + std::int64_t(cloud_.roll(24));
      call(region, "ScheduleKeyDeletion", M{{"KeyId", id}, {"PendingWindowInDays", days}});
      at->second = {.is_enabled = false, .deletion = cloud_.now() + kDay * days};
    }
  }

  void replicate() {
    auto [id, region] = pick();
    Known& key = keys_[id];
    const std::string target = kRegions[cloud_.roll(3)];
    bool can = key.primary == region && is_usable(key, region) && !key.regions.contains(target);
    auto made = try_call(region, "ReplicateKey", M{{"KeyId", id}, {"ReplicaRegion", target}});
    ASSERT_EQ(made.has_value(), can) << id << " from " << region << " to " << target;
    if (made) key.regions[target] = {};
  }

  void promote() {
    auto [id, region] = pick();
    Known& key = keys_[id];
    const std::string target = kRegions[cloud_.roll(3)];
    bool can = key.primary == region && target != region && is_usable(key, region) && is_usable(key, target);
    auto done = try_call(region, "UpdatePrimaryRegion", M{{"KeyId", id}, {"PrimaryRegion", target}});
    ASSERT_EQ(done.has_value(), can) << id << " from " << region << " to " << target;
    if (done) key.primary = target;
  }

  void advance(kernel::Millis by) {
    cloud_.advance(by);
    for (auto& [id, key] : keys_)
      std::erase_if(key.regions,
                    [&](const auto& at) { return at.second.deletion && *at.second.deletion <= cloud_.now(); });
  }

  TestCloud& cloud_;
  std::map<std::string, Known> keys_;
  std::vector<Secret> secrets_;
};

TEST(Simulation, EveryCiphertextDecryptsExactlyWhenItShould) {
  kernel::testing::for_each_seed([](std::uint64_t seed) {
    TestCloud cloud({service()}, seed);
    Keys keys(cloud);
    for (int step = 0; step < 400 && !::testing::Test::HasFailure(); ++step) keys.step();
    keys.check_all();
  });
}

}  // namespace
}  // namespace kms
