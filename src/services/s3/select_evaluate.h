#pragma once

#include <map>
#include <string>
#include <vector>

#include "services/s3/select_sql.h"

namespace s3::select {

// The names of CSV's columns, from its first line.
struct Columns {
  std::vector<std::string> names;
};

// What a query looks at: a line of CSV, or a value of JSON.
struct Record {
  const Columns* columns = nullptr;  // null: they have no names
  std::vector<std::string> fields;   // of a line
  Datum value;                       // of JSON
  bool is_line = false;
};

// What expressions read besides their record.
struct Context {
  const Record& record;
  std::string_view alias;  // of the source
  std::int64_t now_ms = 0;
  const std::vector<Datum>* aggregates = nullptr;  // by slot, once all records have been seen
};

// Errors: AWS's: CastFailed, EvaluatorInvalidArguments, MissingHeaders, ….
Result<Datum> evaluate(const Expression& node, const Context& context);

// A function's value; its arguments are known. "CAST" and the functions of dates say in `detail` to what.
Result<Datum> call_function(const Expression& node, const std::vector<Datum>& arguments, std::int64_t now_ms);
Result<Datum> cast(const Datum& value, std::string_view type);
Result<Datum> call_date_function(const Expression& node, const std::vector<Datum>& arguments);
Result<std::string> format_timestamp(const Timestamp& time, std::string_view pattern);

// Follows steps into a value of JSON.
Datum follow(const Datum& from, const Path& path, std::size_t begin);

// Whether the text is like the pattern, in which % stands for any text and _ for any character. Errors:
// EvaluatorLikePatternInvalidEscapeSequence.
Result<bool> is_like(std::string_view text, std::string_view pattern, std::string_view escape);

// One aggregate on its way through the records.
class Aggregate {
 public:
  explicit Aggregate(const Expression& node) : node_(&node) {}
  Result<void> take(const Context& context);
  Datum value() const;

 private:
  const Expression* node_;
  std::int64_t count_ = 0;
  Number sum_;
  Datum extreme_;
};

}  // namespace s3::select
