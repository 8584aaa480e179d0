// AWS Security Token Service: who a caller is, and temporary credentials.
#include "services/sts/sessions.h"

namespace sts {

namespace {

// Whose credentials a federated user's are: "arn:aws:sts::123456789012:federated-user/Bob".
std::string resource_of(Call& call, std::string_view operation, const Value& input) {
  if (operation == "GetFederationToken")
    return fmt::format("arn:aws:sts::{}:federated-user/{}", call.place.account, input.at("Name").str());
  return "*";
}

// "You cannot call any STS API except AssumeRole or GetCallerIdentity" with credentials of GetSessionToken, and none
// but GetCallerIdentity with those of GetFederationToken.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_sts-comparison.html
base::Result<void> admit(Call& call, std::string_view operation) {
  CredentialKind kind = kind_of(call.caller);
  bool is_limited = kind == CredentialKind::kSessionToken || kind == CredentialKind::kFederated;
  bool is_open = operation == "GetCallerIdentity" || operation.starts_with("AssumeRoleWith") ||
                 (kind == CredentialKind::kSessionToken && operation == "AssumeRole");
  if (!is_limited || is_open) return {};
  return error("AccessDenied", fmt::format("Cannot call {} with session credentials", operation));
}

}  // namespace

kernel::Service service() {
  kernel::Service service = kernel::make_service<Model>({
      OPERATION(AssumeRole),
      OPERATION(AssumeRoleWithSAML),
      OPERATION(AssumeRoleWithWebIdentity),
      OPERATION(DecodeAuthorizationMessage),
      OPERATION(GetAccessKeyInfo),
      OPERATION(GetCallerIdentity),
      OPERATION(GetFederationToken),
      OPERATION(GetSessionToken),
  });
  service.resource_of = resource_of;
  service.access.admit = admit;
  return service;
}

}  // namespace sts
