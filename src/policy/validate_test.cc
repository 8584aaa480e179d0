#include "policy/validate.h"

#include <gtest/gtest.h>

#include "policy/test_support.h"

namespace policy {
namespace {

std::vector<std::string> codes_of(std::string_view document, Kind kind = Kind::kIdentity) {
  std::vector<std::string> codes;
  for (const Finding& finding : validate(document, kind)) codes.push_back(finding.issue_code);
  return codes;
}

std::vector<std::string> codes_of_statement(std::string_view statement, Kind kind = Kind::kIdentity) {
  return codes_of(document_of_statement(statement), kind);
}

using Codes = std::vector<std::string>;

TEST(Validate, FindsNothingInAGoodPolicy) {
  EXPECT_EQ(codes_of_statement(R"({"Effect":"Allow","Action":"sqs:SendMessage","Resource":"arn:aws:sqs:*:*:q"})"),
            Codes{});
  EXPECT_EQ(codes_of_statement(R"({"Effect":"Allow","Principal":{"AWS":"*"},"Action":"sqs:*","Resource":"*"})",
                               Kind::kResource),
            Codes{});
  EXPECT_EQ(
      codes_of_statement(R"({"Effect":"Allow","Principal":{"Service":"ec2.amazonaws.com"},"Action":"sts:AssumeRole"})",
                         Kind::kTrust),
      Codes{});
}

TEST(Validate, NamesWhatIsWrong) {
  EXPECT_EQ(codes_of("{"), Codes{"JSON_SYNTAX_ERROR"});
  EXPECT_EQ(codes_of("{}"), (Codes{"MISSING_VERSION", "MISSING_STATEMENT"}));
  EXPECT_EQ(codes_of(document_of_statement(R"({"Effect":"Allow","Action":"a:b","Resource":"*"})", "2030-01-01")),
            Codes{"INVALID_VERSION"});
  const std::pair<const char*, Codes> rows[] = {
      {R"({})", {"MISSING_EFFECT", "MISSING_ACTION", "MISSING_RESOURCE"}},
      {R"({"Effect":"Permit","Action":"a:b","Resource":"*"})", {"INVALID_EFFECT"}},
      {R"({"Effect":"Allow","Action":"a:b","Resource":"*","More":1})", {"INVALID_POLICY_ELEMENT"}},
      {R"({"Effect":"Allow","Action":5,"Resource":"*"})", {"DATA_TYPE_MISMATCH"}},
      {R"({"Effect":"Allow","Action":"ab","Resource":"*"})", {"INVALID_ACTION"}},
      {R"({"Effect":"Allow","Action":[],"Resource":[]})", {"EMPTY_ARRAY_ACTION", "EMPTY_ARRAY_RESOURCE"}},
      {R"({"Effect":"Allow","Action":"a:b","NotAction":"a:c","Resource":"*"})", {"UNSUPPORTED_ELEMENT_COMBINATION"}},
      {R"({"Effect":"Allow","Action":"a:b","Resource":"bucket"})", {"INVALID_ARN_PREFIX"}},
      {R"({"Effect":"Allow","Action":"a:b","Resource":"arn:aws:s3"})", {"MISSING_ARN_FIELD"}},
      {R"({"Effect":"Allow","Action":"a:b","Resource":"arn:aws:sqs:us-east-1:12:q"})", {"INVALID_ARN_ACCOUNT"}},
      {R"({"Effect":"Allow","Action":"a:b","Resource":"arn:aws:iam:us-east-1::user/x"})", {"ARN_REGION_NOT_ALLOWED"}},
      {R"({"Sid":"","Effect":"Allow","Action":"a:b","Resource":"*"})", {"EMPTY_SID_VALUE"}},
      {R"({"Sid":"a b","Effect":"Allow","Action":"a:b","Resource":"*"})", {"UNSUPPORTED_SID"}},
      {R"({"Effect":"Allow","Principal":"*","Action":"a:b","Resource":"*"})", {"UNSUPPORTED_PRINCIPAL"}},
      {R"({"Effect":"Allow","Action":"iam:PassRole","Resource":"*"})", {"PASS_ROLE_WITH_STAR_IN_RESOURCE"}},
      {R"({"Effect":"Allow","Action":"iam:*","Resource":"*"})", {"PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE"}},
      {R"({"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{}})", {"EMPTY_OBJECT_CONDITION"}},
      {R"({"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"Is":{"a:b":"c"}}})",
       {"INVALID_CONDITION_OPERATOR"}},
      {R"({"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"NullIfExists":{"a:b":"true"}}})",
       {"NULL_WITH_IF_EXISTS"}},
      {R"({"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"StringEquals":{"a:b":"c","A:B":"c"}}})",
       {"DUPLICATE_KEYS_WITH_DIFFERENT_CASE"}},
      {R"({"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"StringEquals":{"ab":"c"}}})",
       {"INVALID_CONDITION_KEY_FORMAT"}},
      {R"({"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"StringEquals":{"a:b":"c*"}}})",
       {"WILDCARD_WITHOUT_LIKE_OPERATOR"}},
      {R"({"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"Bool":{"a:b":["true","false"]}}})",
       {"INVALID_CONDITION_MULTIPLE_BOOLEAN"}},
      {R"({"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"StringEquals":{"a:b":[]}}})",
       {"EMPTY_ARRAY_CONDITION"}},
      {R"({"Effect":"Allow","Action":"a:b","Resource":"*","Condition":{"IpAddress":{"aws:SourceIp":"here"}}})",
       {"TYPE_MISMATCH"}},
      {R"({"Effect":"Allow","Action":"a:b","Resource":"*","Condition":
          {"ForAllValues:StringEquals":{"aws:username":"c"}}})",
       {"FORALLVALUES_WITH_SINGLE_VALUED_KEY"}},
  };
  for (const auto& [statement, codes] : rows) EXPECT_EQ(codes_of_statement(statement), codes) << statement;
  EXPECT_EQ(codes_of_statement(R"({"Effect":"Allow","Action":"a:b","Resource":"*"})", Kind::kResource),
            Codes{"MISSING_PRINCIPAL"});
  EXPECT_EQ(codes_of_statement(R"({"Effect":"Allow","NotPrincipal":{"X":"y"},"Action":"a:b","Resource":"*"})",
                               Kind::kResource),
            (Codes{"ALLOW_WITH_NOT_PRINCIPAL", "INVALID_PRINCIPAL_KEY"}));
  EXPECT_EQ(codes_of_statement(R"({"Effect":"Allow","Principal":"x","Action":"a:b","Resource":"*"})", Kind::kResource),
            Codes{"INVALID_PRINCIPAL_FORMAT"});
  EXPECT_EQ(codes_of_statement(R"({"Effect":"Allow","Principal":{"AWS":"1*"},"Action":"a:b","Resource":"*"})",
                               Kind::kResource),
            Codes{"UNSUPPORTED_WILDCARD_IN_PRINCIPAL"});
}

