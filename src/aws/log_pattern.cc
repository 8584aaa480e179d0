#include "aws/log_pattern.h"

#include "aws/log_pattern_node.h"
#include "base/json.h"
#include "base/strings.h"

namespace aws {

namespace {

using base::Value;

std::string text_of(const Value& value) { return value.is_text() ? value.str() : base::to_json(value); }

std::optional<double> number_of(const Value& value) {
  if (value.is_number()) return value.real();
  return value.is_text() ? base::parse_number<double>(value.str()) : std::nullopt;
}

bool compares(const LogPattern::Node& node, double left) {
  const double right = *node.number;
  switch (node.comparison) {
    case Comparison::kEqual: return left == right;
    case Comparison::kNotEqual: return left != right;
    case Comparison::kLess: return left < right;
    case Comparison::kLessOrEqual: return left <= right;
    case Comparison::kGreater: return left > right;
    case Comparison::kGreaterOrEqual: return left >= right;
    default: return false;
  }
}

bool is_order(Comparison comparison) { return comparison != Comparison::kEqual && comparison != Comparison::kNotEqual; }

// A text against the operand of = or !=: a regular expression, a number, or a text with wildcards.
bool equals(const LogPattern::Node& node, std::string_view text) {
  if (node.regex) return RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *node.regex);
  if (node.number) {
    if (auto number = base::parse_number<double>(text); number && *number == *node.number) return true;
  }
  return matches_wildcards(node.operand, text);
}

bool holds_for_text(const LogPattern::Node& node, std::string_view text) {
  if (is_order(node.comparison)) {
    auto number = base::parse_number<double>(text);
    return number && node.number && compares(node, *number);
  }
  return equals(node, text) == (node.comparison == Comparison::kEqual);
}

bool holds_for_value(const LogPattern::Node& node, const Value& value) {
  switch (node.comparison) {
    case Comparison::kIsNull: return value.is_null();
    case Comparison::kIsTrue: return value.is_flag() && value.flag();
    case Comparison::kIsFalse: return value.is_flag() && !value.flag();
    case Comparison::kExists: return true;
    default: break;
  }
  if (value.is_list() || value.is_map() || value.is_null()) return false;
  if (node.number && value.is_number()) return compares(node, *number_of(value));
  return holds_for_text(node, text_of(value));
}

bool holds(const LogPattern::Node& node, const Value& root) {
  if (node.kind == NodeKind::kAnd) return holds(node.parts[0], root) && holds(node.parts[1], root);
  if (node.kind == NodeKind::kOr) return holds(node.parts[0], root) || holds(node.parts[1], root);
  const auto selected = node.selector.select(root);
  if (node.comparison == Comparison::kNotExists) return selected.empty();
  for (const Value* value : selected) {
    if (holds_for_value(node, *value)) return true;
  }
  return false;
}

bool contains(const LogPattern::Node& term, std::string_view message) {
  if (term.regex) return RE2::PartialMatch(re2::StringPiece(message.data(), message.size()), *term.regex);
  return message.contains(term.operand);
}

// "?ERROR ?WARN" wants one of them; beside terms that must be there, optional ones say nothing.
bool matches_terms(const std::vector<LogPattern::Node>& terms, std::string_view message) {
  bool has_required = false, has_optional = false, has_one = false;
  for (const LogPattern::Node& term : terms) {
    const bool is_there = contains(term, message);
    if (term.kind == NodeKind::kExcluded && is_there) return false;
    if (term.kind == NodeKind::kTerm) {
      has_required = true;
      if (!is_there) return false;
    }
    if (term.kind == NodeKind::kOptional) {
      has_optional = true;
      has_one = has_one || is_there;
    }
  }
  return has_required || !has_optional || has_one;
}

// The words of a message: what stands in brackets or quotes is one.
std::vector<std::string_view> words_of(std::string_view message) {
  std::vector<std::string_view> words;
  std::size_t at = 0;
  while (true) {
    while (at < message.size() && is_space(message[at])) ++at;
    if (at == message.size()) return words;
    const char opening = message[at];
    const char closing = opening == '[' ? ']' : opening == '"' ? '"' : '\0';
    std::size_t end = closing ? message.find(closing, at + 1) : message.npos;
    if (end != message.npos) {
      words.push_back(message.substr(at + 1, end - at - 1));
      at = end + 1;
      continue;
    }
    end = at;
    while (end < message.size() && !is_space(message[end])) ++end;
    words.push_back(message.substr(at, end - at));
    at = end;
  }
}

using Assigned = std::vector<std::pair<std::string, std::string_view>>;

bool holds_for_fields(const LogPattern::Node& node, const Assigned& assigned) {
  if (node.kind == NodeKind::kAnd)
    return holds_for_fields(node.parts[0], assigned) && holds_for_fields(node.parts[1], assigned);
  if (node.kind == NodeKind::kOr)
    return holds_for_fields(node.parts[0], assigned) || holds_for_fields(node.parts[1], assigned);
  for (const auto& [name, text] : assigned) {
    if (name == node.field) return holds_for_text(node, text);
  }
  return false;
}

// Which word each field stands for, in order; nothing where the words are too few or too many. Words behind an ellipsis
// have their number for a name.
std::optional<Assigned> assign(const std::vector<LogPattern::Field>& fields, std::string_view message) {
  const std::vector<std::string_view> words = words_of(message);
  const auto ellipsis = std::ranges::find_if(fields, [](const LogPattern::Field& field) { return field.is_ellipsis; });
  const bool has_ellipsis = ellipsis != fields.end();
  const std::size_t named = fields.size() - (has_ellipsis ? 1 : 0);
  if (has_ellipsis ? words.size() < named : words.size() != named) return std::nullopt;
  Assigned assigned;
  std::size_t at = 0;
  for (const LogPattern::Field& field : fields) {
    if (field.is_ellipsis) {
      for (std::size_t skipped = words.size() - named; skipped > 0; --skipped, ++at)
        assigned.emplace_back(std::to_string(at + 1), words[at]);
      continue;
    }
    assigned.emplace_back(field.name.empty() ? std::to_string(at + 1) : field.name, words[at]);
    ++at;
  }
  for (const LogPattern::Field& field : fields) {
    if (field.condition && !holds_for_fields(*field.condition, assigned)) return std::nullopt;
  }
  return assigned;
}

void gather_selectors(const LogPattern::Node& node, std::vector<const LogSelector*>& selectors) {
  for (const LogPattern::Node& part : node.parts) gather_selectors(part, selectors);
  if (node.kind == NodeKind::kCompare) selectors.push_back(&node.selector);
}

}  // namespace

