#include "services/dynamodb/partiql_tokens.h"

#include <fmt/format.h>

#include "services/dynamodb/attribute.h"

namespace dynamodb {

namespace {

bool is_word_start(char c) { return std::isalpha(static_cast<unsigned char>(c)) || c == '_'; }
bool is_word_character(char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '-'; }

// What stands in quotes, in which two of them are one; nothing where the closing one is missing.
std::optional<std::string> take_quoted(std::string_view& rest) {
  const char quote = rest.front();
  std::string text;
  for (std::size_t i = 1; i < rest.size(); ++i) {
    if (rest[i] != quote) {
      text.push_back(rest[i]);
    } else if (i + 1 < rest.size() && rest[i + 1] == quote) {
      text.push_back(rest[i++]);
    } else {
      rest.remove_prefix(i + 1);
      return text;
    }
  }
  return std::nullopt;
}

std::string take_number(std::string_view& rest) {
  std::size_t end = 0;
  auto is_sign_of_exponent = [&] { return end > 0 && (rest[end - 1] == 'e' || rest[end - 1] == 'E'); };
  while (end < rest.size() &&
         (std::isdigit(static_cast<unsigned char>(rest[end])) || rest[end] == '.' || rest[end] == 'e' ||
          rest[end] == 'E' || ((rest[end] == '+' || rest[end] == '-') && is_sign_of_exponent())))
    ++end;
  std::string number(rest.substr(0, end));
  rest.remove_prefix(end);
  return number;
}

}  // namespace

std::unexpected<base::Error> malformed_statement(std::string_view what) {
  return validation_error(fmt::format("Statement wasn't well formed, can't be processed: {}", what));
}

base::Result<std::vector<StatementToken>> read_statement_tokens(std::string_view rest) {
  using TokenKind = StatementToken::Kind;
  std::vector<StatementToken> tokens;
  while (!rest.empty()) {
    const char c = rest.front();
    if (std::isspace(static_cast<unsigned char>(c))) {
      rest.remove_prefix(1);
    } else if (c == '\'' || c == '"') {
      auto text = take_quoted(rest);
      if (!text) return malformed_statement("Unclosed quote");
      tokens.push_back({c == '"' ? TokenKind::kQuoted : TokenKind::kText, *std::move(text)});
    } else if (is_word_start(c)) {
      std::size_t end = 1;
      while (end < rest.size() && is_word_character(rest[end])) ++end;
      tokens.push_back({TokenKind::kWord, std::string(rest.substr(0, end))});
      rest.remove_prefix(end);
    } else if (std::isdigit(static_cast<unsigned char>(c))) {
      tokens.push_back({TokenKind::kNumber, take_number(rest)});
    } else {
      std::string_view symbol;
      for (std::string_view two : {"<<", ">>", "<>", "<=", ">=", "!="})
        if (rest.starts_with(two)) symbol = two;
      if (symbol.empty()) symbol = rest.substr(0, 1);
      if (symbol.size() == 1 && std::string_view("=<>()[]{}.,:?*+-;").find(c) == std::string_view::npos)
        return malformed_statement("Unexpected character");
      tokens.push_back({TokenKind::kSymbol, std::string(symbol)});
      rest.remove_prefix(symbol.size());
    }
  }
  tokens.push_back({TokenKind::kEnd, ""});
  return tokens;
}

}  // namespace dynamodb
