// Numbers keep one form, and their order is that of their keys.
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "services/dynamodb/number.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const std::size_t middle = text.find(' ');
  if (middle == text.npos) return 0;
  auto left = dynamodb::normalise_number(text.substr(0, middle));
  auto right = dynamodb::normalise_number(text.substr(middle + 1));
  if (!left || !right) return 0;
  if (dynamodb::normalise_number(*left) != *left) __builtin_trap();
  std::string left_key, right_key;
  dynamodb::append_ordered_number(left_key, *left);
  dynamodb::append_ordered_number(right_key, *right);
  const int order = dynamodb::compare_numbers(*left, *right);
  if ((order < 0) != (left_key < right_key) || (order == 0) != (left_key == right_key)) __builtin_trap();
  if ((order == 0) != (*left == *right)) __builtin_trap();
  auto sum = dynamodb::add_numbers(*left, *right);
  if (sum && dynamodb::normalise_number(*sum) != *sum) __builtin_trap();
  auto back = sum ? dynamodb::subtract_numbers(*sum, *right) : sum;
  if (back && *back != *left) __builtin_trap();
  return 0;
}
