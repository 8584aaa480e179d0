#pragma once

#include <cassert>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "base/strings.h"

// Reads what `Packer` of tools/compile_models.py writes: varints, and texts as references into a pool.
namespace model {

// The members of a flags number, lowest bit first.
class Flags {
 public:
  explicit Flags(std::uint64_t bits) : bits_(bits) {}
  bool next() {
    bool flag = bits_ & 1;
    bits_ >>= 1;
    return flag;
  }

 private:
  std::uint64_t bits_;
};

class Reader {
 public:
  Reader(const unsigned char* at, const unsigned char* texts) : at_(at), texts_(texts) {}

  std::uint64_t number() { return read_varint(at_); }
  int small() { return static_cast<int>(number()); }
  Flags flags() { return Flags(number()); }
  template <class Enum>
  Enum choice() {
    return static_cast<Enum>(number());
  }
  std::string_view text() {
    const unsigned char* at = texts_ + number();
    std::size_t size = read_varint(at);
    return {reinterpret_cast<const char*>(at), size};
  }
  std::vector<std::string_view> texts() {
    std::vector<std::string_view> result(number());
    for (std::string_view& each : result) each = text();
    return result;
  }
  double limit() {
    std::optional<double> number = base::parse_number<double>(text());
    assert(number);
    return *number;
  }
  const unsigned char* at() const { return at_; }

 private:
  static std::uint64_t read_varint(const unsigned char*& at) {
    std::uint64_t number = 0;
    for (int shift = 0;; shift += 7) {
      number |= std::uint64_t{*at & 0x7fu} << shift;
      if (!(*at++ & 0x80)) return number;
    }
  }

  const unsigned char* at_;
  const unsigned char* texts_;
};

}  // namespace model
