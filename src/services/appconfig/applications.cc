// Applications and the settings of the account.
#include "services/appconfig/config.h"

namespace appconfig {

namespace {

// https://docs.aws.amazon.com/general/latest/gr/appconfig.html
constexpr std::size_t kApplicationsMax = 100;

Value show_application(const aws::ConfigApplication& application) {
  Out shown{{"Id", application.id}, {"Name", application.name}};
  if (!application.description.empty()) shown.set("Description", application.description);
  return shown;
}

Out show_settings(const AccountSettings& settings) {
  return {{"DeletionProtection", Out{{"Enabled", settings.protects_from_deletion},
                                     {"ProtectionPeriodInMinutes", settings.protection_minutes}}},
          {"VendedMetrics", Out{{"Enabled", settings.has_vended_metrics}}}};
}

template <class Row>
bool has_rows(Call& call, const store::Table<Row>& table, const std::string& application) {
  return call.tx.scan_keys(table, {.prefix = store::key(application), .limit = 1}, [](std::string_view) {}) > 0;
}

}  // namespace

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_CreateApplication.html
base::Result<Out> CreateApplication(Call& call, In in) {
  const std::size_t count = call.tx.scan_keys(aws::kConfigApplications, {}, [](std::string_view) {});
  if (count >= kApplicationsMax)
    return error("ServiceQuotaExceededException", "The number of applications exceeds the maximum of 100.");
  const aws::ConfigApplication application{
      .id = new_id(call), .name = in.str("Name"), .description = in.str("Description")};
  call.tx.put(aws::kConfigApplications, application.id, application);
  put_tags(call, arn_of(call, "application/" + application.id), in.map("Tags"));
  return Out{{"Id", application.id},
             {"Name", application.name},
             {"Description", in.has("Description") ? Value(application.description) : Value()}};
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_GetApplication.html
base::Result<Out> GetApplication(Call& call, In in) {
  const aws::ConfigApplication application = TRY(find_application(call, in.str("ApplicationId")));
  Out shown{{"Id", application.id}, {"Name", application.name}};
  if (!application.description.empty()) shown.set("Description", application.description);
  return shown;
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_ListApplications.html
base::Result<Out> ListApplications(Call& call, In in) {
  return answer_page(TRY(list_rows(call, aws::kConfigApplications, "", in,
                                   [](const auto& row) { return std::optional(show_application(row)); })));
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_UpdateApplication.html
base::Result<Out> UpdateApplication(Call& call, In in) {
  aws::ConfigApplication application = TRY(find_application(call, in.str("ApplicationId")));
  if (in.has("Name")) application.name = in.str("Name");
  if (in.has("Description")) application.description = in.str("Description");
  call.tx.put(aws::kConfigApplications, application.id, application);
  return Out{{"Id", application.id}, {"Name", application.name}, {"Description", application.description}};
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_DeleteApplication.html
base::Result<Out> DeleteApplication(Call& call, In in) {
  const aws::ConfigApplication application = TRY(find_application(call, in.str("ApplicationId")));
  if (has_rows(call, aws::kConfigEnvironments, application.id) || has_rows(call, aws::kConfigProfiles, application.id))
    return error("BadRequestException", "Cannot delete nonempty application");
  call.tx.erase(aws::kConfigApplications, application.id);
  forget_tags(call, arn_of(call, "application/" + application.id));
  return Out{};
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_GetAccountSettings.html
base::Result<Out> GetAccountSettings(Call& call, In) {
  return show_settings(call.tx.get(kSettings, "").value_or(AccountSettings{}));
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_UpdateAccountSettings.html
base::Result<Out> UpdateAccountSettings(Call& call, In in) {
  AccountSettings settings = call.tx.get(kSettings, "").value_or(AccountSettings{});
  const Value& protection = in["DeletionProtection"];
  if (protection.has("Enabled")) settings.protects_from_deletion = protection.at("Enabled").flag();
  if (protection.has("ProtectionPeriodInMinutes"))
    settings.protection_minutes = protection.at("ProtectionPeriodInMinutes").num();
  if (in["VendedMetrics"].has("Enabled")) settings.has_vended_metrics = in["VendedMetrics"].at("Enabled").flag();
  call.tx.put(kSettings, "", settings);
  return show_settings(settings);
}

}  // namespace appconfig
