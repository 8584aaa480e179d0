// The policy simulator and live calls agree: whatever policies a user, its group and its boundary have at a moment,
// SimulatePrincipalPolicy says "allowed" of exactly the calls that are then not refused.
#include <array>

#include "api/iam.h"
#include "base/json.h"
#include "kernel/simulation.h"

namespace iam {
namespace {

using base::Value;
using kernel::testing::TestCloud;
using M = Value::Map;
using L = Value::List;

constexpr std::array<std::string_view, 3> kTargets{"a", "b", "me"};
constexpr std::array<std::string_view, 3> kOperations{"GetUser", "ListUserTags", "ListGroupsForUser"};
constexpr std::string_view kMe = "arn:aws:iam::000000000000:user/me";

class Policies {
 public:
  explicit Policies(TestCloud& cloud) : cloud_(cloud) {
    for (std::string_view name : kTargets) as_root("CreateUser", M{{"UserName", name}});
    as_root("TagUser", M{{"UserName", "me"}, {"Tags", L{tag("blue")}}});
    as_root("CreateGroup", M{{"GroupName", "g"}});
    as_root("AddUserToGroup", M{{"GroupName", "g"}, {"UserName", "me"}});
    me_.user_id = as_root("GetUser", M{{"UserName", "me"}}).at("User").at("UserId").str();
  }

  void step() {
    switch (cloud_.roll(6)) {
      case 0:
        as_root("PutUserPolicy", M{{"UserName", "me"}, {"PolicyName", name()}, {"PolicyDocument", policy()}});
        break;
      case 1:
        as_root("PutGroupPolicy", M{{"GroupName", "g"}, {"PolicyName", name()}, {"PolicyDocument", policy()}});
        break;
      case 2: try_as_root("DeleteUserPolicy", M{{"UserName", "me"}, {"PolicyName", name()}}); break;
      case 3: try_as_root("DeleteGroupPolicy", M{{"GroupName", "g"}, {"PolicyName", name()}}); break;
      case 4: change_boundary(); break;
      default: as_root("TagUser", M{{"UserName", "me"}, {"Tags", L{tag(cloud_.roll(2) == 0 ? "blue" : "red")}}}); break;
    }
    for (std::string_view operation : kOperations)
      for (std::string_view target : kTargets) compare(operation, target);
  }

 private:
  static Value tag(std::string_view value) { return M{{"Key", "team"}, {"Value", value}}; }
  std::string name() { return "p" + std::to_string(cloud_.roll(3)); }

  Value as_root(std::string_view operation, Value input) {
    auto answer = try_as_root(operation, std::move(input));
    EXPECT_TRUE(answer) << operation << ": " << (answer ? "" : answer.error().message);
    return answer ? *answer : Value();
  }
  base::Result<Value> try_as_root(std::string_view operation, Value input) {
    cloud_.become(kernel::Principal::root("000000000000"));
    return cloud_.call("iam", operation, std::move(input));
  }

  template <std::size_t kSize>
  std::string_view one_of(const std::array<std::string_view, kSize>& choices) {
    return choices[cloud_.roll(kSize)];
  }

  std::string policy() {
    constexpr std::array<std::string_view, 5> kActions{"iam:GetUser", "iam:List*", "iam:*", "*", "iam:listusertags"};
    constexpr std::array<std::string_view, 5> kResources{"*", "arn:aws:iam::*:user/a", "arn:aws:iam::*:user/?",
                                                         "arn:aws:iam::000000000000:user/${aws:username}",
                                                         "arn:aws:iam::111122223333:user/*"};
    M statement{{"Effect", cloud_.roll(4) == 0 ? "Deny" : "Allow"},
                {cloud_.roll(6) == 0 ? "NotAction" : "Action", one_of(kActions)},
                {cloud_.roll(6) == 0 ? "NotResource" : "Resource", one_of(kResources)}};
    if (cloud_.roll(3) == 0)
      statement.emplace_back("Condition", M{{"StringEquals", M{{"aws:PrincipalTag/team", "blue"}}}});
    return base::to_json(M{{"Version", "2012-10-17"}, {"Statement", L{statement}}});
  }

  void change_boundary() {
    constexpr std::array<std::string_view, 3> kBoundaries{"IAMReadOnlyAccess", "AmazonSQSFullAccess",
                                                          "AdministratorAccess"};
    if (cloud_.roll(2) == 0) {
      try_as_root("DeleteUserPermissionsBoundary", M{{"UserName", "me"}});
    } else {
      const std::string arn = "arn:aws:iam::aws:policy/" + std::string(one_of(kBoundaries));
      as_root("PutUserPermissionsBoundary", M{{"UserName", "me"}, {"PermissionsBoundary", arn}});
    }
  }

  void compare(std::string_view operation, std::string_view target) {
    const Value answer = as_root("SimulatePrincipalPolicy",
                                 M{{"PolicySourceArn", kMe},
                                   {"ActionNames", L{"iam:" + std::string(operation)}},
                                   {"ResourceArns", L{"arn:aws:iam::000000000000:user/" + std::string(target)}}});
    ASSERT_EQ(answer.at("EvaluationResults").list().size(), 1u);
    const bool is_simulated = answer.at("EvaluationResults").list()[0].at("EvalDecision").str() == "allowed";
    cloud_.become(me_);
    auto live = cloud_.call("iam", operation, M{{"UserName", target}});
    ASSERT_TRUE(live || live.error().code == "AccessDenied") << live.error().message;
    ASSERT_EQ(live.has_value(), is_simulated) << operation << " on " << target;
    is_simulated ? ++allowed : ++refused;
  }

  TestCloud& cloud_;
  kernel::Principal me_{.type = kernel::Principal::Type::kUser, .account = "000000000000", .arn = std::string(kMe)};

 public:
  int allowed = 0;
  int refused = 0;
};

TEST(Simulation, TheSimulatorAndLiveCallsAgree) {
  kernel::testing::for_each_seed([](std::uint64_t seed) {
    TestCloud cloud({service()}, seed);
    Policies policies(cloud);
    for (int step = 0; step < 100 && !::testing::Test::HasFailure(); ++step) policies.step();
    EXPECT_GT(policies.allowed, 20);
    EXPECT_GT(policies.refused, 20);
  });
}

}  // namespace
}  // namespace iam
