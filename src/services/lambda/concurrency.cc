// Reserved concurrency.
// https://docs.aws.amazon.com/lambda/latest/dg/configuration-concurrency.html
#include "services/lambda/concurrency.h"

namespace lambda {

namespace {

std::int64_t provisioned_total(const OpenFunction& function) {
  std::int64_t total = 0;
  function.tx.scan(kProvisioned, store::key(function.row.name),
                   [&](std::string_view, const ProvisionedConcurrency& row) { total += row.wanted; });
  return total;
}

}  // namespace

std::int64_t unreserved_concurrency(Call& call, const store::Place& place) {
  std::int64_t left = call.limit(kConcurrencyMax);
  call.tx.at(place).scan(kFunctions, "", [&](std::string_view, const Function& function) {
    left -= function.reserved_concurrency.value_or(0);
  });
  return left;
}

// https://docs.aws.amazon.com/lambda/latest/api/API_PutFunctionConcurrency.html
base::Result<Out> PutFunctionConcurrency(Call& call, In in) {
  OpenFunction function = TRY(find_function(call, in));
  const std::int64_t wanted = in.num("ReservedConcurrentExecutions");
  const std::int64_t left =
      unreserved_concurrency(call, function.place()) + function.row.reserved_concurrency.value_or(0) - wanted;
  if (left < kUnreservedMin)
    return refuse("InvalidParameterValueException",
                  fmt::format("Specified ReservedConcurrentExecutions for function decreases account's "
                              "UnreservedConcurrentExecution below its minimum value of [{}].",
                              kUnreservedMin));
  if (const std::int64_t provisioned = provisioned_total(function); wanted < provisioned)
    return refuse("InvalidParameterValueException",
                  fmt::format("ReservedConcurrentExecutions  {} should not be lower than function's total provisioned "
                              "concurrency [{}].",
                              wanted, provisioned));
  function.row.reserved_concurrency = wanted;
  function.tx.put(kFunctions, function.row.name, function.row);
  return Out{{"ReservedConcurrentExecutions", wanted}};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_GetFunctionConcurrency.html
base::Result<Out> GetFunctionConcurrency(Call& call, In in) {
  const OpenFunction function = TRY(find_function(call, in));
  Out answer;
  if (function.row.reserved_concurrency) answer.set("ReservedConcurrentExecutions", *function.row.reserved_concurrency);
  return answer;
}

// https://docs.aws.amazon.com/lambda/latest/api/API_DeleteFunctionConcurrency.html
base::Result<Out> DeleteFunctionConcurrency(Call& call, In in) {
  OpenFunction function = TRY(find_function(call, in));
  function.row.reserved_concurrency.reset();
  function.tx.put(kFunctions, function.row.name, function.row);
  return Out{};
}

// https://docs.aws.amazon.com/lambda/latest/api/API_GetAccountSettings.html
base::Result<Out> GetAccountSettings(Call& call, In) {
  std::int64_t functions = 0;
  call.tx.scan_keys(kFunctions, {}, [&](std::string_view) { ++functions; });
  return Out{{"AccountLimit", Out{{"TotalCodeSize", kCodeBytesMax},
                                  {"CodeSizeUnzipped", kUnzippedBytesMax},
                                  {"CodeSizeZipped", kZipBytesMax},
                                  {"ConcurrentExecutions", call.limit(kConcurrencyMax)},
                                  {"UnreservedConcurrentExecutions", unreserved_concurrency(call, call.place)}}},
             {"AccountUsage",
              Out{{"TotalCodeSize", call.tx.unrecorded().count(kCodeBytes, "")}, {"FunctionCount", functions}}}};
}

}  // namespace lambda
