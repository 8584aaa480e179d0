#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/value.h"

// The filter patterns of CloudWatch Logs, in their three forms: terms, JSON and space-delimited fields.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
//
//   ERROR -"connection reset" ?WARN        terms, of which those with - must not, and with ? may, be there
//   { $.status >= 500 && $.path = "/a*" }  members of JSON messages
//   [ip, ..., status = 4*, bytes > 1000]   words of the message, by place
namespace aws {

class LogPattern {
 public:
  // Errors: InvalidParameterException, in AWS's words.
  static base::Result<LogPattern> parse(std::string_view text);

  bool matches(std::string_view message) const;

  // What a match tells of the message: "$.selector" of those in a JSON pattern, "$name" of fields. Of TestMetricFilter.
  using Extracted = std::vector<std::pair<std::string, std::string>>;
  Extracted extract(std::string_view message) const;
  // The value that "$.selector" or "$name" has in a message that matches; nothing where it has none.
  std::optional<std::string> value_of(std::string_view message, std::string_view name) const;

  struct Node;
  struct Field;

 private:
  enum class Form { kEverything, kTerms, kJson, kFields };

  Form form_ = Form::kEverything;
  std::shared_ptr<const Node> condition_;  // of JSON
  std::shared_ptr<const std::vector<Node>> terms_;
  std::shared_ptr<const std::vector<Field>> fields_;
};

// A selector of JSON members, "$.user.emails[0]"; also $['name'] and [*] for any element.
struct LogSelector {
  struct Step {
    std::string name;                  // of a member; empty: an element
    std::optional<std::size_t> index;  // nothing: any element
  };
  std::string text;
  std::vector<Step> steps;

  static std::optional<LogSelector> parse(std::string_view text);
  // All that it selects; pointers into `root`.
  std::vector<const base::Value*> select(const base::Value& root) const;
};

}  // namespace aws
