// A request of any shape gets an answer, and never the answer that it was signed with a secret nobody has used.
#include <cstdint>
#include <cstdlib>
#include <vector>

#include "auth/sigv4.h"
#include "base/strings.h"

// The input: method, path, query, then pairs of a header name and value, each on a line.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  auto lines = base::split({reinterpret_cast<const char*>(data), size}, '\n');
  lines.resize(std::max<std::size_t>(lines.size(), 3));
  std::vector<auth::Header> headers;
  for (std::size_t i = 3; i + 1 < lines.size(); i += 2) headers.push_back({lines[i], lines[i + 1]});
  auth::SignedRequest request{lines[0], lines[1], lines[2], headers};
  for (auto style : {auth::ErrorStyle::kS3, auth::ErrorStyle::kOther, auth::ErrorStyle::kJson}) {
    auto signature = auth::parse_authorization(request, style);
    if (!signature || !*signature) continue;
    if (auth::verify(**signature, request, "a secret nobody has used", (*signature)->timestamp_ms, "", style))
      std::abort();
  }
  return 0;
}
