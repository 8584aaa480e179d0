// Names, tags and bodies of requests that configure buckets.
#include "services/s3/bucket_checks.h"

#include <algorithm>
#include <cctype>

#include "base/bytes.h"
#include "base/strings.h"

namespace s3 {

namespace {

constexpr std::size_t kBucketTagsMax = 50;

bool is_ip_address(std::string_view name) {
  auto parts = base::split(name, '.');
  return parts.size() == 4 && std::ranges::all_of(parts, [](std::string_view part) {
           auto number = base::parse_number(part);
           return number && *number >= 0 && *number <= 255 && part.size() <= 3;
         });
}

bool is_name_letter(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

// Letters, digits and spaces of any language, and "+ - = . _ : / @".
bool is_tag_text(std::string_view text) {
  return base::is_utf8(text) && std::ranges::all_of(text, [](unsigned char c) {
           return c >= 0x80 || std::isalnum(c) ||
                  std::string_view(" +-=._:/@").find(static_cast<char>(c)) != std::string_view::npos;
         });
}

std::size_t character_count(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

}  // namespace

bool is_bucket_name(std::string_view name) {
  if (name.size() < 3 || name.size() > 63 || !is_name_letter(name.front()) || !is_name_letter(name.back()))
    return false;
  for (std::size_t i = 0; i < name.size(); ++i) {
    if (!is_name_letter(name[i]) && name[i] != '-' && name[i] != '.') return false;
    if (name[i] == '.' && name[i - 1] == '.') return false;
  }
  for (std::string_view prefix : {"xn--", "sthree-", "amzn-s3-demo-"})
    if (name.starts_with(prefix)) return false;
  for (std::string_view suffix : {"-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3"})
    if (name.ends_with(suffix)) return false;
  return !is_ip_address(name);
}

bool is_location_constraint(std::string_view text) { return is_value_of("BucketLocationConstraint", text); }

std::optional<Ownership> read_ownership(std::string_view name) {
  if (name == "BucketOwnerEnforced") return Ownership::kBucketOwnerEnforced;
  if (name == "BucketOwnerPreferred") return Ownership::kBucketOwnerPreferred;
  if (name == "ObjectWriter") return Ownership::kObjectWriter;
  return std::nullopt;
}

std::string_view name_of(Ownership ownership) {
  switch (ownership) {
    case Ownership::kBucketOwnerPreferred: return "BucketOwnerPreferred";
    case Ownership::kObjectWriter: return "ObjectWriter";
    case Ownership::kBucketOwnerEnforced: break;
  }
  return "BucketOwnerEnforced";
}

Result<std::map<std::string, std::string>> read_bucket_tags(const Value& list) {
  std::map<std::string, std::string> tags;
  if (list.list().size() > kBucketTagsMax) return error("BadRequest", "Bucket tag count cannot be greater than 50");
  for (const Value& each : list.list()) {
    const std::string& key = each.at("Key").str();
    const std::string& value = each.at("Value").str();
    if (!each.has("Key") || !each.has("Value")) return malformed_xml();
    if (key.empty() || character_count(key) > 128 || !is_tag_text(key))
      return error("InvalidTag", "The TagKey you have provided is invalid", Value::Map{{"TagKey", key}});
    if (key.starts_with("aws:"))
      return error("InvalidTag", "System tags cannot be added/updated by requester", Value::Map{{"TagKey", key}});
    if (character_count(value) > 256 || !is_tag_text(value))
      return error("InvalidTag", "The TagValue you have provided is invalid",
                   Value::Map{{"TagKey", key}, {"TagValue", value}});
    if (!tags.emplace(key, value).second)
      return error("InvalidTag", "Cannot provide multiple Tags with the same key", Value::Map{{"TagKey", key}});
  }
  return tags;
}

std::unexpected<base::Error> malformed_xml() {
  return error("MalformedXML",
               "The XML you provided was not well-formed or did not validate against our published schema");
}

std::unexpected<base::Error> invalid_argument(std::string message, std::string_view name, std::string_view value) {
  return error("InvalidArgument", std::move(message), Value::Map{{"ArgumentName", name}, {"ArgumentValue", value}});
}

std::unexpected<base::Error> invalid_request(std::string message) {
  return error("InvalidRequest", std::move(message));
}

Result<Value> body_in(const Value& input, std::string_view member) {
  if (input.at(member).is_map()) return input.at(member);
  return error("MissingRequestBodyError", "Request Body is empty");
}

bool is_value_of(std::string_view shape, std::string_view text) {
  const model::Service* service = model::find_service(Model::id);
  const model::Shape* found = service ? service->find_shape(shape) : nullptr;
  return found && std::ranges::find(found->enum_values, text) != found->enum_values.end();
}

}  // namespace s3
