#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "aws/log_query_syntax.h"

// The functions of queries of CloudWatch Logs Insights.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CWL_QuerySyntax-operations-functions.html
namespace aws::log_query {

struct FunctionCall {
  Arena& arena;  // for what the result looks into
  const Expression& expression;
  std::int64_t now_ms = 0;
};

struct Function {
  std::string_view name;
  std::size_t arguments_min, arguments_max;
  Cell (*run)(const FunctionCall& call, std::span<const Cell> arguments);
  bool takes_regex = false;
};

// Null when there is none of the name, whatever its case.
const Function* find_function(std::string_view name);

// The functions by kind; find_function knows them all.
std::span<const Function> number_functions();
std::span<const Function> string_functions();
std::span<const Function> address_functions();
std::span<const Function> other_functions();

inline constexpr std::size_t kArgumentsMax = 64;

// A length of time in units of the calendar, of which months, quarters and years have no fixed length.
struct Period {
  enum class Unit { kMillisecond, kSecond, kMinute, kHour, kDay, kWeek, kMonth, kQuarter, kYear };
  std::int64_t count = 1;
  Unit unit = Unit::kMinute;
};
std::optional<Period> parse_period(std::string_view text);
// The last border between periods that is not after the time; the first one that is not before it.
double floor_time(double time_ms, const Period& period);
double ceil_time(double time_ms, const Period& period);

}  // namespace aws::log_query
