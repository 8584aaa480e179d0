#include <fmt/format.h>

#include <cmath>

#include "base/strings.h"
#include "services/s3/select_datum.h"

namespace s3::select {

namespace {

constexpr int kDecimalDigitsMax = 38;

__extension__ using Wide = __int128;

std::optional<Wide> times_ten_to(Wide digits, int power) {
  for (; power > 0; --power) {
    if (__builtin_mul_overflow(digits, Wide{10}, &digits)) return std::nullopt;
  }
  return digits;
}

std::string digits_text(Wide digits) {
  if (digits == 0) return "0";
  std::string text;
  for (; digits != 0; digits /= 10) {
    const int digit = static_cast<int>(digits % 10);
    text.insert(text.begin(), static_cast<char>('0' + (digit < 0 ? -digit : digit)));
  }
  return text;
}

}  // namespace

Number Number::whole(std::int64_t value) {
  Number number;
  number.digits_ = value;
  return number;
}

Number Number::floating(double value) {
  Number number;
  number.is_floating_ = true;
  number.real_ = value;
  return number;
}

std::optional<Number> Number::parse(std::string_view text) {
  if (text.empty()) return std::nullopt;
  std::string_view rest = text;
  const bool is_negative = rest.front() == '-';
  if (rest.front() == '-' || rest.front() == '+') rest.remove_prefix(1);
  Number number;
  bool has_point = false, has_digit = false, fits = true;
  for (char letter : rest) {
    if (letter == '.' && !has_point) {
      has_point = true;
    } else if (letter >= '0' && letter <= '9') {
      has_digit = true;
      if (has_point) ++number.scale_;
      fits = fits && !__builtin_mul_overflow(number.digits_, Wide{10}, &number.digits_) &&
             !__builtin_add_overflow(number.digits_, Wide{letter - '0'}, &number.digits_);
    } else if (has_digit && (letter == 'e' || letter == 'E')) {
      fits = false;
      break;
    } else {
      return std::nullopt;
    }
  }
  if (!has_digit) return std::nullopt;
  if (fits && number.scale_ <= kDecimalDigitsMax) {
    if (is_negative) number.digits_ = -number.digits_;
    return number;
  }
  auto real = base::parse_number<double>(text.front() == '+' ? text.substr(1) : text);
  if (!real || !std::isfinite(*real)) return std::nullopt;
  return floating(*real);
}

double Number::real() const { return is_floating_ ? real_ : static_cast<double>(digits_) / std::pow(10.0, scale_); }

std::optional<std::int64_t> Number::truncated() const {
  if (is_floating_) {
    if (!(std::abs(real_) < 9.2e18)) return std::nullopt;
    return static_cast<std::int64_t>(real_);
  }
  Wide digits = digits_;
  for (int place = 0; place < scale_; ++place) digits /= 10;
  const auto narrow = static_cast<std::int64_t>(digits);
  if (narrow != digits) return std::nullopt;
  return narrow;
}

Number Number::as_decimal() const {
  if (!is_floating_) return *this;
  return parse(fmt::format("{}", real_)).value_or(*this);
}

std::string Number::text() const {
  if (is_floating_) return fmt::format("{}", real_);
  std::string text = digits_text(digits_);
  if (scale_ > 0) {
    const auto places = static_cast<std::size_t>(scale_);
    if (text.size() <= places) text.insert(0, places + 1 - text.size(), '0');
    text.insert(text.size() - places, ".");
  }
  return digits_ < 0 ? "-" + text : text;
}

// Both with the same number of digits after the point; nothing where that takes too many.
std::optional<std::pair<Number::Wide, Number::Wide>> Number::align(const Number& left, const Number& right,
                                                                   int& scale) {
  if (left.is_floating_ || right.is_floating_) return std::nullopt;
  scale = std::max(left.scale_, right.scale_);
  auto first = times_ten_to(left.digits_, scale - left.scale_);
  auto second = times_ten_to(right.digits_, scale - right.scale_);
  if (!first || !second) return std::nullopt;
  return std::pair(*first, *second);
}

std::optional<Number> Number::decimal(Wide digits, int scale) {
  Number number;
  number.digits_ = digits;
  number.scale_ = scale;
  return number;
}

std::optional<Number> add(const Number& left, const Number& right) {
  int scale = 0;
  auto both = Number::align(left, right, scale);
  Number::Wide sum = 0;
  if (both && !__builtin_add_overflow(both->first, both->second, &sum)) return Number::decimal(sum, scale);
  return Number::floating(left.real() + right.real());
}

std::optional<Number> subtract(const Number& left, const Number& right) {
  int scale = 0;
  auto both = Number::align(left, right, scale);
  Number::Wide difference = 0;
  if (both && !__builtin_sub_overflow(both->first, both->second, &difference))
    return Number::decimal(difference, scale);
  return Number::floating(left.real() - right.real());
}

std::optional<Number> multiply(const Number& left, const Number& right) {
  Number::Wide product = 0;
  if (!left.is_floating_ && !right.is_floating_ && left.scale_ + right.scale_ <= kDecimalDigitsMax &&
      !__builtin_mul_overflow(left.digits_, right.digits_, &product))
    return Number::decimal(product, left.scale_ + right.scale_);
  return Number::floating(left.real() * right.real());
}

std::optional<Number> divide(const Number& left, const Number& right) {
  if (right.real() == 0) return std::nullopt;
  if (left.is_whole() && right.is_whole()) return Number::decimal(left.digits_ / right.digits_, 0);
  if (left.is_floating_ || right.is_floating_) return Number::floating(left.real() / right.real());
  // Decimals that divide without a rest stay exact; others get the digits a floating number has.
  int scale = 0;
  if (auto both = Number::align(left, right, scale)) {
    for (int places = 0; places <= 16; ++places) {
      auto scaled = times_ten_to(both->first, places);
      if (!scaled) break;
      if (*scaled % both->second == 0) return Number::decimal(*scaled / both->second, places);
    }
  }
  return Number::floating(left.real() / right.real()).as_decimal();
}

std::optional<Number> remainder(const Number& left, const Number& right) {
  if (right.real() == 0) return std::nullopt;
  int scale = 0;
  if (auto both = Number::align(left, right, scale)) return Number::decimal(both->first % both->second, scale);
  return Number::floating(std::fmod(left.real(), right.real()));
}

int compare(const Number& left, const Number& right) {
  int scale = 0;
  if (auto both = Number::align(left, right, scale))
    return both->first < both->second ? -1 : (both->first > both->second ? 1 : 0);
  return left.real() < right.real() ? -1 : (left.real() > right.real() ? 1 : 0);
}

}  // namespace s3::select
