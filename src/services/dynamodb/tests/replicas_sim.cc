// Wherever items of a global table are written, and however often the cloud falls over: when all writes have arrived,
// each item is in every region what the last write made of it, in the indexes too, and each region's stream has told
// every step there.
#include <map>

#include "aws/dynamodb_changes.h"
#include "services/dynamodb/tests/grouped_table.h"

namespace dynamodb {
namespace {

constexpr int kItems = 8;
constexpr std::array<const char*, 3> kRegions{"us-east-1", "us-west-2", "eu-west-1"};

class World {
 public:
  explicit World(TestCloud& cloud) : cloud_(cloud) {
    go_to(0);
    EXPECT_TRUE(cloud_.call("dynamodb", "CreateTable", grouped_table("World")));
    for (int i = 0; i < 3; ++i) write();
    add_region(1);
    for (int i = 0; i < 3; ++i) write();
    add_region(2);
  }

  void step() {
    switch (cloud_.roll(6)) {
      case 0: cloud_.advance(kernel::Millis(cloud_.roll(5'000))); break;
      case 1:
        if (cloud_.roll(4) == 0) cloud_.roll(2) == 0 ? cloud_.restart() : cloud_.crash();
        break;
      default: write();
    }
  }

  // After the lag, all regions agree.
  void check() {
    cloud_.advance(kernel::Millis(3'000));
    for (std::size_t region = 0; region < regions_; ++region) {
      SCOPED_TRACE(kRegions[region]);
      go_to(region);
      EXPECT_EQ(read(M{{"TableName", "World"}}), known_);
      EXPECT_EQ(read(M{{"TableName", "World"}, {"IndexName", "by-g"}}), known_);
      check_changes();
    }
  }

 private:
  void go_to(std::size_t region) { cloud_.stand_in({"000000000000", kRegions[region]}); }

  void add_region(std::size_t region) {
    go_to(0);
    cloud_.advance(kernel::Millis(cloud_.roll(2'000)));
    EXPECT_TRUE(cloud_.call(
        "dynamodb", "UpdateTable",
        M{{"TableName", "World"}, {"ReplicaUpdates", L{M{{"Create", M{{"RegionName", kRegions[region]}}}}}}}));
    regions_ = region + 1;
  }

  // Each write has a time of its own, so that it is told which is the last.
  void write() {
    cloud_.advance(kernel::Millis(1 + cloud_.roll(700)));
    go_to(cloud_.roll(regions_));
    const std::string key = "k" + std::to_string(cloud_.roll(kItems));
    if (cloud_.roll(4) == 0) {
      auto deleted =
          cloud_.call("dynamodb", "DeleteItem",
                      M{{"TableName", "World"}, {"Key", M{{"p", M{{"S", key}}}}}, {"ReturnValues", "ALL_OLD"}});
      ASSERT_TRUE(deleted);
      // What has not arrived yet cannot be deleted, and comes later.
      if (deleted->has("Attributes")) known_.erase(key);
      return;
    }
    const std::string group = "g" + std::to_string(cloud_.roll(3));
    EXPECT_TRUE(cloud_.call("dynamodb", "PutItem",
                            M{{"TableName", "World"}, {"Item", M{{"p", M{{"S", key}}}, {"g", M{{"S", group}}}}}}));
    known_[key] = group;
  }

  std::map<std::string, std::string> read(const M& parameters) {
    std::map<std::string, std::string> found;
    for (const Value& item : scan_all(cloud_, parameters))
      found[item.at("p").at("S").str()] = item.at("g").at("S").str();
    return found;
  }

  // Each change begins where the one before it of the same item ended.
  void check_changes() {
    std::map<std::string, std::string> replayed;
    store::Transaction tx = cloud_.cloud().store().begin(cloud_.place());
    tx.scan(aws::dynamodb::kChanges, store::Scan{}, [&](std::string_view, const aws::dynamodb::Change& change) {
      auto [image, is_first] = replayed.try_emplace(change.keys, change.old_image);
      if (!is_first) {
        EXPECT_EQ(image->second, change.old_image);
      }
      image->second = change.new_image;
    });
  }

  TestCloud& cloud_;
  std::size_t regions_ = 1;
  std::map<std::string, std::string> known_;
};

TEST(DynamodbSimulation, RegionsOfAGlobalTableAgreeInTheEnd) {
  kernel::testing::for_each_seed([](std::uint64_t seed) {
    TestCloud cloud({service()}, seed);
    World world(cloud);
    for (int step = 0; step < 200 && !::testing::Test::HasFailure(); ++step) {
      SCOPED_TRACE("step " + std::to_string(step));
      world.step();
      if (step % 25 == 24) world.check();
    }
    world.check();
  });
}

}  // namespace
}  // namespace dynamodb
