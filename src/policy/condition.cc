#include "policy/condition.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/bytes.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace policy {

namespace {

struct OperatorName {
  std::string_view name;
  Operator how;
};

using Type = Operator::Type;
using Relation = Operator::Relation;

constexpr OperatorName kOperators[] = {
    {"StringEquals", {.type = Type::kString}},
    {"StringNotEquals", {.type = Type::kString, .is_negated = true}},
    {"StringEqualsIgnoreCase", {.type = Type::kString, .ignores_case = true}},
    {"StringNotEqualsIgnoreCase", {.type = Type::kString, .is_negated = true, .ignores_case = true}},
    {"StringLike", {.type = Type::kString, .has_wildcards = true}},
    {"StringNotLike", {.type = Type::kString, .is_negated = true, .has_wildcards = true}},
    {"NumericEquals", {.type = Type::kNumeric}},
    {"NumericNotEquals", {.type = Type::kNumeric, .is_negated = true}},
    {"NumericLessThan", {.type = Type::kNumeric, .relation = Relation::kLess}},
    {"NumericLessThanEquals", {.type = Type::kNumeric, .relation = Relation::kLessOrEqual}},
    {"NumericGreaterThan", {.type = Type::kNumeric, .relation = Relation::kGreater}},
    {"NumericGreaterThanEquals", {.type = Type::kNumeric, .relation = Relation::kGreaterOrEqual}},
    {"DateEquals", {.type = Type::kDate}},
    {"DateNotEquals", {.type = Type::kDate, .is_negated = true}},
    {"DateLessThan", {.type = Type::kDate, .relation = Relation::kLess}},
    {"DateLessThanEquals", {.type = Type::kDate, .relation = Relation::kLessOrEqual}},
    {"DateGreaterThan", {.type = Type::kDate, .relation = Relation::kGreater}},
    {"DateGreaterThanEquals", {.type = Type::kDate, .relation = Relation::kGreaterOrEqual}},
    {"Bool", {.type = Type::kBool}},
    {"BinaryEquals", {.type = Type::kBinary}},
    {"IpAddress", {.type = Type::kIpAddress}},
    {"NotIpAddress", {.type = Type::kIpAddress, .is_negated = true}},
    {"ArnEquals", {.type = Type::kArn}},
    {"ArnLike", {.type = Type::kArn}},
    {"ArnNotEquals", {.type = Type::kArn, .is_negated = true}},
    {"ArnNotLike", {.type = Type::kArn, .is_negated = true}},
    {"Null", {.type = Type::kNull}},
};

template <class T>
bool is_related(const T& left, Relation relation, const T& right) {
  switch (relation) {
    case Relation::kEqual: return left == right;
    case Relation::kLess: return left < right;
    case Relation::kLessOrEqual: return left <= right;
    case Relation::kGreater: return left > right;
    case Relation::kGreaterOrEqual: return left >= right;
  }
  return false;
}

std::optional<bool> parse_flag(std::string_view text) {
  if (base::equal_ignoring_case(text, "true")) return true;
  if (base::equal_ignoring_case(text, "false")) return false;
  return std::nullopt;
}

// "ForAllValues … resolves to a null data set, such as an empty string."
bool is_empty_set(const Values& found) { return std::ranges::all_of(found, &std::string::empty); }

}  // namespace

std::optional<Operator> parse_operator(std::string_view name) {
  Operator::Set set = Operator::Set::kNone;
  if (name.starts_with("ForAllValues:")) set = Operator::Set::kAll;
  if (name.starts_with("ForAnyValue:")) set = Operator::Set::kAny;
  if (set != Operator::Set::kNone) name.remove_prefix(name.find(':') + 1);
  bool if_exists = name.ends_with("IfExists");
  if (if_exists) name.remove_suffix(std::string_view("IfExists").size());
  for (const OperatorName& known : kOperators) {
    if (known.name != name) continue;
    if (known.how.type == Type::kNull && if_exists) return std::nullopt;
    Operator how = known.how;
    how.set = set;
    how.if_exists = if_exists;
    return how;
  }
  return std::nullopt;
}

std::optional<Network> parse_network(std::string_view text) {
  Network network;
  std::size_t slash = text.find('/');
  std::string address(text.substr(0, slash));
  network.is_v6 = address.find(':') != std::string::npos;
  if (inet_pton(network.is_v6 ? AF_INET6 : AF_INET, address.c_str(), network.bytes.data()) != 1) return std::nullopt;
  network.bits = network.is_v6 ? 128 : 32;
  if (slash == std::string_view::npos) return network;
  auto bits = base::parse_number<int>(text.substr(slash + 1));
  if (!bits || *bits < 0 || *bits > network.bits) return std::nullopt;
  network.bits = *bits;
  return network;
}

bool Network::contains(const Network& address) const {
  if (is_v6 != address.is_v6) return false;
  auto whole = static_cast<std::size_t>(bits / 8);
  if (!std::equal(bytes.begin(), bytes.begin() + whole, address.bytes.begin())) return false;
  if (bits % 8 == 0) return true;
  return ((bytes[whole] ^ address.bytes[whole]) >> (8 - bits % 8)) == 0;
}

std::optional<std::int64_t> parse_moment(std::string_view text) {
  text = base::trim(text);
  if (auto time_ms = base::parse_iso8601(text)) return time_ms;
  auto is_digits = [](std::string_view part) { return part.find_first_not_of("0123456789") == std::string_view::npos; };
  if (text.size() == 7 && text[4] == '-' && is_digits(text.substr(0, 4)) && is_digits(text.substr(5)))
    return base::parse_iso8601(std::string(text) + "-01");
  // "2024" is a year: no policy means the first hour of 1970.
  if (text.size() == 4 && is_digits(text)) return base::parse_iso8601(std::string(text) + "-01-01");
  return base::parse_epoch_seconds(text);
}

