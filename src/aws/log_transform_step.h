#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "aws/log_transform.h"

// What processors are made of. For the log_transform_*.cc files.
namespace aws::log_transform {

using base::Result;
using base::Value;

struct Event {
  std::string_view message;  // @message
  const LogOrigin* origin;
  Value root{Value::Map{}};  // what has been found so far

  // The text of @message or of a field; nothing where there is none.
  std::optional<std::string> text_at(const std::string& path) const;
};

// ---- fields, by path: "a.b" is member b of a; "a.0" and "a[0]" are the first element of a list

const Value* find_field(const Value& root, std::string_view path);  // null: it is not there
Value* find_field(Value& root, std::string_view path);
enum class Existing { kKeep, kOverwrite };
// Makes what is missing on the way. Does nothing where a list or a text stands in it.
void put_field(Value& root, std::string_view path, Value value, Existing existing);
void erase_field(Value& root, std::string_view path);

std::unexpected<base::Error> invalid_transformer(std::string_view why);
inline Existing existing_of(const Value& settings) {
  return settings.at("overwriteIfExists").flag() ? Existing::kOverwrite : Existing::kKeep;
}
// `source` of a parser: @message where it has none.
std::string source_of(const Value& settings);
// Puts the members of a map under `destination` of the settings, or at the root.
void place_fields(Event& event, const Value& settings, const Value& fields);

// ---- processors, by their settings; each is null where `name` is not one of theirs

Result<Step> parser_step(std::string_view name, const Value& settings);   // log_transform_parsers.cc
Result<Step> grok_step(const Value& settings);                            // log_transform_grok.cc
Result<Step> vended_step(std::string_view name, const Value& settings);   // log_transform_vended.cc
Result<Step> mutator_step(std::string_view name, const Value& settings);  // log_transform_mutate.cc
Result<Step> date_step(const Value& settings);                            // log_transform_dates.cc

}  // namespace aws::log_transform
