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
  return service;
}

}  // namespace sts
