#include <gtest/gtest.h>

#include "base/json.h"
#include "kernel/testing.h"
#include "services/cloudtrail/kinds.h"
#include "services/cloudtrail/parameters.h"
#include "services/cloudtrail/state.h"

// Records as they stand in logs: who called, on whose behalf, and what is withheld.
namespace cloudtrail {
namespace {

using kernel::Principal;

base::Result<Value> accept(Call&, const Value&) { return Value(Value::Map{}); }
base::Result<Value> delegate(Call& call, const Value& input) {
  kernel::Client client = input.at("Name").str() == "as-service"
                              ? call.as_service("events.amazonaws.com", "arn:aws:events:us-east-1:000000000000:rule/r")
                              : call.as_caller("events.amazonaws.com");
  auto inner = client.invoke({"sns", "DeleteTopic"}, Value::Map{{"TopicArn", "arn:aws:sns:us-east-1:000000000000:t"}});
  if (!inner) return std::unexpected(inner.error());
  return Value(Value::Map{});
}
std::string topic_of(Call&, std::string_view, const Value& input) { return input.at("TopicArn").str(); }

// Lets everybody do everything.
std::vector<kernel::Service> services() {
  return {service(),
          {.id = "sns", .operations = {{"DeleteTopic", accept}, {"Publish", accept}}, .resource_of = topic_of},
          {.id = "events", .operations = {{"DeleteRule", delegate}}}};
}

class Records : public ::testing::Test {
 protected:
  Value last_record(const std::string& event_name) {
    Value record;
    auto who = cloud.caller();
    cloud.become(Principal::root(cloud.place().account));
    auto found = cloud.call("cloudtrail", "LookupEvents",
                            Value::Map{{"LookupAttributes", Value::List{Value::Map{{"AttributeKey", "EventName"},
                                                                                   {"AttributeValue", event_name}}}}});
    cloud.become(who);
    if (!found || found->at("Events").list().empty()) return record;
    return *base::parse_json(found->at("Events").list()[0].at("CloudTrailEvent").str());
  }
  Value identity_of(Principal principal) {
    cloud.become(std::move(principal));
    auto result = cloud.call("sns", "DeleteTopic", Value::Map{{"TopicArn", "arn:aws:sns:us-east-1:000000000000:t"}});
    return last_record("DeleteTopic").at("userIdentity");
  }

