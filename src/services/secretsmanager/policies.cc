// Resource policies of secrets.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/auth-and-access_resource-policies.html
#include "kernel/cloud.h"
#include "policy/access.h"
#include "services/secretsmanager/secret.h"

namespace secretsmanager {

namespace {

constexpr std::string_view kBroadAccess =
    "The BlockPublicPolicy parameter is set to true, and the resource policy did not prevent broad access to the "
    "secret.";

Result<void> check_unnamed(In in) {
  if (in.has("PolicyName")) return error("NotImplemented", "Named resource policies are not implemented by Virga.");
  return {};
}

bool is_public(const policy::Policy& policy, const std::string& account) {
  auto grants = policy::external_access(policy, {.accounts = {account}, .organization_id = ""});
  return std::ranges::any_of(grants, &policy::ExternalGrant::is_public);
}

Out name_secret(const OpenSecret& secret) { return {{"ARN", secret.arn()}, {"Name", secret.row.name}}; }

}  // namespace

Result<void> check_policy(Call& call, const std::string& document) {
  if (call.cloud().policies().compile(document, policy::Kind::kResource)) return {};
  return error("MalformedPolicyDocumentException", "This resource policy contains invalid syntax.");
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_PutResourcePolicy.html
base::Result<Out> PutResourcePolicy(Call& call, In in) {
  TRY_VOID(check_unnamed(in));
  OpenSecret secret = TRY(find_secret_to_change(call, in.str("SecretId")));
  const std::string& document = in.str("ResourcePolicy");
  TRY_VOID(check_policy(call, document));
  auto compiled = TRY(call.cloud().policies().compile(document, policy::Kind::kResource));
  if (in.flag("BlockPublicPolicy") && is_public(*compiled, secret.place.account))
    return error("PublicPolicyException", std::string(kBroadAccess));
  secret.row.policy = document;
  save(call, secret);
  return name_secret(secret);
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_GetResourcePolicy.html
base::Result<Out> GetResourcePolicy(Call& call, In in) {
  TRY_VOID(check_unnamed(in));
  OpenSecret secret = TRY(find_live_secret(call, in.str("SecretId")));
  Out answer = name_secret(secret);
  if (!secret.row.policy.empty()) answer.set("ResourcePolicy", secret.row.policy);
  return answer;
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_DeleteResourcePolicy.html
base::Result<Out> DeleteResourcePolicy(Call& call, In in) {
  TRY_VOID(check_unnamed(in));
  OpenSecret secret = TRY(find_secret_to_change(call, in.str("SecretId")));
  secret.row.policy.clear();
  save(call, secret);
  return name_secret(secret);
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ValidateResourcePolicy.html
base::Result<Out> ValidateResourcePolicy(Call& call, In in) {
  std::string account = call.place.account;
  if (in.has("SecretId")) account = TRY(find_live_secret(call, in.str("SecretId"))).place.account;
  const std::string& document = in.str("ResourcePolicy");
  TRY_VOID(check_policy(call, document));
  auto compiled = TRY(call.cloud().policies().compile(document, policy::Kind::kResource));
  const bool is_broad = is_public(*compiled, account);
  Value::List findings;
  if (is_broad) findings.push_back(Out{{"CheckName", "BlockPublicPolicy"}, {"ErrorMessage", kBroadAccess}});
  return Out{{"PolicyValidationPassed", !is_broad}, {"ValidationErrors", std::move(findings)}};
}

}  // namespace secretsmanager
