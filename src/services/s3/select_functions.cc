#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/strings.h"
#include "services/s3/select_evaluate.h"

namespace s3::select {

namespace {

struct Function {
  std::string_view name;
  Arity arity;
};
constexpr std::array<Function, 9> kFunctions{{{"CHARACTER_LENGTH", {1, 1}},
                                              {"CHAR_LENGTH", {1, 1}},
                                              {"COALESCE", {1, 1'000}},
                                              {"LOWER", {1, 1}},
                                              {"NULLIF", {2, 2}},
                                              {"TO_STRING", {2, 2}},
                                              {"TO_TIMESTAMP", {1, 1}},
                                              {"UPPER", {1, 1}},
                                              {"UTCNOW", {0, 0}}}};

std::unexpected<base::Error> wrong_argument() {
  return base::fail("IncorrectSqlFunctionArgumentType",
                    "Incorrect type of arguments in the function call in the SQL expression.");
}
std::unexpected<base::Error> cast_failed() {
  return base::fail("CastFailed",
                    "Attempt to convert from one data type to another using CAST failed in the SQL expression.");
}

std::vector<std::string_view> characters(std::string_view text) {
  std::vector<std::string_view> letters;
  while (!text.empty()) {
    const std::size_t size = std::max<std::size_t>(1, base::utf8_character_length(text));
    letters.push_back(text.substr(0, size));
    text.remove_prefix(size);
  }
  return letters;
}

std::string changed_case(std::string text, char from, char to) {
  for (char& letter : text) {
    if (letter >= from && letter <= to) letter = static_cast<char>(letter ^ 0x20);
  }
  return text;
}

// Positions count from 1; what lies before the text counts towards the length.
Result<Datum> substring_of(const std::vector<Datum>& arguments) {
  for (std::size_t each = 1; each < arguments.size(); ++each) {
    if (arguments[each].kind != Datum::Kind::kNumber) return wrong_argument();
  }
  const auto letters = characters(arguments[0].text);
  const auto size = static_cast<std::int64_t>(letters.size());
  const std::int64_t start = arguments[1].number.truncated().value_or(size + 1);
  std::int64_t end = size + 1;
  if (arguments.size() > 2) {
    auto length = arguments[2].number.truncated();
    if (!length || *length < 0)
      return base::fail("EvaluatorInvalidArguments", "The length of a substring must not be negative.");
    if (__builtin_add_overflow(start, *length, &end)) end = size + 1;
  }
  std::string text;
  for (std::int64_t at = std::max<std::int64_t>(start, 1); at < std::min(end, size + 1); ++at)
    text += letters[static_cast<std::size_t>(at - 1)];
  return Datum::of(std::move(text));
}

Result<Datum> trim_of(std::string_view side, const std::vector<Datum>& arguments) {
  const auto letters = characters(arguments[0].text);
  const auto removed = characters(arguments.size() > 1 ? std::string_view(arguments[1].text) : " ");
  auto is_removed = [&](std::string_view letter) { return std::ranges::find(removed, letter) != removed.end(); };
  std::size_t begin = 0, end = letters.size();
  if (side != "TRAILING") {
    while (begin < end && is_removed(letters[begin])) ++begin;
  }
  if (side != "LEADING") {
    while (end > begin && is_removed(letters[end - 1])) --end;
  }
  std::string text;
  for (std::size_t at = begin; at < end; ++at) text += letters[at];
  return Datum::of(std::move(text));
}

Result<Datum> text_function(const Expression& node, const std::vector<Datum>& arguments) {
  if (std::ranges::any_of(arguments, &Datum::is_unknown)) return Datum::null();
  if (node.name == "TO_STRING") {
    if (arguments[0].kind != Datum::Kind::kTime || arguments[1].kind != Datum::Kind::kText) return wrong_argument();
    return Datum::of(TRY(format_timestamp(arguments[0].time, arguments[1].text)));
  }
  if (arguments[0].kind != Datum::Kind::kText) return wrong_argument();
  if (node.name == "SUBSTRING") return substring_of(arguments);
  if (node.name == "TRIM") return trim_of(node.detail, arguments);
  if (node.name == "LOWER") return Datum::of(changed_case(arguments[0].text, 'A', 'Z'));
  if (node.name == "UPPER") return Datum::of(changed_case(arguments[0].text, 'a', 'z'));
  if (node.name == "TO_TIMESTAMP") {
    auto time = Timestamp::parse(arguments[0].text);
    if (!time) return base::fail("ValueParseFailure", "Time stamp parse failure in the SQL expression.");
    return Datum::of(*time);
  }
  return Datum::of(Number::whole(static_cast<std::int64_t>(characters(arguments[0].text).size())));
}

std::optional<Number> number_in(const Datum& value) {
  switch (value.kind) {
    case Datum::Kind::kNumber: return value.number;
    case Datum::Kind::kText: return Number::parse(base::trim(value.text));
    case Datum::Kind::kFlag: return Number::whole(value.flag ? 1 : 0);
    default: return std::nullopt;
  }
}

}  // namespace

std::optional<Arity> find_function(std::string_view name) {
  auto found = std::ranges::find(kFunctions, name, &Function::name);
  return found == kFunctions.end() ? std::nullopt : std::optional(found->arity);
}

Result<Datum> cast(const Datum& value, std::string_view type) {
  if (value.is_unknown()) return value;
  if (type == "STRING") return Datum::of(value.shown());
  if (type == "TIMESTAMP") {
    if (value.kind == Datum::Kind::kTime) return value;
    auto time = value.kind == Datum::Kind::kText ? Timestamp::parse(value.text) : std::nullopt;
    if (!time) return cast_failed();
    return Datum::of(*time);
  }
  if (type == "BOOL" || type == "BOOLEAN") {
    if (value.kind == Datum::Kind::kFlag) return value;
    if (value.kind == Datum::Kind::kText && base::equal_ignoring_case(value.text, "true")) return Datum::of(true);
    if (value.kind == Datum::Kind::kText && base::equal_ignoring_case(value.text, "false")) return Datum::of(false);
    if (value.kind != Datum::Kind::kNumber) return cast_failed();
    return Datum::of(value.number.real() != 0);
  }
  auto number = number_in(value);
  if (!number) return cast_failed();
  if (type == "FLOAT") return Datum::of(Number::floating(number->real()));
  if (type == "DECIMAL" || type == "NUMERIC") return Datum::of(number->as_decimal());
  auto whole = number->truncated();
  if (!whole) return base::fail("IntegerOverflow", "An integer overflow or underflow occurred in the SQL expression.");
  return Datum::of(Number::whole(*whole));
}

Result<Datum> call_function(const Expression& node, const std::vector<Datum>& arguments, std::int64_t now_ms) {
  if (node.name == "CAST") return cast(arguments[0], node.detail);
  if (node.name == "UTCNOW") return Datum::of(Timestamp{.time_ms = now_ms});
  if (node.name == "COALESCE") {
    auto found = std::ranges::find_if(arguments, [](const Datum& each) { return !each.is_unknown(); });
    return found == arguments.end() ? Datum::null() : *found;
  }
  if (node.name == "NULLIF") {
    if (arguments[0].is_unknown()) return Datum::null();
    return compare(arguments[0], arguments[1]) == 0 ? Datum::null() : arguments[0];
  }
  if (node.name == "DATE_ADD" || node.name == "DATE_DIFF" || node.name == "EXTRACT")
    return call_date_function(node, arguments);
  return text_function(node, arguments);
}

Result<void> Aggregate::take(const Context& context) {
  if (node_->operands.empty()) {
    ++count_;
    return {};
  }
  const Datum value = TRY(evaluate(*node_->operands[0], context));
  if (value.is_unknown()) return {};
  ++count_;
  if (node_->name == "COUNT") return {};
  if (node_->name == "SUM" || node_->name == "AVG") {
    auto number = value.kind == Datum::Kind::kFlag ? std::nullopt : number_in(value);
    if (!number) return wrong_argument();
    sum_ = add(sum_, *number).value_or(sum_);
    return {};
  }
  if (extreme_.is_unknown()) {
    extreme_ = value;
    return {};
  }
  auto order = compare(value, extreme_);
  if (!order) return wrong_argument();
  if (node_->name == "MIN" ? *order < 0 : *order > 0) extreme_ = value;
  return {};
}

Datum Aggregate::value() const {
  if (node_->name == "COUNT") return Datum::of(Number::whole(count_));
  if (count_ == 0) return Datum::null();
  if (node_->name == "SUM") return Datum::of(sum_);
  if (node_->name != "AVG") return extreme_;
  if (sum_.is_whole() && sum_.truncated() && *sum_.truncated() % count_ != 0)
    return Datum::of(Number::floating(sum_.real() / static_cast<double>(count_)).as_decimal());
  return Datum::of(*divide(sum_, Number::whole(count_)));
}

}  // namespace s3::select
