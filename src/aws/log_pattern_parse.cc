// Filter patterns: from text to nodes.
#include "aws/log_pattern_node.h"
#include "base/strings.h"

namespace aws {

namespace {

constexpr int kPatternDepthMax = 50;
// "You can use a maximum of 2 regular expression patterns" in a filter pattern.
constexpr int kRegexesMax = 2;

std::unexpected<base::Error> invalid_pattern(std::string why = "Invalid filter pattern") {
  return base::fail("InvalidParameterException", std::move(why));
}

bool is_word_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// What ends an operand without quotes.
bool is_operator_character(char c) { return is_space(c) || std::string_view("=!<>&|(){}[],\"%").contains(c); }

// Reads patterns of all forms, from left to right.
class PatternParser {
 public:
  explicit PatternParser(std::string_view text) : text_(text) {}

  base::Result<std::vector<LogPattern::Node>> terms() {
    std::vector<LogPattern::Node> terms;
    for (skip_spaces(); at_ < text_.size(); skip_spaces()) {
      LogPattern::Node term;
      if (take('?')) {
        term.kind = NodeKind::kOptional;
      } else if (take('-')) {
        term.kind = NodeKind::kExcluded;
      }
      if (peek() == '"') {
        term.operand = TRY(quoted());
      } else if (peek() == '%') {
        TRY_VOID(regex(term));
      } else {
        const std::size_t begin = at_;
        while (at_ < text_.size() && !is_space(text_[at_])) ++at_;
        term.operand = text_.substr(begin, at_ - begin);
        if (term.operand.empty() || !std::ranges::all_of(term.operand, is_word_character))
          return invalid_pattern("Invalid character(s) in term '" + term.operand + "'");
      }
      terms.push_back(std::move(term));
    }
    return terms;
  }

  base::Result<LogPattern::Node> json() {
    if (!take('{')) return invalid_pattern();
    LogPattern::Node node = TRY(disjunction(Form::kJson, 0));
    skip_spaces();
    if (!take('}')) return invalid_pattern();
    skip_spaces();
    if (at_ != text_.size()) return invalid_pattern();
    return node;
  }

  base::Result<std::vector<LogPattern::Field>> fields() {
    std::vector<LogPattern::Field> fields;
    bool has_ellipsis = false;
    if (!take('[')) return invalid_pattern();
    do {
      LogPattern::Field field = TRY(one_field());
      if (field.is_ellipsis && std::exchange(has_ellipsis, true)) return invalid_pattern();
      fields.push_back(std::move(field));
      skip_spaces();
    } while (take(','));
    if (!take(']')) return invalid_pattern();
    skip_spaces();
    if (at_ != text_.size()) return invalid_pattern();
    for (const LogPattern::Field& field : fields) {
      if (field.condition && !names_fields(*field.condition, fields)) return invalid_pattern();
    }
    return fields;
  }

 private:
  enum class Form { kJson, kFields };

