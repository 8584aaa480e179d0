#include "server/s3_form.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "base/xml.h"

namespace server {

namespace {

using base::Result;
using base::Value;

// Fields that are no headers of the object, and that no condition needs to name.
constexpr std::string_view kUnconditioned[] = {"awsaccesskeyid", "file",   "policy",
                                               "signature",      "submit", "x-amz-signature"};
constexpr std::string_view kObjectHeaders[] = {"cache-control",    "content-disposition", "content-encoding",
                                               "content-language", "content-md5",         "content-type",
                                               "expires"};
// Fields of the signature and of the form itself.
constexpr std::string_view kFormFields[] = {"x-amz-algorithm", "x-amz-credential", "x-amz-date", "x-amz-signature",
                                            "x-amz-security-token"};

std::unexpected<base::Error> with_argument(std::string message, std::string_view name, std::string_view value) {
  return std::unexpected(
      base::Error{"InvalidArgument", std::move(message),
                  std::make_shared<const Value>(Value::Map{{"ArgumentValue", value}, {"ArgumentName", name}})});
}

std::unexpected<base::Error> bad_policy(std::string_view why) {
  return base::fail("InvalidPolicyDocument", fmt::format("Invalid Policy: {}", why));
}

std::unexpected<base::Error> not_by_policy(std::string_view why) {
  return base::fail("AccessDenied", fmt::format("Invalid according to Policy: {}", why));
}

std::unexpected<base::Error> condition_failed(const Value& condition) {
  // AWS shows conditions with a blank after each comma.
  std::string shown;
  for (const Value& each : condition.list()) {
    if (!shown.empty()) shown += ", ";
    shown += each.is_text() ? fmt::format("\"{}\"", each.str()) : base::to_json(each);
  }
  return not_by_policy(fmt::format("Policy Condition failed: [{}]", shown));
}

std::string replace_file_name(std::string text, std::string_view file_name) {
  constexpr std::string_view kVariable = "${filename}";
  for (std::size_t at = text.find(kVariable); at != text.npos; at = text.find(kVariable, at + file_name.size()))
    text.replace(at, kVariable.size(), file_name);
  return text;
}

// What a condition compares with.
std::string value_of(const S3Form& form, std::string_view bucket, std::string_view name) {
  if (name == "bucket") return std::string(bucket);
  if (name == "key") return form.key;
  return std::string(form.field(name));
}

// One condition; the name of the field it is about is noted.
Result<void> check_condition(const S3Form& form, std::string_view bucket, const Value& condition,
                             std::set<std::string>& named) {
  if (condition.is_map()) {
    if (condition.map().size() != 1)
      return bad_policy(
          "Invalid Simple-Condition: Simple-Conditions must have exactly "
          "one property specified.");
    const auto& [name, value] = condition.map().front();
    if (!value.is_text()) return bad_policy("Invalid Simple-Condition: value must be a string.");
    std::string lower = base::to_lower(name);
    named.insert(lower);
    if (value_of(form, bucket, lower) == value.str()) return {};
    return condition_failed(Value::List{"eq", "$" + lower, value});
  }
  const Value::List& parts = condition.list();
  if (parts.size() != 3 || !parts[0].is_text()) return bad_policy("Invalid Condition: must be of three parts.");
  std::string operation = base::to_lower(parts[0].str());
  if (operation == "content-length-range") {
    auto bound = [](const Value& value) {
      return value.is_text()    ? base::parse_number(value.str())
             : value.is_whole() ? std::optional(value.num())
                                : std::nullopt;
    };
    auto least = bound(parts[1]), most = bound(parts[2]);
    if (!least || !most || *least < 0 || *most < *least) return bad_policy("Invalid content-length-range.");
    auto size = static_cast<std::int64_t>(form.content.size());
    auto details = [&](std::string_view name, std::int64_t limit) {
      return std::make_shared<const Value>(
          Value::Map{{"ProposedSize", std::to_string(size)}, {std::string(name), std::to_string(limit)}});
    };
    if (size < *least)
      return std::unexpected(base::Error{"EntityTooSmall",
                                         "Your proposed upload is smaller than the minimum allowed size",
                                         details("MinSizeAllowed", *least)});
    if (size > *most)
      return std::unexpected(base::Error{"EntityTooLarge", "Your proposed upload exceeds the maximum allowed size",
                                         details("MaxSizeAllowed", *most)});
    return {};
  }
  if (!parts[1].is_text() || !parts[2].is_text() || !parts[1].str().starts_with('$'))
    return bad_policy("Invalid Condition: a field is named with a $ before it.");
  std::string name = base::to_lower(parts[1].str().substr(1));
  named.insert(name);
  std::string value = value_of(form, bucket, name);
  if (operation == "eq" ? value == parts[2].str() : value.starts_with(parts[2].str())) {
    if (operation == "eq" || operation == "starts-with") return {};
  }
  if (operation != "eq" && operation != "starts-with")
    return bad_policy(fmt::format("Invalid Condition: unknown operation '{}'.", parts[0].str()));
  return condition_failed(condition);
}

// <Tagging><TagSet><Tag>… as the header x-amz-tagging says it.
Result<std::string> tagging_header(std::string_view text) {
  auto document = base::parse_xml(text);
  if (!document || document->root().local_name() != "Tagging" || !document->root().child("TagSet"))
    return base::fail("MalformedXML",
                      "The XML you provided was not well-formed or did not validate against our published schema");
  std::string header;
  for (base::XmlElement tag : document->root().child("TagSet").children("Tag"))
    header += fmt::format("{}{}={}", header.empty() ? "" : "&", base::percent_encode(tag.child("Key").text()),
                          base::percent_encode(tag.child("Value").text()));
  return header;
}

}  // namespace

std::string_view S3Form::field(std::string_view name) const {
  for (const auto& [each, value] : fields)
    if (each == name) return value;
  return {};
}

bool S3Form::has(std::string_view name) const {
  return std::ranges::any_of(fields, [&](const auto& field) { return field.first == name; });
}

Result<S3Form> read_s3_form(const std::vector<wire::FormPart>& parts) {
  S3Form form;
  bool has_file = false;
  for (const wire::FormPart& part : parts) {
    std::string name = base::to_lower(part.name);
    if (name == "file") {
      if (has_file) return with_argument("POST requires exactly one file upload per request.", "file", "2");
      has_file = true;
      form.content = part.content;
      // A browser may send the whole path of the file.
      std::string path = part.file_name.value_or("");
      form.file_name = path.substr(path.find_last_of("/\\") + 1);
    } else if (!has_file) {
      form.fields.emplace_back(std::move(name), part.content);
    }
  }
  if (!form.has("key"))
    return with_argument(
        "Bucket POST must contain a field named 'key'.  If it is specified, please check the order of the fields.",
        "key", "");
  if (!has_file) return with_argument("POST requires exactly one file upload per request.", "file", "0");
  for (auto& [name, value] : form.fields) value = replace_file_name(std::move(value), form.file_name);
  form.key = form.field("key");
  if (form.key.empty()) return with_argument("User key must have a length greater than 0.", "key", "");
  return form;
}

Result<std::vector<std::pair<std::string, std::string>>> headers_of_form(const S3Form& form) {
  std::vector<std::pair<std::string, std::string>> headers;
  for (const auto& [name, value] : form.fields) {
    if (std::ranges::find(kFormFields, name) != std::end(kFormFields)) continue;
    if (name == "acl")
      headers.emplace_back("x-amz-acl", value);
    else if (name == "tagging")
      headers.emplace_back("x-amz-tagging", TRY(tagging_header(value)));
    else if (name.starts_with("x-amz-") || std::ranges::find(kObjectHeaders, name) != std::end(kObjectHeaders))
      headers.emplace_back(name, value);
  }
  return headers;
}

Result<void> check_form_policy(const S3Form& form, std::string_view bucket, std::string_view policy,
                               std::int64_t now_ms) {
  auto text = base::from_base64(policy);
  auto document = text ? base::parse_json(*text) : Value();
  if (!text || !document || !document->is_map()) return bad_policy("Invalid JSON.");
  if (!document->at("expiration").is_text()) return bad_policy("Policy missing expiration.");
  const std::string& expiration = document->at("expiration").str();
  auto expires_ms = base::parse_iso8601(expiration);
  if (!expires_ms || !expiration.ends_with('Z'))
    return bad_policy(fmt::format("Invalid 'expiration' value: '{}'", expiration));
  if (!document->at("conditions").is_list()) return bad_policy("Policy missing conditions.");
  if (*expires_ms <= now_ms) return not_by_policy("Policy expired.");
  std::set<std::string> named;
  for (const Value& condition : document->at("conditions").list())
    TRY_VOID(check_condition(form, bucket, condition, named));
  for (const auto& [name, value] : form.fields) {
    bool is_free = name.starts_with("x-ignore-") || named.contains(name) ||
                   std::ranges::find(kUnconditioned, name) != std::end(kUnconditioned);
    if (!is_free) return not_by_policy(fmt::format("Extra input fields: {}", name));
  }
  return {};
}

}  // namespace server
