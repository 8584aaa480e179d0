// How large code may be: an archive, what is in it, and all code of an account.
// https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
#include <gtest/gtest.h>

#include "base/bytes.h"
#include "base/zip.h"
#include "kernel/testing.h"
#include "services/lambda/functions.h"

namespace lambda {

kernel::Service service();

namespace {

using kernel::testing::TestCloud;
using M = Value::Map;

constexpr const char* kRole = "arn:aws:iam::000000000000:role/worker";

std::string trust_of_limits(Call&, std::string_view) {
  return R"({"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":{"Service":"lambda.amazonaws.com"},)"
         R"("Action":"sts:AssumeRole"}})";
}

kernel::PrincipalPolicies policies_of_limits(Call&, const kernel::Principal&) { return {.id = "AROAWORKER"}; }

std::vector<kernel::Service> services_of_limits() {
  return {service(),
          {.id = "iam", .access = {.policy_of = trust_of_limits, .policies_of_principal = policies_of_limits}}};
}

Result<Value> create(TestCloud& cloud, const std::string& name, const std::string& archive) {
  return cloud.call("lambda", "CreateFunction",
                    M{{"FunctionName", name},
                      {"Runtime", "python3.12"},
                      {"Role", kRole},
                      {"Handler", "index.handler"},
                      {"Code", M{{"ZipFile", archive}}}});
}

// An archive with one file, which says of itself that it unpacks to 262,144,000 bytes, or to one less.
constexpr const char* kTooLarge =
    "UEsDBBQAAAAIAAAAIVwk1HDOBgAAAAAAoA8EAAAAeC5weStILC4GAFBLAQIUAxQAAAAIAAAAIVwk1HDOBgAAAAAAoA8EAAAAAAAAAAAAAACkAQAA"
    "AAB4LnB5UEsFBgAAAAABAAEAMgAAACgAAAAAAA==";
constexpr const char* kLargest =
    "UEsDBBQAAAAIAAAAIVwk1HDOBgAAAP//nw8EAAAAeC5weStILC4GAFBLAQIUAxQAAAAIAAAAIVwk1HDOBgAAAP//nw8EAAAAAAAAAAAAAACkAQAA"
    "AAB4LnB5UEsFBgAAAAABAAEAMgAAACgAAAAAAA==";

// LAM.31
TEST(CodeLimits, AnArchiveHasFiftyMegabytes) {
  TestCloud cloud(services_of_limits());
  const auto refused = create(cloud, "f", std::string(kZipBytesMax + 1, 'x'));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "RequestEntityTooLargeException");
  EXPECT_EQ(refused.error().message, "Request must be smaller than 70167211 bytes for the CreateFunction operation");
  // As large as may be, it is only found to be no archive.
  const auto no_archive = create(cloud, "f", std::string(kZipBytesMax, 'x'));
  ASSERT_FALSE(no_archive);
  EXPECT_EQ(no_archive.error().code, "InvalidParameterValueException");
}

// LAM.31
TEST(CodeLimits, ItUnpacksToTwoHundredAndFiftyMegabytes) {
  TestCloud cloud(services_of_limits());
  const auto refused = create(cloud, "f", base::from_base64(kTooLarge).value());
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().message, "Unzipped size must be smaller than 262144000 bytes");
  EXPECT_TRUE(create(cloud, "f", base::from_base64(kLargest).value()));
}

TEST(CodeLimits, AnAccountHasSeventyFiveGigabytes) {
  TestCloud cloud(services_of_limits());
  const std::string archive = base::make_zip({{.name = "index.py", .content = "pass"}}).value();
  ASSERT_TRUE(cloud.cloud().transact(cloud.place(), [&](Call& call) -> Result<void> {
    call.tx.add(kCodeBytes, "", kCodeBytesMax - std::ssize(archive));
    return {};
  }));
  EXPECT_TRUE(create(cloud, "f", archive));
  const auto refused = create(cloud, "g", archive);
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, "CodeStorageExceededException");
  EXPECT_EQ(refused.error().message, "Code storage limit exceeded.");
}

}  // namespace
}  // namespace lambda
