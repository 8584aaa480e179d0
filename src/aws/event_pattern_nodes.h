// What an event pattern is compiled to. For event_pattern*.cc.
#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "aws/event_pattern.h"

namespace aws {

// One of the things that a field may be; any of a field's will do.
struct ValueTest {
  enum class Kind {
    kEquals,  // any scalar
    kPrefix,  // texts, likewise the next ones
    kSuffix,
    kWildcard,
    kNumeric,
    kAddress,  // an IP address in a block
    kExists,
    kAbsent,       // the field is nowhere in the event
    kAnythingBut,  // none of `inner`
  };
  // Texts are compared as they are, or without regard to the case of letters.
  enum class Case { kExact, kIgnored };

  Kind kind = Kind::kEquals;
  Case letters = Case::kExact;
  base::Value value;                // kEquals
  std::string text;                 // kPrefix, kSuffix: the text. Folded where case is ignored
  std::vector<std::string> pieces;  // kWildcard: what stands between the stars
  double from = -std::numeric_limits<double>::infinity(), to = std::numeric_limits<double>::infinity();
  bool includes_from = true, includes_to = true;
  std::string address;  // kAddress: 4 or 16 bytes
  int address_bits = 0;
  std::vector<ValueTest> inner;

  bool matches(const base::Value& scalar) const;
};

struct EventPattern::Node {
  struct Field {
    std::string name;
    std::vector<std::string> path;  // from the top, the name included
    std::vector<ValueTest> tests;   // empty: it has fields of its own
    std::shared_ptr<const Node> fields;
  };
  std::vector<Field> fields;                                      // all of them
  std::vector<std::vector<std::shared_ptr<const Node>>> choices;  // one of each
};

// The case of letters taken out of UTF-8 text: of Latin, Greek and Cyrillic letters.
std::string fold_case(std::string_view text);
// An IPv4 or IPv6 address as 4 or 16 bytes; nothing for other texts.
std::optional<std::string> address_bytes(const std::string& text);

}  // namespace aws
