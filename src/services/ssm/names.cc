// Names of parameters.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/sysman-paramstore-su-create.html
#include "base/arn.h"
#include "base/strings.h"
#include "services/ssm/parameter.h"

namespace ssm {

namespace {

constexpr std::size_t kLevelsMax = 15;
constexpr std::size_t kNameBytesMax = 1'011;
constexpr std::string_view kParameterPart = "parameter";

bool begins_reserved(std::string_view name, std::string_view word) {
  while (name.starts_with('/')) name.remove_prefix(1);
  return base::to_lower(name.substr(0, word.size())) == word;
}

std::unexpected<base::Error> invalid_name() {
  return error("ValidationException",
               "Parameter name: can't be prefixed with \"ssm\" (case-insensitive). If formed as a path, it can consist "
               "of sub-paths divided by slash symbol; each sub-path can be formed as a mix of letters, numbers and the "
               "following 3 symbols .-_");
}

}  // namespace

bool is_path(std::string_view text) {
  return std::ranges::all_of(text, [](char c) {
    return std::isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '.' || c == '-' || c == '/';
  });
}

std::string key_of(std::string_view name) {
  return name.starts_with('/') ? std::string(name) : fmt::format("/{}", name);
}

std::string arn_of(const Place& place, std::string_view name) {
  return fmt::format("arn:aws:ssm:{}:{}:parameter{}", place.region, place.account, key_of(name));
}

std::string ParameterName::key() const { return key_of(name); }

std::string OpenParameter::arn() const {
  // What AWS keeps for everybody belongs to nobody.
  if (row.name.starts_with("/aws/service/")) return fmt::format("arn:aws:ssm:{}::parameter{}", place.region, row.name);
  return arn_of(place, row.name);
}

ParameterName read_name(Call& call, std::string_view text) {
  ParameterName name{.place = call.place, .name = "", .selector = ""};
  if (base::Arn arn = base::Arn::parse(text);
      arn && text.starts_with("arn:") && arn.resource.starts_with(kParameterPart)) {
    name.place = {arn.account.empty() ? call.place.account : std::string(arn.account), std::string(arn.region)};
    text = arn.resource.substr(kParameterPart.size());
  }
  const std::size_t colon = text.find(':');
  name.name = text.substr(0, colon);
  if (colon != std::string_view::npos) name.selector = text.substr(colon);
  return name;
}

Result<void> check_new_name(const std::string& name) {
  const bool has_levels = std::ranges::count(name, '/') > 1;
  if (begins_reserved(name, "aws") || begins_reserved(name, "ssm")) {
    if (has_levels && begins_reserved(name, "aws"))
      return error("AccessDeniedException", fmt::format("No access to reserved parameter name: {}.", name));
    if (has_levels) return invalid_name();
    return error("ValidationException",
                 "Parameter name: can't be prefixed with \"aws\" or \"ssm\" (case-insensitive).");
  }
  if (!is_path(name) || name.ends_with('/') || name.contains("//")) return invalid_name();
  if (name.contains('/') && !name.starts_with('/'))
    return error("ValidationException", "Parameter name must be a fully qualified name.");
  if (name.size() > kNameBytesMax)
    return error("ValidationException",
                 fmt::format("Parameter name: must have length less than or equal to {}.", kNameBytesMax));
  if (static_cast<std::size_t>(std::ranges::count(name, '/')) > kLevelsMax)
    return error("HierarchyLevelLimitExceededException",
                 "A hierarchy can have a maximum of 15 levels. For more information, see Requirements and constraints "
                 "for parameter names in the AWS Systems Manager User Guide.");
  return {};
}

}  // namespace ssm
