// Checks requests against their shapes and words the refusals as AWS does.
#include "model/validate.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>

#include "model/pattern.h"

namespace model {
namespace {

// Where in the request a value stands: a chain from the value up to the root, on the stack of the checks.
struct Step {
  enum class Part : std::uint8_t { kMember, kElement, kEntry };
  const Step* parent = nullptr;
  Part part = Part::kMember;
  const Member* member = nullptr;  // of the structure, or the list's or map's part
  std::size_t index = 0;           // of an element, from 1
  std::string_view key = {};       // of a map's entry
};

std::string lower_first(std::string_view name) {
  std::string text(name);
  if (!text.empty() && text[0] >= 'A' && text[0] <= 'Z') text[0] = static_cast<char>(text[0] - 'A' + 'a');
  return text;
}

// 'keySchema.1.member.attributeName', 'requestItems.table.member'.
std::string member_path(const Step* step) {
  std::string path = step->parent ? member_path(step->parent) + "." : "";
  switch (step->part) {
    case Step::Part::kMember: return path + lower_first(step->member->name);
    case Step::Part::kElement: return path + std::to_string(step->index) + ".member";
    case Step::Part::kEntry: return path.append(step->key).append(".member");
  }
  return path;
}

std::string_view parameter_name(const Member& member) {
  if (!member.query_name.empty()) return member.query_name;
  return member.location_name.empty() ? member.name : member.location_name;
}

// 'SendMessageBatchRequestEntry.1.Id': the name of the parameter in a form, as services born with the query protocol
// say.
std::string parameter_path(const Step* step) {
  std::string path = step->parent ? parameter_path(step->parent) : "";
  if (step->part == Step::Part::kElement) {
    bool flattened = step->parent && step->parent->member->flattened;
    if (flattened && parameter_name(*step->member) != "member") {
      std::size_t dot = path.rfind('.');
      path.resize(dot == std::string::npos ? 0 : dot + 1);
      path += parameter_name(*step->member);
    } else if (!flattened) {
      path.append(".").append(parameter_name(*step->member));
    }
    return path + "." + std::to_string(step->index);
  }
  if (!path.empty()) path += ".";
  return path.append(step->part == Step::Part::kEntry ? step->key : parameter_name(*step->member));
}

std::string number_text(double number) {
  std::array<char, 32> buffer;
  auto [end, error] =
      std::abs(number) < 1e15 && number == std::floor(number)
          ? std::to_chars(buffer.data(), buffer.data() + buffer.size(), static_cast<std::int64_t>(number))
          : std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return error == std::errc() ? std::string(buffer.data(), end) : std::string();
}

bool is_number(Kind kind) {
  return kind == Kind::kInteger || kind == Kind::kLong || kind == Kind::kFloat || kind == Kind::kDouble;
}

bool is_structure(Kind kind) { return kind == Kind::kStructure || kind == Kind::kUnion; }

bool is_of_kind(Kind kind, const Value& value) {
  switch (kind) {
    case Kind::kStructure:
    case Kind::kUnion:
    case Kind::kMap: return value.is_map();
    case Kind::kList: return value.is_list();
    case Kind::kString:
    case Kind::kBlob: return value.is_text();
    default: return !is_number(kind) || value.is_number();
  }
}

// A value as Java prints it.
std::string value_text(const Shape& shape, const Value& value) {
  switch (shape.kind) {
    case Kind::kList: {
      std::string text = "[";
      for (const Value& element : value.list()) {
        if (text.size() > 1) text += ", ";
        text += value_text(*shape.element().shape, element);
      }
      return text + "]";
    }
    case Kind::kMap: {
      std::string text = "{";
      for (const auto& [key, entry] : value.map()) {
        if (text.size() > 1) text += ", ";
        text += key + "=" + value_text(*shape.value().shape, entry);
      }
      return text + "}";
    }
    case Kind::kStructure:
    case Kind::kUnion: {
      std::string text;
      for (const Member& member : shape.members) {
        const Value& part = value.at(member.name);
        text += text.empty() ? "" : ", ";
        text += lower_first(member.name) + "=" + (part.is_null() ? "null" : value_text(*member.shape, part));
      }
      return std::string(shape.name) + "(" + text + ")";
    }
    case Kind::kBlob: {
      std::string size = std::to_string(value.str().size());
      return "java.nio.HeapByteBuffer[pos=0 lim=" + size + " cap=" + size + "]";
    }
    case Kind::kBoolean: return value.flag() ? "true" : "false";
    default:
      return value.is_number() ? (value.is_whole() ? std::to_string(value.num()) : number_text(value.real()))
                               : value.str();
  }
}

// Characters, not bytes: AWS counts what people read.
std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::count_if(text.begin(), text.end(), [](char c) { return (static_cast<unsigned char>(c) & 0xc0) != 0x80; }));
}

// How many characters a text has, as far as its shape's limits care: most texts keep them whatever their characters
// are.
double measure_text(const Shape& shape, std::string_view text) {
  const double bytes = static_cast<double>(text.size());
  const bool within = bytes <= shape.max.value_or(bytes) && (bytes >= 4 * shape.min.value_or(0) || shape.min == 1.0);
  return within ? bytes : static_cast<double>(count_characters(text));
}

