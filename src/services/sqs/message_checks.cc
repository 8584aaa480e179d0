#include "services/sqs/message_checks.h"

#include "base/bytes.h"
#include "base/strings.h"

namespace sqs {

namespace {

constexpr std::size_t kAttributesMax = 10;
constexpr std::size_t kAttributeNameCharactersMax = 256;
constexpr std::size_t kAttributeTypeCharactersMax = 256;
constexpr std::size_t kFifoIdCharactersMax = 128;
constexpr std::size_t kNumberDigitsMax = 38;

std::unexpected<base::Error> invalid(std::string message) { return error("InvalidParameterValue", std::move(message)); }

bool is_letter_or_digit(char c) { return std::isalnum(static_cast<unsigned char>(c)) != 0; }

// "#x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to #xFFFD | #x10000 to #x10FFFF", in UTF-8.
bool has_only_xml_characters(std::string_view text) {
  for (std::size_t i = 0; i < text.size(); ++i) {
    // Most text is plain: eight bytes from 0x20 to 0x7F at a time.
    if (std::uint64_t word; text.size() - i >= sizeof word) {
      std::memcpy(&word, text.data() + i, sizeof word);
      if ((((word - 0x2020'2020'2020'2020) | word) & 0x8080'8080'8080'8080) == 0) {
        i += sizeof word - 1;
        continue;
      }
    }
    auto byte = static_cast<unsigned char>(text[i]);
    if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r') return false;
    // U+FFFE and U+FFFF are EF BF BE and EF BF BF.
    if (byte == 0xEF && i + 2 < text.size() && text[i + 1] == '\xBF' && static_cast<unsigned char>(text[i + 2]) >= 0xBE)
      return false;
  }
  return base::is_utf8(text);
}

base::Result<void> check_attribute_name(const std::string& name) {
  auto is_allowed = [](char c) { return is_letter_or_digit(c) || c == '_' || c == '-' || c == '.'; };
  if (name.empty() || name.size() > kAttributeNameCharactersMax || !std::ranges::all_of(name, is_allowed) ||
      name.front() == '.' || name.back() == '.' || name.find("..") != std::string::npos)
    return invalid(fmt::format(
        "The message attribute name '{}' is invalid. Attribute name can contain A-Z, a-z, 0-9, underscore (_), "
        "hyphen (-), and period (.) characters.",
        name));
  std::string lower = base::to_lower(name);
  if (lower.starts_with("aws.") || lower.starts_with("amazon."))
    return invalid("You can not use attribute names that start with ['aws.', 'amazon.'].");
  return {};
}

// "Number attributes can have up to 38 digits of precision."
bool is_number(const std::string& text) {
  std::string_view rest = text;
  if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
  std::size_t digits = 0;
  auto take_digits = [&] {
    std::size_t count = 0;
    while (!rest.empty() && rest.front() >= '0' && rest.front() <= '9') rest.remove_prefix(1), ++count;
    digits += count;
    return count;
  };
  take_digits();
  if (rest.starts_with('.')) rest.remove_prefix(1), take_digits();
  if (digits == 0 || digits > kNumberDigitsMax) return false;
  if (rest.starts_with('e') || rest.starts_with('E')) {
    rest.remove_prefix(1);
    if (rest.starts_with('-') || rest.starts_with('+')) rest.remove_prefix(1);
    std::size_t exponent_digits = take_digits();
    if (exponent_digits == 0 || exponent_digits > 3) return false;
  }
  return rest.empty();
}

base::Result<MessageAttribute> read_attribute(const std::string& name, const Value& given) {
  TRY_VOID(check_attribute_name(name));
  const In in(given);
  MessageAttribute attribute{.name = name, .type = in.str("DataType")};
  if (attribute.type.empty())
    return invalid(fmt::format("The message attribute '{}' must contain non-empty message attribute type.", name));
  if (attribute.type.size() > kAttributeTypeCharactersMax)
    return invalid("Length of message attribute type must be less than 256 bytes.");
  const std::string_view base_type = std::string_view(attribute.type).substr(0, attribute.type.find('.'));
  if (base_type != "String" && base_type != "Number" && base_type != "Binary")
    return invalid(fmt::format(
        "The message attribute '{}' has an invalid message attribute type, the set of supported type prefixes is "
        "Binary, Number, and String.",
        name));
  const bool is_binary = base_type == "Binary";
  if (in.has("StringValue") && in.has("BinaryValue"))
    return invalid(fmt::format("The message attribute '{}' has multiple values.", name));
  if (is_binary ? in.has("StringValue") : in.has("BinaryValue"))
    return invalid(fmt::format("The message attribute '{}' with type '{}' must use field '{}'.", name, attribute.type,
                               is_binary ? "Binary" : "String"));
  attribute.value = is_binary ? in.str("BinaryValue") : in.str("StringValue");
  if (attribute.value.empty())
    return invalid(fmt::format(
        "The message attribute '{}' must contain non-empty message attribute value for message attribute type '{}'.",
        name, attribute.type));
  if (!is_binary && !has_only_xml_characters(attribute.value))
    return invalid(fmt::format("The message attribute '{}' contains characters that are not allowed.", name));
  if (base_type == "Number" && !is_number(attribute.value))
    return invalid(fmt::format("Can't cast the value of message (user) attribute '{}' to a number.", name));
  return attribute;
}

void append_length_and_text(std::string& out, std::string_view text) {
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>((text.size() >> shift) & 0xFF));
  out.append(text);
}

}  // namespace

base::Result<void> check_body(const std::string& body) {
  if (body.empty()) return error("MissingParameter", "The request must contain the parameter MessageBody.");
  if (!has_only_xml_characters(body))
    return error("InvalidMessageContents",
                 "Invalid characters found. Valid unicode characters are #x9 | #xA | #xD | #x20 to #xD7FF | #xE000 to "
                 "#xFFFD | #x10000 to "
                 "#x10FFFF");
  return {};
}

base::Result<std::vector<MessageAttribute>> read_attributes(const Value::Map& given) {
  if (given.size() > kAttributesMax)
    return invalid(fmt::format("Number of message attributes [{}] exceeds the allowed maximum [{}].", given.size(),
                               kAttributesMax));
  std::vector<MessageAttribute> attributes;
  for (const auto& [name, value] : given) attributes.push_back(TRY(read_attribute(name, value)));
  std::ranges::sort(attributes, {}, &MessageAttribute::name);
  return attributes;
}

base::Result<std::string> read_trace_header(const Value::Map& given) {
  for (const auto& [name, value] : given)
    if (name != "AWSTraceHeader") return invalid(fmt::format("Message system attribute name '{}' is invalid.", name));
  if (given.empty()) return std::string();
  const In in(given.front().second);
  if (in.str("DataType") != "String")
    return invalid(fmt::format(
        "The message system attribute 'AWSTraceHeader' has an invalid message attribute type, the set of supported "
        "type prefixes is String."));
  if (in.str("StringValue").empty())
    return invalid(
        "The message system attribute 'AWSTraceHeader' must contain non-empty message attribute value for message "
        "attribute "
        "type 'String'.");
  return in.str("StringValue");
}

base::Result<void> check_fifo_id(std::string_view parameter, const std::string& id) {
  constexpr std::string_view kPunctuation = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~";
  auto is_allowed = [&](char c) { return is_letter_or_digit(c) || kPunctuation.find(c) != kPunctuation.npos; };
  if (!id.empty() && id.size() <= kFifoIdCharactersMax && std::ranges::all_of(id, is_allowed)) return {};
  return invalid(fmt::format(
      "Value {} for parameter {} is invalid. Reason: {} can only include alphanumeric and punctuation characters. 1 "
      "to 128 in length.",
      id, parameter, parameter));
}

std::string attributes_md5(const std::vector<MessageAttribute>& attributes) {
  if (attributes.empty()) return {};
  std::string text;
  for (const MessageAttribute& attribute : attributes) {
    append_length_and_text(text, attribute.name);
    append_length_and_text(text, attribute.type);
    text.push_back(attribute.is_binary() ? '\2' : '\1');
    append_length_and_text(text, attribute.value);
  }
  return base::to_hex(base::md5(text));
}

std::size_t message_bytes(std::string_view body, const std::vector<MessageAttribute>& attributes) {
  std::size_t bytes = body.size();
  for (const MessageAttribute& attribute : attributes)
    bytes += attribute.name.size() + attribute.type.size() + attribute.value.size();
  return bytes;
}

}  // namespace sqs
