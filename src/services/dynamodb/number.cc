#include "services/dynamodb/number.h"

#include "base/strings.h"

namespace dynamodb {

namespace {

constexpr std::size_t kPlainDigitsMax = 18;  // of whole numbers that 64 bits hold, with room for a sum

// ±d.ddd × 10^exponent; no digits for zero.
struct Decimal {
  bool is_negative = false;
  int exponent = 0;
  std::string digits;  // '0' … '9', none of the outer ones '0'
};

bool is_digit(char c) { return c >= '0' && c <= '9'; }

// Whether it is a whole number of few digits, as most numbers are, and as it is kept.
bool is_plain(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || text.size() > kPlainDigitsMax) return false;
  return std::ranges::all_of(text, is_digit);
}

bool is_normalised_plain(std::string_view text) {
  if (!is_plain(text)) return false;
  return text.front() == '-' ? text[1] != '0' : text.front() != '0' || text.size() == 1;
}

std::unexpected<base::Error> invalid_number(std::string_view text) {
  if (text.empty()) return base::fail("ValidationException", "The parameter cannot be converted to a numeric value");
  return base::fail("ValidationException",
                    "The parameter cannot be converted to a numeric value: " + std::string(text));
}

// An exponent that no number may have is told as one that is far out.
std::optional<int> parse_exponent(std::string_view text) {
  const bool is_negative = text.starts_with('-');
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (text.empty() || !std::ranges::all_of(text, is_digit)) return std::nullopt;
  while (text.size() > 1 && text.front() == '0') text.remove_prefix(1);
  const int magnitude = text.size() > 6 ? 1'000'000 : base::parse_number<int>(text).value_or(0);
  return is_negative ? -magnitude : magnitude;
}

void trim_zeros(Decimal& number) {
  const std::size_t leading = std::min(number.digits.find_first_not_of('0'), number.digits.size());
  number.digits.erase(0, leading);
  number.exponent -= static_cast<int>(leading);
  while (!number.digits.empty() && number.digits.back() == '0') number.digits.pop_back();
  if (number.digits.empty()) number = {};
}

// Of normalised and of other texts alike; nothing when it is no number.
std::optional<Decimal> parse_decimal(std::string_view text) {
  Decimal number;
  const bool is_short_way = is_normalised_plain(text);
  number.is_negative = text.starts_with('-');
  if (text.starts_with('-') || text.starts_with('+')) text.remove_prefix(1);
  if (is_short_way) {
    if (text == "0") return number;
    number.exponent = static_cast<int>(text.size()) - 1;
    number.digits = text.substr(0, text.find_last_not_of('0') + 1);
    return number;
  }
  int exponent = 0;
  if (std::size_t at = text.find_first_of("eE"); at != text.npos) {
    auto given = parse_exponent(text.substr(at + 1));
    if (!given) return std::nullopt;
    exponent = *given;
    text = text.substr(0, at);
  }
  const std::size_t point = text.find('.');
  const std::string_view whole = text.substr(0, point);
  const std::string_view fraction = point == text.npos ? std::string_view() : text.substr(point + 1);
  if (whole.empty() && fraction.empty()) return std::nullopt;
  if (!std::ranges::all_of(whole, is_digit) || !std::ranges::all_of(fraction, is_digit)) return std::nullopt;
  number.digits.reserve(whole.size() + fraction.size());
  number.digits.append(whole).append(fraction);
  number.exponent = exponent + static_cast<int>(whole.size()) - 1;
  trim_zeros(number);
  return number;
}

std::string write_decimal(const Decimal& number) {
  if (number.digits.empty()) return "0";
  std::string text;
  if (number.is_negative) text.push_back('-');
  const int digits = static_cast<int>(number.digits.size());
  if (number.exponent < 0) {
    text.append("0.").append(static_cast<std::size_t>(-number.exponent - 1), '0').append(number.digits);
  } else if (digits <= number.exponent + 1) {
    text.append(number.digits).append(static_cast<std::size_t>(number.exponent + 1 - digits), '0');
  } else {
    text.append(number.digits, 0, static_cast<std::size_t>(number.exponent + 1)).push_back('.');
    text.append(number.digits, static_cast<std::size_t>(number.exponent + 1));
  }
  return text;
}

std::unexpected<base::Error> number_overflow() {
  return base::fail("ValidationException",
                    "Number overflow. Attempting to store a number with magnitude larger than supported range");
}

base::Result<std::string> check_and_write(const Decimal& number) {
  if (number.exponent > kNumberExponentMax) return number_overflow();
  if (number.exponent < kNumberExponentMin)
    return base::fail("ValidationException",
                      "Number underflow. Attempting to store a number with magnitude smaller than supported range");
  if (number.digits.size() > kNumberDigitsMax)
    return base::fail("ValidationException", "Attempting to store more than 38 significant digits in a Number");
  return write_decimal(number);
}

int compare_magnitudes(const Decimal& left, const Decimal& right) {
  if (left.digits.empty() || right.digits.empty()) return int{!left.digits.empty()} - int{!right.digits.empty()};
  if (left.exponent != right.exponent) return left.exponent < right.exponent ? -1 : 1;
  const int order = left.digits.compare(right.digits);
  return order < 0 ? -1 : int{order > 0};
}

// The digits of a number from the place `top` down to `bottom` (powers of ten).
std::string spread_digits(const Decimal& number, int top, int bottom) {
  std::string digits(static_cast<std::size_t>(top - bottom + 1), '0');
  for (std::size_t i = 0; i < number.digits.size(); ++i)
    digits[static_cast<std::size_t>(top - number.exponent) + i] = number.digits[i];
  return digits;
}

Decimal add_decimals(const Decimal& left, const Decimal& right) {
  if (left.digits.empty()) return right;
  if (right.digits.empty()) return left;
  const Decimal& bigger = compare_magnitudes(left, right) >= 0 ? left : right;
  const Decimal& smaller = &bigger == &left ? right : left;
  const int top = bigger.exponent + 1;
  auto bottom_of = [](const Decimal& number) { return number.exponent - static_cast<int>(number.digits.size()) + 1; };
  const int bottom = std::min(bottom_of(bigger), bottom_of(smaller));
  Decimal sum{.is_negative = bigger.is_negative, .exponent = top, .digits = spread_digits(bigger, top, bottom)};
  const std::string other = spread_digits(smaller, top, bottom);
  const int sign = bigger.is_negative == smaller.is_negative ? 1 : -1;
  int carry = 0;
  for (std::size_t i = sum.digits.size(); i-- > 0;) {
    int digit = (sum.digits[i] - '0') + sign * (other[i] - '0') + carry;
    carry = digit > 9 ? 1 : digit < 0 ? -1 : 0;
    digit -= carry * 10;
    sum.digits[i] = static_cast<char>('0' + digit);
  }
  trim_zeros(sum);
  return sum;
}

}  // namespace

