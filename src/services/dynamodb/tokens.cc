#include "services/dynamodb/tokens.h"

#include "base/strings.h"

namespace dynamodb {

namespace {

constexpr std::size_t kPathPartsMax = 32;

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }
bool is_decimal(char c) { return c >= '0' && c <= '9'; }
bool is_word_part(char c) { return is_letter(c) || is_decimal(c) || c == '_'; }
bool is_space(char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; }

std::size_t length_while(std::string_view text, std::size_t from, bool (*accepts)(char)) {
  std::size_t end = from;
  while (end < text.size() && accepts(text[end])) ++end;
  return end;
}

bool is_operator_word(std::string_view word) {
  return std::ranges::any_of(std::initializer_list<std::string_view>{"AND", "OR", "NOT", "IN", "BETWEEN"},
                             [&](std::string_view other) { return base::equal_ignoring_case(word, other); });
}

bool is_section_word(std::string_view word) {
  return std::ranges::any_of(std::initializer_list<std::string_view>{"SET", "REMOVE", "ADD", "DELETE"},
                             [&](std::string_view other) { return base::equal_ignoring_case(word, other); });
}

// The token at the start of the text; an empty one when there is none.
Token first_token(std::string_view text) {
  const char c = text.front();
  if (is_letter(c)) return {Token::Kind::kIdentifier, text.substr(0, length_while(text, 0, is_word_part))};
  if (is_decimal(c)) return {Token::Kind::kNumber, text.substr(0, length_while(text, 0, is_decimal))};
  if (c == '#' || c == ':') {
    const std::size_t end = length_while(text, 1, is_word_part);
    if (end == 1) return {};
    return {c == '#' ? Token::Kind::kNamePlaceholder : Token::Kind::kValuePlaceholder, text.substr(0, end)};
  }
  for (std::string_view symbol : {"<>", "<=", ">="})
    if (text.starts_with(symbol)) return {Token::Kind::kSymbol, text.substr(0, 2)};
  if (std::string_view("=<>()[].,+-").find(c) != std::string_view::npos)
    return {Token::Kind::kSymbol, text.substr(0, 1)};
  return {};
}

}  // namespace

std::string show_path(const Path& path) {
  std::string shown;
  for (const PathPart& part : path) {
    if (!shown.empty()) shown += ", ";
    shown += part.index < 0 ? part.name : fmt::format("[{}]", part.index);
  }
  return "[" + shown + "]";
}

base::Result<Placeholders> Placeholders::read(const Value& names, const Value& values) {
  Placeholders placeholders;
  auto is_placeholder = [](std::string_view text, char sign) {
    return text.size() > 1 && text.front() == sign && length_while(text, 1, is_word_part) == text.size();
  };
  if (!names.is_null() && names.map().empty()) return validation_error("ExpressionAttributeNames must not be empty");
  for (const auto& [placeholder, name] : names.map()) {
    if (!is_placeholder(placeholder, '#'))
      return validation_error(
          fmt::format("ExpressionAttributeNames contains invalid key: Syntax error; key: \"{}\"", placeholder));
    if (name.str().empty())
      return validation_error(fmt::format(
          "ExpressionAttributeNames contains invalid value: Attribute name must not be empty for key {}", placeholder));
    if (name.str().size() > kAttributeNameBytesMax)
      return validation_error(
          fmt::format("ExpressionAttributeNames contains invalid value: Attribute name must be less than or equal to "
                      "{} bytes for key {}",
                      kAttributeNameBytesMax, placeholder));
    placeholders.names_.emplace(placeholder, name.str());
  }
  if (!values.is_null() && values.map().empty()) return validation_error("ExpressionAttributeValues must not be empty");
  for (const auto& [placeholder, value] : values.map())
    if (!is_placeholder(placeholder, ':'))
      return validation_error(
          fmt::format("ExpressionAttributeValues contains invalid key: Syntax error; key: \"{}\"", placeholder));
  for (const auto& [placeholder, value] : values.map()) {
    auto read = read_attribute(value);
    if (!read)
      return validation_error(fmt::format("ExpressionAttributeValues contains invalid value: {} for key {}",
                                          read.error().message, placeholder));
    placeholders.values_.emplace(placeholder, *std::move(read));
  }
  return placeholders;
}