bool LogPattern::matches(std::string_view message) const {
  switch (form_) {
    case Form::kEverything: return true;
    case Form::kTerms: return matches_terms(*terms_, message);
    case Form::kFields: return assign(*fields_, message).has_value();
    case Form::kJson: break;
  }
  const std::string_view text = base::trim(message);
  if (!text.starts_with('{') && !text.starts_with('[')) return false;
  const auto root = base::parse_json(text);
  return root && holds(*condition_, *root);
}

LogPattern::Extracted LogPattern::extract(std::string_view message) const {
  Extracted extracted;
  if (form_ == Form::kFields) {
    const auto assigned = assign(*fields_, message);
    if (!assigned) return extracted;
    for (const auto& [name, text] : *assigned) extracted.emplace_back("$" + name, std::string(text));
  } else if (form_ == Form::kJson) {
    std::vector<const LogSelector*> selectors;
    gather_selectors(*condition_, selectors);
    for (const LogSelector* selector : selectors) {
      if (std::ranges::any_of(extracted, [&](const auto& entry) { return entry.first == selector->text; })) continue;
      if (auto value = value_of(message, selector->text)) extracted.emplace_back(selector->text, *std::move(value));
    }
  }
  return extracted;
}

std::optional<std::string> LogPattern::value_of(std::string_view message, std::string_view name) const {
  if (form_ == Form::kFields) {
    const auto assigned = assign(*fields_, message);
    if (!assigned || !name.starts_with('$')) return std::nullopt;
    for (const auto& [field, text] : *assigned) {
      if (field == name.substr(1)) return std::string(text);
    }
    return std::nullopt;
  }
  const auto selector = LogSelector::parse(name);
  const auto root = selector ? base::parse_json(base::trim(message)) : base::Result<Value>(Value());
  if (!selector || !root) return std::nullopt;
  const auto selected = selector->select(*root);
  if (selected.empty() || selected.front()->is_null()) return std::nullopt;
  return text_of(*selected.front());
}

std::vector<const Value*> LogSelector::select(const Value& root) const {
  std::vector<const Value*> selected{&root};
  for (const Step& step : steps) {
    std::vector<const Value*> next;
    for (const Value* value : selected) {
      if (!step.name.empty()) {
        for (const auto& [name, member] : value->map()) {
          if (name == step.name) next.push_back(&member);
        }
      } else if (!step.index) {
        for (const Value& element : value->list()) next.push_back(&element);
      } else if (*step.index < value->list().size()) {
        next.push_back(&value->list()[*step.index]);
      }
    }
    selected = std::move(next);
  }
  return selected;
}

bool matches_wildcards(std::string_view pattern, std::string_view text) {
  std::size_t at = 0, in_text = 0, star = pattern.npos, from = 0;
  while (in_text < text.size()) {
    if (at < pattern.size() && pattern[at] == '*') {
      star = at++;
      from = in_text;
    } else if (at < pattern.size() && pattern[at] == text[in_text]) {
      ++at, ++in_text;
    } else if (star != pattern.npos) {
      at = star + 1;
      in_text = ++from;
    } else {
      return false;
    }
  }
  while (at < pattern.size() && pattern[at] == '*') ++at;
  return at == pattern.size();
}

}  // namespace aws
