// What the layer costs: nanoseconds of CPU, single-threaded. Usage: policy_bench
#include <fmt/format.h>

#include <time.h>

#include "policy/test_support.h"

namespace {

using namespace policy;

double own_cpu_ns() {
  timespec time{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
  return static_cast<double>(time.tv_sec) * 1e9 + static_cast<double>(time.tv_nsec);
}

// Runs `work` many times; the median of seven rounds.
template <class Work>
void measure(std::string_view name, int count, Work work) {
  std::vector<double> rounds;
  for (int round = 0; round < 7; ++round) {
    double start = own_cpu_ns();
    for (int i = 0; i < count; ++i) work();
    rounds.push_back((own_cpu_ns() - start) / count);
  }
  std::ranges::sort(rounds);
  fmt::print("  {:<60} {:9.0f} ns   ({:.0f} .. {:.0f})\n", name, rounds[3], rounds.front(), rounds.back());
}

// A policy of ten statements as people write them; `number` makes each different.
std::string typical_policy(int number, std::string_view last_action) {
  static constexpr std::string_view kServices[] = {"glue", "dynamodb", "sns", "lambda", "logs",
                                                   "sqs",  "kms",      "ec2", "iam"};
  std::string statements = "[";
  for (std::string_view service : kServices)
    statements += fmt::format(
        R"({{"Effect":"Allow","Action":["{0}:Get*","{0}:List*","{0}:Describe*","{0}:PutItem{1}"],)"
        R"("Resource":["arn:aws:{0}:*:111122223333:thing/{1}/*","arn:aws:{0}:us-east-1:*:${{aws:username}}/*"],)"
        R"("Condition":{{"StringEquals":{{"aws:PrincipalTag/team":"blue"}},)"
        R"("IpAddress":{{"aws:SourceIp":["10.0.0.0/8","192.168.0.0/16"]}}}}}},)",
        service == "iam" ? "rds" : service, number);
  statements += fmt::format(R"({{"Effect":"Allow","Action":"{}","Resource":"arn:aws:sqs:*:111122223333:jobs-*",)"
                            R"("Condition":{{"Bool":{{"aws:SecureTransport":"true"}}}}}}])",
                            last_action);
  return document_of_statement(statements);
}

PolicyPtr must_compile(const std::string& document) {
  auto policy = compile(document, Kind::kIdentity);
  if (!policy) {
    fmt::print(stderr, "{}\n", policy.error().message);
    std::exit(1);
  }
  return *policy;
}

void bench_decisions() {
  Policies policies;
  for (int i = 0; i < 5; ++i)
    policies.identity.push_back({"p", must_compile(typical_policy(i, i == 4 ? "sqs:SendMessage" : "sqs:SetTags"))});
  MapContext context;
  context.keys = {{"aws:username", {"alice"}},
                  {"aws:principaltag/team", {"blue"}},
                  {"aws:sourceip", {"203.0.113.9"}},
                  {"aws:securetransport", {"true"}},
                  {"aws:currenttime", {"2026-01-01T00:00:00Z"}}};
  auto ask = [&](std::string_view name, std::string_view action, std::string_view resource) {
    Question question{kAlice, action, resource, "", context};
    measure(fmt::format("{} ({})", name, decide(question, policies).allowed() ? "allowed" : "denied"), 50'000,
            [&] { (void)decide(question, policies); });
  };
  ask("5 policies of 10 statements, the last allows", "sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:jobs-1");
  ask("the same, conditions compared", "sqs:GetQueueUrl", "arn:aws:sqs:us-east-1:111122223333:thing/3/x");
  ask("the same, nothing matches", "events:PutEvents", "arn:aws:events:us-east-1:111122223333:event-bus/x");
  Question question{kAlice, "sqs:SendMessage", "arn:aws:sqs:us-east-1:111122223333:jobs-1", "", context};
  measure("explain", 2'000, [&] { (void)explain(question, policies); });
}

void bench_compilation() {
  std::string document = typical_policy(1, "sqs:SendMessage");
  measure(fmt::format("compile {} bytes", document.size()), 500, [&] { (void)compile(document, Kind::kIdentity); });
  Cache cache;
  measure("the same, remembered", 20'000, [&] { (void)cache.compile(document, Kind::kIdentity); });
  std::string stars = document_of_statement("{\"Effect\":\"Allow\",\"Action\":\"*\",\"Resource\":\"arn:aws:s3:::" + [] {
    std::string text;
    for (int i = 0; i < 3'000; ++i) text += "*a";
    return text;
  }() + "b\"}");
  Policies policies;
  policies.identity.push_back({"stars", must_compile(stars)});
  MapContext context;
  std::string resource = "arn:aws:s3:::" + std::string(2'000, 'a');
  Question question{kAlice, "s3:GetObject", resource, "", context};
  measure("6 KB of stars against 2 KB", 2'000, [&] { (void)decide(question, policies); });
}

}  // namespace

int main() {
  bench_decisions();
  bench_compilation();
}
