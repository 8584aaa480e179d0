#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "aws/log_query_cell.h"

// Fields that queries find in events by themselves.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_AnalyzeLogData-discoverable-fields.html
namespace aws::log_query {

// Fields of JSON, by path: "a.b" is member b of a, "a.0" the first of a list. A member's own name may have dots.
class JsonFields {
 public:
  void want(std::string path, std::size_t slot);
  bool is_empty() const { return wanted_.empty(); }
  // Sets the cells of the fields that are there; they look into the message or the arena. Members that are lists or
  // maps are no fields, and neither is null. `anywhere`: other text may stand before the JSON.
  enum class Place { kWhole, kAnywhere };
  void find(std::string_view message, Place place, Arena& arena, std::vector<Cell>& cells);

 private:
  struct Wanted {
    std::string_view path;  // the rest of it
    std::size_t slot;
  };
  class Scan;

  std::vector<std::pair<std::string, std::size_t>> wanted_;
  std::vector<Wanted> stack_;  // of the levels being scanned
};

// What Lambda's own lines say (START, END, REPORT), and the request that other lines of a function belong to.
struct LambdaFields {
  static constexpr std::string_view kNames[] = {"@requestId",      "@type",        "@duration",
                                                "@billedDuration", "@memorySize",  "@maxMemoryUsed",
                                                "@initDuration",   "@xrayTraceId", "@xraySegmentId"};
  static constexpr std::size_t kCount = 9;
  Cell cells[kCount] = {};
};
LambdaFields find_lambda_fields(std::string_view message, Arena& arena);

}  // namespace aws::log_query
