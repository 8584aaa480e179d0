#include "kernel/resources.h"

#include <optional>

#include "base/arn.h"
#include "base/strings.h"

namespace kernel {

namespace {

// The value of a member, whatever the case of its name.
const std::string* find_text(const Value& input, std::string_view name) {
  for (const auto& [member, value] : input.map())
    if (value.is_text() && base::equal_ignoring_case(member, name)) return &value.str();
  return nullptr;
}

// What stands for ${variable} in the ARN of a `type` of resource: the member of that name; else what a service calls
// "name" or "id" where it means the resource itself ("QueueName", "Name", "QueueId").
const std::string* find_variable(const Value& input, std::string_view variable, std::string_view type) {
  if (const std::string* value = find_text(input, variable)) return value;
  std::string bare;
  for (char c : type)
    if (c != '-' && c != ' ') bare += c;
  for (std::string_view suffix : {"Name", "Id", "Arn", "Identifier"})
    if (const std::string* value = find_text(input, bare + std::string(suffix))) return value;
  return find_text(input, bare);
}

// Whether an ARN can have been made from the template: same service, same beginning of the resource.
bool fits(std::string_view text, std::string_view type_arn) {
  base::Arn arn = base::Arn::parse(text), wanted = base::Arn::parse(type_arn);
  std::string_view beginning = wanted.resource.substr(0, wanted.resource.find("${"));
  return !arn.service.empty() && arn.service == wanted.service && arn.resource.starts_with(beginning);
}

std::optional<std::string> fill(const Call& call, std::string_view type_arn, std::string_view type,
                                const Value& input) {
  std::string filled;
  std::string_view rest = type_arn;
  while (true) {
    std::size_t begin = rest.find("${");
    filled += rest.substr(0, begin);
    if (begin == rest.npos) return filled;
    std::size_t end = rest.find('}', begin);
    if (end == rest.npos) return std::nullopt;
    std::string_view variable = rest.substr(begin + 2, end - begin - 2);
    rest.remove_prefix(end + 1);
    if (variable == "Partition") {
      filled += "aws";
    } else if (variable == "Region") {
      filled += call.place.region;
    } else if (variable == "Account") {
      filled += call.place.account;
    } else {
      const std::string* value = find_variable(input, variable, type);
      if (!value || value->empty()) return std::nullopt;
      if (fits(*value, type_arn)) return *value;
      filled += *value;
    }
  }
}

// A member that is itself the ARN of such a resource: "ResourceArn", "TopicArn".
const std::string* find_arn(const Value& input, std::string_view type_arn) {
  for (const auto& [name, value] : input.map()) {
    bool is_arn = name.ends_with("Arn") || name.ends_with("ARN") || name.ends_with("arn") || name.ends_with("Id");
    if (is_arn && value.is_text() && fits(value.str(), type_arn)) return &value.str();
  }
  return nullptr;
}

}  // namespace

std::string resource_in(const Call& call, const model::Authorization::Part& part, const Value& input) {
  if (!part.arn.empty()) return fill(call, part.arn, "", input).value_or("*");
  for (const model::ActionResource& resource : part.action->resources)
    if (auto filled = fill(call, resource.type->arn, resource.type->name, input)) return *filled;
  for (const model::ActionResource& resource : part.action->resources)
    if (const std::string* arn = find_arn(input, resource.type->arn)) return *arn;
  return "*";
}

}  // namespace kernel
