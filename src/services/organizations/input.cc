// What the model demands of a request, in Organizations' words: each broken rule has a Reason.
// https://docs.aws.amazon.com/organizations/latest/APIReference/API_InvalidInputException.html
#include "model/pattern.h"
#include "services/organizations/organization.h"

namespace organizations {

namespace {

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (c & 0xc0) != 0x80; }));
}

Result<void> check_length(const model::Shape& shape, double length, std::string_view what) {
  if (shape.max && length > *shape.max)
    return invalid_input("MAX_LENGTH_EXCEEDED", fmt::format("You provided a {} that is longer than allowed.", what));
  if (shape.min && length < *shape.min)
    return invalid_input("MIN_LENGTH_EXCEEDED", fmt::format("You provided a {} that is shorter than allowed.", what));
  return {};
}

Result<void> check_text(const model::Shape& shape, const std::string& text) {
  if (!shape.enum_values.empty() && std::ranges::find(shape.enum_values, text) == shape.enum_values.end())
    return invalid_input(
        shape.name == "PolicyType" || shape.name == "EffectivePolicyType" ? "INVALID_ENUM_POLICY_TYPE" : "INVALID_ENUM",
        "You specified an invalid value.");
  TRY_VOID(check_length(shape, static_cast<double>(count_characters(text)), "string parameter"));
  if (!shape.pattern.empty() && !model::matches_pattern(text, shape.pattern))
    return invalid_input(shape.name == "PolicyTargetId" ? "INVALID_PATTERN_TARGET_ID" : "INVALID_PATTERN",
                         "You provided a value that does not match the required pattern.");
  return {};
}

Result<void> check_number(const model::Shape& shape, double number) {
  if (shape.max && number > *shape.max)
    return invalid_input("MAX_VALUE_EXCEEDED",
                         "You provided a numeric parameter that has a larger value than allowed.");
  if (shape.min && number < *shape.min)
    return invalid_input("MIN_VALUE_EXCEEDED",
                         "You provided a numeric parameter that has a smaller value than allowed.");
  return {};
}

Result<void> check_shape(const model::Shape& shape, const Value& value) {
  if (value.is_text()) return check_text(shape, value.str());
  if (value.is_number() && shape.kind != model::Kind::kTimestamp) return check_number(shape, value.real());
  if (value.is_list()) {
    TRY_VOID(check_length(shape, static_cast<double>(value.list().size()), "list"));
    for (const Value& element : value.list()) TRY_VOID(check_shape(*shape.element().shape, element));
    return {};
  }
  if (!value.is_map()) return {};
  for (const model::Member& member : shape.members) {
    const Value& part = value.at(member.name);
    if (part.is_null() && member.required)
      return invalid_input("INPUT_REQUIRED", "You must include a value for all required parameters.");
    if (!part.is_null()) TRY_VOID(check_shape(*member.shape, part));
  }
  return {};
}

}  // namespace

std::unexpected<base::Error> invalid_input(std::string_view reason, std::string message) {
  return error("InvalidInputException", std::move(message), Out{{"Reason", reason}});
}

std::unexpected<base::Error> constraint_violation(std::string_view reason, std::string message) {
  return error("ConstraintViolationException", std::move(message), Out{{"Reason", reason}});
}

std::unexpected<base::Error> handshake_violation(std::string_view reason, std::string message) {
  return error("HandshakeConstraintViolationException", std::move(message), Out{{"Reason", reason}});
}

Result<void> check_input(Call& call) { return check_shape(*call.operation->input, *call.input); }

Result<std::optional<std::string>> read_token(In in, std::string_view prefix) {
  if (!in.has("NextToken")) return std::nullopt;
  std::optional<std::string> after = base::from_base64(in.str("NextToken"));
  if (!after || !after->starts_with(prefix))
    return invalid_input("INVALID_NEXT_TOKEN",
                         "Get the value for the NextToken parameter from the response to a previous call of the "
                         "operation.");
  return after;
}

}  // namespace organizations
