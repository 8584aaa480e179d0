// DeleteParameter and DeleteParameters; what is told of changes.
#include "services/ssm/parameter.h"

namespace ssm {

namespace {

Result<void> check_is_no_arn(const std::string& name) {
  if (!name.starts_with("arn:")) return {};
  return error("ValidationException",
               "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist "
               "of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the "
               "following 3 symbols .-_");
}

std::optional<OpenParameter> get_own(Call& call, const std::string& name) {
  OpenParameter parameter{call.tx, call.place, key_of(name), {}};
  auto row = call.tx.get(kParameters, parameter.key);
  if (!row) return std::nullopt;
  parameter.row = *std::move(row);
  return parameter;
}

}  // namespace

void erase(Call& call, const OpenParameter& parameter) {
  parameter.tx.erase(kParameters, parameter.key);
  parameter.tx.erase_all(kHistory, store::key(parameter.row.id));
  parameter.tx.erase(kResourcePolicies, parameter.key);
  parameter.tx.add(kParameterCount, parameter.row.current.tier, -1);
  call.disarm(kPolicyDue, store::key(parameter.place.account, parameter.place.region, parameter.key));
  announce(call, parameter, "Delete");
}

// The events of EventBridge: https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-cwe.html
void announce(Call& call, const OpenParameter& parameter, std::string_view operation) {
  Value detail(Value::Map{{"operation", operation},
                          {"name", parameter.row.name},
                          {"type", parameter.row.current.type},
                          {"description", parameter.row.current.description}});
  call.emit({.source = "ssm", .type = "Parameter Store Change", .key = parameter.arn(), .detail = std::move(detail)});
}

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameter.html
base::Result<Out> DeleteParameter(Call& call, In in) {
  TRY_VOID(check_is_no_arn(in.str("Name")));
  auto parameter = get_own(call, in.str("Name"));
  if (!parameter) return error("ParameterNotFound", "");
  erase(call, *parameter);
  return Out{};
}

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DeleteParameters.html
base::Result<Out> DeleteParameters(Call& call, In in) {
  Value::List deleted, invalid;
  const Value::List& names = in.list("Names");
  for (const Value& name : names) {
    if (&name != &names.front()) TRY_VOID(call.authorize("ssm:DeleteParameters", arn_of(call.place, name.str())));
    auto parameter = get_own(call, name.str());
    if (parameter) erase(call, *parameter);
    (parameter ? deleted : invalid).push_back(name);
  }
  return Out{{"DeletedParameters", std::move(deleted)}, {"InvalidParameters", std::move(invalid)}};
}

}  // namespace ssm