const std::string* Placeholders::find_name(const std::string& placeholder) {
  used_.insert(placeholder);
  auto found = names_.find(placeholder);
  return found == names_.end() ? nullptr : &found->second;
}

const Attribute* Placeholders::find_value(const std::string& placeholder) {
  used_.insert(placeholder);
  auto found = values_.find(placeholder);
  return found == values_.end() ? nullptr : &found->second;
}

base::Result<void> Placeholders::check_all_used() const {
  auto check = [&](std::string_view kind, const auto& given) -> base::Result<void> {
    std::string unused;
    for (const auto& [placeholder, meaning] : given) {
      if (used_.contains(placeholder)) continue;
      if (!unused.empty()) unused += ", ";
      unused += placeholder;
    }
    if (unused.empty()) return {};
    return validation_error(
        fmt::format("Value provided in ExpressionAttribute{} unused in expressions: keys: {{{}}}", kind, unused));
  };
  TRY_VOID(check("Names", names_));
  return check("Values", values_);
}

ExpressionReader::ExpressionReader(std::string_view text, std::string_view parameter, Placeholders& placeholders)
    : text_(text), parameter_(parameter), placeholders_(placeholders) {}

base::Result<void> ExpressionReader::begin() {
  if (text_.empty()) return problem("The expression can not be empty;");
  if (text_.size() > kExpressionBytesMax)
    return problem(
        fmt::format("Expression size has exceeded the maximum allowed size; expression size: {}", text_.size()));
  return tokenize();
}

base::Result<void> ExpressionReader::tokenize() {
  std::size_t at = 0;
  for (;;) {
    at = length_while(text_, at, is_space);
    if (at == text_.size()) break;
    Token token = first_token(text_.substr(at));
    if (token.text.empty()) {
      // What comes next is part of the report.
      const std::size_t end = std::min(length_while(text_, at + 1, is_word_part), text_.size());
      tokens_.push_back({Token::Kind::kSymbol, text_.substr(at, 1)});
      if (end > at + 1) tokens_.push_back({Token::Kind::kIdentifier, text_.substr(at + 1, end - at - 1)});
      at_ = tokens_.size() - (end > at + 1 ? 2 : 1);
      return syntax_error();
    }
    tokens_.push_back(token);
    at += token.text.size();
  }
  tokens_.push_back({Token::Kind::kEnd, text_.substr(text_.size())});
  return {};
}

base::Result<void> ExpressionReader::finish() {
  if (token().kind != Token::Kind::kEnd) return syntax_error();
  if (operators_ > kOperatorsMax)
    return problem(
        fmt::format("The expression contains more operators than the maximum allowed; operators: {}, maximum: {}",
                    operators_, kOperatorsMax));
  if (!problems_.empty()) return problem(problems_.begin()->second);
  return {};
}

bool ExpressionReader::is_symbol(std::string_view symbol) const {
  return token().kind == Token::Kind::kSymbol && token().text == symbol;
}

bool ExpressionReader::is_word(std::string_view word) const {
  return token().kind == Token::Kind::kIdentifier && base::equal_ignoring_case(token().text, word);
}

bool ExpressionReader::take_symbol(std::string_view symbol) {
  if (!is_symbol(symbol)) return false;
  advance();
  return true;
}

bool ExpressionReader::take_word(std::string_view word) {
  if (!is_word(word)) return false;
  advance();
  return true;
}

base::Result<void> ExpressionReader::expect_symbol(std::string_view symbol) {
  if (take_symbol(symbol)) return {};
  return syntax_error();
}

