#pragma once

#include <array>
#include <optional>
#include <string_view>

// Amazon Resource Names: arn:partition:service:region:account:resource, where the resource may have colons of its own.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference-arns.html
namespace base {

using ArnParts = std::array<std::string_view, 6>;
// The six parts of any text with five colons, the first of them mostly "arn"; nothing where there are fewer.
std::optional<ArnParts> split_arn(std::string_view text);

// An ARN's parts; all empty where the text is none.
struct Arn {
  std::string_view partition, service, region, account, resource;

  static Arn parse(std::string_view text);
  explicit operator bool() const { return !resource.empty(); }
};

// Twelve digits.
bool is_account_id(std::string_view text);

}  // namespace base