Condition::Condition(std::string_view operator_name, const Operator& how, std::string_view key, const Node& values,
                     Variables variables)
    : operator_name_(operator_name), key_(base::to_lower(key)), key_as_written_(key), how_(how) {
  if (values.is_scalar()) values_.push_back(values.text);
  for (const Node& value : values.items) values_.push_back(value.text);
  for (const std::string& value : values_) operands_.push_back(prepare(value, variables));
}

Condition::Operand Condition::prepare(std::string_view value, Variables variables) const {
  Operand operand;
  switch (how_.type) {
    case Type::kString: {
      Template text(value, how_.has_wildcards ? Wildcards::kRead : Wildcards::kLiteral, variables,
                    how_.ignores_case ? Case::kIgnored : Case::kSensitive);
      if (text.has_variables())
        operand.text = std::move(text);
      else
        operand.glob = Glob(text.fixed());
      break;
    }
    case Type::kNumeric: {
      auto number = base::parse_number<double>(value);
      operand.is_valid = number.has_value();
      operand.number = number.value_or(0);
      break;
    }
    case Type::kDate: {
      auto time_ms = parse_moment(value);
      operand.is_valid = time_ms.has_value();
      operand.time_ms = time_ms.value_or(0);
      break;
    }
    case Type::kBool:
    case Type::kNull: {
      auto flag = parse_flag(value);
      operand.is_valid = flag.has_value();
      operand.flag = flag.value_or(false);
      break;
    }
    case Type::kBinary: operand.glob.text = value; break;
    case Type::kIpAddress: {
      auto network = parse_network(value);
      operand.is_valid = network.has_value();
      operand.network = network.value_or(Network());
      break;
    }
    case Type::kArn: operand.arn.emplace(value, variables); break;
  }
  return operand;
}

Condition::Match Condition::compare(const Operand& operand, std::string_view value, const Context& context,
                                    Values& scratch) const {
  if (!operand.is_valid) return Match::kNo;
  auto answer = [](bool is_match) { return is_match ? Match::kYes : Match::kNo; };
  switch (how_.type) {
    case Type::kString: {
      if (!operand.text) return answer(operand.glob.matches(value));
      auto text = operand.text->expand(context, scratch);
      return text ? answer(matches_glob(*text, value)) : Match::kUnresolved;
    }
    case Type::kNumeric: {
      auto number = base::parse_number<double>(value);
      return answer(number && is_related(*number, how_.relation, operand.number));
    }
    case Type::kDate: {
      auto time_ms = parse_moment(value);
      return answer(time_ms && is_related(*time_ms, how_.relation, operand.time_ms));
    }
    case Type::kBool: return answer(parse_flag(value) == operand.flag);
    case Type::kBinary: return answer(value == operand.glob.text);
    case Type::kIpAddress: {
      auto address = parse_network(value);
      return answer(address && operand.network.contains(*address));
    }
    case Type::kArn: {
      auto match = operand.arn->match(base::split_arn(value), context, scratch);
      return match == ArnPattern::Match::kUnresolved ? Match::kUnresolved : answer(match == ArnPattern::Match::kYes);
    }
    case Type::kNull: break;
  }
  return Match::kNo;
}

Condition::Match Condition::is_any_of_operands(std::string_view value, const Context& context, Values& scratch) const {
  std::string lowered;
  if (how_.ignores_case) value = lowered = base::to_lower(value);
  Match result = Match::kNo;
  for (const Operand& operand : operands_) {
    Match match = compare(operand, value, context, scratch);
    if (match == Match::kYes) return match;
    if (match == Match::kUnresolved) result = match;
  }
  return result;
}

bool Condition::decide(const Context& context, const Values& found, Values& scratch) const {
  // A value that a variable without a value might or might not equal satisfies neither an operator nor its negation.
  auto satisfies = [&](const std::string& value) {
    return is_any_of_operands(value, context, scratch) == (how_.is_negated ? Match::kNo : Match::kYes);
  };
  switch (how_.set) {
    case Operator::Set::kAll: return is_empty_set(found) || std::ranges::all_of(found, satisfies);
    case Operator::Set::kAny: return std::ranges::any_of(found, satisfies);
    // Of several values any may equal, and none when the operator is negated.
    case Operator::Set::kNone:
      return how_.is_negated ? std::ranges::all_of(found, satisfies) : std::ranges::any_of(found, satisfies);
  }
  return false;
}

bool Condition::holds(const Context& context, Values& found, Values& scratch, std::string* why) const {
  found.clear();
  bool is_present = context.find(key_, found) && !found.empty();
  bool result = false;
  if (how_.type == Type::kNull)
    result = std::ranges::any_of(operands_, [&](const Operand& o) { return o.is_valid && o.flag == !is_present; });
  else if (!is_present)
    result = how_.if_exists || how_.set == Operator::Set::kAll || (how_.is_negated && how_.set == Operator::Set::kNone);
  else
    result = decide(context, found, scratch);
  if (why && !result) {
    std::string actual = is_present ? fmt::format("\"{}\"", fmt::join(found, "\", \"")) : "not in the request";
    *why = fmt::format("Condition {} {}: the request has {}, the policy \"{}\"", operator_name_, key_as_written_,
                       actual, fmt::join(values_, "\", \""));
  }
  return result;
}

void Condition::add_keys(std::vector<std::string>& keys) const {
  keys.push_back(key_);
  for (const Operand& operand : operands_) {
    if (operand.text) operand.text->add_keys(keys);
    if (operand.arn) operand.arn->add_keys(keys);
  }
}

}  // namespace policy
