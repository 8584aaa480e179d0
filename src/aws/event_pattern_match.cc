// Matching events against patterns.
#include <arpa/inet.h>

#include <algorithm>
#include <array>

#include "aws/event_pattern_nodes.h"

namespace aws {

namespace {

using base::Value;
using Node = EventPattern::Node;

// The member of the name; of names with dots also the one at the end of such a path.
const Value* find_member(const Value& object, std::string_view name) {
  if (!object.is_map()) return nullptr;
  for (const auto& [member, value] : object.map())
    if (member == name) return &value;
  for (std::size_t dot = name.find('.'); dot != name.npos; dot = name.find('.', dot + 1)) {
    const Value* inside = find_member(object, name.substr(0, dot));
    if (!inside) continue;
    if (const Value* found = find_member(*inside, name.substr(dot + 1))) return found;
  }
  return nullptr;
}

// Whether some scalar of the value, which may be an array of them, passes.
template <class Test>
bool any_scalar(const Value& value, const Test& test) {
  if (value.is_map()) return false;
  if (!value.is_list()) return test(value);
  return std::ranges::any_of(value.list(), [&](const Value& element) { return any_scalar(element, test); });
}

// Whether there is a value at the path, in whatever elements of arrays.
bool is_anywhere(const Value& value, const std::vector<std::string>& path, std::size_t depth) {
  if (value.is_list())
    if (std::ranges::any_of(value.list(), [&](const Value& element) { return is_anywhere(element, path, depth); }))
      return true;
  if (depth == path.size()) return !value.is_map() && !value.is_list();
  const Value* member = find_member(value, path[depth]);
  return member && is_anywhere(*member, path, depth + 1);
}

class Matching {
 public:
  explicit Matching(const Value& event) : event_(event) {}

  // `value` is null where the event has nothing: then only fields that must be absent match.
  bool matches(const Node& node, const Value* value) const {
    if (value && value->is_list()) {
      for (const Value& element : value->list())
        if (!element.is_null() && matches(node, &element)) return true;
      value = nullptr;
    }
    for (const Node::Field& field : node.fields)
      if (!matches(field, value ? find_member(*value, field.name) : nullptr)) return false;
    for (const auto& alternatives : node.choices)
      if (std::ranges::none_of(alternatives, [&](const auto& each) { return matches(*each, value); })) return false;
    return true;
  }

 private:
  bool matches(const Node::Field& field, const Value* value) const {
    if (field.fields) return matches(*field.fields, value);
    return std::ranges::any_of(field.tests, [&](const ValueTest& test) {
      if (test.kind == ValueTest::Kind::kAbsent) return !is_anywhere(event_, field.path, 0);
      return value && any_scalar(*value, [&](const Value& scalar) { return test.matches(scalar); });
    });
  }