  char peek() const { return at_ < text_.size() ? text_[at_] : '\0'; }
  bool take(char c) {
    if (at_ >= text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }
  bool take(std::string_view word) {
    if (!text_.substr(at_).starts_with(word)) return false;
    at_ += word.size();
    return true;
  }
  void skip_spaces() {
    while (at_ < text_.size() && is_space(text_[at_])) ++at_;
  }
  // A word, in any case, after spaces.
  bool take_word(std::string_view word) {
    const std::size_t begin = at_;
    skip_spaces();
    const std::size_t end = at_ + word.size();
    if (base::equal_ignoring_case(text_.substr(at_, word.size()), word) &&
        (end >= text_.size() || !is_word_character(text_[end]))) {
      at_ = end;
      return true;
    }
    at_ = begin;
    return false;
  }

  base::Result<std::string> quoted() {
    std::string text;
    for (++at_; at_ < text_.size(); ++at_) {
      char c = text_[at_];
      if (c == '"') {
        ++at_;
        return text;
      }
      if (c == '\\' && at_ + 1 < text_.size()) c = text_[++at_];
      text.push_back(c);
    }
    return invalid_pattern();
  }

  base::Result<void> regex(LogPattern::Node& node) {
    const std::size_t end = text_.find('%', at_ + 1);
    if (end == text_.npos || end == at_ + 1 || ++regexes_ > kRegexesMax) return invalid_pattern();
    RE2::Options options(RE2::Quiet);
    options.set_max_mem(1 << 20);
    auto regex = std::make_shared<RE2>(std::string(text_.substr(at_ + 1, end - at_ - 1)), options);
    if (!regex->ok()) return invalid_pattern();
    node.regex = std::move(regex);
    at_ = end + 1;
    return {};
  }

  base::Result<LogPattern::Node> disjunction(Form form, int depth) {
    if (depth > kPatternDepthMax) return invalid_pattern();
    LogPattern::Node node = TRY(conjunction(form, depth));
    for (skip_spaces(); take("||"); skip_spaces())
      node = both(NodeKind::kOr, std::move(node), TRY(conjunction(form, depth)));
    return node;
  }

  base::Result<LogPattern::Node> conjunction(Form form, int depth) {
    LogPattern::Node node = TRY(comparison(form, depth));
    for (skip_spaces(); take("&&"); skip_spaces())
      node = both(NodeKind::kAnd, std::move(node), TRY(comparison(form, depth)));
    return node;
  }

  static LogPattern::Node both(NodeKind kind, LogPattern::Node left, LogPattern::Node right) {
    LogPattern::Node node{.kind = kind};
    node.parts.push_back(std::move(left));
    node.parts.push_back(std::move(right));
    return node;
  }

  base::Result<LogPattern::Node> comparison(Form form, int depth) {
    skip_spaces();
    if (take('(')) {
      LogPattern::Node inner = TRY(disjunction(form, depth + 1));
      skip_spaces();
      if (!take(')')) return invalid_pattern();
      return inner;
    }
    LogPattern::Node node{.kind = NodeKind::kCompare};
    if (form == Form::kJson) {
      node.selector = TRY(selector());
      if (auto word = TRY(word_comparison())) {
        node.comparison = *word;
        return node;
      }
    } else {
      node.field = field_name();
      if (node.field.empty()) return invalid_pattern();
    }
    TRY_VOID(operator_and_operand(node));
    return node;
  }

  base::Result<LogSelector> selector() {
    const std::size_t begin = at_;
    bool is_quoted = false;
    for (; at_ < text_.size(); ++at_) {
      const char c = text_[at_];
      if (c == '\'') is_quoted = !is_quoted;
      if (!is_quoted && c != '[' && c != ']' && (is_operator_character(c))) break;
    }
    auto selector = LogSelector::parse(text_.substr(begin, at_ - begin));
    if (!selector) return invalid_pattern();
    return *std::move(selector);
  }

  base::Result<std::optional<Comparison>> word_comparison() {
    if (take_word("IS")) {
      if (take_word("NULL")) return Comparison::kIsNull;
      if (take_word("TRUE")) return Comparison::kIsTrue;
      if (take_word("FALSE")) return Comparison::kIsFalse;
      return invalid_pattern();
    }
    if (take_word("NOT")) {
      if (take_word("EXISTS")) return Comparison::kNotExists;
      return invalid_pattern();
    }
    if (take_word("EXISTS")) return Comparison::kExists;
    return std::nullopt;
  }

  base::Result<void> operator_and_operand(LogPattern::Node& node) {
    static constexpr std::pair<std::string_view, Comparison> kOperators[] = {
        {"!=", Comparison::kNotEqual},       {"<=", Comparison::kLessOrEqual}, {"=", Comparison::kEqual},
        {">=", Comparison::kGreaterOrEqual}, {"<", Comparison::kLess},         {">", Comparison::kGreater}};
    skip_spaces();
    const auto found = std::ranges::find_if(kOperators, [&](const auto& entry) { return take(entry.first); });
    if (found == std::end(kOperators)) return invalid_pattern();
    node.comparison = found->second;
    skip_spaces();
    const bool is_order = node.comparison != Comparison::kEqual && node.comparison != Comparison::kNotEqual;
    if (peek() == '"') {
      node.operand = TRY(quoted());
    } else if (peek() == '%') {
      TRY_VOID(regex(node));
    } else {
      const std::size_t begin = at_;
      while (at_ < text_.size() && !is_operator_character(text_[at_])) ++at_;
      node.operand = text_.substr(begin, at_ - begin);
      if (node.operand.empty()) return invalid_pattern();
      node.number = base::parse_number<double>(node.operand);
    }
    if (is_order && !node.number) return invalid_pattern();
    return {};
  }

  std::string field_name() {
    const std::size_t begin = at_;
    while (at_ < text_.size() && (is_word_character(text_[at_]) || text_[at_] == '-')) ++at_;
    return std::string(text_.substr(begin, at_ - begin));
  }

  // A name, perhaps with a condition, which may speak of it again and of other fields.
  base::Result<LogPattern::Field> one_field() {
    LogPattern::Field field;
    skip_spaces();
    if (take("...")) {
      field.is_ellipsis = true;
      return field;
    }
    const std::size_t begin = at_;
    while (peek() == '(') ++at_, skip_spaces();
    field.name = field_name();
    skip_spaces();
    if (peek() == ',' || peek() == ']') {
      if (begin != at_ && field.name.empty()) return invalid_pattern();
      return field;
    }
    at_ = begin;
    field.condition = TRY(disjunction(Form::kFields, 0));
    return field;
  }

  static bool names_fields(const LogPattern::Node& node, const std::vector<LogPattern::Field>& fields) {
    if (node.kind != NodeKind::kCompare)
      return std::ranges::all_of(node.parts, [&](const auto& part) { return names_fields(part, fields); });
    return std::ranges::any_of(fields, [&](const LogPattern::Field& field) { return field.name == node.field; });
  }

  std::string_view text_;
  std::size_t at_ = 0;
  int regexes_ = 0;
};

}  // namespace

base::Result<LogPattern> LogPattern::parse(std::string_view text) {
  LogPattern pattern;
  const std::string_view trimmed = base::trim(text);
  PatternParser parser(trimmed);
  if (trimmed.empty()) return pattern;
  if (trimmed.starts_with('{')) {
    pattern.form_ = Form::kJson;
    pattern.condition_ = std::make_shared<const Node>(TRY(parser.json()));
  } else if (trimmed.starts_with('[')) {
    pattern.form_ = Form::kFields;
    pattern.fields_ = std::make_shared<const std::vector<Field>>(TRY(parser.fields()));
  } else {
    pattern.form_ = Form::kTerms;
    pattern.terms_ = std::make_shared<const std::vector<Node>>(TRY(parser.terms()));
  }
  return pattern;
}

std::optional<LogSelector> LogSelector::parse(std::string_view text) {
  LogSelector selector{.text = std::string(text)};
  if (!text.starts_with('$')) return std::nullopt;
  std::string_view rest = text.substr(1);
  while (!rest.empty()) {
    if (rest.starts_with("['") || rest.starts_with(".['")) {
      rest.remove_prefix(rest.find('\'') + 1);
      const std::size_t end = rest.find("']");
      if (end == rest.npos || end == 0) return std::nullopt;
      selector.steps.push_back({std::string(rest.substr(0, end)), std::nullopt});
      rest.remove_prefix(end + 2);
    } else if (rest.starts_with('[') || rest.starts_with(".[")) {
      rest.remove_prefix(rest.find('[') + 1);
      const std::size_t end = rest.find(']');
      if (end == rest.npos) return std::nullopt;
      const std::string_view index = base::trim(rest.substr(0, end));
      const auto number = base::parse_number<std::size_t>(index);
      if (!number && index != "*") return std::nullopt;
      selector.steps.push_back({"", number});
      rest.remove_prefix(end + 1);
    } else if (rest.starts_with('.')) {
      rest.remove_prefix(1);
      const std::string_view name = rest.substr(0, rest.find_first_of(".["));
      if (name.empty()) return std::nullopt;
      selector.steps.push_back({std::string(name), std::nullopt});
      rest.remove_prefix(name.size());
    } else {
      return std::nullopt;
    }
  }
  if (selector.steps.empty()) return std::nullopt;
  return selector;
}

}  // namespace aws
