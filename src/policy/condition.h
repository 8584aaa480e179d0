#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/document.h"
#include "policy/pattern.h"

// The Condition element:
// https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
namespace policy {

struct Operator {
  enum class Type { kString, kNumeric, kDate, kBool, kBinary, kIpAddress, kArn, kNull };
  enum class Relation { kEqual, kLess, kLessOrEqual, kGreater, kGreaterOrEqual };
  enum class Set { kNone, kAll, kAny };

  Type type = Type::kString;
  Relation relation = Relation::kEqual;
  Set set = Set::kNone;
  bool is_negated = false;
  bool ignores_case = false;
  bool has_wildcards = false;  // of strings
  bool if_exists = false;
};

// "ForAllValues:StringLikeIfExists"; nothing where there is no such operator.
std::optional<Operator> parse_operator(std::string_view name);

// An address of version 4 or 6, the former in the last four bytes, and how many leading bits of it count.
struct Network {
  std::array<unsigned char, 16> bytes{};
  bool is_v6 = false;
  int bits = 0;

  bool contains(const Network& address) const;
};
std::optional<Network> parse_network(std::string_view text);

// One operator on one key.
class Condition {
 public:
  Condition(std::string_view operator_name, const Operator& how, std::string_view key, const Node& values,
            Variables variables);

  // `why`, when not null, is told what was compared if it does not hold.
  bool holds(const Context& context, Values& found, Values& scratch, std::string* why) const;

  const std::string& operator_name() const { return operator_name_; }
  const Operator& how() const { return how_; }
  const std::string& key() const { return key_; }  // in lower case
  const std::string& key_as_written() const { return key_as_written_; }
  const std::vector<std::string>& values() const { return values_; }  // as written
  void add_keys(std::vector<std::string>& keys) const;

 private:
  // What the request's value is compared with.
  struct Operand {
    bool is_valid = true;  // else it compares with nothing
    Glob glob{};
    std::optional<Template> text = std::nullopt;
    std::optional<ArnPattern> arn = std::nullopt;
    double number = 0;
    std::int64_t time_ms = 0;
    bool flag = false;
    Network network{};
  };
  enum class Match { kNo, kYes, kUnresolved };

  Operand prepare(std::string_view value, Variables variables) const;
  bool decide(const Context& context, const Values& found, Values& scratch) const;
  // Whether the value is one of the operands; negation is not looked at.
  Match is_any_of_operands(std::string_view value, const Context& context, Values& scratch) const;
  Match compare(const Operand& operand, std::string_view value, const Context& context, Values& scratch) const;

  std::string operator_name_, key_, key_as_written_;
  Operator how_;
  std::vector<std::string> values_;
  std::vector<Operand> operands_;
};

// A moment as conditions write it: ISO 8601, also cut after the year or month, or seconds since 1970.
std::optional<std::int64_t> parse_moment(std::string_view text);

}  // namespace policy
