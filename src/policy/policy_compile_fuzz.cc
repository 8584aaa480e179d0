// No document breaks the compiler, of whatever kind; what it accepts means the same when compiled again.
#include <cstdint>
#include <cstdlib>

#include "policy/evaluate.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using policy::Kind;
  std::string_view document(reinterpret_cast<const char*>(data), size);
  if (policy::size_without_whitespace(document) > size) std::abort();
  for (Kind kind : {Kind::kIdentity, Kind::kManaged, Kind::kResource, Kind::kTrust, Kind::kServiceControl,
                    Kind::kResourceControl, Kind::kEndpoint}) {
    auto first = policy::compile(document, kind);
    if (!first) continue;
    auto again = policy::compile(policy::document_of(**first), kind);
    if (!again || policy::context_keys_of(**first) != policy::context_keys_of(**again)) std::abort();
  }
  return 0;
}