  kernel::testing::TestCloud cloud{services()};
};

TEST_F(Records, OfARoot) {
  Principal root = Principal::root("000000000000");
  root.access_key_id = "AKIA0123456789ABCDEF";
  EXPECT_EQ(base::to_json(identity_of(root)),
            R"({"type":"Root","principalId":"000000000000","arn":"arn:aws:iam::000000000000:root",)"
            R"("accountId":"000000000000","accessKeyId":"AKIA0123456789ABCDEF"})");
}

TEST_F(Records, OfAUserWithATemporaryKey) {
  kernel::Session session{.source_identity = "Alice", .issued_ms = 1'767'225'600'000};
  Value identity = identity_of({.type = Principal::Type::kUser,
                                .account = "000000000000",
                                .arn = "arn:aws:iam::000000000000:user/team/alice",
                                .user_id = "AIDA1",
                                .access_key_id = "ASIA1",
                                .multi_factor_present = true,
                                .session = std::make_shared<kernel::Session>(session)});
  EXPECT_EQ(identity.at("type").str(), "IAMUser");
  EXPECT_EQ(identity.at("userName").str(), "alice");
  EXPECT_EQ(identity.at("sessionContext").at("attributes").at("mfaAuthenticated").str(), "true");
  EXPECT_EQ(identity.at("sessionContext").at("attributes").at("creationDate").str(), "2026-01-01T00:00:00Z");
  EXPECT_EQ(identity.at("sessionContext").at("sourceIdentity").str(), "Alice");
}

TEST_F(Records, OfAnAssumedRole) {
  kernel::Session session{.role_arn = "arn:aws:iam::000000000000:role/path/deployer",
                          .name = "ci",
                          .provider = "accounts.google.com",
                          .issued_ms = 1'767'225'600'000};
  Value identity = identity_of({.type = Principal::Type::kAssumedRole,
                                .account = "000000000000",
                                .arn = "arn:aws:sts::000000000000:assumed-role/deployer/ci",
                                .user_id = "AROA1:ci",
                                .access_key_id = "ASIA2",
                                .session = std::make_shared<kernel::Session>(session)});
  EXPECT_EQ(identity.at("type").str(), "AssumedRole");
  EXPECT_EQ(identity.at("principalId").str(), "AROA1:ci");
  const Value& context = identity.at("sessionContext");
  EXPECT_EQ(base::to_json(context.at("sessionIssuer")),
            R"({"type":"Role","principalId":"AROA1","arn":"arn:aws:iam::000000000000:role/path/deployer",)"
            R"("accountId":"000000000000","userName":"deployer"})");
  EXPECT_EQ(context.at("webIdFederationData").at("federatedProvider").str(), "accounts.google.com");
}

TEST_F(Records, OfAFederatedUser) {
  Value identity = identity_of({.type = Principal::Type::kFederatedUser,
                                .account = "000000000000",
                                .arn = "arn:aws:sts::000000000000:federated-user/Bob",
                                .user_id = "000000000000:Bob",
                                .access_key_id = "ASIA3",
                                .session = std::make_shared<kernel::Session>()});
  EXPECT_EQ(identity.at("type").str(), "FederatedUser");
  EXPECT_EQ(identity.at("sessionContext").at("sessionIssuer").at("type").str(), "IAMUser");
}

TEST_F(Records, OfAServiceNameTheServiceAsCallerAndSource) {
  EXPECT_TRUE(cloud.call("events", "DeleteRule", Value::Map{{"Name", "as-service"}}));
  Value record = last_record("DeleteTopic");
  EXPECT_EQ(base::to_json(record.at("userIdentity")), R"({"type":"AWSService","invokedBy":"events.amazonaws.com"})");
  EXPECT_EQ(record.at("sourceIPAddress").str(), "events.amazonaws.com");
  EXPECT_EQ(record.at("userAgent").str(), "events.amazonaws.com");
  EXPECT_EQ(last_record("DeleteRule").at("userIdentity").at("type").str(), "Root");
}

TEST_F(Records, OfACallOnSomebodysBehalfNameBoth) {
  EXPECT_TRUE(cloud.call("events", "DeleteRule", Value::Map{{"Name", "as-caller"}}));
  Value record = last_record("DeleteTopic");
  EXPECT_EQ(record.at("userIdentity").at("type").str(), "Root");
  EXPECT_EQ(record.at("userIdentity").at("invokedBy").str(), "events.amazonaws.com");
  EXPECT_EQ(record.at("sourceIPAddress").str(), "events.amazonaws.com");
}

TEST(Parameters, WithholdSecrets) {
  auto shown = [](const char* service, const char* operation, Value value) {
    const model::Service& model = *model::find_service(service);
    return parameters_text(model, *model.find_operation(operation)->input, value);
  };
  EXPECT_EQ(shown("sqs", "SendMessage", Value::Map{{"QueueUrl", "u"}, {"MessageBody", "x"}}),
            R"({"queueUrl":"u","messageBody":"HIDDEN_DUE_TO_SECURITY_REASONS"})");
  EXPECT_EQ(shown("secretsmanager", "PutSecretValue", Value::Map{{"SecretId", "s"}, {"SecretString", "x"}}),
            R"({"secretId":"s","secretString":"HIDDEN_DUE_TO_SECURITY_REASONS"})");
  EXPECT_EQ(shown("iam", "CreateLoginProfile", Value::Map{{"UserName", "u"}, {"Password", "x"}}),
            R"({"userName":"u"})");
  EXPECT_EQ(shown("kms", "Encrypt", Value::Map{{"KeyId", "k"}, {"Plaintext", "x"}}), R"({"keyId":"k"})");
  EXPECT_EQ(shown("s3", "PutObject", Value::Map{{"Bucket", "b"}, {"Key", "k"}, {"Body", "x"}}),
            R"({"bucketName":"b","key":"k"})");
  EXPECT_EQ(shown("dynamodb", "PutItem", Value::Map{{"TableName", "t"}, {"Item", Value::Map{}}}),
            R"({"tableName":"t"})");
  const model::Service& iam = *model::find_service("iam");
  EXPECT_EQ(parameters_text(iam, *iam.find_operation("CreateAccessKey")->output,
                            Value::Map{{"AccessKey", Value::Map{{"UserName", "u"},
                                                                {"AccessKeyId", "AKIA"},
                                                                {"SecretAccessKey", "x"},
                                                                {"CreateDate", 1'767'229'200'000}}}}),
            R"({"accessKey":{"userName":"u","accessKeyId":"AKIA","createDate":"Jan 1, 2026, 1:00:00 AM"}})");
}

TEST(Parameters, ThatAreTooLargeAreOmitted) {
  const model::Service& iam = *model::find_service("iam");
  const model::Shape& input = *iam.find_operation("PutUserPolicy")->input;
  auto shown = [&](std::size_t size) {
    return parameters_text(iam, input, Value::Map{{"PolicyDocument", std::string(size, 'x')}});
  };
  std::size_t around = std::string(R"({"policyDocument":""})").size();
  EXPECT_EQ(shown(100 * 1024 - around).size(), 100u * 1024);
  EXPECT_TRUE(shown(100 * 1024 - around + 1).starts_with(R"({"omitted":true)"));
}

TEST(Kinds, TellDataEventsFromManagementEvents) {
  EXPECT_EQ(data_type_of("sqs", "SendMessage"), "AWS::SQS::Queue");
  EXPECT_EQ(data_type_of("sqs", "CreateQueue"), "");
  EXPECT_EQ(data_type_of("s3", "PutObject"), "AWS::S3::Object");
  EXPECT_EQ(data_type_of("s3", "CreateBucket"), "");
  EXPECT_EQ(data_type_of("lambda", "Invoke"), "AWS::Lambda::Function");
  EXPECT_EQ(data_type_of("dynamodb", "Query"), "AWS::DynamoDB::Table");
  EXPECT_EQ(data_type_of("kms", "Decrypt"), "");
  EXPECT_EQ(data_type_of("xray", "PutTraceSegments"), "AWS::XRay::Trace");
}

TEST(Kinds, NameEventsAsTheServicesDo) {
  EXPECT_EQ(event_name_of("s3", "ListObjectsV2"), "ListObjects");
  EXPECT_EQ(event_name_of("lambda", "CreateFunction"), "CreateFunction20150331");
  EXPECT_EQ(event_name_of("lambda", "Invoke"), "Invoke");
  EXPECT_EQ(event_source_of(*model::find_service("stepfunctions")), "states.amazonaws.com");
  EXPECT_EQ(event_source_of(*model::find_service("cloudwatch")), "monitoring.amazonaws.com");
  auto is_read = [](const char* service, const char* operation) {
    const model::Service& model = *model::find_service(service);
    return is_read_only(model, *model.find_operation(operation));
  };
  EXPECT_TRUE(is_read("sts", "AssumeRole"));
  EXPECT_TRUE(is_read("kms", "Decrypt"));
  EXPECT_TRUE(is_read("iam", "SimulatePrincipalPolicy"));
  EXPECT_FALSE(is_read("sqs", "CreateQueue"));
  EXPECT_EQ(resource_type_of("arn:aws:s3:::b/k"), "AWS::S3::Object");
  EXPECT_EQ(resource_name_of("arn:aws:iam::000000000000:user/team/alice"), "alice");
}

}  // namespace
}  // namespace cloudtrail
