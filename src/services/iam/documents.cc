// Policy documents as operations are given them.
#include "base/json.h"
#include "services/iam/iam.h"

namespace iam {

base::Result<void> check_document(Call&, const std::string& document, policy::Kind) {
  if (!base::parse_json(document)) return error("MalformedPolicyDocument", "Syntax errors in policy.");
  return {};
}

}  // namespace iam
