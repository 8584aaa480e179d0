#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/value.h"

namespace base {

// CBOR (RFC 8949) as the protocol rpc-v2-cbor uses it.
inline constexpr int kCborDepthMax = 512;

// One item, and nothing after it, as a value. Refuses (code "SerializationException") what is cut short, nested deeper
// than `kCborDepthMax`, text that is not UTF-8, and map keys that are no text. Conventions:
//   text and byte strings both become text (the shape tells a blob from a string), in one piece or in chunks
//   whole numbers outside 64 bits and half, single and double floats become floating numbers
//   undefined becomes null; a repeated key keeps its last value
//   tags: big numbers (2, 3) and decimal fractions (4) become numbers; any other tag is dropped, its content stays. So
//   a timestamp (tag 1) is its number of seconds, as in JSON.
Result<Value> parse_cbor(std::string_view bytes);

// Appends items to a text of the caller's, which must outlive the writer. Lengths and whole numbers take their shortest
// form.
class CborWriter {
 public:
  explicit CborWriter(std::string& out) : out_(out) {}

  void null();
  void flag(bool flag);
  void whole(std::int64_t number);
  void floating(double number);  // as a double, or as a single where that loses nothing
  void text(std::string_view text);
  void blob(std::string_view bytes);
  // Tag 1 and seconds; a floating number where there are milliseconds.
  void timestamp(std::int64_t time_ms);

  // Followed by that many items, or pairs of items.
  void list(std::size_t count);
  void map(std::size_t count);
  // Followed by any number of items, or pairs of items, and by `end`.
  void open_list();
  void open_map();
  void end();

 private:
  void head(std::uint8_t major, std::uint64_t argument);
  std::string& out_;
};

// A value by its own kind: all texts become text strings, even those that hold bytes.
std::string to_cbor(const Value& value);

}  // namespace base
