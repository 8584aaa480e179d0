#include "kernel/arn.h"

namespace kernel {

Arn Arn::parse(std::string_view text) {
  std::string_view parts[5];
  for (std::string_view& part : parts) {
    std::size_t colon = text.find(':');
    if (colon == text.npos) return {};
    part = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  if (parts[0] != "arn") return {};
  return {parts[2], parts[3], parts[4], text};
}

}  // namespace kernel
