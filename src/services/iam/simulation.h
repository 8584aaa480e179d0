#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "services/iam/access.h"

// The policy simulator: what-if questions put to the evaluator that decides live calls.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_testing-policies.html
namespace iam {

// A policy that takes part, and how answers name it.
struct SimulatedPolicy {
  policy::Source source;  // its name is unique in the simulation
  std::string id;         // SourcePolicyId: "PolicyInputList.1", the name of a policy
  std::string type;       // SourcePolicyType: "user", "group", "role", "aws-managed", "user-managed", …
};

struct Simulation {
  policy::Subject subject;
  std::vector<SimulatedPolicy> identity;
  std::optional<SimulatedPolicy> boundary;
  std::optional<SimulatedPolicy> resource;
  std::vector<std::vector<policy::Source>> service_control;
  std::string resource_owner;                   // account, for resources whose ARNs do not say
  std::map<std::string, policy::Values> facts;  // values of context keys, by their names in lower case
};

// simulation_input.cc: what requests say. Errors: InvalidInput, NoSuchEntity.
base::Result<std::vector<SimulatedPolicy>> read_policies(Call& call, const Value::List& documents,
                                                         std::string_view member);
base::Result<void> read_common_input(Call& call, In in, Simulation& simulation);
// The policies of the user, group or role with this ARN, of the groups of a user also.
base::Result<std::vector<SimulatedPolicy>> policies_of_source(Call& call, const std::string& arn);
// Fills what the entity brings along: policies, boundary, organization, who it is.
base::Result<void> read_policy_source(Call& call, const std::string& arn, Simulation& simulation);

// simulation_answer.cc
base::Result<Out> answer_simulation(Call& call, In in, const Simulation& simulation);
// Names as some document has them, in whatever case.
std::vector<std::string> as_written(const std::set<std::string>& keys, const std::vector<SimulatedPolicy>& policies);

}  // namespace iam
