// Parameter policies: Expiration, ExpirationNotification, NoChangeNotification, on the clock.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-policies.html
#include "base/json.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "services/ssm/parameter.h"

namespace ssm {

namespace {

constexpr std::size_t kPoliciesMax = 10;
constexpr std::int64_t kHourMs = 3'600'000;
constexpr std::int64_t kDayMs = 24 * kHourMs;

std::unexpected<base::Error> invalid_attribute(std::string_view what) {
  return error("InvalidPolicyAttributeException", fmt::format("A policy attribute or its value is invalid: {}.", what));
}

// A number that may be written as text, in days or hours.
Result<std::int64_t> read_span(const Value& attributes, std::string_view name) {
  const Value& value = attributes.at(name);
  auto number = value.is_whole() ? std::optional(value.num()) : base::parse_number(value.str());
  if (!number || *number < 1) return invalid_attribute(name);
  if (attributes.at("Unit").str() == "Days") return *number * kDayMs;
  if (attributes.at("Unit").str() == "Hours") return *number * kHourMs;
  return invalid_attribute("Unit");
}

Result<std::int64_t> read_expiry(Call& call, const Value& attributes) {
  auto time = base::parse_iso8601(attributes.at("Timestamp").str());
  if (!time || *time <= call.now_ms()) return invalid_attribute("Timestamp");
  return *time;
}

// When it is due; for a notification before the expiration, how long before.
Result<ParameterPolicy> read_policy(Call& call, const Value& given) {
  ParameterPolicy policy{
      .text = base::to_json(given), .type = given.at("Type").str(), .due_ms = 0, .status = PolicyStatus::kPending};
  const Value& attributes = given.at("Attributes");
  if (given.at("Version").str() != "1.0") return invalid_attribute("Version");
  if (policy.type == "Expiration") {
    policy.due_ms = TRY(read_expiry(call, attributes));
  } else if (policy.type == "ExpirationNotification") {
    policy.due_ms = TRY(read_span(attributes, "Before"));
  } else if (policy.type == "NoChangeNotification") {
    policy.due_ms = call.now_ms() + TRY(read_span(attributes, "After"));
  } else {
    return error("InvalidPolicyTypeException",
                 "The policy type isn't supported. Parameter Store supports the following policy types: Expiration, "
                 "ExpirationNotification, and NoChangeNotification.");
  }
  return policy;
}

std::unexpected<base::Error> conflict() {
  return error("IncompatiblePolicyException",
               "There is a conflict in the policies specified for this parameter. You can't, for example, specify two "
               "Expiration policies for a parameter. Review your policies, and try again.");
}

void tell(Call& call, const OpenParameter& parameter, const ParameterPolicy& policy) {
  Value detail(Value::Map{{"parameter-name", parameter.row.name},
                          {"parameter-type", parameter.row.current.type},
                          {"policy-type", policy.type},
                          {"policy-content", policy.text},
                          {"action-status", "Success"},
                          {"action-reason", ""}});
  call.emit(
      {.source = "ssm", .type = "Parameter Store Policy Action", .key = parameter.arn(), .detail = std::move(detail)});
}

std::string timer_key(const OpenParameter& parameter) {
  return store::key(parameter.place.account, parameter.place.region, parameter.key);
}

}  // namespace

Result<std::vector<ParameterPolicy>> read_policies(Call& call, const std::string& text) {
  auto given = base::parse_json(text);
  if (!given || !(given->is_list() || given->is_map()))
    return error("InvalidPolicyAttributeException", "A policy attribute or its value is invalid.");
  std::vector<ParameterPolicy> policies;
  const Value::List list = given->is_list() ? given->list() : Value::List{*given};
  for (const Value& each : list)
    // "[{}]" takes the policies away.
    if (!each.map().empty()) policies.push_back(TRY(read_policy(call, each)));
  if (policies.size() > kPoliciesMax)
    return error(
        "PoliciesLimitExceededException",
        "You specified more than the maximum number of allowed policies for the parameter. The maximum is 10.");

  auto is_expiration = [](const ParameterPolicy& policy) { return policy.type == "Expiration"; };
  const auto expiry = std::ranges::find_if(policies, is_expiration);
  if (std::ranges::count_if(policies, is_expiration) > 1) return conflict();
  for (ParameterPolicy& policy : policies) {
    if (policy.type != "ExpirationNotification") continue;
    if (expiry == policies.end()) return conflict();
    policy.due_ms = expiry->due_ms - policy.due_ms;
  }
  return policies;
}

std::vector<ParameterPolicy> renew_policies(Call& call, std::vector<ParameterPolicy> policies) {
  for (ParameterPolicy& policy : policies) {
    if (policy.type != "NoChangeNotification") continue;
    auto given = base::parse_json(policy.text);
    auto renewed = given ? read_policy(call, *given) : std::unexpected(given.error());
    if (renewed) policy = *std::move(renewed);
  }
  return policies;
}

void arm_policies(Call& call, const OpenParameter& parameter) {
  std::optional<std::int64_t> due_ms;
  for (const ParameterPolicy& policy : parameter.row.current.policies)
    if (policy.status == PolicyStatus::kPending) due_ms = std::min(due_ms.value_or(policy.due_ms), policy.due_ms);
  if (due_ms) {
    call.arm(kPolicyDue, kernel::from_ms(std::max(*due_ms, call.now_ms())), timer_key(parameter));
  } else {
    call.disarm(kPolicyDue, timer_key(parameter));
  }
}

Value show_policies(const Version& version) {
  Value::List shown;
  for (const ParameterPolicy& policy : version.policies)
    shown.push_back(Out{{"PolicyText", policy.text},
                        {"PolicyType", policy.type},
                        {"PolicyStatus", policy.status == PolicyStatus::kPending ? "Pending" : "Finished"}});
  return shown;
}

Result<void> act_on_policies(Call& call, std::string_view key) {
  store::KeyReader parts(key);
  Place place;
  place.account = parts.text();
  place.region = parts.text();
  OpenParameter parameter{call.tx.at(place), place, parts.text(), {}};
  auto row = parameter.tx.get(kParameters, parameter.key);
  if (!row) return {};
  parameter.row = *std::move(row);
  for (ParameterPolicy& policy : parameter.row.current.policies) {
    if (policy.status != PolicyStatus::kPending || policy.due_ms > call.now_ms()) continue;
    policy.status = PolicyStatus::kFinished;
    tell(call, parameter, policy);
    if (policy.type == "Expiration") {
      erase(call, parameter);
      return {};
    }
  }
  parameter.tx.put(kParameters, parameter.key, parameter.row);
  arm_policies(call, parameter);
  return {};
}

}  // namespace ssm