  const Value& event_;
};

bool is_equal(const Value& wanted, const Value& scalar) {
  if (!wanted.is_number()) return wanted == scalar;
  if (!scalar.is_number()) return false;
  if (wanted.is_whole() && scalar.is_whole()) return wanted.num() == scalar.num();
  return wanted.real() == scalar.real();
}

// The pieces stand in this order, the first at the beginning, the last at the end.
bool has_pieces(const std::vector<std::string>& pieces, std::string_view text) {
  if (pieces.size() == 1) return text == pieces.front();
  if (!text.starts_with(pieces.front())) return false;
  text.remove_prefix(pieces.front().size());
  for (std::size_t index = 1; index + 1 < pieces.size(); ++index) {
    const std::size_t at = text.find(pieces[index]);
    if (at == text.npos) return false;
    text.remove_prefix(at + pieces[index].size());
  }
  return text.ends_with(pieces.back());
}

bool is_in_block(std::string_view block, int bits, std::string_view address) {
  if (address.size() != block.size()) return false;
  const auto whole = static_cast<std::size_t>(bits / 8);
  if (address.substr(0, whole) != block.substr(0, whole)) return false;
  if (bits % 8 == 0) return true;
  const int mask = 0xFF << (8 - bits % 8) & 0xFF;
  return ((address[whole] ^ block[whole]) & mask) == 0;
}

// The small letter of a capital one, as code points.
char32_t small_letter(char32_t letter) {
  auto within = [letter](char32_t first, char32_t last) { return letter >= first && letter <= last; };
  if (within(U'A', U'Z') || (within(0xC0, 0xDE) && letter != 0xD7)) return letter + 0x20;
  if (within(0x100, 0x12F) || within(0x132, 0x137) || within(0x14A, 0x177)) return letter | 1;
  if (within(0x139, 0x148) || within(0x179, 0x17E)) return letter % 2 == 1 ? letter + 1 : letter;
  if (letter == 0x178) return 0xFF;
  if ((within(0x391, 0x3A9) && letter != 0x3A2) || within(0x410, 0x42F)) return letter + 0x20;
  if (within(0x400, 0x40F)) return letter + 0x50;
  return letter;
}

}  // namespace

std::string fold_case(std::string_view text) {
  std::string folded;
  folded.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto lead = static_cast<unsigned char>(text[at]);
    // All letters that have two cases here are of one or two bytes, and so are their counterparts.
    if (lead < 0x80) {
      folded += static_cast<char>(small_letter(lead));
    } else if (lead >= 0xC3 && lead < 0xE0 && at + 1 < text.size()) {
      const auto next = static_cast<unsigned char>(text[++at]);
      const char32_t letter = small_letter(char32_t(lead & 0x1F) << 6 | (next & 0x3F));
      folded += static_cast<char>(0xC0 | letter >> 6);
      folded += static_cast<char>(0x80 | (letter & 0x3F));
    } else {
      folded += text[at];
    }
  }
  return folded;
}

std::optional<std::string> address_bytes(const std::string& text) {
  std::array<char, 16> bytes{};
  if (inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return std::string(bytes.data(), 4);
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return std::string(bytes.data(), 16);
  return std::nullopt;
}

bool ValueTest::matches(const Value& scalar) const {
  auto compare = [&](auto&& passes) {
    if (!scalar.is_text()) return false;
    return letters == Case::kExact ? passes(scalar.str()) : passes(fold_case(scalar.str()));
  };
  switch (kind) {
    case Kind::kEquals:
      if (letters == Case::kExact) return is_equal(value, scalar);
      return compare([&](const std::string& found) { return found == text; });
    case Kind::kPrefix: return compare([&](const std::string& found) { return found.starts_with(text); });
    case Kind::kSuffix: return compare([&](const std::string& found) { return found.ends_with(text); });
    case Kind::kWildcard: return compare([&](const std::string& found) { return has_pieces(pieces, found); });
    case Kind::kNumeric: {
      if (!scalar.is_number()) return false;
      const double number = scalar.real();
      return (number > from || (includes_from && number == from)) && (number < to || (includes_to && number == to));
    }
    case Kind::kAddress: {
      auto found = scalar.is_text() ? address_bytes(scalar.str()) : std::nullopt;
      return found && is_in_block(address, address_bits, *found);
    }
    case Kind::kExists: return true;
    case Kind::kAbsent: return false;
    case Kind::kAnythingBut:
      return std::ranges::none_of(inner, [&](const ValueTest& test) { return test.matches(scalar); });
  }
  return false;
}

bool EventPattern::matches(const Value& event) const { return Matching(event).matches(*root_, &event); }

EventPattern::Form EventPattern::form_of(std::string_view field) const {
  Form form = Form::kAbsent;
  auto look = [&](const Node& node, auto& again) -> void {
    for (const Node::Field& each : node.fields)
      if (each.name == field) form = each.fields ? Form::kFields : Form::kValues;
    for (const auto& alternatives : node.choices)
      for (const auto& each : alternatives) again(*each, again);
  };
  look(*root_, look);
  return form;
}

}  // namespace aws
