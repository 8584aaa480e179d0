#pragma once

#include "services/kms/keys.h"

// Grants: permissions on a key that its policy need not name.
// https://docs.aws.amazon.com/kms/latest/developerguide/grants.html
namespace kms {

// What a grant's owner shows of himself and may be asked for later.
std::string write_token(Call& call, const OpenKey& key, const std::string& grant_id);
struct GrantPlace {
  store::Place place;
  std::string key_id, grant_id;
};
// Errors: InvalidGrantTokenException.
base::Result<GrantPlace> read_token(Call& call, const std::string& token);
// The hook kernel::AccessHooks::admit: the tokens a request brings must be ones. What they stand for counts anyhow,
// since grants are effective at once. Errors: InvalidGrantTokenException.
base::Result<void> check_tokens(Call& call, std::string_view operation);

Value show_grant(const OpenKey& key, const Grant& grant);

// The hook of kernel::AccessHooks: a policy that admits the principal to the action when a grant does.
std::string granted_to(Call& call, const policy::Subject& subject, std::string_view action, std::string_view arn);

}  // namespace kms
