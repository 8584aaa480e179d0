#include "kernel/resources.h"

#include <gtest/gtest.h>

#include "kernel/testing.h"

namespace kernel::testing {
namespace {

// The ARNs of a request that no service has worked out itself.
std::string resources_of(std::string_view service, std::string_view operation, const Value& input) {
  TestCloud cloud({});
  std::string text;
  auto done = cloud.cloud().transact(cloud.place(), [&](Call& call) -> Result<void> {
    for (const auto& part : model::find_authorization(service, operation)->parts)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", part.action->name, resource_in(call, part, input));
    return {};
  });
  EXPECT_TRUE(done);
  return text;
}

TEST(Resources, MembersFillTheTemplateByName) {
  EXPECT_EQ(resources_of("dynamodb", "GetItem", Value::Map{{"TableName", "music"}}),
            "dynamodb:GetItem arn:aws:dynamodb:us-east-1:000000000000:table/music");
  EXPECT_EQ(resources_of("iam", "GetRole", Value::Map{{"RoleName", "worker"}}),
            "iam:GetRole arn:aws:iam::000000000000:role/worker");
  EXPECT_EQ(resources_of("s3", "ListObjectsV2", Value::Map{{"Bucket", "photos"}}), "s3:ListBucket arn:aws:s3:::photos");
  EXPECT_EQ(resources_of("kms", "Encrypt", Value::Map{{"KeyId", "1234"}}),
            "kms:Encrypt arn:aws:kms:us-east-1:000000000000:key/1234");
  EXPECT_EQ(resources_of("apigateway", "GetRestApi", Value::Map{{"restApiId", "a1b2"}}),
            "apigateway:GET arn:aws:apigateway:us-east-1::/restapis/a1b2");
}

TEST(Resources, MembersThatAreArnsAreTakenWhole) {
  std::string topic = "arn:aws:sns:eu-west-1:111122223333:news";
  EXPECT_EQ(resources_of("sns", "Publish", Value::Map{{"TopicArn", topic}}), "sns:Publish " + topic);
  std::string table = "arn:aws:dynamodb:us-east-1:111122223333:table/music";
  EXPECT_EQ(resources_of("dynamodb", "GetItem", Value::Map{{"TableName", table}}), "dynamodb:GetItem " + table);
  std::string secret = "arn:aws:secretsmanager:us-east-1:111122223333:secret:db-AbCdEf";
  EXPECT_EQ(resources_of("secretsmanager", "GetSecretValue", Value::Map{{"SecretId", secret}}),
            "secretsmanager:GetSecretValue " + secret);
}

TEST(Resources, WithoutANameItIsEverything) {
  EXPECT_EQ(resources_of("sqs", "ListQueues", Value::Map{}), "sqs:ListQueues *");
  EXPECT_EQ(resources_of("dynamodb", "GetItem", Value::Map{}), "dynamodb:GetItem *");
}

TEST(Resources, SomeOperationsAreSeveralActionsOrNone) {
  EXPECT_EQ(resources_of("kms", "ReEncrypt", Value::Map{{"SourceKeyId", "a"}, {"DestinationKeyId", "b"}}),
            "kms:ReEncryptFrom arn:aws:kms:us-east-1:000000000000:key/a");
  EXPECT_EQ(resources_of("sts", "GetCallerIdentity", Value::Map{}), "");
}

}  // namespace
}  // namespace kernel::testing
