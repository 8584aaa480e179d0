#pragma once

#include <expected>
#include <string>
#include <string_view>
#include <vector>

// The words of a query of CloudWatch Logs Insights.
namespace aws::log_query {

// Why a text is no query, and which of its characters (of bytes, the end excluded) are to blame.
struct SyntaxError {
  std::string message;
  int begin = 0, end = 0;
};

struct Token {
  enum class Kind {
    kPipe,
    kComma,
    kColon,
    kOpen,          // (
    kClose,         // )
    kOpenBracket,   // [
    kCloseBracket,  // ]
    kOperator,      // one of + - * / ^ % = != < <= > >= =~
    kName,          // a field, a command, a function or a word such as `as`
    kText,          // in quotes
    kNumber,
    kPeriod,  // 5m
    kRegex,   // between slashes
    kEnd,
  };
  Kind kind = Kind::kEnd;
  std::string text;        // without quotes, escapes undone
  int begin = 0, end = 0;  // where it stands
  bool is_quoted = false;  // a name in backticks is no keyword
};

// The last token is kEnd.
std::expected<std::vector<Token>, SyntaxError> split_tokens(std::string_view query);

// How AWS words it: "unexpected symbol found … at line 1 and position 7".
SyntaxError unexpected_symbol(std::string_view query, int begin, int end);

}  // namespace aws::log_query
