// Configuration profiles: where a configuration comes from and what it must satisfy.
#include "aws/envelope.h"
#include "base/json.h"
#include "services/appconfig/config.h"

namespace appconfig {

namespace {

constexpr std::size_t kProfilesMax = 100;  // of an application
constexpr std::int64_t kMinuteMs = 60'000;

std::string profile_arn(Call& call, const std::string& application, const std::string& id) {
  return arn_of(call, fmt::format("application/{}/configurationprofile/{}", application, id));
}

std::vector<std::string> schemas_of(const aws::ConfigProfile& profile) {
  std::vector<std::string> schemas;
  if (profile.schema_first) schemas.push_back(*profile.schema_first);
  if (profile.schema_second) schemas.push_back(*profile.schema_second);
  return schemas;
}

Out show_profile(const std::string& application, const aws::ConfigProfile& profile) {
  Out shown{{"ApplicationId", application},
            {"Id", profile.id},
            {"Name", profile.name},
            {"LocationUri", "hosted"},
            {"Type", profile.type}};
  if (!profile.description.empty()) shown.set("Description", profile.description);
  if (!profile.kms_key.empty()) {
    shown.set("KmsKeyIdentifier", profile.kms_key);
    shown.set("KmsKeyArn", profile.kms_key_arn);
  }
  Value::List validators;
  for (std::string& schema : schemas_of(profile))
    validators.push_back(Out{{"Type", "JSON_SCHEMA"}, {"Content", std::move(schema)}});
  if (!validators.empty()) shown.set("Validators", std::move(validators));
  return shown;
}

Value show_summary(const std::string& application, const aws::ConfigProfile& profile) {
  Out shown{{"ApplicationId", application},
            {"Id", profile.id},
            {"Name", profile.name},
            {"LocationUri", "hosted"},
            {"Type", profile.type}};
  Value::List types(schemas_of(profile).size(), "JSON_SCHEMA");
  if (!types.empty()) shown.set("ValidatorTypes", std::move(types));
  return shown;
}

Result<void> set_validators(In in, aws::ConfigProfile& profile) {
  profile.schema_first.reset();
  profile.schema_second.reset();
  for (const Value& validator : in.list("Validators")) {
    if (validator.at("Type").str() == "LAMBDA") return not_implemented("Validators that are Lambda functions are");
    const std::string& schema = validator.at("Content").str();
    if (auto parsed = base::parse_json(schema); !parsed || !parsed->is_map())
      return error("BadRequestException", "The JSON Schema validator is not valid JSON.");
    (profile.schema_first ? profile.schema_second : profile.schema_first) = schema;
  }
  return {};
}

Result<void> set_key(Call& call, In in, aws::ConfigProfile& profile) {
  if (!in.has("KmsKeyIdentifier")) return {};
  profile.kms_key = in.str("KmsKeyIdentifier");
  profile.kms_key_arn.clear();
  if (profile.kms_key.empty()) return {};
  auto arn = aws::find_key_arn(call.as_caller("appconfig.amazonaws.com"), profile.kms_key);
  if (!arn) return translate_key_error(arn.error());
  profile.kms_key_arn = *arn;
  return {};
}

}  // namespace

Result<void> check_not_read(Call& call, In in, std::int64_t read_ms) {
  const AccountSettings settings = call.tx.get(kSettings, "").value_or(AccountSettings{});
  const std::string& check = in.str("DeletionProtectionCheck");
  const bool is_checked = check == "APPLY" || (check != "BYPASS" && settings.protects_from_deletion);
  if (!is_checked || read_ms == 0 || read_ms + settings.protection_minutes * kMinuteMs <= call.now_ms()) return {};
  return error("ConflictException", "The resource has been actively used within the deletion protection period.");
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_CreateConfigurationProfile.html
base::Result<Out> CreateConfigurationProfile(Call& call, In in) {
  const aws::ConfigApplication application = TRY(find_application(call, in.str("ApplicationId")));
  if (in.str("LocationUri") != "hosted") return not_implemented("Configurations outside of the hosted store are");
  const std::size_t count =
      call.tx.scan_keys(aws::kConfigProfiles, {.prefix = store::key(application.id)}, [](std::string_view) {});
  if (count >= kProfilesMax)
    return error("ServiceQuotaExceededException", "The number of configuration profiles exceeds the maximum of 100.");
  aws::ConfigProfile profile{.id = new_id(call),
                             .name = in.str("Name"),
                             .description = in.str("Description"),
                             .type = in.has("Type") ? in.str("Type") : "AWS.Freeform"};
  if (profile.type != "AWS.Freeform" && profile.type != aws::kFeatureFlags)
    return error("BadRequestException", fmt::format("Invalid configuration profile type {}", profile.type));
  TRY_VOID(set_validators(in, profile));
  TRY_VOID(set_key(call, in, profile));
  call.tx.put(aws::kConfigProfiles, store::key(application.id, profile.id), profile);
  put_tags(call, profile_arn(call, application.id, profile.id), in.map("Tags"));
  return show_profile(application.id, profile);
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_GetConfigurationProfile.html
base::Result<Out> GetConfigurationProfile(Call& call, In in) {
  const aws::ConfigApplication application = TRY(find_application(call, in.str("ApplicationId")));
  return show_profile(application.id, TRY(find_profile(call, application.id, in.str("ConfigurationProfileId"))));
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_ListConfigurationProfiles.html
base::Result<Out> ListConfigurationProfiles(Call& call, In in) {
  const aws::ConfigApplication application = TRY(find_application(call, in.str("ApplicationId")));
  return answer_page(TRY(list_rows(call, aws::kConfigProfiles, store::key(application.id), in, [&](const auto& row) {
    const bool is_wanted = !in.has("Type") || row.type == in.str("Type");
    return is_wanted ? std::optional(show_summary(application.id, row)) : std::nullopt;
  })));
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_UpdateConfigurationProfile.html
base::Result<Out> UpdateConfigurationProfile(Call& call, In in) {
  const aws::ConfigApplication application = TRY(find_application(call, in.str("ApplicationId")));
  aws::ConfigProfile profile = TRY(find_profile(call, application.id, in.str("ConfigurationProfileId")));
  if (in.has("Name")) profile.name = in.str("Name");
  if (in.has("Description")) profile.description = in.str("Description");
  if (in.has("Validators")) TRY_VOID(set_validators(in, profile));
  TRY_VOID(set_key(call, in, profile));
  call.tx.put(aws::kConfigProfiles, store::key(application.id, profile.id), profile);
  return show_profile(application.id, profile);
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_DeleteConfigurationProfile.html
base::Result<Out> DeleteConfigurationProfile(Call& call, In in) {
  const aws::ConfigApplication application = TRY(find_application(call, in.str("ApplicationId")));
  const aws::ConfigProfile profile = TRY(find_profile(call, application.id, in.str("ConfigurationProfileId")));
  TRY_VOID(check_not_read(call, in, profile.read_ms));
  const std::string versions = store::key(application.id, profile.id);
  if (call.tx.scan_keys(aws::kConfigVersions, {.prefix = versions, .limit = 1}, [](std::string_view) {}) > 0)
    return error("BadRequestException", "Cannot delete nonempty configuration profile");
  call.tx.erase(aws::kConfigProfiles, store::key(application.id, profile.id));
  forget_tags(call, profile_arn(call, application.id, profile.id));
  return Out{};
}

}  // namespace appconfig
