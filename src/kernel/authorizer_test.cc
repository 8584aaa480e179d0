#include "kernel/authorizer.h"

#include <gtest/gtest.h>

#include "kernel/cloud.h"
#include "kernel/testing.h"
#include "model/authorization.h"

namespace kernel::testing {
namespace {

using namespace std::chrono_literals;

// Policies as services keep them, in tables of the test's own. Keys: ARNs; an account for guardrails.
struct Text {
  std::string text;

  static void fields(auto& self, auto& field) { field("text", self.text); }
};
constexpr store::Table<Text> kIdentityPolicies{"test.identity_policies", store::Scope::kGlobal};
constexpr store::Table<Text> kResourcePolicies{"test.resource_policies", store::Scope::kGlobal};
constexpr store::Table<Text> kServiceControl{"test.service_control", store::Scope::kGlobal};

std::string text_at(Call& call, const store::Table<Text>& table, std::string_view key) {
  auto row = call.tx.at({}).get(table, key);
  return row ? row->text : "";
}

PrincipalPolicies policies_of_principal(Call& call, const Principal& principal) {
  std::string arn =
      principal.session && !principal.session->role_arn.empty() ? principal.session->role_arn : principal.arn;
  PrincipalPolicies known{.tags = {{"team", "blue"}}, .id = "AROATEST"};
  std::string text = text_at(call, kIdentityPolicies, arn);
  if (!text.empty())
    known.identity.push_back({"inline", *call.cloud().policies().compile(text, policy::Kind::kIdentity)});
  return known;
}

Guardrails guardrails_of(Call& call, std::string_view account) {
  Guardrails guardrails{.organization_id = "o-test", .path = "o-test/r-1/"};
  std::string text = text_at(call, kServiceControl, account);
  if (!text.empty())
    guardrails.service_control = {{{"scp", *call.cloud().policies().compile(text, policy::Kind::kServiceControl)}}};
  return guardrails;
}

std::string policy_of(Call& call, std::string_view arn) { return text_at(call, kResourcePolicies, arn); }
Tags resource_tags(Call&, std::string_view) { return {{"stage", "test"}}; }

Result<Value> publish(Call& call, const Value& input) {
  const std::string& message = input.at("Message").str();
  if (message.starts_with("pass ")) TRY_VOID(authorize_pass_role(call, message.substr(5), "lambda.amazonaws.com"));
  if (message.starts_with("as service "))
    return call.as_service("s3.amazonaws.com", "arn:aws:s3:::photos")
        .invoke({"sns", "Publish"}, Value::Map{{"TopicArn", message.substr(11)}, {"Message", "x"}});
  if (message.starts_with("as caller "))
    return call.as_caller("cloudformation.amazonaws.com")
        .invoke({"sns", "Publish"}, Value::Map{{"TopicArn", message.substr(10)}, {"Message", "x"}});
  if (message.starts_with("as role ")) {
    Principal role = TRY(assume_role(call, message.substr(8), "lambda.amazonaws.com", "work", "arn:aws:x"));
    return call.as_role(role).invoke({"sns", "Publish"},
                                     Value::Map{{"TopicArn", input.at("TopicArn")}, {"Message", "x"}});
  }
  return Value(Value::Map{{"MessageId", "1"}});
}

std::vector<Service> services() {
  return {{.id = "sns",
           .operations = {{"Publish", publish}, {"CreateTopic", publish}},
           .access = {.policy_of = policy_of, .tags_of = resource_tags}},
          {.id = "iam", .access = {.policy_of = policy_of, .policies_of_principal = policies_of_principal}},
          {.id = "organizations", .access = {.guardrails_of = guardrails_of}}};
}

const std::string kTopic = "arn:aws:sns:us-east-1:000000000000:news";
const std::string kAlice = "arn:aws:iam::000000000000:user/alice";
const std::string kRole = "arn:aws:iam::000000000000:role/worker";

std::string statement(const std::string& effect, const std::string& action, const std::string& more) {
  return R"({"Version":"2012-10-17","Statement":[{"Effect":")" + effect + R"(","Action":")" + action + R"(")" + more +
         "}]}";
}
std::string allow(const std::string& action, const std::string& more = "") {
  return statement("Allow", action, R"(,"Resource":"*")" + more);
}

class AuthorizerTest : public ::testing::Test {
 protected:
  void set(const store::Table<Text>& table, const std::string& key, const std::string& text) {
    auto done = cloud.cloud().transact({}, [&](Call& call) -> Result<void> {
      call.tx.put(table, key, {text});
      policies_changed(call, "000000000000");
      if (table.name == kServiceControl.name) policies_changed(call, "");
      return {};
    });
    ASSERT_TRUE(done);
  }
  std::string call(const std::string& message = "hello", const std::string& topic = kTopic) {
    auto result = cloud.call("sns", "Publish", Value::Map{{"TopicArn", topic}, {"Message", message}});
    return result ? "ok" : result.error().code;
  }
  void become_alice() {
    cloud.become({.type = Principal::Type::kUser, .account = "000000000000", .arn = kAlice, .user_id = "AIDAALICE"});
  }
  // Whether alice may publish under a policy with this condition.
  bool holds(const std::string& condition, const std::string& message = "hello") {
    set(kIdentityPolicies, kAlice, allow("sns:Publish", R"(,"Condition":)" + condition));
    return call(message) == "ok";
  }

