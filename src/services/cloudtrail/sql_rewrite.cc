// From Trino's dialect to SQLite's. Only what differs is touched: names of stores, members of structures, subscripts,
// intervals, and literals of times.
#include <algorithm>
#include <array>

#include "base/strings.h"
#include "base/time_text.h"
#include "services/cloudtrail/sql.h"
#include "services/cloudtrail/sql_times.h"

namespace cloudtrail {

namespace {

constexpr std::size_t kNestingMax = 100;

enum class TokenKind { kWord, kQuoted, kText, kNumber, kStore, kSign };
struct Token {
  TokenKind kind;
  std::string text;  // of a text or quoted name: what is between the quotes
};

// Columns that hold structures, maps or lists, as JSON.
constexpr std::string_view kNested[] = {
    "additionaleventdata", "addendum",         "edgedevicedetails",   "insightdetails", "requestparameters",
    "resources",           "responseelements", "serviceeventdetails", "tlsdetails",     "useridentity"};
constexpr std::string_view kForbidden[] = {"alter",  "attach", "create",  "delete", "detach", "drop",
                                           "insert", "pragma", "replace", "unnest", "update", "vacuum"};

bool is_word_start(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' || c == '$'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_word(char c) { return is_word_start(c) || is_digit(c); }
bool is_hex(char c) { return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); }

bool is_uuid(std::string_view text) {
  if (text.size() < 36 || (text.size() > 36 && (is_word(text[36]) || text[36] == '-'))) return false;
  for (std::size_t i = 0; i < 36; ++i) {
    bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? text[i] != '-' : !is_hex(text[i])) return false;
  }
  return true;
}

class Lexer {
 public:
  explicit Lexer(std::string_view rest) : rest_(rest) {}

  base::Result<std::vector<Token>> read() {
    std::vector<Token> tokens;
    for (skip(); !rest_.empty(); skip()) {
      if (rest_.front() == '\'' || rest_.front() == '"' || rest_.front() == '`') {
        char quote = rest_.front();
        std::string text = TRY(quoted(quote));
        if (quote != '\'' && is_uuid(text))
          tokens.push_back({TokenKind::kStore, std::move(text)});
        else
          tokens.push_back({quote == '\'' ? TokenKind::kText : TokenKind::kQuoted, std::move(text)});
      } else if (is_uuid(rest_)) {
        tokens.push_back({TokenKind::kStore, take(36)});
      } else if (is_word_start(rest_.front())) {
        tokens.push_back({TokenKind::kWord, take_while(is_word)});
      } else if (is_digit(rest_.front())) {
        tokens.push_back({TokenKind::kNumber, take_while([](char c) { return is_word(c) || c == '.'; })});
      } else {
        bool is_pair = rest_.size() > 1 && std::ranges::find(kPairs, rest_.substr(0, 2)) != kPairs.end();
        tokens.push_back({TokenKind::kSign, take(is_pair ? 2 : 1)});
      }
    }
    while (!tokens.empty() && tokens.back().text == ";" && tokens.back().kind == TokenKind::kSign) tokens.pop_back();
    return tokens;
  }

 private:
  static constexpr std::array<std::string_view, 6> kPairs{"<=", ">=", "<>", "!=", "||", "->"};

  std::string take(std::size_t count) {
    std::string taken(rest_.substr(0, count));
    rest_.remove_prefix(count);
    return taken;
  }
  template <class Fits>
  std::string take_while(Fits fits) {
    std::size_t count = 0;
    while (count < rest_.size() && fits(rest_[count])) ++count;
    return take(count);
  }

  void skip() {
    for (;;) {
      while (!rest_.empty() && std::isspace(static_cast<unsigned char>(rest_.front()))) rest_.remove_prefix(1);
      if (rest_.starts_with("--")) {
        rest_.remove_prefix(std::min(rest_.find('\n'), rest_.size()));
      } else if (rest_.starts_with("/*")) {
        std::size_t end = rest_.find("*/");
        rest_.remove_prefix(end == rest_.npos ? rest_.size() : end + 2);
      } else {
        return;
      }
    }
  }

