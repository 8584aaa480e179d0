#include <fmt/format.h>

#include <cctype>

#include "aws/log_query_stages.h"
#include "base/strings.h"

namespace aws::log_query {
namespace {

// How much of a text is looked at, and how many patterns are told apart.
constexpr std::size_t kTokensMax = 200, kPatternsMax = 2'000;
// Texts of as many tokens, of which this part is the same, have one pattern.
constexpr double kSameMin = 0.6;

enum class Dynamic { kNone, kToken, kNumber, kIdentifier, kTime, kAddress };
constexpr std::string_view kDynamicNames[] = {"", "Token", "Number", "ID", "Time", "IPAddress"};

bool is_delimiter(char c) { return std::string_view(" \t\r\n,;:=()[]{}<>\"'|").find(c) != std::string_view::npos; }

// What a word looks like that changes from one event to the next.
Dynamic kind_of(std::string_view word) {
  std::size_t digits = 0, letters = 0, dots = 0, others = 0, dashes = 0;
  bool is_hex = true;
  for (char c : word) {
    auto byte = static_cast<unsigned char>(c);
    if (std::isdigit(byte)) {
      ++digits;
    } else if (std::isalpha(byte)) {
      ++letters;
      is_hex &= std::isxdigit(byte) != 0;
    } else if (c == '.') {
      ++dots;
    } else if (c == '-') {
      ++dashes;
    } else {
      ++others;
    }
  }
  if (digits == 0) return Dynamic::kNone;
  if (letters == 0 && others == 0 && dashes == 0) return dots == 3 ? Dynamic::kAddress : Dynamic::kNumber;
  if (letters == 0 && dashes == 1 && word[0] == '-' && dots < 2) return Dynamic::kNumber;
  // 2026-01-01, 2026-01-01T10
  if (dashes == 2 && digits >= 6 && letters <= 1 && others == 0) return Dynamic::kTime;
  if (is_hex && dashes == 4 && word.size() == 36) return Dynamic::kIdentifier;
  return Dynamic::kIdentifier;
}

struct Piece {
  std::string_view text;
  Dynamic dynamic = Dynamic::kNone;
};

// Words and what stands between them, in turn.
std::vector<Piece> split_pieces(std::string_view text) {
  std::vector<Piece> pieces;
  while (!text.empty() && pieces.size() < kTokensMax) {
    std::size_t end = 0;
    bool is_gap = is_delimiter(text[0]);
    while (end < text.size() && is_delimiter(text[end]) == is_gap) ++end;
    std::string_view piece = text.substr(0, end);
    pieces.push_back({piece, is_gap ? Dynamic::kNone : kind_of(piece)});
    text.remove_prefix(end);
  }
  if (!text.empty()) pieces.push_back({text, Dynamic::kToken});
  return pieces;
}

std::string_view severity_of(std::string_view text) {
  std::string lower = base::to_lower(text);
  static constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"fatal", "FATAL"}, {"critical", "FATAL"}, {"error", "ERROR"}, {"exception", "ERROR"},
      {"warn", "WARN"},   {"info", "INFO"},      {"debug", "DEBUG"}, {"trace", "TRACE"}};
  for (auto [word, label] : kWords)
    if (lower.find(word) != std::string::npos) return label;
  return "NONE";
}

struct Pattern {
  struct Token {
    std::string text;
    Dynamic dynamic = Dynamic::kNone;
  };
  std::vector<Token> tokens;
  std::int64_t count = 0, earlier_count = 0;

  // How alike it is: the part of the words that are the same, or change in the same way.
  double alikeness(const std::vector<Piece>& pieces) const {
    std::size_t same = 0, words = 0;
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      bool is_gap = is_delimiter(pieces[i].text[0]);
      bool is_same = tokens[i].dynamic == Dynamic::kNone && pieces[i].dynamic == Dynamic::kNone
                         ? tokens[i].text == pieces[i].text
                         : tokens[i].dynamic != Dynamic::kNone &&
                               (pieces[i].dynamic != Dynamic::kNone || tokens[i].dynamic == Dynamic::kToken);
      if (is_gap && !is_same) return 0;
      if (is_gap) continue;
      ++words;
      same += is_same;
    }
    return words == 0 ? 1 : static_cast<double>(same) / static_cast<double>(words);
  }

  // Words that differ change from now on.
  void join(const std::vector<Piece>& pieces) {
    for (std::size_t i = 0; i < pieces.size(); ++i) {
      Token& token = tokens[i];
      if (token.dynamic == Dynamic::kNone && token.text != pieces[i].text) {
        token.dynamic = Dynamic::kToken;
      } else if (token.dynamic != pieces[i].dynamic && token.dynamic != Dynamic::kNone) {
        token.dynamic = Dynamic::kToken;
      }
    }
  }

  std::string text() const {
    std::string made;
    int number = 0;
    for (const Token& token : tokens) {
      if (token.dynamic == Dynamic::kNone) {
        made += token.text;
      } else {
        made += fmt::format("<{}-{}>", kDynamicNames[static_cast<std::size_t>(token.dynamic)], ++number);
      }
    }
    return made;
  }
};

