#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/value.h"
#include "model/shape.h"

// Scalars as text: the common part of query, ec2, XML elements, headers, labels and query strings.
namespace wire {

using base::Value;

// The format of a timestamp: the member's own, else its shape's, else the place's.
model::TimestampFormat timestamp_format(const model::Member& member, model::TimestampFormat of_place);

// The value a text stands for, by the kind of the member's shape; nothing where the text is not of that kind.
// Timestamps are tried in their own format first and then in the others, as AWS does.
std::optional<Value> scalar_from_text(const model::Member& member, std::string_view text,
                                      model::TimestampFormat of_place);

// Whether the kind is one that a text can stand for.
bool is_scalar(model::Kind kind);

// The name AWS uses for a kind in messages: "Integer", "String", ….
std::string_view name_of(model::Kind kind);

// How many digits of a second an ISO 8601 timestamp shows.
enum class Fraction { kWhenNeeded, kAlways };

// Appends the text form, not escaped for XML.
void append_scalar(std::string& out, const model::Member& member, const Value& value, model::TimestampFormat of_place,
                   Fraction fraction = Fraction::kWhenNeeded);
void append_timestamp(std::string& out, std::int64_t milliseconds, model::TimestampFormat format,
                      Fraction fraction = Fraction::kWhenNeeded);
// "1.5", "NaN", "Infinity", "-Infinity".
void append_float(std::string& out, double number);
// The number such a text stands for.
std::optional<double> float_from_text(std::string_view text);
// A timestamp that arrives as a number of seconds; nothing outside the years AWS can express.
std::optional<Value> timestamp_from_seconds(double seconds);

}  // namespace wire
