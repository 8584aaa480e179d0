#include "model/authorization.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "model/shape.h"

namespace model {
namespace {

TEST(Authorization, EveryModelledOperationHasAMapping) {
  std::size_t operations = 0;
  for (std::string_view id : service_ids())
    for (const Operation& operation : find_service(id)->operations) {
      const Authorization* authorization = find_authorization(id, operation.name);
      ASSERT_TRUE(authorization) << id << " " << operation.name;
      for (const auto& part : authorization->parts) EXPECT_TRUE(part.action) << id << " " << operation.name;
      ++operations;
    }
  EXPECT_GT(operations, 8'000u);
  EXPECT_FALSE(find_authorization("sqs", "Nope"));
  EXPECT_FALSE(find_authorization("nope", "SendMessage"));
}

TEST(Authorization, ActionsAreFoundInAnyCase) {
  const Action* action = find_action("SQS:sendmessage");
  ASSERT_TRUE(action);
  EXPECT_EQ(action->name, "sqs:SendMessage");
  EXPECT_EQ(action->access_level, "Write");
  EXPECT_TRUE(action->obeys_resource_control);
  ASSERT_EQ(action->resources.size(), 1u);
  EXPECT_TRUE(action->resources[0].required);
  EXPECT_EQ(action->resources[0].type->arn, "arn:${Partition}:sqs:${Region}:${Account}:${QueueName}");
  EXPECT_EQ(find_action("iam:CreateUser")->obeys_resource_control, false);
  EXPECT_FALSE(find_action("sqs:Nope"));
  EXPECT_FALSE(find_action("SendMessage"));
}

TEST(Authorization, OverlaysGiveOperationsOtherActions) {
  auto action_of = [](std::string_view service, std::string_view operation) {
    return find_authorization(service, operation)->parts.at(0).action->name;
  };
  EXPECT_EQ(action_of("s3", "HeadObject"), "s3:GetObject");
  EXPECT_EQ(action_of("s3", "ListObjectsV2"), "s3:ListBucket");
  EXPECT_EQ(action_of("sqs", "SendMessageBatch"), "sqs:SendMessage");
  EXPECT_EQ(action_of("lambda", "Invoke"), "lambda:InvokeFunction");
  EXPECT_EQ(action_of("cloudwatch", "PutMetricData"), "cloudwatch:PutMetricData");
  EXPECT_EQ(action_of("apigatewayv2", "GetApi"), "apigateway:GET");
}

TEST(Authorization, ATableHasAllOfAPrefix) {
  const ActionTable* table = find_action_table("sts");
  ASSERT_TRUE(table);
  EXPECT_TRUE(std::ranges::any_of(table->condition_keys, [](auto& key) { return key.name == "sts:ExternalId"; }));
  EXPECT_GT(action_prefixes().size(), 400u);
  EXPECT_FALSE(find_action_table("nope"));
}

}  // namespace
}  // namespace model