// AWS shows the token and what stands around it.
std::unexpected<base::Error> ExpressionReader::syntax_error() const {
  const Token& wrong = tokens_[at_];
  const Token& before = at_ > 0 ? tokens_[at_ - 1] : wrong;
  const Token& after = at_ + 1 < tokens_.size() ? tokens_[at_ + 1] : wrong;
  const std::string_view near(before.text.data(),
                              static_cast<std::size_t>(after.text.data() + after.text.size() - before.text.data()));
  return problem(fmt::format("Syntax error; token: \"{}\", near: \"{}\"",
                             wrong.kind == Token::Kind::kEnd ? "<EOF>" : wrong.text, near));
}

std::unexpected<base::Error> ExpressionReader::problem(std::string_view message) const {
  return validation_error(fmt::format("Invalid {}: {}", parameter_, message));
}

base::Result<Path> ExpressionReader::read_path(Problem reserved) {
  Path path;
  auto read_name = [&]() -> base::Result<void> {
    if (token().kind == Token::Kind::kNamePlaceholder) {
      const std::string placeholder(token().text);
      const std::string* name = placeholders_.find_name(placeholder);
      if (!name)
        note(Problem::kName,
             fmt::format("An expression attribute name used in the document path is not defined; attribute name: {}",
                         placeholder));
      path.push_back({.name = name ? *name : placeholder});
    } else if (token().kind == Token::Kind::kIdentifier && !is_operator_word(token().text) &&
               !(parameter_ == "UpdateExpression" && is_section_word(token().text))) {
      if (is_reserved_word(token().text))
        note(reserved, fmt::format("Attribute name is a reserved keyword; reserved keyword: {}", token().text));
      path.push_back({.name = std::string(token().text)});
    } else {
      return syntax_error();
    }
    advance();
    return {};
  };
  TRY_VOID(read_name());
  for (;;) {
    if (take_symbol(".")) {
      TRY_VOID(read_name());
    } else if (take_symbol("[")) {
      auto index = token().kind == Token::Kind::kNumber ? base::parse_number(token().text) : std::nullopt;
      if (token().kind != Token::Kind::kNumber) return syntax_error();
      if (!index || *index > std::numeric_limits<std::int32_t>::max())
        return problem(fmt::format("List index is not within the allowable range; index: [{}]", token().text));
      advance();
      TRY_VOID(expect_symbol("]"));
      path.push_back({.name = {}, .index = *index});
    } else {
      break;
    }
  }
  if (path.size() > kPathPartsMax)
    return problem(fmt::format("The document path has too many nesting levels; nesting levels: {}", path.size()));
  return path;
}

const Attribute* ExpressionReader::read_value() {
  const std::string placeholder(token().text);
  advance();
  const Attribute* value = placeholders_.find_value(placeholder);
  if (!value) {
    // AWS: outside of updates it comes before what was found so far, but for operands of functions.
    const bool is_late = problems_.contains(Problem::kFunction);
    const Problem elsewhere = is_late ? Problem::kUndefinedValue : Problem::kName;
    note(parameter_ == "UpdateExpression" ? Problem::kValue : elsewhere,
         fmt::format("An expression attribute value used in expression is not defined; attribute value: {}",
                     placeholder));
  }
  return value;
}

void ExpressionReader::note_overlaps(const std::vector<Path>& earlier, const Path& path) {
  for (const Path& other : earlier) {
    const std::size_t shared = std::min(other.size(), path.size());
    std::size_t i = 0;
    while (i < shared && other[i] == path[i]) ++i;
    const auto paths = fmt::format("path one: {}, path two: {}", show_path(other), show_path(path));
    if (i == shared) {
      note(Problem::kOverlap,
           "Two document paths overlap with each other; must remove or rewrite one of these paths; " + paths);
    } else if ((other[i].index < 0) != (path[i].index < 0)) {
      note(Problem::kConflict,
           "Two document paths conflict with each other; must remove or rewrite one of these paths; " + paths);
    }
  }
}

}  // namespace dynamodb
