// DynamoDB's numbers: decimal, 38 significant digits, magnitudes from 1E-130 to 9.99…E+125.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/HowItWorks.NamingRulesDataTypes.html
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace dynamodb {

inline constexpr std::size_t kNumberDigitsMax = 38;
inline constexpr int kNumberExponentMax = 125;
inline constexpr int kNumberExponentMin = -130;

// The one way in which a number is written and kept, so that equal numbers are equal texts: plain digits without an
// exponent, no zeros at either end that say nothing. Errors: ValidationException in AWS's words.
base::Result<std::string> normalise_number(std::string_view text);

// The rest takes normalised numbers only.
int compare_numbers(std::string_view left, std::string_view right);  // below 0, 0, above 0
base::Result<std::string> add_numbers(std::string_view left, std::string_view right);
base::Result<std::string> subtract_numbers(std::string_view left, std::string_view right);
// What AWS counts a number as: a byte for each two digits, one for the sign if it has one, one for itself.
std::size_t number_size(std::string_view number);
// Appends bytes that sort as numbers do and are no prefix of another number's.
void append_ordered_number(std::string& key, std::string_view number);

}  // namespace dynamodb
