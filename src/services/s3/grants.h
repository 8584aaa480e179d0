// Access control lists as buckets and objects keep them.
#pragma once

#include <string>
#include <vector>

namespace s3 {

// One grant of an ACL. A grantee is an account, by its canonical user id (grants by e-mail address are not kept as
// such), or one of the predefined groups, by its URI.
struct Grant {
  enum class Grantee { kAccount = 0, kGroup = 1 };

  Grantee type = Grantee::kAccount;
  std::string grantee;     // canonical user id, or "http://acs.amazonaws.com/groups/global/AllUsers"
  std::string permission;  // READ, WRITE, READ_ACP, WRITE_ACP or FULL_CONTROL

  static void fields(auto& self, auto& field) {
    field("type", self.type);
    field("grantee", self.grantee);
    field("permission", self.permission);
  }
  friend bool operator==(const Grant&, const Grant&) = default;
};

// Empty: private, only the owner has FULL_CONTROL, and a listing of the grants says so.
using Grants = std::vector<Grant>;

}  // namespace s3
