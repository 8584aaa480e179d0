#include "base/arn.h"

#include <algorithm>

namespace base {

namespace {

constexpr std::size_t kAccountIdDigits = 12;

}  // namespace

std::optional<ArnParts> split_arn(std::string_view text) {
  ArnParts parts;
  for (std::size_t i = 0; i + 1 < parts.size(); ++i) {
    std::size_t colon = text.find(':');
    if (colon == std::string_view::npos) return std::nullopt;
    parts[i] = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  parts.back() = text;
  return parts;
}

Arn Arn::parse(std::string_view text) {
  auto parts = split_arn(text);
  if (!parts || (*parts)[0] != "arn") return {};
  return {(*parts)[1], (*parts)[2], (*parts)[3], (*parts)[4], (*parts)[5]};
}

bool is_account_id(std::string_view text) {
  return text.size() == kAccountIdDigits &&
         std::ranges::all_of(text, [](char letter) { return letter >= '0' && letter <= '9'; });
}

}  // namespace base
