#include <cmath>

#include "aws/log_query_functions.h"

namespace aws::log_query {
namespace {

Cell number_or_nothing(double number) { return std::isfinite(number) ? Cell::of_number(number) : Cell{}; }

template <double (*Compute)(double)>
Cell of_one_number(const FunctionCall&, std::span<const Cell> arguments) {
  auto number = number_of(arguments[0]);
  return number ? number_or_nothing(Compute(*number)) : Cell{};
}

double absolute(double number) { return std::abs(number); }
double ceiling(double number) { return std::ceil(number); }
double flooring(double number) { return std::floor(number); }
double logarithm(double number) { return std::log(number); }
double root(double number) { return std::sqrt(number); }
double truncated(double number) { return std::trunc(number); }
double same(double number) { return number; }

Cell rounded(const FunctionCall&, std::span<const Cell> arguments) {
  auto number = number_of(arguments[0]);
  if (!number) return {};
  auto digits = arguments.size() > 1 ? number_of(arguments[1]) : 0.0;
  if (!digits || std::abs(*digits) > 15) return {};
  double scale = std::pow(10.0, std::trunc(*digits));
  return number_or_nothing(std::floor(*number * scale + 0.5) / scale);
}

// The first of them that no other one beats; what is no number does not take part.
template <bool IsGreatest>
Cell extreme(const FunctionCall&, std::span<const Cell> arguments) {
  std::optional<double> best;
  for (const Cell& argument : arguments)
    if (auto number = number_of(argument))
      if (!best || (IsGreatest ? *number > *best : *number < *best)) best = number;
  return best ? Cell::of_number(*best) : Cell{};
}

// Kilometres along the surface of the earth between two points given in degrees.
Cell haversine(const FunctionCall&, std::span<const Cell> arguments) {
  double radians[4];
  for (std::size_t i = 0; i < 4; ++i) {
    auto number = number_of(arguments[i]);
    if (!number) return {};
    radians[i] = *number * 3.14159265358979323846 / 180;
  }
  double latitude = std::sin((radians[2] - radians[0]) / 2), longitude = std::sin((radians[3] - radians[1]) / 2);
  double chord = latitude * latitude + std::cos(radians[0]) * std::cos(radians[2]) * longitude * longitude;
  return number_or_nothing(2 * 6371.0 * std::asin(std::sqrt(std::min(1.0, chord))));
}

constexpr Function kNumberFunctions[] = {
    {"abs", 1, 1, of_one_number<absolute>},
    {"ceil", 1, 1, of_one_number<ceiling>},
    {"floor", 1, 1, of_one_number<flooring>},
    {"greatest", 1, kArgumentsMax, extreme<true>},
    {"haversine", 4, 4, haversine},
    {"least", 1, kArgumentsMax, extreme<false>},
    {"log", 1, 1, of_one_number<logarithm>},
    {"round", 1, 2, rounded},
    {"sqrt", 1, 1, of_one_number<root>},
    {"toDouble", 1, 1, of_one_number<same>},
    {"toInt", 1, 1, of_one_number<truncated>},
    {"toLong", 1, 1, of_one_number<truncated>},
    {"toNumber", 1, 1, of_one_number<same>},
};

}  // namespace

std::span<const Function> number_functions() { return kNumberFunctions; }

}  // namespace aws::log_query
