#include "aws/log_query_fields.h"

#include <cctype>
#include <charconv>
#include <cstring>
#include <optional>

#include "base/json.h"
#include "base/strings.h"

namespace aws::log_query {
namespace {

constexpr int kScanDepthMax = 64;

bool is_space(char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; }

}  // namespace

// Walks JSON text without building anything: of members nobody wants only the end is found.
class JsonFields::Scan {
 public:
  Scan(std::string_view text, std::vector<Wanted>& stack, Arena& arena, std::vector<Cell>& cells)
      : at_(text.data()),
        end_(text.data() + text.size()),
        stack_(stack),
        wanted_count_(stack.size()),
        arena_(arena),
        cells_(cells) {}

  // False: it is no JSON, as far as was looked at.
  bool value(std::size_t begin, std::size_t end, int depth) {
    skip_spaces();
    if (at_ == end_ || depth > kScanDepthMax) return false;
    if (*at_ == '{') return members(begin, end, depth);
    if (*at_ == '[') return elements(begin, end, depth);
    return skip();
  }

 private:
  void skip_spaces() {
    while (at_ < end_ && is_space(*at_)) ++at_;
  }
  // The rest of a text is not looked at when all is found.
  bool is_done() const { return found_ == wanted_count_; }

  bool members(std::size_t begin, std::size_t end, int depth) {
    ++at_;
    skip_spaces();
    if (at_ < end_ && *at_ == '}') return ++at_, true;
    while (true) {
      skip_spaces();
      std::string_view key;
      if (!text(key)) return false;
      skip_spaces();
      if (at_ == end_ || *at_ != ':') return false;
      ++at_;
      if (!member(key, begin, end, depth)) return false;
      if (is_done()) return true;
      skip_spaces();
      if (at_ == end_) return false;
      if (*at_ == '}') return ++at_, true;
      if (*at_++ != ',') return false;
    }
  }

  bool elements(std::size_t begin, std::size_t end, int depth) {
    ++at_;
    skip_spaces();
    if (at_ < end_ && *at_ == ']') return ++at_, true;
    for (std::size_t index = 0;; ++index) {
      char digits[20];
      auto last = std::to_chars(digits, digits + sizeof digits, index).ptr;
      if (!member({digits, static_cast<std::size_t>(last - digits)}, begin, end, depth)) return false;
      if (is_done()) return true;
      skip_spaces();
      if (at_ == end_) return false;
      if (*at_ == ']') return ++at_, true;
      if (*at_++ != ',') return false;
    }
  }

  bool member(std::string_view key, std::size_t begin, std::size_t end, int depth) {
    skip_spaces();
    std::size_t deeper = stack_.size();
    std::optional<std::size_t> slot;
    for (std::size_t i = begin; i < end; ++i) {
      std::string_view path = stack_[i].path;
      if (!path.starts_with(key)) continue;
      if (path.size() == key.size()) {
        slot = stack_[i].slot;
      } else if (path[key.size()] == '.') {
        stack_.push_back({path.substr(key.size() + 1), stack_[i].slot});
      }
    }
    bool has_inside = stack_.size() > deeper && at_ < end_ && (*at_ == '{' || *at_ == '[');
    bool is_json = has_inside ? value(deeper, stack_.size(), depth + 1) : slot ? scalar(*slot) : skip();
    stack_.resize(deeper);
    return is_json;
  }

  // The value of a wanted field.
  bool scalar(std::size_t slot) {
    if (at_ == end_) return false;
    Cell& cell = cells_[slot];
    if (*at_ == '"') {
      std::string_view found;
      if (!text(found)) return false;
      if (cell.is_nothing()) ++found_;
      cell = Cell::of_text(found);
      return true;
    }
    const char* from = at_;
    char first = *at_;
    if (!skip()) return false;
    if (first == '{' || first == '[' || first == 'n') return true;
    if (cell.is_nothing()) ++found_;
    cell = first == 't' || first == 'f' ? Cell::of_flag(first == 't')
                                        : Cell::of_text({from, static_cast<std::size_t>(at_ - from)});
    return true;
  }

  // A text in quotes, escapes undone.
  bool text(std::string_view& out) {
    if (at_ == end_ || *at_ != '"') return false;
    const char* from = at_;
    if (!skip_text()) return false;
    std::string_view inside(from + 1, static_cast<std::size_t>(at_ - from) - 2);
    out = inside;
    if (std::memchr(inside.data(), '\\', inside.size()) != nullptr) {
      auto parsed = base::parse_json({from, static_cast<std::size_t>(at_ - from)});
      if (!parsed) return false;
      out = arena_.keep(parsed->str());
    }
    return true;
  }

  bool skip_text() {
    for (const char* from = at_ + 1;; ++from) {
      from = static_cast<const char*>(std::memchr(from, '"', static_cast<std::size_t>(end_ - from)));
      if (!from) return false;
      const char* slash = from;
      while (slash[-1] == '\\') --slash;  // ends at the opening quote at the latest
      if ((from - slash) % 2 != 0) continue;
      at_ = from + 1;
      return true;
    }
  }

