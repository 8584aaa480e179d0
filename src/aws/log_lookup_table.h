#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace aws {

// A lookup table of CloudWatch Logs: values separated by commas, by lines, the first of which has the columns' names.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-Lookup.html
class LogLookupTable {
 public:
  // Errors: InvalidParameterException, for a text without columns, with two of one name, or with rows that are longer.
  static base::Result<LogLookupTable> read(std::string_view text);

  const std::vector<std::string>& columns() const { return columns_; }
  // Of shorter lines the last values are empty.
  const std::vector<std::vector<std::string>>& rows() const { return rows_; }
  std::optional<std::size_t> column(std::string_view name) const;

 private:
  std::vector<std::string> columns_;
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace aws
