// Tokens and key sets of strangers: whatever they are, they are read or refused, and nothing unsigned is verified.
#include <cstdint>
#include <cstdlib>

#include "aws/web_token.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t line = text.find('\n');
  auto token = aws::parse_web_token(text.substr(0, line));
  if (!token) return 0;
  std::string_view keys = line == text.npos ? R"({"keys": []})" : text.substr(line + 1);
  aws::KeyMatch match = aws::verify_web_token(*token, keys);
  if (match == aws::KeyMatch::kVerified && token->signature.empty()) std::abort();
  return 0;
}
