#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "services/logs/group.h"

// Data protection: what policies, of a group and of its account, find and hide in messages.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/mask-sensitive-log-data.html
namespace logs {

// Something sensitive in a message.
struct Detection {
  std::string identifier;  // "EmailAddress"
  std::size_t begin = 0, end = 0;
};

// Thread-safe once it is made.
class Masker {
 public:
  Masker() = default;  // hides nothing
  // The policies' texts, which have been checked.
  explicit Masker(const std::vector<std::string>& policies);

  bool hides_something() const { return !parts_.empty(); }
  // The message with an asterisk for each byte of what is sensitive.
  std::string mask(std::string message) const;
  std::vector<Detection> find(std::string_view message) const;

  struct Part;

 private:
  std::vector<std::shared_ptr<const Part>> parts_;
};

// For a reader: hides nothing when unmasking is asked for, which needs logs:Unmask.
enum class Unmask { kNo, kYes };
Result<Masker> masker_for(Call& call, const OpenGroup& group, Unmask unmask);
// For what leaves the group by itself.
Masker masker_of(Call& call, const OpenGroup& group);
// The groups to which findings go.
std::vector<std::string> findings_groups(Call& call, const OpenGroup& group);

// Errors: InvalidParameterException, where the text is no such policy.
Result<void> check_data_protection_policy(const std::string& text);

}  // namespace logs
