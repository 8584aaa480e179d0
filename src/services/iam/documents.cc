// Policy documents as operations are given them.
#include "base/json.h"
#include "services/iam/iam.h"

namespace iam {

base::Result<void> check_document(Call&, const std::string& document, policy::Kind) {
  if (!base::parse_json(document)) return error("MalformedPolicyDocument", "Syntax errors in policy.");
  return {};
}

base::Result<void> check_managed_document(Call& call, const std::string& document) {
  TRY_VOID(check_document(call, document, policy::Kind::kIdentity));
  const std::int64_t most = call.limit(kManagedPolicyCharactersMax);
  if (static_cast<std::int64_t>(count_policy_characters(document)) > most)
    return error("LimitExceeded", fmt::format("Cannot exceed quota for PolicySize: {}", most));
  return {};
}

std::size_t count_policy_characters(std::string_view document) {
  std::size_t count = 0;
  bool in_text = false, is_escaped = false;
  for (char c : document) {
    if (!in_text && (c == ' ' || c == '\t' || c == '\n' || c == '\r')) continue;
    if ((static_cast<unsigned char>(c) & 0xC0) != 0x80) ++count;
    if (c == '"' && !is_escaped) in_text = !in_text;
    is_escaped = in_text && c == '\\' && !is_escaped;
  }
  return count;
}

}  // namespace iam
