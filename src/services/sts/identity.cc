// Who somebody is, and what a refusal was about.
#include "kernel/authorization.h"
#include "services/sts/sessions.h"

namespace sts {

// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetCallerIdentity.html
base::Result<Out> GetCallerIdentity(Call& call, In) {
  return Out{{"UserId", call.caller.user_id}, {"Account", call.caller.account}, {"Arn", call.caller.arn}};
}

// https://docs.aws.amazon.com/STS/latest/APIReference/API_GetAccessKeyInfo.html
base::Result<Out> GetAccessKeyInfo(Call& call, In in) {
  const std::string& id = in.str("AccessKeyId");
  if (auto row = call.tx.get(kernel::kCredentials, id)) return Out{{"Account", row->account}};
  // "This operation does not indicate the state of the access key. The key might be active, inactive, or deleted."
  if (auto account = kernel::account_of_key(id)) return Out{{"Account", *account}};
  return error("InvalidClientTokenId", "The security token included in the request is invalid.");
}

// https://docs.aws.amazon.com/STS/latest/APIReference/API_DecodeAuthorizationMessage.html
base::Result<Out> DecodeAuthorizationMessage(Call& call, In in) {
  return Out{{"DecodedMessage", TRY(kernel::decode_authorization_message(call, in.str("EncodedMessage")))}};
}

}  // namespace sts
