// Amazon Ion as text, the form in which items are exported and imported besides JSON. AWS's mapping of types:
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
#pragma once

#include <string>
#include <string_view>

#include "services/dynamodb/attribute.h"

namespace dynamodb {

// "Each line begins with an Ion version marker, followed by an item in Ion format."
inline constexpr std::string_view kIonMarker = "$ion_1_0";

// Appends {name:value,…}.
void append_ion(std::string& out, const Item& item);
// A number, as the decimal that it is in Ion: 103 is "103.", 2000 "2d3".
std::string ion_decimal(std::string_view normalised_number);

// Where what begins here and hides all others ends (a text, a quoted symbol, a comment, bytes); `at` itself when
// nothing of the kind begins here, npos when it has no end.
std::size_t skip_ion_quotes(std::string_view text, std::size_t at);

// The attributes of {Item:{…}} as requests have them. Errors: ValidationException.
base::Result<Value> attributes_of_ion(std::string_view record);

}  // namespace dynamodb