TEST(Validate, SaysWhere) {
  std::string document =
      "{\n \"Version\": \"2012-10-17\",\n \"Statement\": [{\"Effect\": \"Grant\", "
      "\"Action\": \"a:b\", \"Resource\": \"*\"}]\n}";
  auto findings = validate(document, Kind::kIdentity);
  ASSERT_EQ(findings.size(), 1u);
  const Finding& finding = findings[0];
  EXPECT_EQ(name_of(finding.type), "ERROR");
  EXPECT_EQ(finding.details, "The effect Grant is not valid. Use Allow or Deny.");
  EXPECT_TRUE(finding.learn_more.ends_with("#access-analyzer-reference-policy-checks-error-invalid-effect"));
  const Location& location = finding.locations.at(0);
  ASSERT_EQ(location.path.size(), 3u);
  EXPECT_EQ(location.path[0].text, "Statement");
  EXPECT_EQ(location.path[1].index, 0);
  EXPECT_EQ(location.path[2].text, "Effect");
  EXPECT_EQ(location.span.start.line, 3);
  EXPECT_EQ(location.span.start.offset, static_cast<int>(document.find("\"Grant\"")));
  EXPECT_EQ(location.span.end.offset - location.span.start.offset, 7);
}

}  // namespace
}  // namespace policy