class Patterns : public Stage {
 public:
  Patterns(const Command& command, const Command* diff) : command_(command), diff_(diff) {}

  void take(Frame& frame) override {
    Cell cell = evaluate(*command_.expression, frame);
    if (cell.is_nothing()) return;
    std::string_view text = base::trim(text_of(cell, frame.arena()));
    if (text.empty()) return;
    std::vector<Piece> pieces = split_pieces(text);
    Pattern& pattern = find(pieces);
    ++(frame.identity().is_earlier ? pattern.earlier_count : pattern.count);
    total_ += !frame.identity().is_earlier;
  }

  void finish(Frame& frame, const Send& send) override {
    std::vector<const Pattern*> sorted;
    for (const Pattern& pattern : patterns_) sorted.push_back(&pattern);
    auto weight = [&](const Pattern* pattern) {
      return diff_ ? std::abs(pattern->count - pattern->earlier_count) : pattern->count;
    };
    std::stable_sort(sorted.begin(), sorted.end(),
                     [&](const Pattern* left, const Pattern* right) { return weight(left) > weight(right); });
    for (const Pattern* pattern : sorted) {
      frame.begin();
      if (diff_) {
        show_difference(frame, *pattern);
      } else {
        show(frame, *pattern);
      }
      if (!send()) return;
    }
  }

 private:
  Pattern& find(const std::vector<Piece>& pieces) {
    auto& alike = by_length_[pieces.size()];
    Pattern* best = nullptr;
    double best_alikeness = 0;
    for (std::size_t place : alike) {
      double alikeness = patterns_[place].alikeness(pieces);
      if (alikeness <= best_alikeness) continue;
      best = &patterns_[place];
      best_alikeness = alikeness;
      if (alikeness == 1) break;
    }
    if (best && (best_alikeness >= kSameMin || patterns_.size() >= kPatternsMax)) {
      best->join(pieces);
      return *best;
    }
    alike.push_back(patterns_.size());
    Pattern& made = patterns_.emplace_back();
    for (const Piece& piece : pieces) made.tokens.push_back({std::string(piece.text), piece.dynamic});
    return made;
  }

  void set_text(Frame& frame, int slot, std::string_view text) {
    frame.set(slot, Cell::of_text(frame.arena().keep(text)));
  }

  void show(Frame& frame, const Pattern& pattern) {
    std::string text = pattern.text();
    set_text(frame, command_.columns[0].slot, text);
    frame.set(command_.columns[1].slot, Cell::of_number(static_cast<double>(pattern.count)));
    frame.set(command_.columns[2].slot, Cell::of_number(static_cast<double>(pattern.count) / total_));
    set_text(frame, command_.columns[3].slot, severity_of(text));
  }

  void show_difference(Frame& frame, const Pattern& pattern) {
    std::string text = pattern.text();
    std::int64_t difference = pattern.count - pattern.earlier_count;
    std::string description = "No change";
    if (pattern.earlier_count == 0) {
      description = "New pattern";
    } else if (pattern.count == 0) {
      description = "Pattern no longer appears";
    } else if (difference != 0) {
      description = fmt::format("{}% {}", std::abs(difference) * 100 / pattern.earlier_count,
                                difference > 0 ? "increase" : "decrease");
    }
    set_text(frame, diff_->columns[0].slot, text);
    frame.set(diff_->columns[1].slot, Cell::of_number(static_cast<double>(pattern.count)));
    frame.set(diff_->columns[2].slot, Cell::of_number(static_cast<double>(difference)));
    set_text(frame, diff_->columns[3].slot, description);
    set_text(frame, diff_->columns[4].slot, severity_of(text));
  }

  const Command& command_;
  const Command* diff_;
  std::deque<Pattern> patterns_;
  std::unordered_map<std::size_t, std::vector<std::size_t>> by_length_;
  double total_ = 0;
};

}  // namespace

std::unique_ptr<Stage> make_pattern(const Command& command, const Command* diff) {
  return std::make_unique<Patterns>(command, diff);
}

}  // namespace aws::log_query
