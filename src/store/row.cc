#include "store/row.h"

namespace store::internal {

void RowWriter::number(std::uint64_t rest) {
  for (; rest >= 0x80; rest >>= 7) bytes.push_back(static_cast<char>(rest | 0x80));
  bytes.push_back(static_cast<char>(rest));
}

void RowWriter::fixed(std::uint64_t bits) {
  for (int shift = 0; shift < 64; shift += 8) bytes.push_back(static_cast<char>(bits >> shift));
}

std::uint64_t RowReader::number() {
  std::uint64_t number = 0;
  for (int shift = 0; shift < 64; shift += 7) {
    if (rest_.empty()) break;
    auto byte = static_cast<unsigned char>(rest_.front());
    rest_.remove_prefix(1);
    if (shift == 63 && byte > 1) break;
    number |= std::uint64_t{byte & 0x7Fu} << shift;
    if (byte >= 0x80) continue;
    if (byte == 0 && shift > 0) break;  // one number, one form: no zeros in front
    return number;
  }
  fail("no whole number");
  return 0;
}

std::uint64_t RowReader::fixed() {
  if (rest_.size() < 8) {
    fail("cut off");
    return 0;
  }
  std::uint64_t bits = 0;
  for (int i = 7; i >= 0; --i) bits = bits << 8 | static_cast<unsigned char>(rest_[i]);
  rest_.remove_prefix(8);
  return bits;
}

std::uint64_t RowReader::element_count() {
  std::uint64_t count = number();
  if (count <= rest_.size()) return count;
  fail("cut off");
  return 0;
}

bool RowReader::flag() {
  if (rest_.empty() || static_cast<unsigned char>(rest_.front()) > 1) {
    fail("neither 0 nor 1");
    return false;
  }
  bool set = rest_.front() == 1;
  rest_.remove_prefix(1);
  return set;
}

std::string_view RowReader::text() {
  std::uint64_t length = number();
  if (length > rest_.size()) {
    fail("cut off");
    return {};
  }
  std::string_view text = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return text;
}

void RowReader::fail(const char* problem) {
  if (!problem_) problem_ = problem;
}

}  // namespace store::internal
