// The check digits of numbers that have some.
#include "services/logs/masking_checks.h"

#include <cctype>

#include "base/strings.h"

namespace logs {

namespace {

std::string digits_of(std::string_view text) {
  std::string digits;
  for (char c : text)
    if (c >= '0' && c <= '9') digits += c;
  return digits;
}

int digit(char c) { return c - '0'; }

// Whether the last digit is what remains of the weighted sum of those before it, as Brazil's registers count.
bool ends_with_register_digit(std::string_view digits, int weight_max) {
  int sum = 0, weight = 2;
  for (std::size_t at = digits.size() - 1; at-- > 0;) {
    sum += digit(digits[at]) * weight;
    weight = weight == weight_max ? 2 : weight + 1;
  }
  const int rest = sum % 11;
  return digit(digits.back()) == (rest < 2 ? 0 : 11 - rest);
}

}  // namespace

// Every second digit from the right counts twice.
bool has_luhn_sum(std::string_view found) {
  int sum = 0, place = 0;
  const std::string digits = digits_of(found);
  for (auto at = digits.rbegin(); at != digits.rend(); ++at) {
    int value = digit(*at);
    if (place++ % 2 == 1) value = value * 2 > 9 ? value * 2 - 9 : value * 2;
    sum += value;
  }
  return !digits.empty() && sum % 10 == 0;
}

bool is_card_number(std::string_view found) { return digits_of(found).size() >= 13 && has_luhn_sum(found); }

// A provider's number is checked with the prefix of the country's health programs.
bool is_provider_number(std::string_view found) { return has_luhn_sum("80840" + digits_of(found)); }

bool is_ip_address(std::string_view found) {
  for (std::string_view part : base::split(found, '.'))
    if (base::parse_number<int>(part).value_or(256) > 255) return false;
  return true;
}

// Country and check digits go to the end, letters count from 10: what remains of 97 is 1.
bool is_bank_account(std::string_view found) {
  std::string text;
  for (char c : found)
    if (std::isalnum(static_cast<unsigned char>(c))) text += static_cast<char>(std::toupper(c));
  if (text.size() < 15) return false;
  text = text.substr(4) + text.substr(0, 4);
  int rest = 0;
  for (char c : text) {
    const int value = c >= 'A' ? c - 'A' + 10 : digit(c);
    rest = (rest * (value > 9 ? 100 : 10) + value) % 97;
  }
  return rest == 1;
}

bool is_drug_agency_number(std::string_view found) {
  const std::string digits = digits_of(found).substr(found.size() > 1 && found[1] == '9' ? 1 : 0);
  if (digits.size() != 7) return false;
  const int sum = digit(digits[0]) + digit(digits[2]) + digit(digits[4]) +
                  2 * (digit(digits[1]) + digit(digits[3]) + digit(digits[5]));
  return sum % 10 == digit(digits[6]);
}

bool is_health_service_number(std::string_view found) {
  const std::string digits = digits_of(found);
  if (digits.size() != 10) return false;
  int sum = 0;
  for (int at = 0; at < 9; ++at) sum += digit(digits[static_cast<std::size_t>(at)]) * (10 - at);
  const int check = (11 - sum % 11) % 11;
  return check != 10 && check == digit(digits[9]);
}

bool is_person_of_brazil(std::string_view found) {
  const std::string digits = digits_of(found);
  return digits.size() == 11 && ends_with_register_digit(std::string_view(digits).substr(0, 10), 11) &&
         ends_with_register_digit(digits, 12);
}

bool is_company_of_brazil(std::string_view found) {
  const std::string digits = digits_of(found);
  return digits.size() == 14 && ends_with_register_digit(std::string_view(digits).substr(0, 13), 9) &&
         ends_with_register_digit(digits, 9);
}

// The letter after eight digits; X, Y and Z stand for 0, 1 and 2 at the beginning.
bool is_identity_of_spain(std::string_view found) {
  constexpr std::string_view kLetters = "TRWAGMYFPDXBNJZSQVHLCKE";
  std::string digits;
  char letter = 0;
  for (char c : found) {
    const char upper = static_cast<char>(std::toupper(static_cast<unsigned char>(c)));
    if (digits.empty() && upper >= 'X' && upper <= 'Z')
      digits += static_cast<char>('0' + (upper - 'X'));
    else if (c >= '0' && c <= '9')
      digits += c;
    else if (std::isalpha(static_cast<unsigned char>(c)))
      letter = upper;
  }
  const auto number = base::parse_number<std::size_t>(digits);
  return number && digits.size() == 8 && kLetters[*number % kLetters.size()] == letter;
}

}  // namespace logs
