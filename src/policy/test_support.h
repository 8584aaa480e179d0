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

// The subjects of decisions.txt by name.
inline const std::map<std::string, Subject> kSubjects = {
    {"alice", kAlice},
    {"role", kWorker},
    {"bob",
     {.type = Subject::Type::kUser,
      .account = "111122223333",
      .arn = "arn:aws:iam::111122223333:user/bob",
      .user_id = "AIDABOBBOBBOBBOBBOB1"}},
    {"carol",
     {.type = Subject::Type::kUser,
      .account = "444455556666",
      .arn = "arn:aws:iam::444455556666:user/carol",
      .user_id = "AIDACAROLCAROLCAROL1"}},
    {"root",
     {.type = Subject::Type::kRoot,
      .account = "111122223333",
      .arn = "arn:aws:iam::111122223333:root",
      .user_id = "111122223333"}},
    {"linked",
     {.type = Subject::Type::kAssumedRole,
      .account = "111122223333",
      .arn = "arn:aws:sts::111122223333:assumed-role/AWSServiceRoleForX/x",
      .role_arn = "arn:aws:iam::111122223333:role/aws-service-role/x.amazonaws.com/AWSServiceRoleForX"}},
    {"guest",
     {.type = Subject::Type::kFederatedUser,
      .account = "111122223333",
      .arn = "arn:aws:sts::111122223333:federated-user/guest",
      .role_arn = "arn:aws:iam::111122223333:user/alice",
      .user_id = "111122223333:guest"}},
    {"s3",
     {.type = Subject::Type::kService,
      .account = "111122223333",
      .arn = "s3.amazonaws.com",
      .service = "s3.amazonaws.com"}},
    {"web", {.type = Subject::Type::kWebIdentity, .provider = "cognito-identity.amazonaws.com"}},
    {"anonymous", {}},
};

// A document of one statement, or of a list of them.
inline std::string document_of_statement(std::string_view statement, std::string_view version = "2012-10-17") {
  return "{\"Version\":\"" + std::string(version) + "\",\"Statement\":" + std::string(statement) + "}";
}

}  // namespace policy