// What a limit of the shape applies to: the value of a number, else a length.
double measure(const Shape& shape, const Value& value) {
  if (is_number(shape.kind)) return value.real();
  if (shape.kind == Kind::kList) return static_cast<double>(value.list().size());
  if (shape.kind == Kind::kMap) return static_cast<double>(value.map().size());
  if (shape.kind == Kind::kBlob) return static_cast<double>(value.str().size());
  return measure_text(shape, value.str());
}

enum class Constraint : std::uint8_t { kMax, kMin, kEnum, kPattern };
constexpr std::array kConstraints = {Constraint::kMax, Constraint::kMin, Constraint::kEnum, Constraint::kPattern};

bool has_constraint(const Shape& shape, Constraint constraint) {
  switch (constraint) {
    case Constraint::kMax: return shape.max.has_value();
    case Constraint::kMin: return shape.min.has_value();
    case Constraint::kEnum: return !shape.enum_values.empty();
    case Constraint::kPattern: return !shape.pattern.empty();
  }
  return false;
}

bool is_within_limits(const Shape& shape, double measured) {
  return measured <= shape.max.value_or(measured) && measured >= shape.min.value_or(measured);
}

bool is_in_enum(const Shape& shape, std::string_view text) {
  return std::find(shape.enum_values.begin(), shape.enum_values.end(), text) != shape.enum_values.end();
}

bool satisfies(const Shape& shape, const Value& value, Constraint constraint) {
  switch (constraint) {
    case Constraint::kMax: return measure(shape, value) <= *shape.max;
    case Constraint::kMin: return measure(shape, value) >= *shape.min;
    case Constraint::kEnum: return is_in_enum(shape, value.str());
    case Constraint::kPattern: return matches_pattern(value.str(), shape.pattern);
  }
  return true;
}

bool text_satisfies_all(const Shape& shape, std::string_view text) {
  return is_within_limits(shape, measure_text(shape, text)) && (shape.enum_values.empty() || is_in_enum(shape, text)) &&
         (shape.pattern.empty() || matches_pattern(text, shape.pattern));
}

bool satisfies_all(const Shape& shape, const Value& value) {
  if (value.is_text() && shape.kind == Kind::kString) return text_satisfies_all(shape, value.str());
  return is_within_limits(shape, measure(shape, value));
}

std::string constraint_text(const Shape& shape, Constraint constraint) {
  std::string_view measured = is_number(shape.kind) ? "value" : "length";
  switch (constraint) {
    case Constraint::kMax:
      return "Member must have " + std::string(measured) + " less than or equal to " + number_text(*shape.max);
    case Constraint::kMin:
      return "Member must have " + std::string(measured) + " greater than or equal to " + number_text(*shape.min);
    case Constraint::kEnum: {
      std::string text;
      for (std::string_view value : shape.enum_values) text.append(text.empty() ? "" : ", ").append(value);
      return "Member must satisfy enum value set: [" + text + "]";
    }
    case Constraint::kPattern: return "Member must satisfy regular expression pattern: " + std::string(shape.pattern);
  }
  return {};
}

std::string all_constraints_text(const Shape& shape) {
  std::string text;
  for (Constraint constraint : kConstraints)
    if (has_constraint(shape, constraint)) text += (text.empty() ? "" : ", ") + constraint_text(shape, constraint);
  return "[" + text + "]";
}

// Walks a request and collects what is wrong with it. Allocates only when something is.
class RequestCheck {
 public:
  explicit RequestCheck(ValidationFamily family) : family_(family) {}

  void check_structure(const Shape& shape, const Value& value, const Step* at) {
    for (const Member& member : shape.members) {
      if (!member.validated || !(member.required || member.shape->constrained)) continue;
      const Value& part = value.at(member.name);
      Step step{.parent = at, .part = Step::Part::kMember, .member = &member};
      if (!part.is_null()) {
        if (member.shape->constrained) check(*member.shape, part, &step);
      } else if (member.required) {
        refuse_missing(&step);
      }
    }
  }

  base::Result<void> result(const Service& service) const;

 private:
  struct Problem {
    bool missing = false;
    std::string text;
  };

  bool speaks_of_parameters() const { return family_ == ValidationFamily::kSqs || family_ == ValidationFamily::kEc2; }

  void check(const Shape& shape, const Value& value, const Step* at) {
    if (!is_of_kind(shape.kind, value)) return;
    if (is_structure(shape.kind)) return check_structure(shape, value, at);
    if (family_ != ValidationFamily::kSqs) {
      for (Constraint constraint : kConstraints)
        if (has_constraint(shape, constraint) && !satisfies(shape, value, constraint))
          refuse(shape, value, constraint, at);
    }
    if (shape.kind == Kind::kList) check_list(shape, value, at);
    if (shape.kind == Kind::kMap) check_map(shape, value, at);
  }

