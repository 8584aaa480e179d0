#include "aws/log_query_lexer.h"

#include <fmt/format.h>

#include <cctype>

#include "base/strings.h"

namespace aws::log_query {
namespace {

bool begins_name(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_' || c == '@' || c == '`'; }
bool continues_name(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '@' || c == '$' || (c & 0x80);
}
bool is_digit(char c) { return c >= '0' && c <= '9'; }

class Lexer {
 public:
  explicit Lexer(std::string_view query) : query_(query) {}

  std::expected<std::vector<Token>, SyntaxError> split() {
    while (true) {
      skip_blanks();
      Token token;
      token.begin = static_cast<int>(at_);
      if (at_ < query_.size() && !read(token))
        return std::unexpected(
            unexpected_symbol(query_, token.begin, std::max(token.begin + 1, static_cast<int>(at_))));
      token.end = static_cast<int>(at_);
      note_command(token);
      tokens_.push_back(std::move(token));
      if (tokens_.back().kind == Token::Kind::kEnd) return std::move(tokens_);
    }
  }

 private:
  char peek(std::size_t ahead = 0) const { return at_ + ahead < query_.size() ? query_[at_ + ahead] : '\0'; }

  void skip_blanks() {
    while (at_ < query_.size()) {
      if (std::isspace(static_cast<unsigned char>(query_[at_]))) {
        ++at_;
      } else if (query_[at_] == '#') {
        at_ = std::min(query_.find('\n', at_), query_.size());
      } else {
        return;
      }
    }
  }

  bool read(Token& token) {
    using Kind = Token::Kind;
    char c = peek();
    if (begins_name(c) || (c & 0x80)) return read_name(token);
    if (is_digit(c) || (c == '.' && is_digit(peek(1)))) return read_number(token);
    if (c == '"' || c == '\'') return read_text(token, c);
    if (c == '/' && may_begin_regex()) return read_regex(token);
    static constexpr std::pair<char, Kind> kSingle[] = {
        {'|', Kind::kPipe},  {',', Kind::kComma},       {':', Kind::kColon},       {'(', Kind::kOpen},
        {')', Kind::kClose}, {'[', Kind::kOpenBracket}, {']', Kind::kCloseBracket}};
    for (auto [character, kind] : kSingle) {
      if (c != character) continue;
      token.kind = kind;
      token.text = c;
      ++at_;
      return true;
    }
    token.kind = Kind::kOperator;
    for (std::string_view sign : {"=~", "!=", "<=", ">=", "==", "+", "-", "*", "/", "^", "%", "=", "<", ">"}) {
      if (query_.substr(at_, sign.size()) != sign) continue;
      token.text = sign == "==" ? "=" : sign;
      at_ += sign.size();
      return true;
    }
    return false;
  }

  // A path of parts: a.`strange name`.0 and a[0], which are written alike from here on.
  bool read_name(Token& token) {
    token.kind = Token::Kind::kName;
    while (true) {
      if (peek() == '`') {
        std::size_t end = query_.find('`', at_ + 1);
        if (end == std::string_view::npos) return false;
        token.text += query_.substr(at_ + 1, end - at_ - 1);
        token.is_quoted = true;
        at_ = end + 1;
      } else {
        while (at_ < query_.size() && continues_name(query_[at_])) token.text += query_[at_++];
      }
      while (peek() == '[' && is_digit(peek(1))) {
        std::size_t end = query_.find_first_not_of("0123456789", at_ + 1);
        if (end == std::string_view::npos || query_[end] != ']') return false;
        token.text += '.';
        token.text += query_.substr(at_ + 1, end - at_ - 1);
        at_ = end + 1;
      }
      if (peek() != '.' || !(continues_name(peek(1)) || peek(1) == '`')) return true;
      token.text += '.';
      ++at_;
    }
  }

  bool read_number(Token& token) {
    token.kind = Token::Kind::kNumber;
    while (is_digit(peek())) token.text += query_[at_++];
    if (peek() == '.' && is_digit(peek(1))) {
      token.text += query_[at_++];
      while (is_digit(peek())) token.text += query_[at_++];
    }
    std::size_t sign = peek(1) == '-' || peek(1) == '+' ? 2 : 1;
    if ((peek() == 'e' || peek() == 'E') && is_digit(peek(sign))) {
      token.text += query_.substr(at_, sign);
      at_ += sign;
      while (is_digit(peek())) token.text += query_[at_++];
    }
    if (!std::isalpha(static_cast<unsigned char>(peek()))) return true;
    token.kind = Token::Kind::kPeriod;
    while (std::isalpha(static_cast<unsigned char>(peek()))) token.text += query_[at_++];
    return true;
  }

  bool read_text(Token& token, char quote) {
    token.kind = Token::Kind::kText;
    for (++at_; at_ < query_.size(); ++at_) {
      char c = query_[at_];
      if (c == quote) {
        ++at_;
        return true;
      }
      if (c == '\\' && at_ + 1 < query_.size()) {
        char next = query_[++at_];
        static constexpr std::string_view kEscapes = "n\nt\tr\r\\\\\"\"''";
        std::size_t found = 0;
        while (found < kEscapes.size() && kEscapes[found] != next) found += 2;
        if (found < kEscapes.size()) {
          token.text += kEscapes[found + 1];
        } else {
          token.text += '\\';
          token.text += next;
        }
        continue;
      }
      token.text += c;
    }
    return false;
  }

  bool read_regex(Token& token) {
    token.kind = Token::Kind::kRegex;
    for (++at_; at_ < query_.size(); ++at_) {
      char c = query_[at_];
      if (c == '/') {
        ++at_;
        return true;
      }
      if (c == '\\' && at_ + 1 < query_.size()) {
        if (query_[at_ + 1] != '/') token.text += c;
        c = query_[++at_];
      }
      token.text += c;
    }
    return false;
  }

  // A slash divides where a value has just ended; `parse @message /…/` has no divisions.
  bool may_begin_regex() const {
    if (tokens_.empty()) return true;
    const Token& last = tokens_.back();
    switch (last.kind) {
      case Token::Kind::kName: {
        if (in_parse_ || last.is_quoted) return in_parse_;
        for (std::string_view word : {"like", "and", "or", "not", "in"})
          if (base::equal_ignoring_case(last.text, word)) return true;
        return false;
      }
      case Token::Kind::kText:
      case Token::Kind::kNumber:
      case Token::Kind::kPeriod:
      case Token::Kind::kRegex:
      case Token::Kind::kClose:
      case Token::Kind::kCloseBracket: return false;
      default: return true;
    }
  }

  void note_command(const Token& token) {
    bool begins_command = tokens_.empty() || tokens_.back().kind == Token::Kind::kPipe;
    if (begins_command) in_parse_ = token.kind == Token::Kind::kName && base::equal_ignoring_case(token.text, "parse");
  }

  std::string_view query_;
  std::size_t at_ = 0;
  bool in_parse_ = false;
  std::vector<Token> tokens_;
};

}  // namespace

std::expected<std::vector<Token>, SyntaxError> split_tokens(std::string_view query) { return Lexer(query).split(); }

SyntaxError unexpected_symbol(std::string_view query, int begin, int end) {
  std::string_view before = query.substr(0, static_cast<std::size_t>(begin));
  auto line = 1 + std::count(before.begin(), before.end(), '\n');
  std::size_t line_begin = before.rfind('\n') + 1;  // zero where there is none
  std::string_view symbol = query.substr(before.size(), static_cast<std::size_t>(end - begin));
  return {fmt::format("unexpected symbol found {} at line {} and position {}", symbol.empty() ? "<EOF>" : symbol, line,
                      before.size() - line_begin),
          begin, end};
}

}  // namespace aws::log_query
