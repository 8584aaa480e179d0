#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "base/value.h"

namespace base {

// JSON text to a value and back (RFC 8259). Parsing refuses trailing text, invalid UTF-8, unpaired surrogates and
// nesting deeper than `kJsonDepthMax`; the error's code is "SerializationException" and its message says what and
// where. A whole number outside 64 bits becomes a floating number; a repeated name keeps the last value.
inline constexpr int kJsonDepthMax = 512;
Result<Value> parse_json(std::string_view text);

// JSON text without white space, members in the value's order. A floating number is written in the fewest digits that
// read back the same, and as one (1.0, not 1); NaN and the infinities are the strings "NaN", "Infinity" and
// "-Infinity", as in AWS's protocols. Bytes that are not UTF-8 are replaced by U+FFFD.
std::string to_json(const Value& value);

// Appends `text` as a JSON string, quotes included. For writers that know more than a Value does.
void append_json_string(std::string& out, std::string_view text);
void append_json_number(std::string& out, double number);

}  // namespace base
