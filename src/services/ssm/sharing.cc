// Resource policies, by which advanced parameters are shared with other accounts.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-shared-parameters.html
#include "base/arn.h"
#include "base/bytes.h"
#include "kernel/cloud.h"
#include "services/ssm/parameter.h"

namespace ssm {

namespace {

Result<OpenParameter> find_shared(Call& call, const std::string& arn) {
  if (!base::Arn::parse(arn).resource.starts_with("parameter"))
    return error("ResourcePolicyInvalidParameterException", "The resource ARN isn't that of a parameter.");
  const ParameterName name = read_name(call, arn);
  OpenParameter parameter{call.tx.at(name.place), name.place, name.key(), {}};
  auto row = parameter.tx.get(kParameters, parameter.key);
  if (!row || name.place.region != call.place.region)
    return error("ResourceNotFoundException", "The specified parameter to be shared could not be found.");
  parameter.row = *std::move(row);
  return parameter;
}

Result<void> check_hash(const ResourcePolicy& policy, In in) {
  if (policy.id != in.str("PolicyId"))
    return error("ResourcePolicyNotFoundException",
                 "No policies with the specified policy ID and hash could be found.");
  if (policy.hash != in.str("PolicyHash"))
    return error("ResourcePolicyConflictException",
                 "The hash provided in the call doesn't match the stored hash. This exception is thrown when trying to "
                 "update an obsolete policy version or when multiple requests to update a policy are sent.");
  return {};
}

}  // namespace

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutResourcePolicy.html
base::Result<Out> PutResourcePolicy(Call& call, In in) {
  const OpenParameter parameter = TRY(find_shared(call, in.str("ResourceArn")));
  // "To share a parameter with other accounts, it must be in the advanced parameter tier."
  if (parameter.row.current.tier != kAdvanced)
    return error("ResourcePolicyInvalidParameterException",
                 "Only parameters in the advanced tier can be shared with other accounts.");
  if (auto compiled = call.cloud().policies().compile(in.str("Policy"), policy::Kind::kResource); !compiled)
    return error("MalformedResourcePolicyDocumentException", compiled.error().message);
  auto policy = parameter.tx.get(kResourcePolicies, parameter.key);
  if (policy && !in.has("PolicyId"))
    return error("ResourcePolicyLimitExceededException", "The resource has as many policies as it can have: 1.");
  if (!policy && in.has("PolicyId"))
    return error("ResourcePolicyNotFoundException",
                 "No policies with the specified policy ID and hash could be found.");
  if (policy) {
    TRY_VOID(check_hash(*policy, in));
  } else {
    policy = ResourcePolicy{.id = call.uuid(), .hash = "", .text = ""};
  }
  policy->text = in.str("Policy");
  policy->hash = base::to_hex(base::sha256(policy->text));
  parameter.tx.put(kResourcePolicies, parameter.key, *policy);
  return Out{{"PolicyId", policy->id}, {"PolicyHash", policy->hash}};
}

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetResourcePolicies.html
base::Result<Out> GetResourcePolicies(Call& call, In in) {
  const OpenParameter parameter = TRY(find_shared(call, in.str("ResourceArn")));
  Value::List shown;
  if (auto policy = parameter.tx.get(kResourcePolicies, parameter.key))
    shown.push_back(Out{{"PolicyId", policy->id}, {"PolicyHash", policy->hash}, {"Policy", policy->text}});
  return Out{{"Policies", std::move(shown)}};
}

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteResourcePolicy.html
base::Result<Out> DeleteResourcePolicy(Call& call, In in) {
  const OpenParameter parameter = TRY(find_shared(call, in.str("ResourceArn")));
  auto policy = parameter.tx.get(kResourcePolicies, parameter.key);
  if (!policy)
    return error("ResourcePolicyNotFoundException",
                 "No policies with the specified policy ID and hash could be found.");
  TRY_VOID(check_hash(*policy, in));
  parameter.tx.erase(kResourcePolicies, parameter.key);
  return Out{};
}

}  // namespace ssm
