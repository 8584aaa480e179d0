#include <algorithm>
#include <cctype>
#include <cmath>

#include "aws/log_query_functions.h"
#include "base/bytes.h"
#include "base/strings.h"

namespace aws::log_query {
namespace {

using Arguments = std::span<const Cell>;

std::string_view text_at(const FunctionCall& call, Arguments arguments, std::size_t index) {
  return text_of(arguments[index], call.arena);
}

// Most functions of an absent text are absent.
template <Cell (*Compute)(const FunctionCall&, Arguments)>
Cell of_present(const FunctionCall& call, Arguments arguments) {
  for (const Cell& argument : arguments)
    if (argument.is_nothing()) return {};
  return Compute(call, arguments);
}

bool is_blank(std::string_view text) { return base::trim(text).empty(); }

// "Returns 1 if the field is missing or is an empty string."
Cell is_empty(const FunctionCall& call, Arguments arguments) {
  return Cell::of_flag(text_at(call, arguments, 0).empty());
}
Cell is_blank_or_missing(const FunctionCall& call, Arguments arguments) {
  return Cell::of_flag(is_blank(text_at(call, arguments, 0)));
}

Cell concat(const FunctionCall& call, Arguments arguments) {
  std::string joined;
  for (std::size_t i = 0; i < arguments.size(); ++i) joined += text_at(call, arguments, i);
  return Cell::of_text(call.arena.keep(joined));
}

enum class Side { kLeft, kRight, kBoth };
// Without white space or, where a second text is given, its characters.
template <Side side>
Cell trimmed(const FunctionCall& call, Arguments arguments) {
  std::string_view text = text_at(call, arguments, 0);
  std::string_view unwanted = arguments.size() > 1 ? text_at(call, arguments, 1) : " \t\r\n\f\v";
  if (side != Side::kRight) text.remove_prefix(std::min(text.find_first_not_of(unwanted), text.size()));
  if (side != Side::kLeft) text = text.substr(0, text.find_last_not_of(unwanted) + 1);
  return Cell::of_text(text);
}

// The place of each character's first byte; texts of a log need not be UTF-8, and then bytes count.
std::size_t character_offset(std::string_view text, std::size_t characters) {
  std::size_t at = 0;
  while (characters-- > 0 && at < text.size())
    at += std::max<std::size_t>(1, base::utf8_character_length(text.substr(at)));
  return std::min(at, text.size());
}
std::size_t character_count(std::string_view text) {
  std::size_t count = 0;
  for (std::size_t at = 0; at < text.size(); ++count)
    at += std::max<std::size_t>(1, base::utf8_character_length(text.substr(at)));
  return count;
}

Cell strlen_of(const FunctionCall& call, Arguments arguments) {
  return Cell::of_number(static_cast<double>(character_count(text_at(call, arguments, 0))));
}

template <int (*Change)(int)>
Cell changed_case(const FunctionCall& call, Arguments arguments) {
  std::string text(text_at(call, arguments, 0));
  for (char& c : text)
    if (!(c & 0x80)) c = static_cast<char>(Change(c));
  return Cell::of_text(call.arena.keep(text));
}

// substr(text, from) and substr(text, from, length), counted from zero.
Cell substr(const FunctionCall& call, Arguments arguments) {
  std::string_view text = text_at(call, arguments, 0);
  auto begin = number_of(arguments[1]);
  auto length = arguments.size() > 2 ? number_of(arguments[2]) : 1e9;
  if (!begin || !length || *begin < 0 || *length < 0) return {};
  text.remove_prefix(character_offset(text, static_cast<std::size_t>(std::min(*begin, 1e9))));
  return Cell::of_text(text.substr(0, character_offset(text, static_cast<std::size_t>(std::min(*length, 1e9)))));
}

Cell replace(const FunctionCall& call, Arguments arguments) {
  std::string_view text = text_at(call, arguments, 0), sought = text_at(call, arguments, 1),
                   with = text_at(call, arguments, 2);
  if (sought.empty()) return Cell::of_text(text);
  std::string made;
  for (std::size_t found; (found = text.find(sought)) != std::string_view::npos;) {
    made += text.substr(0, found);
    made += with;
    text.remove_prefix(found + sought.size());
  }
  made += text;
  return Cell::of_text(call.arena.keep(made));
}

// Groups of the expression are $1 to $9 in what replaces it.
Cell regex_replace(const FunctionCall& call, Arguments arguments) {
  std::string text(text_at(call, arguments, 0)), with;
  std::string_view given = text_at(call, arguments, 2);
  for (std::size_t at = 0; at < given.size(); ++at) {
    bool is_group = given[at] == '$' && at + 1 < given.size() && given[at + 1] >= '0' && given[at + 1] <= '9';
    if (is_group || given[at] == '\\') with += '\\';
    if (!is_group) with += given[at];
  }
  std::unique_ptr<re2::RE2> made;
  const re2::RE2* regex = call.expression.regex.get();
  if (!regex) {
    re2::RE2::Options options;
    options.set_log_errors(false);
    made = std::make_unique<re2::RE2>(std::string(text_at(call, arguments, 1)), options);
    regex = made.get();
  }
  std::string reason;
  if (!regex->ok() || !regex->CheckRewriteString(with, &reason)) return {};
  re2::RE2::GlobalReplace(&text, *regex, with);
  return Cell::of_text(call.arena.keep(text));
}

// AWS: the third argument, for ignoring case, has no effect.
Cell contains(const FunctionCall& call, Arguments arguments) {
  return Cell::of_flag(text_at(call, arguments, 0).find(text_at(call, arguments, 1)) != std::string_view::npos);
}
Cell starts_with(const FunctionCall& call, Arguments arguments) {
  return Cell::of_flag(text_at(call, arguments, 0).starts_with(text_at(call, arguments, 1)));
}
Cell ends_with(const FunctionCall& call, Arguments arguments) {
  return Cell::of_flag(text_at(call, arguments, 0).ends_with(text_at(call, arguments, 1)));
}

Cell split(const FunctionCall& call, Arguments arguments) {
  std::string_view text = text_at(call, arguments, 0), separator = text_at(call, arguments, 1);
  base::Value::List parts;
  while (!separator.empty()) {
    std::size_t found = text.find(separator);
    if (found == std::string_view::npos) break;
    parts.emplace_back(text.substr(0, found));
    text.remove_prefix(found + separator.size());
  }
  parts.emplace_back(text);
  return Cell::of_structure(call.arena.keep_structure(base::Value(std::move(parts))));
}

Cell optional_text(const FunctionCall& call, const std::optional<std::string>& text) {
  return text ? Cell::of_text(call.arena.keep(*text)) : Cell{};
}
Cell url_encode(const FunctionCall& call, Arguments arguments) {
  return Cell::of_text(call.arena.keep(base::percent_encode(text_at(call, arguments, 0))));
}
Cell url_decode(const FunctionCall& call, Arguments arguments) {
  return optional_text(call, base::percent_decode(text_at(call, arguments, 0), base::Plus::kSpace));
}
Cell base64_encode(const FunctionCall& call, Arguments arguments) {
  return Cell::of_text(call.arena.keep(base::to_base64(text_at(call, arguments, 0))));
}
Cell base64_decode(const FunctionCall& call, Arguments arguments) {
  return optional_text(call, base::from_base64(text_at(call, arguments, 0)));
}
template <std::string (*Hash)(std::string_view)>
Cell hash(const FunctionCall& call, Arguments arguments) {
  return Cell::of_text(call.arena.keep(base::to_hex(Hash(text_at(call, arguments, 0)))));
}

constexpr Function kStringFunctions[] = {
    {"base64decode", 1, 1, of_present<base64_decode>},
    {"base64encode", 1, 1, of_present<base64_encode>},
    {"concat", 1, kArgumentsMax, concat},
    {"endsWith", 2, 2, of_present<ends_with>},
    {"isblank", 1, 1, is_blank_or_missing},
    {"isempty", 1, 1, is_empty},
    {"ltrim", 1, 2, of_present<trimmed<Side::kLeft>>},
    {"md5", 1, 1, of_present<hash<base::md5>>},
    {"regex_replace", 3, 3, of_present<regex_replace>, true},
    {"replace", 3, 3, of_present<replace>},
    {"rtrim", 1, 2, of_present<trimmed<Side::kRight>>},
    {"sha256", 1, 1, of_present<hash<base::sha256>>},
    {"split", 2, 2, of_present<split>},
    {"startsWith", 2, 2, of_present<starts_with>},
    {"strcontains", 2, 3, of_present<contains>},
    {"strlen", 1, 1, of_present<strlen_of>},
    {"substr", 2, 3, of_present<substr>},
    {"tolower", 1, 1, of_present<changed_case<std::tolower>>},
    {"toupper", 1, 1, of_present<changed_case<std::toupper>>},
    {"trim", 1, 2, of_present<trimmed<Side::kBoth>>},
    {"urldecode", 1, 1, of_present<url_decode>},
    {"urlencode", 1, 1, of_present<url_encode>},
};

}  // namespace

std::span<const Function> string_functions() { return kStringFunctions; }

}  // namespace aws::log_query
