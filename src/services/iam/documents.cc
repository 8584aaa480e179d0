// Policy documents as operations are given them.
#include "kernel/cloud.h"
#include "services/iam/iam.h"

namespace iam {

base::Result<void> check_document(Call& call, const std::string& document, policy::Kind kind) {
  TRY_VOID(call.cloud().policies().compile(document, kind));
  return {};
}

base::Result<void> check_managed_document(Call& call, const std::string& document) {
  TRY_VOID(check_document(call, document, policy::Kind::kManaged));
  const std::int64_t most = call.limit(kManagedPolicyCharactersMax);
  if (static_cast<std::int64_t>(policy::size_without_whitespace(document)) > most)
    return error("LimitExceeded", fmt::format("Cannot exceed quota for PolicySize: {}", most));
  return {};
}

}  // namespace iam
