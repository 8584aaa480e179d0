// Event patterns: which events a rule, a pipe or an event source mapping wants.
// https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-create-pattern-operators.html
#pragma once

#include <memory>
#include <string_view>

#include "base/result.h"
#include "base/value.h"

namespace aws {

// Read once, matched against many events; cheap to copy.
class EventPattern {
 public:
  // Errors: InvalidEventPatternException, "Event pattern is not valid. Reason: …". A name given twice keeps its last
  // value.
  static base::Result<EventPattern> parse(std::string_view text);

  // Whether the event has, for each field that the pattern names, one of the values it lists. Of an array in the event
  // one element is enough; fields of one object in an array are looked for in the same element.
  bool matches(const base::Value& event) const;

  // Whether the pattern names this field at its top, and what for it lists: values themselves, or fields inside of it.
  enum class Form { kAbsent, kValues, kFields };
  Form form_of(std::string_view field) const;

  struct Node;  // internal

 private:
  explicit EventPattern(std::shared_ptr<const Node> root) : root_(std::move(root)) {}

  std::shared_ptr<const Node> root_;
};

}  // namespace aws
