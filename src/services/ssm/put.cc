// PutParameter: a parameter's first version, or its next one.
#include <re2/re2.h>

#include "base/strings.h"
#include "services/ssm/parameter.h"

namespace ssm {

namespace {

// https://docs.aws.amazon.com/general/latest/gr/ssm.html#limits_ssm
constexpr std::size_t kStandardBytesMax = 4'096;
constexpr std::size_t kAdvancedBytesMax = 8'192;
constexpr std::int64_t kVersionsMax = 100;
constexpr std::string_view kAdvancedPage =
    "https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-advanced-parameters.html";

// What the tier of a parameter depends on.
struct TierNeeds {
  std::string requested;  // empty: nothing said
  std::string current;    // of the parameter as it is; empty: it is new
  std::size_t value_bytes = 0;
  bool has_policies = false;
  std::int64_t standard_count = 0;
};

std::unexpected<base::Error> invalid(std::string message) { return error("ValidationException", std::move(message)); }

Result<std::string> choose_tier(Call& call, const TierNeeds& needs) {
  std::string wanted = needs.requested;
  if (wanted.empty()) wanted = needs.current.empty() ? setting(call, kDefaultTierSetting) : needs.current;
  const bool is_full = needs.current.empty() && needs.standard_count >= call.limit(kStandardMax);
  if (wanted == kIntelligent) {
    const bool needs_advanced = needs.value_bytes > kStandardBytesMax || needs.has_policies || is_full;
    wanted = needs_advanced || needs.current == kAdvanced ? kAdvanced : kStandard;
  }
  if (wanted == kAdvanced) return std::string(kAdvanced);
  if (needs.current == kAdvanced)
    return invalid(
        "This parameter uses the advanced-parameter tier. You can't downgrade a parameter from the advanced-parameter "
        "tier to the standard-parameter tier. If necessary, you can delete the advanced parameter and recreate it as a "
        "standard parameter.");
  if (needs.has_policies)
    return invalid(
        fmt::format("Standard tier parameters don't support parameter policies. To use policies, upgrade "
                    "the parameter to use the advanced-parameter tier. For more information, see {}",
                    kAdvancedPage));
  return std::string(kStandard);
}

Result<void> check_size(std::string_view tier, std::size_t bytes) {
  if (tier == kStandard && bytes > kStandardBytesMax)
    return invalid(
        fmt::format("Standard tier parameters support a maximum parameter value of {} characters. To create "
                    "a larger parameter value, upgrade the parameter to use the advanced-parameter tier. "
                    "For more information, see {}",
                    kStandardBytesMax, kAdvancedPage));
  if (bytes > kAdvancedBytesMax)
    return invalid(
        fmt::format("Advanced tier parameters support a maximum parameter value of {} characters.", kAdvancedBytesMax));
  return {};
}

Result<void> check_value(const std::string& value, const std::string& pattern) {
  if (value.empty())
    return invalid(
        "1 validation error detected: Value '' at 'value' failed to satisfy constraint: Member must have length "
        "greater "
        "than or equal to 1.");
  const auto open = value.find("{{");
  if (open != std::string::npos && value.find("}}", open) != std::string::npos)
    return invalid("Parameter value can't nest another parameter. Do not use \"{{}}\" in the value.");
  if (pattern.empty()) return {};
  const RE2 expression(pattern, RE2::Quiet);
  if (!expression.ok())
    return error("InvalidAllowedPatternException", "The request does not meet the regular expression requirement.");
  // "^" and "$" in the pattern say where it is bound, as in Java's find.
  if (!RE2::PartialMatch(value, expression))
    return error("ParameterPatternMismatchException",
                 fmt::format("Parameter value, cannot be validated against allowedPattern: {}", pattern));
  return {};
}

Result<void> check_data_type(const std::string& data_type, const std::string& type) {
  if (data_type.empty() || data_type == "text") return {};
  if (data_type == "aws:ec2:image")
    return error("NotImplemented", "Virga cannot check that an image exists: there is no EC2 in it yet.");
  if (data_type == "aws:ssm:integration") {
    if (type == kSecure) return {};
    return invalid("Parameters of data type aws:ssm:integration must be of type SecureString.");
  }
  return invalid(
      fmt::format("The following data type is not supported: {} (Data type names are all lowercase.)", data_type));
}

Result<void> check_request(In in, const std::optional<Parameter>& known) {
  if (in.flag("Overwrite") && !in.list("Tags").empty())
    return invalid(
        "Invalid request: tags and overwrite can't be used together. To create a parameter with tags, please remove "
        "overwrite flag. To update tags for an existing parameter, please use AddTagsToResource or "
        "RemoveTagsFromResource.");
  if (in.list("Tags").size() > kTagsMax)
    return invalid(fmt::format("A parameter can't have more than {} tags.", kTagsMax));
  // "db" and "/db" are one parameter, which keeps the name it was made by.
  const bool is_other_spelling = known && !in.str("Name").starts_with("arn:") && known->name != in.str("Name");
  if (known && (is_other_spelling || !in.flag("Overwrite")))
    return error("ParameterAlreadyExists",
                 "The parameter already exists. To overwrite this value, set the overwrite option in the request to "
                 "true.");
  if (!known && !in.has("Type")) return invalid("A parameter type is required when you create a parameter.");
  if (known && in.has("Type") && in.str("Type") != known->current.type)
    return error("HierarchyTypeMismatchException",
                 "Parameter Store doesn't support changing a parameter type in a hierarchy. For example, you can't "
                 "change a parameter from a String type to a SecureString type. You must create a new, unique "
                 "parameter.");
  return {};
}

// Puts the version that was current into the history, and forgets the oldest when there are too many.
Result<void> retire_version(const OpenParameter& parameter, Parameter& row) {
  parameter.tx.put(kHistory, store::key(row.id, row.current.number), row.current);
  if (row.current.number - row.oldest + 1 < kVersionsMax) return {};
  const bool is_labelled =
      std::ranges::any_of(row.labels, [&](const auto& label) { return label.second == row.oldest; });
  if (is_labelled)
    return error("ParameterMaxVersionLimitExceeded",
                 fmt::format("You attempted to create a new version of {} by calling the PutParameter API with the "
                             "overwrite flag. Version {}, the oldest version, can't be deleted because it has a label "
                             "associated with it. Move the label to another version of the parameter, and try again.",
                             row.name, row.oldest));
  parameter.tx.erase(kHistory, store::key(row.id, row.oldest));
  ++row.oldest;
  return {};
}

Result<Version> make_version(Call& call, In in, const std::optional<Parameter>& known, const std::string& arn) {
  const Version before = known ? known->current : Version{};
  Version version{.number = before.number + 1,
                  .type = in.has("Type") ? in.str("Type") : before.type,
                  .value = "",
                  .key_id = "",
                  .tier = "",
                  .description = in.has("Description") ? in.str("Description") : before.description,
                  .allowed_pattern = in.has("AllowedPattern") ? in.str("AllowedPattern") : before.allowed_pattern,
                  .data_type = in.str("DataType").empty() ? "text" : in.str("DataType"),
                  .policies = {},
                  .modified_ms = call.now_ms(),
                  .modified_by = call.caller.arn};
  TRY_VOID(check_data_type(in.str("DataType"), version.type));
  TRY_VOID(check_value(in.str("Value"), version.allowed_pattern));
  version.policies =
      in.has("Policies") ? TRY(read_policies(call, in.str("Policies"))) : renew_policies(call, before.policies);
  version.tier = TRY(choose_tier(call, {.requested = in.str("Tier"),
                                        .current = before.tier,
                                        .value_bytes = in.str("Value").size(),
                                        .has_policies = !version.policies.empty(),
                                        .standard_count = call.tx.unrecorded().count(kParameterCount, kStandard)}));
  TRY_VOID(check_size(version.tier, in.str("Value").size()));
  if (version.type != kSecure) {
    if (in.has("KeyId")) return invalid("KeyId is required for SecureString type parameter only.");
    version.value = in.str("Value");
    return version;
  }
  version.key_id = in.has("KeyId") ? in.str("KeyId") : before.key_id;
  if (version.key_id.empty()) version.key_id = "alias/aws/ssm";
  version.value = TRY(seal_value(call, arn, version, in.str("Value")));
  return version;
}

}  // namespace

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html
base::Result<Out> PutParameter(Call& call, In in) {
  const ParameterName name = read_name(call, in.str("Name"));
  const bool is_own = name.selector.empty() && name.place == call.place;
  TRY_VOID(check_new_name(is_own ? name.name : in.str("Name")));
  OpenParameter parameter{call.tx, call.place, name.key(), {}};
  std::optional<Parameter> known = call.tx.get(kParameters, parameter.key);
  TRY_VOID(check_request(in, known));
  Version version = TRY(make_version(call, in, known, arn_of(call.place, name.name)));
  const std::string tier_before = known ? known->current.tier : "";
  if (tier_before != version.tier) {
    const auto& maximum = version.tier == kStandard ? kStandardMax : kAdvancedMax;
    if (call.tx.unrecorded().count(kParameterCount, version.tier) >= call.limit(maximum))
      return error(
          "ParameterLimitExceeded",
          "You have exceeded the number of parameters for this Amazon Web Services account. Delete one or more "
          "parameters and try again.");
    call.tx.add(kParameterCount, version.tier, 1);
    if (!tier_before.empty()) call.tx.add(kParameterCount, tier_before, -1);
  }

  if (known) {
    parameter.row = *std::move(known);
    TRY_VOID(retire_version(parameter, parameter.row));
  } else {
    parameter.row.name = name.name;
    parameter.row.id = call.next_sequence();
    for (const Value& tag : in.list("Tags")) parameter.row.tags.push_back({tag.at("Key").str(), tag.at("Value").str()});
  }
  parameter.row.current = std::move(version);
  call.tx.put(kParameters, parameter.key, parameter.row);
  arm_policies(call, parameter);
  announce(call, parameter, parameter.row.current.number == 1 ? "Create" : "Update");
  return Out{{"Version", parameter.row.current.number}, {"Tier", parameter.row.current.tier}};
}

}  // namespace ssm