base::Result<std::string> normalise_number(std::string_view text) {
  if (is_normalised_plain(text)) return std::string(text);
  auto number = parse_decimal(text);
  if (!number) return invalid_number(text);
  return check_and_write(*number);
}

int compare_numbers(std::string_view left, std::string_view right) {
  if (left == right) return 0;
  if (is_plain(left) && is_plain(right))
    return base::parse_number(left).value_or(0) < base::parse_number(right).value_or(0) ? -1 : 1;
  const Decimal first = parse_decimal(left).value_or(Decimal{}), second = parse_decimal(right).value_or(Decimal{});
  if (first.is_negative != second.is_negative) return first.is_negative ? -1 : 1;
  return first.is_negative ? compare_magnitudes(second, first) : compare_magnitudes(first, second);
}

base::Result<std::string> add_numbers(std::string_view left, std::string_view right) {
  if (is_plain(left) && is_plain(right))
    return std::to_string(base::parse_number(left).value_or(0) + base::parse_number(right).value_or(0));
  const Decimal sum = add_decimals(parse_decimal(left).value_or(Decimal{}), parse_decimal(right).value_or(Decimal{}));
  // AWS: a sum that needs too many digits is told as one that is too big.
  if (sum.digits.size() > kNumberDigitsMax) return number_overflow();
  return check_and_write(sum);
}

base::Result<std::string> subtract_numbers(std::string_view left, std::string_view right) {
  if (right == "0") return std::string(left);
  std::string negated = right.starts_with('-') ? std::string(right.substr(1)) : "-" + std::string(right);
  return add_numbers(left, negated);
}

std::size_t number_size(std::string_view number) {
  if (is_normalised_plain(number)) {
    const bool is_negative = number.front() == '-';
    const std::size_t digits = number.find_last_not_of('0') + 1 - (is_negative ? 1 : 0);
    return (digits + 1) / 2 + (is_negative ? 2 : 1);
  }
  const Decimal decimal = parse_decimal(number).value_or(Decimal{});
  return (decimal.digits.size() + 1) / 2 + (decimal.is_negative ? 2 : 1);
}

void append_ordered_number(std::string& key, std::string_view text) {
  const Decimal number = parse_decimal(text).value_or(Decimal{});
  if (number.digits.empty()) {
    key.push_back('\2');
    return;
  }
  // A sign, the exponent, two digits a byte from 1 on, and 0 for the end; of negative numbers all of it inverted.
  const unsigned char flip = number.is_negative ? 0xFF : 0;
  auto push = [&](int byte) { key.push_back(static_cast<char>(static_cast<unsigned char>(byte) ^ flip)); };
  key.push_back(number.is_negative ? '\1' : '\3');
  push(number.exponent - kNumberExponentMin);
  for (std::size_t i = 0; i < number.digits.size(); i += 2) {
    const int second = i + 1 < number.digits.size() ? number.digits[i + 1] - '0' : 0;
    push((number.digits[i] - '0') * 10 + second + 1);
  }
  push(0);
}

}  // namespace dynamodb
