#pragma once

#include <string_view>

// The parts of arn:partition:service:region:account:resource.
namespace kernel {

struct Arn {
  std::string_view service, region, account, resource;  // empty where the text is no ARN

  static Arn parse(std::string_view text);
};

}  // namespace kernel
