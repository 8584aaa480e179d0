#include "kernel/principal.h"

namespace kernel {

Principal Principal::root(const std::string& account) {
  return {.type = Type::kRoot, .account = account, .arn = "arn:aws:iam::" + account + ":root", .user_id = account};
}

Principal Principal::service(const std::string& name, const std::string& account, const std::string& source_arn) {
  return {.type = Type::kService, .account = account, .arn = name, .user_id = name, .source_arn = source_arn};
}

}  // namespace kernel
