#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

// Composite keys. `key(...)` joins texts and whole numbers into bytes that sort as the parts do, part by part, and of
// which every leading run of parts is an exact prefix:
//
//   tx.put(kMessages, key(queue.name, sequence), message);
//   tx.scan(kMessages, {.prefix = key(queue.name)}, visit);   // messages of "jobs", never those of "jobs2"
//   KeyReader parts(raw_key);
//   std::string name = parts.text();  std::uint64_t sequence = parts.unsigned_number();
//
// Rows named by one text use that text itself as the key: put(kQueues, queue.name, queue). `key(text)` ends in a
// terminator and is a different key, so a table uses one of the two forms throughout.
//
// The form of a text: 0x00 is written 0x01 0x01, 0x01 is written 0x01 0x02, and 0x00 ends it. The form of a number:
// 0x80 + n and then its n significant bytes, the highest first; below zero 0x80 - n and then the n significant bytes of
// -number, inverted. Signed and unsigned numbers of the same value have the same form; a position of a key holds either
// always texts or always numbers.
namespace store {

void append_key_part(std::string& key, std::string_view text);
void append_key_part(std::string& key, std::int64_t number);
void append_key_part(std::string& key, std::uint64_t number);

namespace internal {
inline void append_any_key_part(std::string& key, std::string_view text) { append_key_part(key, text); }
template <std::integral Number>
  requires(!std::same_as<Number, bool> && !std::same_as<Number, char>)
void append_any_key_part(std::string& key, Number number) {
  if constexpr (std::signed_integral<Number>) {
    append_key_part(key, std::int64_t{number});
  } else {
    append_key_part(key, std::uint64_t{number});
  }
}
}  // namespace internal

template <class... Parts>
std::string key(const Parts&... parts) {
  std::string joined;
  (internal::append_any_key_part(joined, parts), ...);
  return joined;
}

// Takes the parts of a key off again, in order, with the types they were put in with. After the first part that is not
// there or not of the asked form, everything answers "" or 0 and ok() is false.
class KeyReader {
 public:
  explicit KeyReader(std::string_view key) : rest_(key) {}

  std::string text();
  std::int64_t number();
  std::uint64_t unsigned_number();
  bool ok() const { return ok_; }
  // Whether every part has been taken.
  bool at_end() const { return rest_.empty(); }
  std::string_view rest() const { return rest_; }

 private:
  struct Number {
    std::uint64_t magnitude;
    bool below_zero;
  };
  std::optional<Number> take_number();

  std::string_view rest_;
  bool ok_ = true;
};

// The first key after all keys that start with `prefix`; empty when there is none (the prefix is empty or all 0xFF).
std::string end_of_prefix(std::string_view prefix);

}  // namespace store
