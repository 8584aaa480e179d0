// The operations of the policy simulator.
#include "services/iam/simulation.h"

namespace iam {

namespace {

Out answer_context_keys(const std::vector<SimulatedPolicy>& policies) {
  std::set<std::string> keys;
  for (const SimulatedPolicy& policy : policies)
    for (std::string& key : policy::context_keys_of(*policy.source.policy)) keys.insert(std::move(key));
  Value::List names;
  for (const std::string& name : as_written(keys, policies)) names.emplace_back(name);
  return Out{{"ContextKeyNames", names}};
}

}  // namespace

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulateCustomPolicy.html
base::Result<Out> SimulateCustomPolicy(Call& call, In in) {
  Simulation simulation;
  simulation.subject = {.type = policy::Subject::Type::kUser, .account = call.place.account};
  TRY_VOID(read_common_input(call, in, simulation));
  return answer_simulation(call, in, simulation);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SimulatePrincipalPolicy.html
base::Result<Out> SimulatePrincipalPolicy(Call& call, In in) {
  Simulation simulation;
  TRY_VOID(read_policy_source(call, in.str("PolicySourceArn"), simulation));
  TRY_VOID(read_common_input(call, in, simulation));
  return answer_simulation(call, in, simulation);
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForCustomPolicy.html
base::Result<Out> GetContextKeysForCustomPolicy(Call& call, In in) {
  return answer_context_keys(TRY(read_policies(call, in.list("PolicyInputList"), "PolicyInputList")));
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetContextKeysForPrincipalPolicy.html
base::Result<Out> GetContextKeysForPrincipalPolicy(Call& call, In in) {
  std::vector<SimulatedPolicy> policies = TRY(policies_of_source(call, in.str("PolicySourceArn")));
  std::ranges::move(TRY(read_policies(call, in.list("PolicyInputList"), "PolicyInputList")),
                    std::back_inserter(policies));
  return answer_context_keys(policies);
}

}  // namespace iam
