#pragma once

#include <string>
#include <string_view>

// The managed data identifiers of data protection: what AWS knows to be sensitive, by its form.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/protect-sensitive-log-data-types.html
namespace logs {

struct ManagedIdentifier {
  std::string_view name;      // "Ssn-US"
  std::string_view keywords;  // expressions, one of which stands before; empty: `form` says all, in its first group
  std::string_view form;
  bool (*is_genuine)(std::string_view found) = nullptr;  // of those whose digits have a check
};

// Null: there is none of the name.
const ManagedIdentifier* find_managed(std::string_view name);
// The regular expression whose first group is what is sensitive.
std::string expression_of(const ManagedIdentifier& identifier);

}  // namespace logs
