#include "model/names.h"

#include <gtest/gtest.h>

#include <string_view>

namespace model {
namespace {

struct SmallModel {
  static constexpr std::string_view id = "small";
  static constexpr std::string_view members[] = {"Count", "Name", "Parts"};
  static constexpr std::string_view errors[] = {"NoSuchThing"};
  static constexpr std::string_view operations[] = {"Put", "service"};
};

static_assert(contains(SmallModel::members, "Name"));
static_assert(!contains(SmallModel::members, "name"));
static_assert(!contains(SmallModel::members, ""));

TEST(Names, InputReadsMembers) {
  const Value request = Value::Map{{"Name", "a"}, {"Count", 0}, {"Parts", Value::List{1, 2}}};
  const Input<SmallModel> in(request);
  EXPECT_TRUE(in.has("Count"));
  EXPECT_EQ(in.str("Name"), "a");
  EXPECT_EQ(in.num("Count", 7), 0);
  EXPECT_EQ(in.list("Parts").size(), 2u);
  const Value nothing = Value::Map{};
  EXPECT_FALSE(Input<SmallModel>(nothing).has("Count"));
  EXPECT_EQ(Input<SmallModel>(nothing).num("Count", 7), 7);
}

TEST(Names, OutputKeepsOrder) {
  Output<SmallModel> out{{"Name", "a"}, {"Count", 1}};
  out.set("Parts", Value::List{});
  out.set("Name", "b");
  const Value answer = std::move(out);
  ASSERT_EQ(answer.map().size(), 3u);
  EXPECT_EQ(answer.map()[0].first, "Name");
  EXPECT_EQ(answer.at("Name").str(), "b");
}

// A function that had to be named otherwise than its operation.
TEST(Names, OperationsMayEndInAnUnderscore) {
  EXPECT_EQ(OperationName<SmallModel>("service_").text, "service");
  EXPECT_EQ(OperationName<SmallModel>("Put").text, "Put");
}

}  // namespace
}  // namespace model
