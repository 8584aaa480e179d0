// What an organization decides centrally about the roots of its member accounts: IAM sets it, STS asks for it.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_root-user.html#id_root-user-access-management
#pragma once

#include "store/table.h"

namespace aws {

struct RootAccess {
  bool manages_credentials = false;  // RootCredentialsManagement
  bool has_sessions = false;         // RootSessions: AssumeRoot is allowed

  static void fields(auto& self, auto& field) {
    field("manages_credentials", self.manages_credentials);
    field("has_sessions", self.has_sessions);
  }
};

// Key: id of the organization.
inline constexpr store::Table<RootAccess> kRootAccess{"iam.root_access", store::Scope::kGlobal};

}  // namespace aws