  void check_list(const Shape& shape, const Value& value, const Step* at) {
    const Shape& element = *shape.element().shape;
    if (!element.constrained || !shape.element().validated) return;
    if (is_simple(element)) {
      for (const Value& each : value.list())
        if (is_of_kind(element.kind, each) && !satisfies_all(element, each))
          return refuse_parts(shape, value, "Member", element, at);
      return;
    }
    std::size_t index = 0;
    for (const Value& each : value.list()) {
      Step step{.parent = at, .part = Step::Part::kElement, .member = &shape.element(), .index = ++index};
      check(element, each, &step);
    }
  }

  void check_map(const Shape& shape, const Value& value, const Step* at) {
    const Shape& key_shape = *shape.key().shape;
    const Shape& entry_shape = *shape.value().shape;
    if (key_shape.constrained && shape.key().validated) {
      for (const auto& [key, entry] : value.map())
        if (!text_satisfies_all(key_shape, key)) {
          refuse_parts(shape, value, "Map keys", key_shape, at);
          break;
        }
    }
    if (!entry_shape.constrained || !shape.value().validated) return;
    if (is_simple(entry_shape)) {
      for (const auto& [key, entry] : value.map())
        if (is_of_kind(entry_shape.kind, entry) && !satisfies_all(entry_shape, entry))
          return refuse_parts(shape, value, "Map value", entry_shape, at);
      return;
    }
    for (const auto& [key, entry] : value.map()) {
      Step step{.parent = at, .part = Step::Part::kEntry, .member = &shape.value(), .key = key};
      check(entry_shape, entry, &step);
    }
  }

  static bool is_simple(const Shape& shape) {
    return !is_structure(shape.kind) && shape.kind != Kind::kList && shape.kind != Kind::kMap;
  }

  void refuse_missing(const Step* at) {
    bool parameter = speaks_of_parameters() || family_ == ValidationFamily::kMissingParameter;
    problems_.push_back({.missing = true,
                         .text = parameter ? parameter_path(at)
                                           : "Value null at '" + member_path(at) +
                                                 "' failed to satisfy constraint: Member must not be null"});
  }

  void refuse(const Shape& shape, const Value& value, Constraint constraint, const Step* at) {
    if (family_ != ValidationFamily::kEc2) return add(shape, value, constraint_text(shape, constraint), at);
    std::string text = "for parameter " + member_path(at) + " is invalid.";
    if (is_number(shape.kind)) {
      bool low = constraint == Constraint::kMin;
      text = "Value ( " + value_text(shape, value) + " ) " + text + " Expecting a value " +
             (low ? "greater than " + number_text(*shape.min) : "less than " + number_text(*shape.max)) + ".";
    } else {
      text = "Value (" + value_text(shape, value) + ") " + text;
    }
    problems_.push_back({.missing = false, .text = std::move(text)});
  }

  // An element, key or entry is wrong: AWS shows the whole collection and all that its parts must satisfy.
  void refuse_parts(const Shape& shape, const Value& value, std::string_view parts, const Shape& part_shape,
                    const Step* at) {
    if (family_ == ValidationFamily::kSqs) return;
    if (family_ == ValidationFamily::kEc2)
      problems_.push_back(
          {.missing = false,
           .text = "Value (" + value_text(shape, value) + ") for parameter " + member_path(at) + " is invalid."});
    else
      add(shape, value, std::string(parts) + " must satisfy constraint: " + all_constraints_text(part_shape), at);
  }

  void add(const Shape& shape, const Value& value, const std::string& wanted, const Step* at) {
    std::string shown = shape.sensitive ? "" : " '" + value_text(shape, value) + "'";
    problems_.push_back(
        {.missing = false,
         .text = "Value" + shown + " at '" + member_path(at) + "' failed to satisfy constraint: " + wanted});
  }

  ValidationFamily family_;
  std::vector<Problem> problems_;
};

base::Result<void> RequestCheck::result(const Service& service) const {
  if (problems_.empty()) return {};
  if (speaks_of_parameters() || family_ == ValidationFamily::kMissingParameter) {
    for (const Problem& problem : problems_) {
      if (!problem.missing) continue;
      // EC2 ends this sentence without a full stop, the others with one.
      std::string_view stop = family_ == ValidationFamily::kEc2 ? "" : ".";
      return base::fail("MissingParameter",
                        "The request must contain the parameter " + problem.text + std::string(stop));
    }
    if (family_ == ValidationFamily::kEc2) return base::fail("InvalidParameterValue", problems_.front().text);
  }
  std::string message =
      std::to_string(problems_.size()) + " validation error" + (problems_.size() == 1 ? "" : "s") + " detected: ";
  for (std::size_t i = 0; i < problems_.size(); ++i) message += (i == 0 ? "" : "; ") + problems_[i].text;
  std::string_view code = service.validation_error;
  if (code.empty()) code = family_ == ValidationFamily::kJson ? "ValidationException" : "ValidationError";
  return base::fail(std::string(code), std::move(message));
}

}  // namespace

base::Result<void> validate(const Service& service, const Operation& operation, const Value& input) {
  if (!operation.input->constrained || service.validation == ValidationFamily::kNone) return {};
  RequestCheck check(service.validation);
  check.check_structure(*operation.input, input, nullptr);
  return check.result(service);
}

}  // namespace model
