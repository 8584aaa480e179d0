// DescribeParameters and GetParameterHistory.
#include "base/bytes.h"
#include "base/strings.h"
#include "services/ssm/parameter.h"

namespace ssm {

namespace {

// What metadata and history both say of a version.
Out show_version(const OpenParameter& parameter, const Version& version) {
  Out shown{{"Name", parameter.row.name},
            {"Type", version.type},
            {"LastModifiedDate", version.modified_ms},
            {"LastModifiedUser", version.modified_by},
            {"Version", version.number},
            {"Tier", version.tier},
            {"Policies", show_policies(version)},
            {"DataType", version.data_type}};
  if (!version.key_id.empty()) shown.set("KeyId", version.key_id);
  if (!version.description.empty()) shown.set("Description", version.description);
  if (!version.allowed_pattern.empty()) shown.set("AllowedPattern", version.allowed_pattern);
  return shown;
}

Value show_metadata(const OpenParameter& parameter) {
  Out shown = show_version(parameter, parameter.row.current);
  shown.set("ARN", parameter.arn());
  return shown;
}

// The older form of filters: any of the values, names by their beginning.
bool matches_old_filters(const OpenParameter& parameter, const Value::List& filters) {
  return std::ranges::all_of(filters, [&](const Value& filter) {
    const std::string& key = filter.at("Key").str();
    return std::ranges::any_of(filter.at("Values").list(), [&](const Value& value) {
      if (key == "Name") return parameter.key.starts_with(key_of(value.str()));
      if (key == "Type") return parameter.row.current.type == value.str();
      return parameter.row.current.key_id == value.str();
    });
  });
}

std::unexpected<base::Error> invalid_token() { return error("InvalidNextToken", "The specified token isn't valid."); }

}  // namespace

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_DescribeParameters.html
base::Result<Out> DescribeParameters(Call& call, In in) {
  const Value::List& filters = in.list("ParameterFilters");
  const Value::List& old_filters = in.list("Filters");
  if (!filters.empty() && !old_filters.empty())
    return error("ValidationException", "You can use either Filters or ParameterFilters in a single request.");
  if (in.flag("Shared"))
    return error("NotImplemented", "Virga does not list the parameters that other accounts share.");
  TRY_VOID(check_filters(filters, FilterUse::kDescribe));
  std::optional<std::string> after;
  if (in.has("NextToken")) {
    after = base::from_base64(in.str("NextToken"));
    if (!after) return invalid_token();
  }

  const auto count_max = static_cast<std::size_t>(in.num("MaxResults", 10));
  Value::List shown;
  std::string last;
  Out answer;
  call.tx.scan(kParameters, {.after = after}, [&](std::string_view key, Parameter& row) {
    OpenParameter parameter{call.tx, call.place, std::string(key), std::move(row)};
    if (!matches(parameter, filters) || !matches_old_filters(parameter, old_filters)) return true;
    if (shown.size() == count_max) {
      answer.set("NextToken", base::to_base64(last));
      return false;
    }
    shown.push_back(show_metadata(parameter));
    last = key;
    return true;
  });
  answer.set("Parameters", std::move(shown));
  return answer;
}

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameterHistory.html
base::Result<Out> GetParameterHistory(Call& call, In in) {
  const OpenParameter parameter = TRY(find_parameter(call, in.str("Name")));
  std::int64_t number = parameter.row.oldest;
  if (in.has("NextToken")) {
    auto next = base::parse_number(in.str("NextToken"));
    if (!next) return invalid_token();
    number = std::max(number, *next);
  }

  const auto decrypt = in.flag("WithDecryption") ? Decrypt::kYes : Decrypt::kNo;
  const auto count_max = static_cast<std::size_t>(in.num("MaxResults", 50));
  Value::List shown;
  for (; number <= parameter.row.current.number && shown.size() < count_max; ++number) {
    auto version = get_version(parameter, number);
    if (!version) continue;
    Out entry = show_version(parameter, *version);
    entry.set("Value", TRY(show_parameter(call, parameter, *version, decrypt)).at("Value"));
    Value::List labels;
    for (const auto& [label, attached] : parameter.row.labels)
      if (attached == number) labels.push_back(label);
    entry.set("Labels", std::move(labels));
    shown.push_back(std::move(entry));
  }
  Out answer{{"Parameters", std::move(shown)}};
  if (number <= parameter.row.current.number) answer.set("NextToken", std::to_string(number));
  return answer;
}

}  // namespace ssm
