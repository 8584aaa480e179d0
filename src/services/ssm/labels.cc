// Labels of parameter versions.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-labels.html
#include "base/strings.h"
#include "services/ssm/parameter.h"

namespace ssm {

namespace {

constexpr std::int64_t kLabelsMax = 10;  // of a version
constexpr std::size_t kLabelBytesMax = 100;

// "Labels can contain letters (case sensitive), numbers, periods (.), hyphens (-), or underscores (_). Labels can't
// begin with a number, "aws", or "ssm"."
bool is_label(std::string_view label) {
  if (label.empty() || label.size() > kLabelBytesMax || label.contains('/') || !is_path(label)) return false;
  const std::string lower = base::to_lower(label);
  return !std::isdigit(static_cast<unsigned char>(label.front())) && !lower.starts_with("aws") &&
         !lower.starts_with("ssm");
}

Result<void> check_version(const OpenParameter& parameter, std::int64_t number) {
  if (get_version(parameter, number)) return {};
  return error("ParameterVersionNotFound",
               fmt::format("Systems Manager could not find version {} of {}. Verify the version and try again.", number,
                           parameter.row.name));
}

}  // namespace

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_LabelParameterVersion.html
base::Result<Out> LabelParameterVersion(Call& call, In in) {
  OpenParameter parameter = TRY(find_parameter(call, in.str("Name")));
  const std::int64_t number = in.num("ParameterVersion", parameter.row.current.number);
  TRY_VOID(check_version(parameter, number));
  Value::List invalid;
  std::map<std::string, std::int64_t>& labels = parameter.row.labels;
  for (const Value& label : in.list("Labels")) {
    if (label.str().size() > kLabelBytesMax)
      return error("ValidationException",
                   fmt::format("1 validation error detected: Value '[{}]' at 'labels' failed to satisfy constraint: "
                               "Member must satisfy constraint: [Member must have length less than or equal to 100, "
                               "Member must have length greater than or equal to 1]",
                               label.str()));
    if (is_label(label.str())) {
      labels[label.str()] = number;
    } else {
      invalid.push_back(label);
    }
  }
  if (std::ranges::count_if(labels, [&](const auto& label) { return label.second == number; }) > kLabelsMax)
    return error("ParameterVersionLabelLimitExceeded",
                 "A parameter version can have maximum 10 labels.Move one or more labels to another version and try "
                 "again.");
  parameter.tx.put(kParameters, parameter.key, parameter.row);
  if (invalid.size() < in.list("Labels").size()) announce(call, parameter, "LabelParameterVersion");
  return Out{{"InvalidLabels", std::move(invalid)}, {"ParameterVersion", number}};
}

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UnlabelParameterVersion.html
base::Result<Out> UnlabelParameterVersion(Call& call, In in) {
  OpenParameter parameter = TRY(find_parameter(call, in.str("Name")));
  const std::int64_t number = in.num("ParameterVersion");
  TRY_VOID(check_version(parameter, number));
  Value::List removed, invalid;
  for (const Value& label : in.list("Labels")) {
    auto attached = parameter.row.labels.find(label.str());
    if (attached == parameter.row.labels.end() || attached->second != number) {
      invalid.push_back(label);
    } else {
      parameter.row.labels.erase(attached);
      removed.push_back(label);
    }
  }
  parameter.tx.put(kParameters, parameter.key, parameter.row);
  return Out{{"RemovedLabels", std::move(removed)}, {"InvalidLabels", std::move(invalid)}};
}

}  // namespace ssm
