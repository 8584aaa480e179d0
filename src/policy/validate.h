#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "policy/policy.h"

// What IAM Access Analyzer says about a policy as it is written:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access-analyzer-reference-policy-checks.html
namespace policy {

enum class FindingType { kError, kSecurityWarning, kSuggestion, kWarning };
// "ERROR", "SECURITY_WARNING", "SUGGESTION", "WARNING".
std::string_view name_of(FindingType type);

struct Position {
  int line = 1;    // from 1
  int column = 0;  // from 0
  int offset = 0;  // characters from the beginning
};

struct Span {
  Position start, end;  // the end is exclusive
};

// One step into a document, as API's PathElement has them: {"value": "Statement"}, {"index": 0}, {"key": "aws"}, or a
// part of a text {"substring": {"start": 0, "length": 4}}.
struct PathStep {
  enum class Type { kValue, kIndex, kKey, kSubstring };
  Type type = Type::kValue;
  std::string text;  // of kValue and kKey
  int index = 0;     // of kIndex; the start of kSubstring
  int length = 0;    // of kSubstring
};

struct Location {
  std::vector<PathStep> path;
  Span span;
};

struct Finding {
  FindingType type = FindingType::kError;
  std::string issue_code;  // "MISSING_RESOURCE"
  std::string details;     // AWS's sentence
  std::string learn_more;  // URL
  std::vector<Location> locations;
};

// In the order of the document, errors of the whole document first. `resource_type` as validatePolicyResourceType
// ("AWS::S3::Bucket"); meant for kResource only.
std::vector<Finding> validate(std::string_view document, Kind kind,
                              std::optional<std::string_view> resource_type = std::nullopt);

}  // namespace policy
