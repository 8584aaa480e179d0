// What text tests do not reach: quotas that are changed, and what is told of changes.
#include <gtest/gtest.h>

#include "kernel/limits.h"
#include "kernel/testing.h"
#include "services/ssm/parameter.h"

namespace ssm {
namespace {

using namespace std::chrono_literals;
using kernel::testing::TestCloud;
using M = Value::Map;

// What was told, in order.
struct Told {
  std::string type, what;

  static void fields(auto& self, auto& field) {
    field("type", self.type);
    field("what", self.what);
  }
};
constexpr store::Table<Told> kTold{"test.told"};

Result<void> hear(Call& call, const kernel::Event& event) {
  const Value& detail = event.detail;
  call.tx.put(kTold, store::key(call.next_sequence()),
              {event.type, detail.has("operation") ? detail.at("operation").str() : detail.at("policy-type").str()});
  return {};
}

std::vector<kernel::Service> services() {
  kernel::Service listened = service();
  listened.listeners.push_back({.source = "ssm", .name = "test.hear", .deliver = hear});
  std::vector<kernel::Service> services;
  services.push_back(std::move(listened));
  return services;
}

class Parameters : public ::testing::Test {
 protected:
  TestCloud cloud_{services()};

  Result<Value> call(const char* operation, M input) { return cloud_.call("ssm", operation, std::move(input)); }
  std::string put(const std::string& name, const char* tier) {
    auto made = call("PutParameter", M{{"Name", name}, {"Type", "String"}, {"Value", "v"}, {"Tier", tier}});
    return made ? made->at("Tier").str() : made.error().code;
  }
  void set_limit(const kernel::Limit& limit, std::int64_t value) {
    auto done = cloud_.cloud().transact(cloud_.place(), [&](Call& inner) -> Result<void> {
      inner.tx.put(kernel::kLimits, store::key(limit.service, limit.code), {value});
      return {};
    });
    EXPECT_TRUE(done);
  }
  std::vector<std::string> told() {
    std::vector<std::string> all;
    auto done = cloud_.cloud().transact(cloud_.place(), [&](Call& inner) -> Result<void> {
      inner.tx.scan(kTold, "", [&](std::string_view, Told& each) { all.push_back(each.what); });
      return {};
    });
    EXPECT_TRUE(done);
    return all;
  }
};

TEST_F(Parameters, an_account_has_so_many_of_a_tier) {
  set_limit(kStandardMax, 2);
  set_limit(kAdvancedMax, 2);
  EXPECT_EQ(put("a", "Standard"), "Standard");
  EXPECT_EQ(put("b", "Standard"), "Standard");
  EXPECT_EQ(put("c", "Standard"), "ParameterLimitExceeded");
  EXPECT_EQ(put("c", "Intelligent-Tiering"), "Advanced");
  EXPECT_EQ(put("d", "Advanced"), "Advanced");
  EXPECT_EQ(put("e", "Advanced"), "ParameterLimitExceeded");
  EXPECT_TRUE(call("DeleteParameter", M{{"Name", "a"}}));
  EXPECT_EQ(put("e", "Standard"), "Standard");
  EXPECT_EQ(put("f", "Standard"), "ParameterLimitExceeded");
}

// SSM.3, SSM.5
TEST_F(Parameters, changes_and_policies_are_told) {
  M input{{"Name", "p"}, {"Type", "String"}, {"Value", "v"}, {"Tier", "Advanced"}};
  input.emplace_back("Policies",
                     R"([{"Type":"Expiration","Version":"1.0","Attributes":{"Timestamp":"2026-01-03T00:00:00Z"}},)"
                     R"({"Type":"ExpirationNotification","Version":"1.0","Attributes":{"Before":"1","Unit":"Days"}},)"
                     R"({"Type":"NoChangeNotification","Version":"1.0","Attributes":{"After":"5","Unit":"Hours"}}])");
  EXPECT_TRUE(call("PutParameter", std::move(input)));
  EXPECT_TRUE(call("LabelParameterVersion", M{{"Name", "p"}, {"Labels", Value::List{"x"}}}));
  EXPECT_TRUE(call("PutParameter", M{{"Name", "p"}, {"Value", "w"}, {"Overwrite", true}}));
  cloud_.advance(4h);
  EXPECT_EQ(told(), (std::vector<std::string>{"Create", "LabelParameterVersion", "Update"}));
  cloud_.advance(72h);
  EXPECT_EQ(told(), (std::vector<std::string>{"Create", "LabelParameterVersion", "Update", "NoChangeNotification",
                                              "ExpirationNotification", "Expiration", "Delete"}));
}

}  // namespace
}  // namespace ssm
