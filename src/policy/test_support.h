#pragma once

#include <map>
#include <string>

#include "base/strings.h"
#include "policy/evaluate.h"

// What the tests, fuzzers and benchmark of this layer share.
namespace policy {

// Condition keys from a table.
class MapContext : public Context {
 public:
  std::map<std::string, Values, std::less<>> keys;

  bool find(std::string_view key, Values& values) const override {
    auto found = keys.find(key);
    if (found == keys.end()) return false;
    values = found->second;
    return true;
  }
};

inline const Subject kAlice{.type = Subject::Type::kUser,
                            .account = "111122223333",
                            .arn = "arn:aws:iam::111122223333:user/alice",
                            .user_id = "AIDAALICEALICEALICE1",
                            .canonical_user = "79a59df900b949e55d96a1e698fbacedfd6e09d98eacf8f8d5218e7cd47ef2be"};
inline const Subject kWorker{.type = Subject::Type::kAssumedRole,
                             .account = "111122223333",
                             .arn = "arn:aws:sts::111122223333:assumed-role/worker/job-1",
                             .role_arn = "arn:aws:iam::111122223333:role/app/worker",
                             .user_id = "AROAWORKERWORKERWORK:job-1"};

// A document of one statement, or of a list of them.
inline std::string document_of_statement(std::string_view statement, std::string_view version = "2012-10-17") {
  return "{\"Version\":\"" + std::string(version) + "\",\"Statement\":" + std::string(statement) + "}";
}

}  // namespace policy
