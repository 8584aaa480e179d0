#include "kernel/usage.h"

#include <gtest/gtest.h>

#include "kernel/testing.h"

namespace kernel::testing {
namespace {

using namespace std::chrono_literals;

Result<Value> accept(Call&, const Value&) { return Value(Value::Map{}); }

std::string topic_of(Call&, std::string_view, const Value& input) { return input.at("TopicArn").str(); }

std::vector<Service> topics() {
  return {{.id = "sns", .operations = {{"Publish", accept}, {"DeleteTopic", accept}}, .resource_of = topic_of}};
}

class Usage : public ::testing::Test {
 protected:
  Usage() { cloud.become(root_with_key()); }

  static Principal root_with_key() {
    Principal root = Principal::root("000000000000");
    root.access_key_id = "AKIA0123456789ABCDEF";
    return root;
  }
  void publish(const std::string& topic) {
    auto result = cloud.call("sns", "Publish", Value::Map{{"TopicArn", topic}, {"Message", "x"}});
  }
  std::vector<ServiceUse> uses(std::string_view arn) {
    std::vector<ServiceUse> found;
    auto read = cloud.cloud().transact(cloud.place(), [&](Call& call) -> Result<void> {
      found = uses_by_principal(call, arn);
      return {};
    });
    return read ? found : std::vector<ServiceUse>{};
  }
  KeyUse key_use() {
    KeyUse found;
    auto read = cloud.cloud().transact(cloud.place(), [&](Call& call) -> Result<void> {
      found = last_use_of_key(call, "AKIA0123456789ABCDEF");
      return {};
    });
    return read ? found : KeyUse{};
  }

  TestCloud cloud{topics()};
  const std::string root = "arn:aws:iam::000000000000:root";
};

TEST_F(Usage, OfAKeyIsItsLastServiceRegionAndTime) {
  EXPECT_EQ(key_use().at_ms, 0);
  publish("arn:aws:sns:us-east-1:000000000000:a");
  EXPECT_EQ(key_use().service, "sns");
  EXPECT_EQ(key_use().region, "us-east-1");
  EXPECT_EQ(key_use().at_ms, to_ms(TestCloud::kStart));
  cloud.advance(10s);
  cloud.stand_in({"000000000000", "eu-west-1"});
  publish("arn:aws:sns:eu-west-1:000000000000:a");
  EXPECT_EQ(key_use().region, "eu-west-1");
  EXPECT_EQ(key_use().at_ms, to_ms(TestCloud::kStart + 10s));
}

TEST_F(Usage, OfAPrincipalIsOrderedByServiceAndActionAfterTheServiceItself) {
  publish("arn:aws:sns:us-east-1:000000000000:a");
  cloud.advance(2s);
  EXPECT_TRUE(cloud.call("sns", "DeleteTopic", Value::Map{{"TopicArn", "arn:aws:sns:us-east-1:000000000000:a"}}));
  auto found = uses(root);
  ASSERT_EQ(found.size(), 3u);
  EXPECT_EQ(found[0].action, "");
  EXPECT_EQ(found[0].at_ms, to_ms(TestCloud::kStart + 2s));
  EXPECT_EQ(found[1].action, "DeleteTopic");
  EXPECT_EQ(found[2].action, "Publish");
  EXPECT_EQ(found[2].at_ms, to_ms(TestCloud::kStart));
  EXPECT_EQ(found[2].resources, std::vector<std::string>{"arn:aws:sns:us-east-1:000000000000:a"});
  EXPECT_TRUE(uses("arn:aws:iam::000000000000:roo").empty());
}

TEST_F(Usage, CountsDeniedAttemptsButNotTheirResources) {
  const std::string bob = "arn:aws:iam::000000000000:user/bob";
  cloud.become({.type = Principal::Type::kUser, .account = "000000000000", .arn = bob});
  publish("arn:aws:sns:us-east-1:000000000000:a");
  auto found = uses(bob);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[1].action, "Publish");
  EXPECT_TRUE(found[1].resources.empty());
}

TEST_F(Usage, ManyResourcesBecomeAny) {
  for (std::size_t i = 0; i < kUseResourcesMax; ++i) publish(fmt::format("arn:aws:sns:us-east-1:000000000000:t{}", i));
  EXPECT_EQ(uses(root)[1].resources.size(), kUseResourcesMax);
  publish("arn:aws:sns:us-east-1:000000000000:one-more");
  EXPECT_EQ(uses(root)[1].resources, std::vector<std::string>{"*"});
}

TEST_F(Usage, SurvivesARestart) {
  publish("arn:aws:sns:us-east-1:000000000000:a");
  cloud.advance(500ms);
  publish("arn:aws:sns:us-east-1:000000000000:a");
  cloud.restart();
  EXPECT_EQ(key_use().at_ms, to_ms(TestCloud::kStart + 500ms));
}

}  // namespace
}  // namespace kernel::testing