  TestCloud cloud{services()};
};

TEST_F(AuthorizerTest, APolicyTakesEffectOnTheNextCallAndSoDoesItsRemoval) {
  become_alice();
  EXPECT_EQ(call(), "AccessDenied");
  set(kIdentityPolicies, kAlice, allow("sns:Publish"));
  EXPECT_EQ(call(), "ok");
  set(kIdentityPolicies, kAlice, "");
  EXPECT_EQ(call(), "AccessDenied");
}

TEST_F(AuthorizerTest, TheRootIsBoundByADenyOfTheResource) {
  EXPECT_EQ(call(), "ok");
  set(kResourcePolicies, kTopic, statement("Deny", "sns:Publish", R"(,"Principal":"*","Resource":"*")"));
  EXPECT_EQ(call(), "AccessDenied");
}

TEST_F(AuthorizerTest, AcrossAccountsBothSidesMustAllow) {
  cloud.become(Principal::root("111122223333"));
  EXPECT_EQ(call(), "AccessDenied");
  set(kResourcePolicies, kTopic,
      statement("Allow", "sns:Publish", R"(,"Principal":{"AWS":"111122223333"},"Resource":"*")"));
  EXPECT_EQ(call(), "ok");
  cloud.become({.type = Principal::Type::kUser,
                .account = "111122223333",
                .arn = "arn:aws:iam::111122223333:user/bob",
                .user_id = "AIDABOB"});
  EXPECT_EQ(call(), "AccessDenied");
}

TEST_F(AuthorizerTest, AServiceIsLetInByTheResourceForItsSource) {
  EXPECT_EQ(call("as service " + kTopic), "AccessDenied");
  auto admit = [&](const std::string& source) {
    set(kResourcePolicies, kTopic,
        statement(
            "Allow", "sns:Publish",
            R"(,"Principal":{"Service":"s3.amazonaws.com"},"Resource":"*","Condition":{"ArnLike":{"aws:SourceArn":")" +
                source + R"("},"StringEquals":{"aws:SourceAccount":"000000000000"}})"));
  };
  admit("arn:aws:s3:::photos");
  EXPECT_EQ(call("as service " + kTopic), "ok");
  admit("arn:aws:s3:::other");
  EXPECT_EQ(call("as service " + kTopic), "AccessDenied");
}

TEST_F(AuthorizerTest, ASessionMayNoMoreThanItsPoliciesAllow) {
  set(kIdentityPolicies, kRole, allow("sns:*"));
  auto session = [&](std::vector<std::string> policies) {
    cloud.become({.type = Principal::Type::kAssumedRole,
                  .account = "000000000000",
                  .arn = "arn:aws:sts::000000000000:assumed-role/worker/s",
                  .user_id = "AROATEST:s",
                  .session = std::make_shared<const Session>(
                      Session{.role_arn = kRole, .policies = policies, .is_restricted = !policies.empty()})});
  };
  session({});
  EXPECT_EQ(call(), "ok");
  session({allow("sns:Subscribe")});
  EXPECT_EQ(call(), "AccessDenied");
  session({allow("sns:Publish")});
  EXPECT_EQ(call(), "ok");
}

TEST_F(AuthorizerTest, TheOrganizationBindsEvenTheRoot) {
  EXPECT_EQ(call(), "ok");
  set(kServiceControl, "000000000000", statement("Deny", "sns:*", R"(,"Resource":"*")"));
  EXPECT_EQ(call(), "AccessDenied");
  set(kServiceControl, "000000000000", allow("*"));
  EXPECT_EQ(call(), "ok");
}