  base::Result<std::string> quoted(char quote) {
    std::string text;
    for (std::size_t i = 1; i < rest_.size(); ++i) {
      if (rest_[i] != quote) {
        text += rest_[i];
      } else if (i + 1 < rest_.size() && rest_[i + 1] == quote) {
        text += quote, ++i;
      } else {
        rest_.remove_prefix(i + 1);
        return text;
      }
    }
    return refuse_sql("The query has a text without an end.");
  }

  std::string_view rest_;
};

std::string sql_text(std::string_view text) {
  std::string out = "'";
  for (char c : text) out += c == '\'' ? std::string("''") : std::string(1, c);
  return out + "'";
}

std::string sql_name(std::string_view text) {
  std::string out = "\"";
  for (char c : text) out += c == '"' ? std::string("\"\"") : std::string(1, c);
  return out + "\"";
}

class Rewriter {
 public:
  explicit Rewriter(std::vector<Token> tokens) : tokens_(std::move(tokens)) {}

  base::Result<RewrittenSql> run() {
    if (tokens_.empty() || (!is(0, "select") && !is(0, "with")))
      return refuse_sql("Only SELECT statements are allowed.");
    std::string text = TRY(until(""));
    if (at_ < tokens_.size()) return refuse_sql(fmt::format("Unexpected '{}' in the query.", tokens_[at_].text));
    std::ranges::sort(store_ids_);
    store_ids_.erase(std::unique(store_ids_.begin(), store_ids_.end()), store_ids_.end());
    if (store_ids_.empty()) return refuse_sql("The query must name an event data store in its FROM clause.");
    return RewrittenSql{std::move(text), std::move(store_ids_)};
  }

 private:
  bool is(std::size_t at, std::string_view word) const {
    return at < tokens_.size() && tokens_[at].kind == TokenKind::kWord && base::to_lower(tokens_[at].text) == word;
  }
  bool is_sign(std::size_t at, std::string_view sign) const {
    return at < tokens_.size() && tokens_[at].kind == TokenKind::kSign && tokens_[at].text == sign;
  }

  // Up to the closing sign, which is left; to the end where `close` is empty.
  base::Result<std::string> until(std::string_view close) {
    if (++depth_ > kNestingMax) return refuse_sql("The query is nested too deeply.");
    std::string out;
    while (at_ < tokens_.size() && (close.empty() || !is_sign(at_, close))) {
      if (is_sign(at_, ")") || is_sign(at_, "]")) break;
      out += TRY(piece()) + " ";
    }
    --depth_;
    return out;
  }

  base::Result<std::string> bracketed(std::string_view open, std::string_view close) {
    if (!is_sign(at_, open)) return refuse_sql(fmt::format("'{}' is missing in the query.", open));
    ++at_;
    std::string inside = TRY(until(close));
    if (!is_sign(at_, close)) return refuse_sql(fmt::format("'{}' is missing in the query.", close));
    ++at_;
    return inside;
  }

  // One operand with all that hangs on it, or one sign or keyword.
  base::Result<std::string> piece() {
    const Token token = tokens_[at_];
    switch (token.kind) {
      case TokenKind::kNumber: ++at_; return token.text;
      case TokenKind::kText: ++at_; return hang(sql_text(as_time_literal(token.text)));
      case TokenKind::kStore: {
        ++at_;
        std::string id = base::to_lower(token.text);
        store_ids_.push_back(id);
        return sql_name(id);
      }
      case TokenKind::kSign:
        if (token.text == "(") return hang("(" + TRY(bracketed("(", ")")) + ")");
        ++at_;
        return token.text;
      case TokenKind::kQuoted:
      case TokenKind::kWord: return word();
    }
    return refuse_sql("The query cannot be read.");
  }

