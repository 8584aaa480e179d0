// GetParametersByPath: what stands below a path.
#include "base/bytes.h"
#include "services/ssm/parameter.h"

namespace ssm {

namespace {

constexpr std::string_view kPublicPrefix = "/aws/service";

Result<void> check_path(const std::string& path) {
  if (path.starts_with('/') && is_path(path) && !path.contains("//")) return {};
  return error("ValidationException",
               "The parameter doesn't meet the parameter name requirements. The parameter name must begin with a "
               "forward slash \"/\". It can't be prefixed with \"aws\" or \"ssm\" (case-insensitive). It must use only "
               "letters, numbers, or the following symbols: . (period), - (hyphen), _ (underscore). Special characters "
               "are not allowed. All sub-paths, if specified, must use the forward slash symbol \"/\". Valid example: "
               "/get/parameters2-/by1./path0_.");
}

// What names below the path begin with: "/db/" for "/db" and for "/db/".
std::string prefix_of(std::string path) {
  if (!path.ends_with('/')) path += '/';
  return path;
}

}  // namespace

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParametersByPath.html
base::Result<Out> GetParametersByPath(Call& call, In in) {
  const ParameterName path = read_name(call, in.str("Path"));
  TRY_VOID(check_path(path.name));
  TRY_VOID(check_filters(in.list("ParameterFilters"), FilterUse::kPath));
  std::optional<std::string> after;
  if (in.has("NextToken")) {
    after = base::from_base64(in.str("NextToken"));
    if (!after) return error("InvalidNextToken", "The specified token isn't valid.");
  }

  const std::string prefix = prefix_of(path.name);
  const auto count_max = static_cast<std::size_t>(in.num("MaxResults", 10));
  std::vector<OpenParameter> found;
  bool has_more = false;
  auto consider = [&](std::string_view key, Parameter row) {
    if (after && key <= *after) return true;
    if (!in.flag("Recursive") && key.find('/', prefix.size()) != std::string_view::npos) return true;
    OpenParameter parameter{call.tx.at(path.place), path.place, std::string(key), std::move(row)};
    if (!matches(parameter, in.list("ParameterFilters"))) return true;
    has_more = found.size() == count_max;
    if (!has_more) found.push_back(std::move(parameter));
    return !has_more;
  };
  if (path.name.starts_with(kPublicPrefix)) {
    for (Parameter& row : public_parameters_under(call, prefix))
      if (const std::string name = row.name; !consider(name, std::move(row))) break;
  } else {
    call.tx.at(path.place)
        .scan(kParameters, {.prefix = prefix, .after = after},
              [&](std::string_view key, Parameter& row) { return consider(key, std::move(row)); });
  }

  const auto decrypt = in.flag("WithDecryption") ? Decrypt::kYes : Decrypt::kNo;
  Value::List shown;
  for (const OpenParameter& parameter : found)
    shown.push_back(TRY(show_parameter(call, parameter, parameter.row.current, decrypt)));
  Out answer{{"Parameters", std::move(shown)}};
  if (has_more) answer.set("NextToken", base::to_base64(found.back().key));
  return answer;
}

}  // namespace ssm
