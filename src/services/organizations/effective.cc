// What the policies from the root down to an account come to together, for the types that are merged.
// https://docs.aws.amazon.com/organizations/latest/userguide/policy-operators.html
#include "base/arn.h"
#include "base/json.h"
#include "services/organizations/organization.h"

namespace organizations {

namespace {

constexpr std::string_view kChildControl = "@@operators_allowed_for_child_policies";

// A part of the effective policy under construction: a value, or further parts.
struct Part {
  std::map<std::string, Part> parts;
  std::optional<Value> value;
  std::optional<std::set<std::string>> allowed;       // operators that policies of lower levels may use here
  std::optional<std::set<std::string>> allowed_next;  // the same, said on the level being merged
};

Value::List as_list(const Value& value) { return value.is_list() ? value.list() : Value::List{value}; }

std::set<std::string> texts_of(const Value& value) {
  std::set<std::string> texts;
  for (const Value& element : as_list(value)) texts.insert(element.str());
  return texts;
}

bool is_allowed(const std::set<std::string>& allowed, const char* operation) {
  return allowed.contains("@@all") || allowed.contains(operation);
}

void append(Part& part, const Value& value) {
  Value::List list = part.value ? as_list(*part.value) : Value::List{};
  for (const Value& element : as_list(value))
    if (std::ranges::find(list, element) == list.end()) list.push_back(element);
  part.value = std::move(list);
}

void remove(Part& part, const Value& value) {
  if (!part.value) return;
  Value::List list = as_list(*part.value);
  for (const Value& element : as_list(value)) std::erase(list, element);
  part.value = std::move(list);
}

// `allowed` is what the levels above let this one do here.
void merge(Part& part, const Value& document, std::set<std::string> allowed) {
  if (part.allowed) allowed = *part.allowed;
  if (document.has(kChildControl)) {
    std::set<std::string> next = texts_of(document.at(kChildControl));
    // A lower level can only take away.
    if (!allowed.contains("@@all"))
      std::erase_if(next, [&](const std::string& name) { return !allowed.contains(name); });
    part.allowed_next = std::move(next);
  }
  if (document.has("@@assign") && is_allowed(allowed, "@@assign")) part.value = document.at("@@assign");
  if (document.has("@@append") && is_allowed(allowed, "@@append")) append(part, document.at("@@append"));
  if (document.has("@@remove") && is_allowed(allowed, "@@remove")) remove(part, document.at("@@remove"));
  for (const auto& [name, inner] : document.map())
    if (!name.starts_with("@@") && inner.is_map()) merge(part.parts[name], inner, allowed);
}

void end_level(Part& part) {
  if (part.allowed_next) part.allowed = std::exchange(part.allowed_next, std::nullopt);
  for (auto& [name, inner] : part.parts) end_level(inner);
}

std::optional<Value> value_of(const Part& part) {
  if (part.value) return part.value;
  Value::Map map;
  for (const auto& [name, inner] : part.parts)
    if (auto value = value_of(inner)) map.emplace_back(name, *std::move(value));
  if (map.empty()) return std::nullopt;
  return Value(std::move(map));
}

}  // namespace

// https://docs.aws.amazon.com/organizations/latest/APIReference/API_DescribeEffectivePolicy.html
base::Result<Out> DescribeEffectivePolicy(Call& call, In in) {
  const Account caller = TRY(find_caller(call));
  const std::string target = in.has("TargetId") ? in.str("TargetId") : caller.id;
  // "You can call this operation from any account in a organization", about itself.
  const Organization organization =
      target == caller.id ? load_organization(call, caller.organization) : TRY(find_managed(call, Delegation::kRead));
  if (!base::is_account_id(target))
    return invalid_input("TARGET_NOT_SUPPORTED", "You can't perform the specified operation on that target entity.");
  if (!find_account(call, organization, target))
    return error("TargetNotFoundException", "You specified a target that doesn't exist.");

  Part whole;
  std::int64_t updated_ms = 0;
  for (const std::string& level : line_of(call, organization, target)) {
    for (const Policy& policy : policies_on(call, organization, level, in.str("PolicyType"))) {
      merge(whole, base::parse_json(policy.content).value_or(Value()), {"@@all"});
      updated_ms = std::max(updated_ms, policy.updated_ms);
    }
    end_level(whole);
  }
  auto effective = value_of(whole);
  if (!effective)
    return error("EffectivePolicyNotFoundException",
                 "If you ran this action on the management account, this policy type is not enabled. If you ran the "
                 "action on a member account, the account doesn't have an effective policy of this type.");
  return Out{{"EffectivePolicy", Out{{"PolicyContent", base::to_json(*effective)},
                                     {"LastUpdatedTimestamp", updated_ms},
                                     {"TargetId", target},
                                     {"PolicyType", in.str("PolicyType")}}}};
}

}  // namespace organizations