  base::Result<std::string> word() {
    const Token token = tokens_[at_++];
    std::string lower = base::to_lower(token.text);
    if (token.kind == TokenKind::kWord) {
      if (std::ranges::find(kForbidden, lower) != std::end(kForbidden) && !(lower == "replace" && is_sign(at_, "(")))
        return refuse_sql(fmt::format("{} is not allowed in a query.", token.text));
      bool is_literal =
          (lower == "timestamp" || lower == "date") && at_ < tokens_.size() && tokens_[at_].kind == TokenKind::kText;
      if (is_literal) return piece();
      if (lower == "array" && is_sign(at_, "[")) return hang("json_array(" + TRY(bracketed("[", "]")) + ")");
      if (lower == "try_cast") lower = "cast";
      if (lower == "current_timestamp" || lower == "current_date" || lower == "localtimestamp")
        return hang(lower == "current_date" ? "today()" : "now()");
      if (is_sign(at_, "(") && !is_keyword(lower))
        return hang(sql_function(lower) + "(" + TRY(bracketed("(", ")")) + ")");
      if (is_keyword(lower)) return token.text;
    }
    std::vector<std::string> path{token.text};
    while (is_sign(at_, ".") && at_ + 1 < tokens_.size() && tokens_[at_ + 1].kind != TokenKind::kSign) {
      path.push_back(tokens_[at_ + 1].text);
      at_ += 2;
    }
    return hang(column(path));
  }

  // "alias.userIdentity.arn": the column, and then its members.
  static std::string column(const std::vector<std::string>& path) {
    auto is_nested = [](const std::string& name) {
      return std::ranges::find(kNested, base::to_lower(name)) != std::end(kNested);
    };
    std::size_t end = path.size() > 1 && !is_nested(path[0]) ? 2 : 1;
    std::string out = sql_name(path[0]);
    if (end == 2) out += "." + sql_name(path[1]);
    for (std::size_t i = end; i < path.size(); ++i) out = fmt::format("field({},{})", out, sql_text(path[i]));
    return out;
  }

  static std::string sql_function(const std::string& name) {
    if (name == "if") return "iif";
    if (name == "array_agg") return "json_group_array";
    if (name == "json_extract_scalar") return "json_extract";
    return name;
  }

  static bool is_keyword(std::string_view word) {
    static constexpr std::string_view kKeywords[] = {
        "all",    "and",    "as",     "asc",       "between", "by",    "case",  "cross", "desc", "distinct",
        "else",   "end",    "escape", "except",    "exists",  "false", "first", "from",  "full", "group",
        "having", "in",     "inner",  "intersect", "is",      "join",  "last",  "left",  "like", "limit",
        "not",    "null",   "nulls",  "offset",    "on",      "or",    "order", "outer", "over", "partition",
        "right",  "select", "then",   "true",      "union",   "using", "when",  "where", "with"};
    return std::ranges::binary_search(kKeywords, word);
  }

  // Subscripts, members and intervals that follow an operand.
  base::Result<std::string> hang(std::string operand) {
    for (;;) {
      if (is_sign(at_, "[")) {
        operand = fmt::format("element_at({},{})", operand, TRY(bracketed("[", "]")));
      } else if (is_sign(at_, ".") && at_ + 1 < tokens_.size() && tokens_[at_ + 1].kind == TokenKind::kWord) {
        operand = fmt::format("field({},{})", operand, sql_text(tokens_[at_ + 1].text));
        at_ += 2;
      } else if ((is_sign(at_, "-") || is_sign(at_, "+")) && is(at_ + 1, "interval")) {
        if (at_ + 3 >= tokens_.size() || tokens_[at_ + 2].kind != TokenKind::kText)
          return refuse_sql("INTERVAL wants a text and a unit.");
        auto count = base::parse_number(tokens_[at_ + 2].text);
        if (!count) return refuse_sql("INTERVAL wants a whole number.");
        operand = fmt::format("date_add({},{}{},{})", sql_text(base::to_lower(tokens_[at_ + 3].text)),
                              is_sign(at_, "-") ? "-" : "", *count, operand);
        at_ += 4;
      } else {
        return operand;
      }
    }
  }

  std::vector<Token> tokens_;
  std::size_t at_ = 0;
  std::size_t depth_ = 0;
  std::vector<std::string> store_ids_;
};

}  // namespace

base::Result<RewrittenSql> rewrite_sql(std::string_view statement) {
  return Rewriter(TRY(Lexer(statement).read())).run();
}

}  // namespace cloudtrail
