#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/strings.h"
#include "services/s3/select_sql.h"

namespace s3::select {

namespace {

bool is_digit(char letter) { return letter >= '0' && letter <= '9'; }
bool begins_word(char letter) {
  return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') || letter == '_' || letter == '$';
}

class Lexer {
 public:
  explicit Lexer(std::string_view text) : text_(text) {}

  Result<std::vector<Token>> run() {
    std::vector<Token> tokens;
    while (skip_blanks()) tokens.push_back(TRY(next()));
    tokens.push_back({.kind = Token::Kind::kEnd, .text = "", .at = text_.size()});
    return tokens;
  }

 private:
  // False at the end.
  bool skip_blanks() {
    for (; at_ < text_.size(); ++at_) {
      if (text_.substr(at_).starts_with("--")) {
        at_ = std::min(text_.find('\n', at_), text_.size() - 1);
      } else if (std::string_view(" \t\r\n").find(text_[at_]) == std::string_view::npos) {
        return true;
      }
    }
    return false;
  }

  Result<Token> next() {
    const char letter = text_[at_];
    if (letter == '\'') return quoted('\'', Token::Kind::kText);
    if (letter == '"') return quoted('"', Token::Kind::kQuotedName);
    if (letter == '`') return quoted('`', Token::Kind::kIon);
    if (begins_word(letter))
      return take(Token::Kind::kWord, [](char each) { return begins_word(each) || is_digit(each); });
    if (is_digit(letter) || (letter == '.' && at_ + 1 < text_.size() && is_digit(text_[at_ + 1]))) return number();
    constexpr std::array<std::string_view, 5> kPairs{"<=", ">=", "<>", "!=", "||"};
    for (std::string_view pair : kPairs) {
      if (!text_.substr(at_).starts_with(pair)) continue;
      at_ += pair.size();
      return Token{Token::Kind::kOperator, std::string(pair == "!=" ? "<>" : pair), at_ - pair.size()};
    }
    if (std::string_view("+-*/%=<>(),.[]").find(letter) == std::string_view::npos)
      return base::fail("LexerInvalidChar",
                        fmt::format("The SQL expression contains an invalid character. (position {})", at_ + 1));
    ++at_;
    return Token{Token::Kind::kOperator, std::string(1, letter), at_ - 1};
  }

  template <class Belongs>
  Token take(Token::Kind kind, Belongs belongs) {
    const std::size_t begin = at_;
    while (at_ < text_.size() && belongs(text_[at_])) ++at_;
    return {kind, std::string(text_.substr(begin, at_ - begin)), begin};
  }

  Result<Token> number() {
    const std::size_t begin = at_;
    Token token = take(Token::Kind::kNumber, [](char each) { return is_digit(each) || each == '.'; });
    if (at_ < text_.size() && (text_[at_] == 'e' || text_[at_] == 'E')) {
      ++at_;
      if (at_ < text_.size() && (text_[at_] == '+' || text_[at_] == '-')) ++at_;
      take(Token::Kind::kNumber, is_digit);
      token.text = text_.substr(begin, at_ - begin);
    }
    if (!Number::parse(token.text) || (at_ < text_.size() && begins_word(text_[at_])))
      return base::fail("LexerInvalidLiteral", "The SQL expression contains an invalid literal.");
    return token;
  }

  // A quote inside is written twice.
  Result<Token> quoted(char quote, Token::Kind kind) {
    Token token{kind, "", at_++};
    for (; at_ < text_.size(); ++at_) {
      if (text_[at_] == quote) {
        ++at_;
        if (at_ >= text_.size() || text_[at_] != quote) return token;
      }
      token.text.push_back(text_[at_]);
    }
    return base::fail("LexerInvalidLiteral", "The SQL expression contains an invalid literal.");
  }

  std::string_view text_;
  std::size_t at_ = 0;
};

}  // namespace

bool Token::is(std::string_view symbol) const {
  if (kind == Kind::kOperator) return text == symbol;
  return kind == Kind::kWord && base::equal_ignoring_case(text, symbol);
}

Result<std::vector<Token>> tokenize(std::string_view expression) {
  if (!base::is_utf8(expression))
    return base::fail("LexerInvalidChar", "The SQL expression contains an invalid character.");
  return Lexer(expression).run();
}

}  // namespace s3::select
