#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "base/value.h"

// Transformers of CloudWatch Logs: processors that make JSON of a log event, one after the other. Pure.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Transformation.html
namespace aws {

// Where an event comes from; copyValue knows it as @logGroupName, @logGroupStream, @accountId and @regionName.
struct LogOrigin {
  std::string group, stream, account, region;
};

namespace log_transform {
struct Event;
using Step = std::function<bool(Event& event)>;
}  // namespace log_transform

// Thread-safe once it is made.
class LogTransformer {
 public:
  // From `transformerConfig` as the API has it: a list of structures with one member each. Errors:
  // InvalidParameterException; NotImplemented, for processors that are not there.
  static base::Result<LogTransformer> read(const base::Value& processors);

  // The transformed event, as JSON. Nothing: a parser found in it what it does not know, so it stays as it is.
  std::optional<std::string> transform(std::string_view message, const LogOrigin& origin) const;

 private:
  std::vector<log_transform::Step> steps_;
};

}  // namespace aws
