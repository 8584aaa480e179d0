// What authorisation adds to a call: microseconds of CPU a decision, single-threaded. build/release/authorizer_bench
#include <fmt/format.h>

#include <time.h>

#include "kernel/cloud.h"
#include "kernel/testing.h"

namespace {

using namespace kernel;

// Five policies of ten statements; the last statement of the last is the one that allows.
PrincipalPolicies five_policies(Call& call, const Principal&) {
  PrincipalPolicies known;
  for (int policy = 0; policy < 5; ++policy) {
    std::string text = R"({"Version":"2012-10-17","Statement":[)";
    for (int i = 0; i < 10; ++i)
      text += fmt::format(R"({}{{"Effect":"Allow","Action":["{}","s3:Get*","dynamodb:Query"],)"
                          R"("Resource":["arn:aws:sqs:*:*:queue-{}","arn:aws:s3:::bucket-{}/*"]}})",
                          i ? "," : "", policy == 4 && i == 9 ? "sqs:SendMessage" : "sqs:Receive*",
                          policy == 4 && i == 9 ? "*" : "x", i);
    known.identity.push_back({"policy", *call.cloud().policies().compile(text + "]}", policy::Kind::kIdentity)});
  }
  return known;
}

std::string queue_policy(Call&, std::string_view) { return ""; }
Guardrails no_guardrails(Call&, std::string_view) { return {}; }

double cpu_seconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return double(now.tv_sec) + double(now.tv_nsec) / 1e9;
}

void measure(testing::TestCloud& cloud, std::string_view name, const Principal& principal) {
  constexpr int kDecisions = 200'000;
  const Request request{.id = "3f0c1b9e-0000-4000-8000-000000000000"};
  const std::string queue = "arn:aws:sqs:us-east-1:000000000000:queue-7";
  double began = cpu_seconds();
  int allowed = 0;
  for (int i = 0; i < kDecisions; ++i) {
    Call call(cloud.cloud(), cloud.cloud().store().begin(cloud.place()), principal, request, cloud.place(),
              cloud.now());
    allowed += call.authorize("sqs:SendMessage", queue).has_value();
  }
  double decided = cpu_seconds();
  for (int i = 0; i < kDecisions; ++i)
    Call call(cloud.cloud(), cloud.cloud().store().begin(cloud.place()), principal, request, cloud.place(),
              cloud.now());
  double nothing = cpu_seconds() - decided;
  fmt::print("{:<44} {:6.3f} µs  ({} of {} allowed)\n", name, (decided - began - nothing) / kDecisions * 1e6, allowed,
             kDecisions);
}

}  // namespace

int main() {
  kernel::testing::TestCloud cloud({{.id = "sqs", .access = {.policy_of = queue_policy}},
                                    {.id = "iam", .access = {.policies_of_principal = five_policies}},
                                    {.id = "organizations", .access = {.guardrails_of = no_guardrails}}});
  measure(cloud, "root, no organization", Principal::root("000000000000"));
  measure(cloud, "user, five policies of ten statements",
          {.type = Principal::Type::kUser,
           .account = "000000000000",
           .arn = "arn:aws:iam::000000000000:user/alice",
           .user_id = "AIDAALICE"});
}
