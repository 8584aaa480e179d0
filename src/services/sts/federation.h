// What the two kinds of federation share: somebody's identity provider speaks for them.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "services/sts/sessions.h"

namespace sts {

// What a verified token or assertion says that a session can use.
struct Vouched {
  policy::Subject subject;                                 // kWebIdentity or kSaml, with its provider
  std::map<std::string, std::vector<std::string>> claims;  // condition keys
  kernel::Tags tags;
  std::vector<std::string> transitive_tag_keys;
  std::string source_identity;
};

// Lets the bearer into the role, where its trust policy admits them for `action` ("sts:AssumeRoleWithSAML").
// `until_ms`: when the provider says it must end; 0: it says nothing. Errors: AccessDenied, and those of the session's
// parts.
base::Result<RoleSession> admit(Call& call, In in, std::string_view action, const std::string& session_name,
                                const Vouched& vouched, std::int64_t until_ms);

}  // namespace sts
