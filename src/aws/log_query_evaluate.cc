#include <cmath>

#include "aws/log_query_frame.h"
#include "aws/log_query_functions.h"
#include "base/strings.h"

namespace aws::log_query {
namespace {

// True, false, or neither, as what is absent cannot be compared.
enum class Truth { kFalse, kTrue, kUnknown };

Truth truth_of(bool flag) { return flag ? Truth::kTrue : Truth::kFalse; }

Cell arithmetic(const Expression& expression, Frame& frame) {
  auto left = number_of(evaluate(*expression.arguments[0], frame));
  auto right = number_of(evaluate(*expression.arguments[1], frame));
  if (!left || !right) return {};
  double result = 0;
  switch (expression.sign) {
    case '+': result = *left + *right; break;
    case '-': result = *left - *right; break;
    case '*': result = *left * *right; break;
    case '/': result = *left / *right; break;
    case '%': result = std::fmod(*left, *right); break;
    default: result = std::pow(*left, *right); break;
  }
  return std::isfinite(result) ? Cell::of_number(result) : Cell{};
}

bool holds(char sign, int order) {
  switch (sign) {
    case '=': return order == 0;
    case '!': return order != 0;
    case '<': return order < 0;
    case '>': return order > 0;
    case 'l': return order <= 0;
    default: return order >= 0;
  }
}

Truth judge(const Expression& expression, Frame& frame);

Truth judge_text(const Expression& expression, Frame& frame) {
  Cell left = evaluate(*expression.arguments[0], frame);
  if (left.is_nothing()) return Truth::kUnknown;
  std::string_view text = text_of(left, frame.arena());
  switch (expression.kind) {
    case Expression::Kind::kLike: {
      Cell sought = evaluate(*expression.arguments[1], frame);
      if (sought.is_nothing()) return Truth::kUnknown;
      return truth_of(text.find(text_of(sought, frame.arena())) != std::string_view::npos);
    }
    case Expression::Kind::kMatch:
      return truth_of(re2::RE2::PartialMatch(re2::StringPiece(text.data(), text.size()), *expression.regex));
    case Expression::Kind::kInQuery: return truth_of(frame.is_one_of(expression.index, text));
    default:
      for (const auto& choice : expression.choices)
        if (compare(left, choice->constant, frame.arena()) == 0) return Truth::kTrue;
      return Truth::kFalse;
  }
}

Truth judge(const Expression& expression, Frame& frame) {
  switch (expression.kind) {
    case Expression::Kind::kAnd: {
      Truth left = judge(*expression.arguments[0], frame);
      if (left == Truth::kFalse) return left;
      Truth right = judge(*expression.arguments[1], frame);
      return right == Truth::kTrue ? left : right;
    }
    case Expression::Kind::kOr: {
      Truth left = judge(*expression.arguments[0], frame);
      if (left == Truth::kTrue) return left;
      Truth right = judge(*expression.arguments[1], frame);
      return right == Truth::kFalse ? left : right;
    }
    case Expression::Kind::kNot: {
      Truth inner = judge(*expression.arguments[0], frame);
      return inner == Truth::kUnknown ? inner : truth_of(inner == Truth::kFalse);
    }
    case Expression::Kind::kCompare: {
      Cell left = evaluate(*expression.arguments[0], frame);
      Cell right = evaluate(*expression.arguments[1], frame);
      auto order = compare(left, right, frame.arena());
      return order ? truth_of(holds(expression.sign, *order)) : Truth::kUnknown;
    }
    case Expression::Kind::kLike:
    case Expression::Kind::kMatch:
    case Expression::Kind::kIn:
    case Expression::Kind::kInQuery: return judge_text(expression, frame);
    default: {
      Cell cell = evaluate(expression, frame);
      return cell.is_nothing() ? Truth::kUnknown : truth_of(is_true(cell));
    }
  }
}

Cell call_function(const Expression& expression, Frame& frame) {
  constexpr std::size_t kFew = 4;
  Cell few[kFew];
  std::vector<Cell> many;
  std::size_t count = expression.arguments.size();
  if (count > kFew) many.resize(count);
  std::span<Cell> arguments = count > kFew ? std::span(many) : std::span(few, count);
  for (std::size_t i = 0; i < count; ++i) arguments[i] = evaluate(*expression.arguments[i], frame);
  return expression.function->run({frame.arena(), expression, frame.now_ms()}, arguments);
}

// What stands for each * of a glob. The text before the first one may stand anywhere; each takes as little as it can,
// and the last one, where nothing follows it, all there is.
bool match_glob(std::string_view glob, std::string_view text, std::vector<std::string_view>& found) {
  std::size_t star = glob.find('*');
  std::size_t at = text.find(glob.substr(0, star));
  if (at == std::string_view::npos) return false;
  at += std::min(star, glob.size());
  while (star != std::string_view::npos) {
    std::size_t next = glob.find('*', star + 1);
    std::string_view literal = glob.substr(star + 1, next == std::string_view::npos ? next : next - star - 1);
    std::size_t end = literal.empty() && next == std::string_view::npos ? text.size() : text.find(literal, at);
    if (end == std::string_view::npos) return false;
    found.push_back(text.substr(at, end - at));
    at = end + literal.size();
    star = next;
  }
  return true;
}

// key=value key="quoted value" …, as a map.
base::Value read_logfmt(std::string_view text) {
  base::Value::Map pairs;
  while (true) {
    text.remove_prefix(std::min(text.find_first_not_of(" \t\r\n"), text.size()));
    if (text.empty()) break;
    std::size_t end = text.find_first_of(" \t\r\n=");
    std::string key(text.substr(0, end));
    text.remove_prefix(std::min(end, text.size()));
    if (text.empty() || text[0] != '=') continue;  // a word without a value
    text.remove_prefix(1);
    std::string value;
    if (!text.empty() && text[0] == '"') {
      std::size_t at = 1;
      for (; at < text.size() && text[at] != '"'; ++at) {
        if (text[at] == '\\' && at + 1 < text.size()) ++at;
        value += text[at];
      }
      text.remove_prefix(std::min(at + 1, text.size()));
    } else {
      end = std::min(text.find_first_of(" \t\r\n"), text.size());
      value = text.substr(0, end);
      text.remove_prefix(end);
    }
    if (!key.empty()) pairs.emplace_back(std::move(key), std::move(value));
  }
  base::keep_last_of_repeated_names(pairs);
  return pairs;
}

}  // namespace

Cell evaluate(const Expression& expression, Frame& frame) {
  switch (expression.kind) {
    case Expression::Kind::kConstant: return expression.constant;
    case Expression::Kind::kField:
      if (expression.path.empty()) return frame.get(expression.slot);
      return member_at(frame.get(expression.slot), expression.path, frame.arena());
    case Expression::Kind::kFunction: return call_function(expression, frame);
    case Expression::Kind::kAggregate: return (*frame.aggregates)[expression.index];
    case Expression::Kind::kNegate: {
      auto number = number_of(evaluate(*expression.arguments[0], frame));
      return number ? Cell::of_number(-*number) : Cell{};
    }
    case Expression::Kind::kArithmetic: return arithmetic(expression, frame);
    default: {
      Truth truth = judge(expression, frame);
      return truth == Truth::kUnknown ? Cell{} : Cell::of_flag(truth == Truth::kTrue);
    }
  }
}

bool passes(const Expression& condition, Frame& frame) { return judge(condition, frame) == Truth::kTrue; }

void run_parse(const Command& command, Frame& frame) {
  Cell given = evaluate(*command.expression, frame);
  std::vector<std::string_view>& found = frame.scratch;
  found.clear();
  std::string_view text = base::trim(text_of(given, frame.arena()));
  if (command.regex) {
    std::vector<re2::StringPiece> groups(command.columns.size() + 1);  // the first is the whole match
    if (command.regex->Match(re2::StringPiece(text.data(), text.size()), 0, text.size(), re2::RE2::UNANCHORED,
                             groups.data(), static_cast<int>(groups.size())))
      for (std::size_t i = 1; i < groups.size(); ++i) found.emplace_back(groups[i].data(), groups[i].size());
  } else if (!command.glob.empty()) {
    if (!match_glob(command.glob, text, found)) found.clear();
  } else {
    if (!given.is_nothing())
      frame.set(command.columns[0].slot, Cell::of_structure(frame.arena().keep_structure(read_logfmt(text))));
    return;
  }
  for (std::size_t i = 0; i < command.columns.size(); ++i) {
    int slot = command.columns[i].slot;
    if (slot < 0) continue;
    bool is_found = i < found.size() && found[i].data() != nullptr;
    frame.set(slot, is_found ? Cell::of_text(found[i]) : Cell{});
  }
}

}  // namespace aws::log_query
