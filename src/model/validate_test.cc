#include "model/validate.h"

#include <gtest/gtest.h>

#include <iostream>
#include <set>

#include "model/pattern.h"

namespace model {
namespace {

using List = Value::List;
using Map = Value::Map;

// The refusal as "Code: message", empty when the request is fine.
std::string refusal(std::string_view service_id, std::string_view operation, const Value& input) {
  const Service& service = *find_service(service_id);
  auto result = validate(service, *service.find_operation(operation), input);
  return result ? "" : result.error().code + ": " + result.error().message;
}

std::string one(const std::string& text) { return "ValidationException: 1 validation error detected: " + text; }

Value table(Value name) {
  Map attribute{{"AttributeName", "id"}, {"AttributeType", "S"}};
  Map key{{"AttributeName", "id"}, {"KeyType", "HASH"}};
  return Map{{"TableName", std::move(name)},
             {"AttributeDefinitions", List{Value(attribute)}},
             {"KeySchema", List{Value(key)}},
             {"BillingMode", "PAY_PER_REQUEST"}};
}

TEST(Validate, AcceptsAWholeRequest) { EXPECT_EQ(refusal("dynamodb", "CreateTable", table("users")), ""); }

TEST(Validate, UnknownMembersAreLeftAlone) {
  Value input = table("users");
  input.set("NoSuchMember", 1);
  EXPECT_EQ(refusal("dynamodb", "CreateTable", input), "");
}

TEST(Validate, NullWhereAMemberIsRequired) {
  EXPECT_EQ(refusal("kinesis", "DecreaseStreamRetentionPeriod", Map{}),
            one("Value null at 'retentionPeriodHours' failed to satisfy constraint: Member must not be null"));
}

TEST(Validate, SeveralProblemsAreCountedAndJoined) {
  Value input = table("users");
  input.set("TableClass", "RARE");
  input.set("BillingMode", "FREE");
  EXPECT_EQ(refusal("dynamodb", "CreateTable", input),
            "ValidationException: 2 validation errors detected: "
            "Value 'FREE' at 'billingMode' failed to satisfy constraint: "
            "Member must satisfy enum value set: [PROVISIONED, PAY_PER_REQUEST]; "
            "Value 'RARE' at 'tableClass' failed to satisfy constraint: "
            "Member must satisfy enum value set: [STANDARD, STANDARD_INFREQUENT_ACCESS]");
}

TEST(Validate, LengthsOnBothSidesOfTheirLimits) {
  EXPECT_EQ(refusal("kms", "CreateAlias", Map{{"AliasName", "alias/a"}, {"TargetKeyId", std::string(2048, 'k')}}), "");
  EXPECT_EQ(refusal("kms", "CreateAlias", Map{{"AliasName", "alias/a"}, {"TargetKeyId", std::string(2049, 'k')}}),
            one("Value '" + std::string(2049, 'k') +
                "' at 'targetKeyId' failed to satisfy constraint: Member must have length less than or equal to 2048"));
  EXPECT_EQ(refusal("kms", "CreateAlias", Map{{"AliasName", "alias/a"}, {"TargetKeyId", "k"}}), "");
  EXPECT_EQ(refusal("kms", "CreateAlias", Map{{"AliasName", "alias/a"}, {"TargetKeyId", ""}}),
            one("Value '' at 'targetKeyId' failed to satisfy constraint: Member must have length greater than or equal "
                "to 1"));
}

TEST(Validate, LengthsAreCountedInCharacters) {
  std::string umlauts;
  for (int i = 0; i < 2048; ++i) umlauts += "ü";
  EXPECT_EQ(refusal("kms", "CreateAlias", Map{{"AliasName", "alias/a"}, {"TargetKeyId", umlauts}}), "");
  EXPECT_NE(refusal("kms", "CreateAlias", Map{{"AliasName", "alias/a"}, {"TargetKeyId", umlauts + "ü"}}), "");
  // Two characters of two bytes each are fewer than three.
  EXPECT_NE(refusal("cognito-identity", "TagResource", Map{{"ResourceArn", "éé"}, {"Tags", Map{}}}), "");
}

TEST(Validate, NumbersOnBothSidesOfTheirLimits) {
  EXPECT_EQ(refusal("kms", "ListKeys", Map{{"Limit", 1}}), "");
  EXPECT_EQ(refusal("kms", "ListKeys", Map{{"Limit", 1000}}), "");
  EXPECT_EQ(
      refusal("kms", "ListKeys", Map{{"Limit", 0}}),
      one("Value '0' at 'limit' failed to satisfy constraint: Member must have value greater than or equal to 1"));
  EXPECT_EQ(
      refusal("kms", "ListKeys", Map{{"Limit", 1001}}),
      one("Value '1001' at 'limit' failed to satisfy constraint: Member must have value less than or equal to 1000"));
}

TEST(Validate, PatternsMatchTheWholeText) {
  EXPECT_EQ(refusal("kinesis", "CreateStream", Map{{"StreamName", "orders-1"}}), "");
  EXPECT_EQ(refusal("kinesis", "CreateStream", Map{{"StreamName", "orders!"}}),
            one("Value 'orders!' at 'streamName' failed to satisfy constraint: "
                "Member must satisfy regular expression pattern: [a-zA-Z0-9_.-]+"));
}

TEST(Validate, PathsNameElementsAndEntries) {
  Value input = table("users");
  input.set("KeySchema", List{Value(Map{{"AttributeName", "id"}, {"KeyType", "SIDE"}})});
  EXPECT_EQ(refusal("dynamodb", "CreateTable", input),
            one("Value 'SIDE' at 'keySchema.1.member.keyType' failed to satisfy constraint: "
                "Member must satisfy enum value set: [HASH, RANGE]"));
  Value batch = Map{{"RequestItems", Map{{"users", Map{}}}}};
  EXPECT_EQ(
      refusal("dynamodb", "BatchGetItem", batch),
      one("Value null at 'requestItems.users.member.keys' failed to satisfy constraint: Member must not be null"));
}

TEST(Validate, SimpleElementsAreShownWithTheirList) {
  Map input{{"KeyId", "k"}, {"TagKeys", List{"a", ""}}};
  EXPECT_EQ(
      refusal("kms", "UntagResource", input),
      one("Value '[a, ]' at 'tagKeys' failed to satisfy constraint: Member must satisfy constraint: "
          "[Member must have length less than or equal to 128, Member must have length greater than or equal to 1]"));
}

TEST(Validate, MapKeysAreShownWithTheirMap) {
  Map input{{"FunctionName", "f"}, {"Environment", Map{{"Variables", Map{{"1A", "x"}}}}}};
  EXPECT_EQ(refusal("lambda", "UpdateFunctionConfiguration", input),
            one("Value at 'environment.variables' failed to satisfy constraint: Map keys must satisfy constraint: "
                "[Member must satisfy regular expression pattern: [a-zA-Z]([a-zA-Z0-9_])+]"));
}

TEST(Validate, SensitiveValuesAreNotShown) {
  Map input{{"UserPoolId", "p_1"}, {"Username", "u"}, {"Password", "é é"}, {"Permanent", true}};
  std::string text = refusal("cognito-idp", "AdminSetUserPassword", input);
  EXPECT_EQ(text.find("é"), std::string::npos) << text;
}

TEST(Validate, QueryServicesAnswerValidationError) {
  EXPECT_EQ(refusal("iam", "CreateUser", Map{}),
            "ValidationError: 1 validation error detected: "
            "Value null at 'userName' failed to satisfy constraint: Member must not be null");
}

TEST(Validate, SqsSpeaksOfParameters) {
  EXPECT_EQ(refusal("sqs", "SendMessage", Map{{"MessageBody", "hello"}}),
            "MissingParameter: The request must contain the parameter QueueUrl.");
  Map entry{{"Id", "1"}};
  EXPECT_EQ(refusal("sqs", "SendMessageBatch", Map{{"QueueUrl", "q"}, {"Entries", List{Value(entry)}}}),
            "MissingParameter: The request must contain the parameter SendMessageBatchRequestEntry.1.MessageBody.");
  EXPECT_EQ(refusal("sqs", "GetQueueAttributes", Map{{"QueueUrl", "q"}, {"AttributeNames", List{"NoSuch"}}}), "");
}

TEST(Validate, Ec2SpeaksOfParameters) {
  EXPECT_EQ(refusal("ec2", "DeleteVolume", Map{}), "MissingParameter: The request must contain the parameter VolumeId");
  EXPECT_EQ(refusal("ec2", "CreateVolume", Map{{"VolumeType", "floppy"}}),
            "InvalidParameterValue: Value (floppy) for parameter volumeType is invalid.");
}

TEST(Validate, XmlServicesCheckByThemselves) { EXPECT_EQ(refusal("s3", "PutObject", Map{}), ""); }

TEST(Pattern, SyntaxThatRe2WritesOtherwise) {
  EXPECT_EQ(to_re2_syntax("[\\u0009\\u000A-\\uD7FF]"), "[\\x{0009}\\x{000A}-\\x{D7FF}]");
  EXPECT_EQ(to_re2_syntax("[\\uD800\\uDC00-\\uDBFF\\uDFFF]"), "[\\x{10000}-\\x{10FFFF}]");
  EXPECT_EQ(to_re2_syntax("a{1,2048}"), "a{1,}");
  EXPECT_EQ(to_re2_syntax("a{2000}b{3}[{1,2000}]"), "a{1000,}b{3}[{1,2000}]");
  EXPECT_EQ(to_re2_syntax("\\p{Print}[\\p{Alpha}_]"), "[[:print:]][[:alpha:]_]");
  EXPECT_TRUE(matches_pattern("arn:aws:x", "^arn:aws:"));
  EXPECT_FALSE(matches_pattern("arn:aws:x", "arn:aws:"));
}

TEST(Pattern, LookAheadAtTheStart) {
  EXPECT_TRUE(matches_pattern("team", "^(?!aws:)[a-z:]+$"));
  EXPECT_FALSE(matches_pattern("aws:team", "^(?!aws:)[a-z:]+$"));
  EXPECT_FALSE(matches_pattern("Team", "^(?!aws:)[a-z:]+$"));
  EXPECT_TRUE(matches_pattern("a1", "(?=.{2,3}$)[a-z][0-9]+"));
  EXPECT_FALSE(matches_pattern("a123", "(?=.{2,3}$)[a-z][0-9]+"));
  EXPECT_EQ(to_re2_syntax("a(?!b)+c(?<!d)"), "a(?:)+c(?:)");
  EXPECT_TRUE(matches_pattern("_b", "^(?!_)a$|^_b$"));
}

// Patterns that are not checked, because RE2 has no back-references. The number may fall, not rise.
TEST(Pattern, FewAreNotChecked) {
  constexpr std::size_t kUnsupportedMax = 1;
  std::set<std::string> unsupported;
  std::size_t count = 0;
  for (std::string_view id : service_ids()) {
    for (const Shape& shape : find_service(id)->shapes) {
      if (shape.pattern.empty()) continue;
      ++count;
      if (!is_pattern_supported(shape.pattern))
        unsupported.insert(std::string(id) + "." + std::string(shape.name) + ": " + std::string(shape.pattern));
    }
  }
  EXPECT_GT(count, 1000u);
  EXPECT_LE(unsupported.size(), kUnsupportedMax);
  for (const std::string& each : unsupported) RecordProperty("unsupported", each);
  if (unsupported.size() > kUnsupportedMax)
    for (const std::string& each : unsupported) std::cout << each << "\n";
}

}  // namespace
}  // namespace model