  // Past a value of any kind.
  bool skip() {
    if (at_ == end_) return false;
    if (*at_ == '"') return skip_text();
    if (*at_ != '{' && *at_ != '[') {
      const char* from = at_;
      while (at_ < end_ && *at_ != ',' && *at_ != '}' && *at_ != ']' && !is_space(*at_)) ++at_;
      return at_ > from;
    }
    int depth = 0;
    while (at_ < end_) {
      char c = *at_;
      if (c == '"') {
        if (!skip_text()) return false;
        continue;
      }
      ++at_;
      if (c == '{' || c == '[') ++depth;
      if ((c == '}' || c == ']') && --depth == 0) return true;
    }
    return false;
  }

  const char* at_;
  const char* end_;
  std::vector<Wanted>& stack_;
  const std::size_t wanted_count_;
  Arena& arena_;
  std::vector<Cell>& cells_;
  std::size_t found_ = 0;
};

void JsonFields::want(std::string path, std::size_t slot) { wanted_.emplace_back(std::move(path), slot); }

void JsonFields::find(std::string_view message, Place place, Arena& arena, std::vector<Cell>& cells) {
  message = base::trim(message);
  std::size_t open = message.find_first_of("{[");
  if (open == std::string_view::npos || message.size() < 2) return;
  bool is_whole = open == 0 && message.back() == (message.front() == '{' ? '}' : ']');
  if (!is_whole && place == Place::kWhole) return;
  if (!is_whole) {
    open = message.find('{');
    if (open == std::string_view::npos) return;
    message.remove_prefix(open);
  }
  stack_.clear();
  for (const auto& [path, slot] : wanted_) stack_.push_back({path, slot});
  if (Scan(message, stack_, arena, cells).value(0, stack_.size(), 0)) return;
  for (const auto& [path, slot] : wanted_) cells[slot] = {};
}

namespace {

// The text between a label and the next tab.
std::string_view labelled(std::string_view line, std::string_view label) {
  std::size_t found = line.find(label);
  if (found == std::string_view::npos) return {};
  line.remove_prefix(found + label.size());
  return base::trim(line.substr(0, line.find_first_of("\t\n")));
}

// The number of "3.25 ms" or "128 MB", as Insights shows it.
Cell measured(std::string_view line, std::string_view label, double scale, Arena& arena) {
  std::string_view text = labelled(line, label);
  auto number = number_of(Cell::of_text(text.substr(0, text.find(' '))));
  return number ? Cell::of_text(arena.keep(format_discovered_number(*number * scale))) : Cell{};
}

bool is_uuid(std::string_view text) {
  if (text.size() != 36) return false;
  for (std::size_t i = 0; i < text.size(); ++i) {
    bool wants_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (wants_dash != (text[i] == '-') || (!wants_dash && !std::isxdigit(static_cast<unsigned char>(text[i]))))
      return false;
  }
  return true;
}

}  // namespace

LambdaFields find_lambda_fields(std::string_view message, Arena& arena) {
  LambdaFields found;
  std::string_view type = message.substr(0, message.find(' '));
  if (type != "START" && type != "END" && type != "REPORT") {
    // 2026-01-01T00:00:00.000Z<tab>id<tab>INFO<tab>… of Node, [INFO]<tab>time<tab>id<tab>… of Python.
    std::string_view rest = message;
    for (int part = 0; part < 3; ++part) {
      std::size_t tab = rest.find('\t');
      std::string_view word = rest.substr(0, tab);
      if (is_uuid(word)) found.cells[0] = Cell::of_text(word);
      if (tab == std::string_view::npos) break;
      rest.remove_prefix(tab + 1);
    }
    return found;
  }
  std::string_view id = labelled(message, "RequestId: ");
  id = id.substr(0, id.find(' '));
  if (id.empty()) return found;
  found.cells[0] = Cell::of_text(id);
  found.cells[1] = Cell::of_text(type);
  if (type != "REPORT") return found;
  found.cells[2] = measured(message, "\tDuration: ", 1, arena);
  found.cells[3] = measured(message, "\tBilled Duration: ", 1, arena);
  found.cells[4] = measured(message, "\tMemory Size: ", 1'000'000, arena);
  found.cells[5] = measured(message, "\tMax Memory Used: ", 1'000'000, arena);
  found.cells[6] = measured(message, "\tInit Duration: ", 1, arena);
  if (auto trace = labelled(message, "XRAY TraceId: "); !trace.empty()) found.cells[7] = Cell::of_text(trace);
  if (auto segment = labelled(message, "SegmentId: "); !segment.empty()) found.cells[8] = Cell::of_text(segment);
  return found;
}

}  // namespace aws::log_query
