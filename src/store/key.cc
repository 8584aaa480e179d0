#include "store/key.h"

#include <algorithm>
#include <bit>

namespace store {
namespace {

constexpr unsigned char kNumberZero = 0x80;

void append_magnitude(std::string& key, std::uint64_t magnitude, bool below_zero) {
  int bytes = (static_cast<int>(std::bit_width(magnitude)) + 7) / 8;
  key.push_back(static_cast<char>(below_zero ? kNumberZero - bytes : kNumberZero + bytes));
  for (int i = bytes - 1; i >= 0; --i) {
    auto byte = static_cast<unsigned char>(magnitude >> (8 * i));
    key.push_back(static_cast<char>(below_zero ? static_cast<unsigned char>(~byte) : byte));
  }
}

}  // namespace

void append_key_part(std::string& key, std::string_view text) {
  key.reserve(key.size() + text.size() + 1);
  while (true) {
    auto plain_end = std::ranges::find_if(text, [](char byte) { return byte == 0 || byte == 1; });
    key.append(text.begin(), plain_end);
    if (plain_end == text.end()) break;
    key.push_back(1);
    key.push_back(static_cast<char>(*plain_end + 1));
    text.remove_prefix(static_cast<std::size_t>(plain_end - text.begin()) + 1);
  }
  key.push_back(0);
}

void append_key_part(std::string& key, std::int64_t number) {
  auto bits = static_cast<std::uint64_t>(number);
  append_magnitude(key, number < 0 ? ~bits + 1 : bits, number < 0);
}

void append_key_part(std::string& key, std::uint64_t number) { append_magnitude(key, number, false); }

std::string KeyReader::text() {
  std::string text;
  for (std::size_t i = 0; ok_ && i < rest_.size(); ++i) {
    if (rest_[i] == 0) {
      rest_.remove_prefix(i + 1);
      return text;
    }
    if (rest_[i] != 1) {
      text.push_back(rest_[i]);
    } else if (++i < rest_.size() && (rest_[i] == 1 || rest_[i] == 2)) {
      text.push_back(static_cast<char>(rest_[i] - 1));
    } else {
      break;
    }
  }
  ok_ = false;
  return {};
}

std::optional<KeyReader::Number> KeyReader::take_number() {
  if (!ok_ || rest_.empty()) return std::nullopt;
  int sign_and_size = static_cast<unsigned char>(rest_.front()) - kNumberZero;
  std::size_t size = static_cast<std::size_t>(sign_and_size < 0 ? -sign_and_size : sign_and_size);
  if (size > 8 || rest_.size() < 1 + size) return std::nullopt;
  std::uint64_t magnitude = 0;
  for (char stored : rest_.substr(1, size)) {
    auto byte = static_cast<unsigned char>(stored);
    magnitude = magnitude << 8 | (sign_and_size < 0 ? static_cast<unsigned char>(~byte) : byte);
  }
  rest_.remove_prefix(1 + size);
  return Number{magnitude, sign_and_size < 0};
}

std::int64_t KeyReader::number() {
  constexpr std::uint64_t kGreatest = std::uint64_t{1} << 63;
  auto taken = take_number();
  ok_ = taken && (taken->below_zero ? taken->magnitude <= kGreatest : taken->magnitude < kGreatest);
  if (!ok_) return 0;
  return static_cast<std::int64_t>(taken->below_zero ? ~taken->magnitude + 1 : taken->magnitude);
}

std::uint64_t KeyReader::unsigned_number() {
  auto taken = take_number();
  ok_ = taken && !taken->below_zero;
  return ok_ ? taken->magnitude : 0;
}

std::string end_of_prefix(std::string_view prefix) {
  std::string end(prefix);
  while (!end.empty() && end.back() == '\xFF') end.pop_back();
  if (!end.empty()) ++end.back();
  return end;
}

}  // namespace store
