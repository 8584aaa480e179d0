// Service settings of Parameter Store.
// https://docs.aws.amazon.com/systems-manager/latest/userguide/ps-default-tier.html
// https://docs.aws.amazon.com/systems-manager/latest/userguide/parameter-store-throughput.html
#include "base/arn.h"
#include "services/ssm/parameter.h"

namespace ssm {

namespace {

struct KnownSetting {
  std::string_view id, default_value;
  std::vector<std::string_view> values;
};

const KnownSetting* find_known(std::string_view id) {
  static const KnownSetting known[] = {
      {kDefaultTierSetting, kStandard, {kStandard, kAdvanced, kIntelligent}},
      {"/ssm/parameter-store/high-throughput-enabled", "false", {"true", "false"}},
  };
  auto found = std::ranges::find(known, id, &KnownSetting::id);
  return found == std::end(known) ? nullptr : &*found;
}

// A setting is named by its id or its ARN.
std::string id_of(const std::string& text) {
  constexpr std::string_view part = "servicesetting";
  const std::string_view resource = base::Arn::parse(text).resource;
  return std::string(resource.starts_with(part) ? resource.substr(part.size()) : std::string_view(text));
}

Result<const KnownSetting*> find_setting(const std::string& id) {
  const KnownSetting* known = find_known(id);
  if (!known)
    return error("ServiceSettingNotFound",
                 "The specified service setting wasn't found. Either the service name or the setting hasn't been "
                 "provisioned by the Amazon Web Services service team.");
  return known;
}

Value show_setting(Call& call, const KnownSetting& known) {
  auto row = call.tx.get(kSettings, known.id);
  Out shown{{"SettingId", known.id},
            {"SettingValue", row ? std::string_view(row->value) : known.default_value},
            {"LastModifiedUser", row ? std::string_view(row->modified_by) : std::string_view("System")},
            {"ARN", call.arn("ssm", fmt::format("servicesetting{}", known.id))},
            {"Status", row ? "Customized" : "Default"}};
  if (row) shown.set("LastModifiedDate", row->modified_ms);
  return shown;
}

}  // namespace

std::string setting(Call& call, std::string_view id) {
  auto row = call.tx.get(kSettings, id);
  return row ? row->value : std::string(find_known(id)->default_value);
}

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetServiceSetting.html
base::Result<Out> GetServiceSetting(Call& call, In in) {
  return Out{{"ServiceSetting", show_setting(call, *TRY(find_setting(id_of(in.str("SettingId")))))}};
}

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_UpdateServiceSetting.html
base::Result<Out> UpdateServiceSetting(Call& call, In in) {
  const KnownSetting* known = TRY(find_setting(id_of(in.str("SettingId"))));
  const std::string& value = in.str("SettingValue");
  if (std::ranges::find(known->values, value) == known->values.end())
    return error("ValidationException", fmt::format("The setting value {} is not valid for {}.", value, known->id));
  call.tx.put(kSettings, known->id, {.value = value, .modified_ms = call.now_ms(), .modified_by = call.caller.arn});
  return Out{};
}

// https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_ResetServiceSetting.html
base::Result<Out> ResetServiceSetting(Call& call, In in) {
  const KnownSetting* known = TRY(find_setting(id_of(in.str("SettingId"))));
  call.tx.erase(kSettings, known->id);
  return Out{{"ServiceSetting", show_setting(call, *known)}};
}

}  // namespace ssm
