#include "policy/document.h"

#include <charconv>
#include <set>

#include "base/bytes.h"

namespace policy {

namespace {

// Functions answer false where the text is not of the form; `at()` is then near the fault.
class DocumentReader {
 public:
  explicit DocumentReader(std::string_view text) : text_(text) {}

  bool read(Node& node) {
    if (!read_value(node, 0)) return false;
    skip_space();
    return at_ == text_.size();
  }

  std::size_t at() const { return at_; }

 private:
  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }

  void skip_space() {
    while (at_ < text_.size() && std::string_view(" \t\r\n").find(text_[at_]) != std::string_view::npos) ++at_;
  }

  bool skip(char letter) {
    skip_space();
    if (peek() != letter || at_ == text_.size()) return false;
    ++at_;
    return true;
  }

  bool read_value(Node& node, int depth) {
    skip_space();
    node.begin = at_;
    bool is_read = read_any(node, depth);
    node.end = at_;
    return is_read;
  }

  bool read_any(Node& node, int depth) {
    if (depth > kDocumentDepthMax) return false;
    switch (peek()) {
      case '{': return read_map(node, depth);
      case '[': return read_list(node, depth);
      case '"': node.type = Node::Type::kText; return read_text(node.text);
      case 't': return read_word(node, "true", Node::Type::kFlag);
      case 'f': return read_word(node, "false", Node::Type::kFlag);
      case 'n': return read_word(node, "null", Node::Type::kNull);
      default: return read_number(node);
    }
  }

  bool read_word(Node& node, std::string_view word, Node::Type type) {
    if (text_.substr(at_, word.size()) != word) return false;
    at_ += word.size();
    node.type = type;
    node.text = word;
    return true;
  }

  bool skip_digits() {
    std::size_t first = at_;
    while (peek() >= '0' && peek() <= '9') ++at_;
    return at_ != first;
  }

  bool read_number(Node& node) {
    std::size_t first = at_;
    if (peek() == '-') ++at_;
    if (!skip_digits()) return false;
    if (peek() == '.' && (++at_, !skip_digits())) return false;
    if (peek() == 'e' || peek() == 'E') {
      ++at_;
      if (peek() == '+' || peek() == '-') ++at_;
      if (!skip_digits()) return false;
    }
    node.type = Node::Type::kNumber;
    node.text = text_.substr(first, at_ - first);
    return true;
  }

  bool read_list(Node& node, int depth) {
    node.type = Node::Type::kList;
    ++at_;
    if (skip(']')) return true;
    do {
      if (!read_value(node.items.emplace_back(), depth + 1)) return false;
    } while (skip(','));
    return skip(']');
  }

  bool read_map(Node& node, int depth) {
    node.type = Node::Type::kMap;
    ++at_;
    if (skip('}')) return true;
    do {
      skip_space();
      Node::Member& member = node.members.emplace_back();
      member.begin = at_;
      if (peek() != '"' || !read_text(member.name)) return false;
      member.end = at_;
      if (!skip(':') || !read_value(member.value, depth + 1)) return false;
    } while (skip(','));
    return skip('}');
  }

  bool read_text(std::string& out) {
    for (++at_; at_ < text_.size();) {
      char letter = text_[at_];
      if (letter == '"') return ++at_, true;
      if (static_cast<unsigned char>(letter) < 0x20) return false;
      if (letter == '\\') {
        if (!read_escape(out)) return false;
        continue;
      }
      std::size_t length = base::utf8_character_length(text_.substr(at_));
      if (!length) return false;
      out += text_.substr(at_, length);
      at_ += length;
    }
    return false;
  }

  bool read_escape(std::string& out) {
    static constexpr std::string_view kLetters = "\"\\/bfnrt", kMeanings = "\"\\/\b\f\n\r\t";
    if (++at_ >= text_.size()) return false;
    if (std::size_t place = kLetters.find(text_[at_]); place != std::string_view::npos) {
      out += kMeanings[place];
      ++at_;
      return true;
    }
    std::uint32_t unit, low;
    if (!read_unit(unit) || (unit >= 0xDC00 && unit <= 0xDFFF)) return false;
    if (unit >= 0xD800 && unit <= 0xDBFF) {
      if (peek() != '\\') return false;
      ++at_;
      if (!read_unit(low) || low < 0xDC00 || low > 0xDFFF) return false;
      unit = 0x10000 + ((unit - 0xD800) << 10) + (low - 0xDC00);
    }
    base::append_utf8(out, unit);
    return true;
  }

  // uXXXX
  bool read_unit(std::uint32_t& unit) {
    if (peek() != 'u' || text_.size() - at_ < 5) return false;
    const char* end = text_.data() + at_ + 5;
    auto [stop, error] = std::from_chars(end - 4, end, unit, 16);
    if (error != std::errc() || stop != end) return false;
    at_ += 5;
    return true;
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

const Node* Node::find(std::string_view name) const {
  for (const Member& member : members)
    if (member.name == name) return &member.value;
  return nullptr;
}

std::optional<Node> read_document(std::string_view text, std::size_t& error_at) {
  DocumentReader reader(text);
  std::optional<Node> node(std::in_place);
  if (!reader.read(*node)) {
    error_at = reader.at();
    node.reset();
  }
  return node;
}

bool has_repeated_names(const Node& node) {
  std::set<std::string_view> names;
  for (const Node::Member& member : node.members)
    if (!names.insert(member.name).second || has_repeated_names(member.value)) return true;
  return std::ranges::any_of(node.items, has_repeated_names);
}

}  // namespace policy