// IAM.40, IAM.41
TEST_F(AuthorizerTest, ARoleIsPassedOnlyToTheServiceThatThePolicyNames) {
  become_alice();
  set(kIdentityPolicies, kAlice, allow("sns:Publish"));
  EXPECT_EQ(call("pass " + kRole), "AccessDenied");
  auto pass_to = [&](const std::string& service) {
    set(kIdentityPolicies, kAlice,
        R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"sns:*","Resource":"*"},
            {"Effect":"Allow","Action":"iam:PassRole","Resource":"*",
             "Condition":{"StringEquals":{"iam:PassedToService":")" +
            service + R"("}}}]})");
  };
  pass_to("ec2.amazonaws.com");
  EXPECT_EQ(call("pass " + kRole), "AccessDenied");
  pass_to("lambda.amazonaws.com");
  EXPECT_EQ(call("pass " + kRole), "ok");
  EXPECT_EQ(call("pass arn:aws:iam::111122223333:role/theirs"), "AccessDenied");
}

// IAM.42
TEST_F(AuthorizerTest, AServiceActsWithARoleThatTrustsItEachTimeAnew) {
  EXPECT_EQ(call("as role " + kRole), "AccessDenied");
  set(kResourcePolicies, kRole,
      statement("Allow", "sts:AssumeRole", R"(,"Principal":{"Service":"lambda.amazonaws.com"})"));
  EXPECT_EQ(call("as role " + kRole), "AccessDenied");  // the role may not publish
  set(kIdentityPolicies, kRole, allow("sns:Publish"));
  EXPECT_EQ(call("as role " + kRole), "ok");
  set(kResourcePolicies, kRole,
      statement("Allow", "sts:AssumeRole", R"(,"Principal":{"Service":"ec2.amazonaws.com"})"));
  EXPECT_EQ(call("as role " + kRole), "AccessDenied");
}

TEST_F(AuthorizerTest, ConditionKeysAreFilledFromTheRequest) {
  become_alice();
  EXPECT_TRUE(holds(R"({"ArnEquals":{"aws:PrincipalArn":")" + kAlice + R"("}})"));
  EXPECT_TRUE(holds(R"({"StringEquals":{"aws:PrincipalAccount":"000000000000","aws:PrincipalType":"User",
                        "aws:username":"alice","aws:userid":"AIDAALICE","aws:PrincipalTag/Team":"blue"}})"));
  EXPECT_FALSE(holds(R"({"StringEquals":{"aws:PrincipalTag/team":"red"}})"));
  EXPECT_TRUE(holds(R"({"IpAddress":{"aws:SourceIp":"127.0.0.0/8"}})"));
  EXPECT_FALSE(holds(R"({"IpAddress":{"aws:SourceIp":"10.0.0.0/8"}})"));
  EXPECT_TRUE(holds(R"({"Bool":{"aws:SecureTransport":"false","aws:ViaAWSService":"false",
                        "aws:PrincipalIsAWSService":"false"}})"));
  EXPECT_TRUE(holds(R"({"Null":{"aws:MultiFactorAuthPresent":"true","aws:TokenIssueTime":"true",
                "aws:CalledVia":"true"}})"));
  EXPECT_TRUE(holds(R"({"StringEquals":{"aws:RequestedRegion":"us-east-1","aws:ResourceAccount":"000000000000",
                        "aws:ResourceTag/stage":"test"}})"));
  EXPECT_TRUE(holds(R"({"DateGreaterThan":{"aws:CurrentTime":"2025-12-31T00:00:00Z"}})"));
  EXPECT_FALSE(holds(R"({"DateLessThan":{"aws:CurrentTime":"2025-12-31T00:00:00Z"}})"));
  EXPECT_TRUE(holds(R"({"Null":{"aws:PrincipalOrgID":"true"}})"));
  set(kServiceControl, "000000000000", allow("*"));
  EXPECT_TRUE(holds(R"({"StringEquals":{"aws:PrincipalOrgID":"o-test","aws:ResourceOrgID":"o-test"}})"));
  EXPECT_TRUE(holds(R"({"ForAnyValue:StringLike":{"aws:PrincipalOrgPaths":"o-test/r-1/*"}})"));
}

TEST_F(AuthorizerTest, ACallWithTheCallersCredentialsSaysThroughWhom) {
  become_alice();
  EXPECT_FALSE(holds(R"({"Bool":{"aws:ViaAWSService":"true"}})"));
  set(kIdentityPolicies, kAlice,
      R"({"Version":"2012-10-17","Statement":[
      {"Effect":"Allow","Action":"sns:Publish","Resource":")" +
          kTopic + R"("},
      {"Effect":"Allow","Action":"sns:Publish","Resource":"*","Condition":{
        "ForAnyValue:StringEquals":{"aws:CalledVia":"cloudformation.amazonaws.com"},
        "StringEquals":{"aws:CalledViaFirst":"cloudformation.amazonaws.com"},"Bool":{"aws:ViaAWSService":"true"}}}]})");
  EXPECT_EQ(call("x", kTopic + "2"), "AccessDenied");
  EXPECT_EQ(call("as caller " + kTopic + "2"), "ok");
}

TEST_F(AuthorizerTest, TagsOfTheRequestAreKeys) {
  become_alice();
  set(kIdentityPolicies, kAlice,
      allow("sns:CreateTopic", R"(,"Condition":{"StringEquals":{"aws:RequestTag/team":"blue"},
                                  "ForAllValues:StringEquals":{"aws:TagKeys":["team"]}})"));
  auto create = [&](Value::List tags) {
    auto result = cloud.call("sns", "CreateTopic", Value::Map{{"Name", "t"}, {"Tags", std::move(tags)}});
    return result.has_value();
  };
  Value blue = Value::Map{{"Key", "team"}, {"Value", "blue"}}, more = Value::Map{{"Key", "x"}, {"Value", "y"}};
  EXPECT_TRUE(create({blue}));
  EXPECT_FALSE(create({blue, more}));
  EXPECT_FALSE(create({more}));
}

TEST_F(AuthorizerTest, ARefusalCanBeExplained) {
  become_alice();
  set(kIdentityPolicies, kAlice, allow("sns:Publish", R"(,"Condition":{"StringEquals":{"aws:username":"bob"}})"));
  EXPECT_EQ(call(), "AccessDenied");
  auto found = cloud.cloud().authorizer().decisions().find("");
  ASSERT_EQ(found.size(), 1u);
  Value answer = explain(found[0]);
  EXPECT_EQ(answer.at("allowed"), Value(false));
  EXPECT_EQ(answer.at("action"), Value("sns:Publish"));
  EXPECT_EQ(answer.at("resource"), Value(kTopic));
  EXPECT_EQ(answer.at("decision"), Value("implicitDeny"));
  EXPECT_EQ(answer.at("conditionKeys").at("aws:username").list().at(0), Value("alice"));
  ASSERT_EQ(answer.at("policies").list().size(), 1u);
  EXPECT_FALSE(answer.at("policies").list()[0].at("statements").list().at(0).at("matched").flag());
  EXPECT_EQ(cloud.cloud().authorizer().decisions().find(found[0].request_id).size(), 1u);
}

TEST_F(AuthorizerTest, OldDecisionsAreForgotten) {
  become_alice();
  EXPECT_EQ(call(), "AccessDenied");
  std::string first = cloud.cloud().authorizer().decisions().find("")[0].request_id;
  for (std::size_t i = 0; i + 1 < Decisions::kKeptMax; ++i) call();
  EXPECT_EQ(cloud.cloud().authorizer().decisions().find(first).size(), 1u);
  call();
  EXPECT_TRUE(cloud.cloud().authorizer().decisions().find(first).empty());
}

TEST_F(AuthorizerTest, WhatIsSealedOnlyThisCloudOpens) {
  auto done = cloud.cloud().transact({}, [&](Call& call) -> Result<void> {
    std::string message = encode_authorization_message(call, "secret");
    EXPECT_EQ(message.find("secret"), message.npos);
    EXPECT_EQ(decode_authorization_message(call, message).value_or("none"), "secret");
    message[20] = message[20] == 'A' ? 'B' : 'A';
    EXPECT_EQ(decode_authorization_message(call, message).error().code, "InvalidAuthorizationMessageException");
    EXPECT_FALSE(decode_authorization_message(call, "no message"));
    return {};
  });
  ASSERT_TRUE(done);
}

// Every modelled operation has a mapping; one that had none would not run.
TEST_F(AuthorizerTest, AnOperationWithoutAMappingIsNotRun) {
  model::Service unknown;
  unknown.id = "sns-without-mapping";
  unknown.operations.resize(1);
  static const model::Shape empty{.kind = model::Kind::kStructure};
  unknown.operations[0].name = "Publish";
  unknown.operations[0].input = unknown.operations[0].output = &empty;
  TestCloud other({{.id = unknown.id, .operations = {{"Publish", publish}}}});
  Lane lane(other.cloud(), [] {});
  std::optional<Result<Value>> answer;
  lane.submit({.service = &unknown,
               .operation = &unknown.operations[0],
               .input = Value(Value::Map{}),
               .caller = other.caller(),
               .place = other.place()},
              [&](Answer given) { answer = std::move(given.result); });
  while (lane.turn()) continue;
  ASSERT_TRUE(answer && !*answer);
  EXPECT_EQ(answer->error().code, "InternalFailure");
  EXPECT_NE(answer->error().message.find("Publish of sns-without-mapping"), std::string::npos);
}

}  // namespace
}  // namespace kernel::testing
