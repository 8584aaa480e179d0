// Versions of hosted configurations, and whether they satisfy their profile's validators.
#include "base/json.h"
#include "base/strings.h"
#include "services/appconfig/config.h"
#include "services/appconfig/schema.h"

namespace appconfig {

namespace {

constexpr std::size_t kContentBytesMax = 2 * 1'024 * 1'024;
constexpr double kKilobyte = 1'024;

Out show_version(const std::string& application, const std::string& profile, const aws::ConfigVersion& version) {
  Out shown{{"ApplicationId", application},
            {"ConfigurationProfileId", profile},
            {"VersionNumber", version.number},
            {"ContentType", version.content_type}};
  if (!version.description.empty()) shown.set("Description", version.description);
  if (!version.label.empty()) shown.set("VersionLabel", version.label);
  if (!version.kms_key_arn.empty()) shown.set("KmsKeyArn", version.kms_key_arn);
  return shown;
}

std::unexpected<base::Error> invalid_configuration(Value::List details) {
  return error("BadRequestException", "The configuration does not satisfy the validators of its profile.",
               Value(Value::Map{{"Reason", "InvalidConfiguration"},
                                {"Details", Value::Map{{"InvalidConfiguration", std::move(details)}}}}));
}

Value show_failure(const SchemaFailure& failure) {
  return Out{{"Constraint", failure.constraint},
             {"Location", failure.location},
             {"Reason", failure.reason},
             {"Type", "JSON_SCHEMA"},
             {"Value", failure.value}};
}

bool has_label(Call& call, const std::string& prefix, const std::string& label) {
  bool is_taken = false;
  call.tx.scan(aws::kConfigVersions, prefix, [&](std::string_view, aws::ConfigVersion& version) {
    is_taken = version.label == label;
    return !is_taken;
  });
  return is_taken;
}

}  // namespace

std::unexpected<base::Error> translate_key_error(const base::Error& refused) {
  if (refused.code == "AccessDeniedException") return error("AccessDeniedException", refused.message);
  return error("BadRequestException", fmt::format("KMS: {}", refused.message));
}

Result<void> check_content(const aws::ConfigProfile& profile, const std::string& content) {
  if (profile.type == aws::kFeatureFlags)
    if (std::string mistake = find_flag_mistake(content); !mistake.empty())
      return invalid_configuration({Out{{"Constraint", "feature flags"},
                                        {"Location", "$"},
                                        {"Reason", std::move(mistake)},
                                        {"Type", "JSON_SCHEMA"},
                                        {"Value", ""}}});
  if (!profile.schema_first) return {};
  auto document = base::parse_json(content);
  if (!document)
    return invalid_configuration({Out{{"Constraint", "JSON"},
                                      {"Location", "$"},
                                      {"Reason", document.error().message},
                                      {"Type", "JSON_SCHEMA"},
                                      {"Value", ""}}});
  Value::List failures;
  for (const std::optional<std::string>* text : {&profile.schema_first, &profile.schema_second}) {
    if (!*text) continue;
    const Value schema = TRY(base::parse_json(**text));
    for (const SchemaFailure& failure : validate_schema(schema, *document)) failures.push_back(show_failure(failure));
  }
  if (!failures.empty()) return invalid_configuration(std::move(failures));
  return {};
}

Result<aws::ConfigVersion> find_version(Call& call, const std::string& application, const aws::ConfigProfile& profile,
                                        const std::string& named) {
  std::optional<aws::ConfigVersion> found;
  if (auto number = base::parse_number(named))
    found = call.tx.get(aws::kConfigVersions, store::key(application, profile.id, *number));
  if (!found)
    call.tx.scan(aws::kConfigVersions, store::key(application, profile.id),
                 [&](std::string_view, aws::ConfigVersion& version) {
                   if (version.label == named) found = std::move(version);
                   return !found;
                 });
  if (!found) return not_found("HostedConfigurationVersion", named);
  return *std::move(found);
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_CreateHostedConfigurationVersion.html
base::Result<Out> CreateHostedConfigurationVersion(Call& call, In in) {
  const aws::ConfigApplication application = TRY(find_application(call, in.str("ApplicationId")));
  aws::ConfigProfile profile = TRY(find_profile(call, application.id, in.str("ConfigurationProfileId")));
  const std::string& content = in.str("Content");
  if (content.size() > kContentBytesMax)
    return error("PayloadTooLargeException", "The configuration size is too large.",
                 Value(Value::Map{{"Measure", "KILOBYTES"},
                                  {"Limit", static_cast<double>(kContentBytesMax) / kKilobyte},
                                  {"Size", static_cast<double>(content.size()) / kKilobyte}}));
  // "Latest-Version-Number: An optional locking token used to prevent race conditions from overwriting configuration
  // updates when creating a new version."
  if (in.has("LatestVersionNumber") && in.num("LatestVersionNumber") != profile.versions)
    return error("ConflictException",
                 fmt::format("The latest version of the configuration profile is {}.", profile.versions));
  const std::string prefix = store::key(application.id, profile.id);
  if (in.has("VersionLabel") && has_label(call, prefix, in.str("VersionLabel")))
    return error("ConflictException", fmt::format("The version label {} is already in use.", in.str("VersionLabel")));
  if (profile.type == aws::kFeatureFlags) TRY_VOID(check_content(profile, content));

  aws::ConfigVersion version{.number = ++profile.versions,
                             .description = in.str("Description"),
                             .content_type = in.str("ContentType"),
                             .label = in.str("VersionLabel")};
  if (auto sealed = aws::seal_config(call, application.id, profile, content, version); !sealed)
    return translate_key_error(sealed.error());
  call.tx.put(aws::kConfigVersions, store::key(application.id, profile.id, version.number), version);
  call.tx.put(aws::kConfigProfiles, prefix, profile);
  Out answer = show_version(application.id, profile.id, version);
  answer.set("Content", content);
  return answer;
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_GetHostedConfigurationVersion.html
base::Result<Out> GetHostedConfigurationVersion(Call& call, In in) {
  const aws::ConfigApplication application = TRY(find_application(call, in.str("ApplicationId")));
  const aws::ConfigProfile profile = TRY(find_profile(call, application.id, in.str("ConfigurationProfileId")));
  const aws::ConfigVersion version =
      TRY(find_version(call, application.id, profile, std::to_string(in.num("VersionNumber"))));
  auto content = aws::open_config(call, application.id, profile.id, version);
  if (!content) return translate_key_error(content.error());
  Out answer = show_version(application.id, profile.id, version);
  answer.set("Content", *std::move(content));
  return answer;
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_ListHostedConfigurationVersions.html
base::Result<Out> ListHostedConfigurationVersions(Call& call, In in) {
  const aws::ConfigApplication application = TRY(find_application(call, in.str("ApplicationId")));
  const aws::ConfigProfile profile = TRY(find_profile(call, application.id, in.str("ConfigurationProfileId")));
  // "To filter by beginnings, end the label with an asterisk."
  std::string wanted = in.str("VersionLabel");
  const bool is_beginning = wanted.ends_with('*');
  if (is_beginning) wanted.pop_back();
  const std::string prefix = store::key(application.id, profile.id);
  store::Scan scan{.prefix = prefix, .direction = store::Direction::kReverse};
  if (in.has("NextToken")) {
    scan.after = base::from_base64(in.str("NextToken"));
    if (!scan.after) return error("BadRequestException", "Invalid NextToken");
  }
  const auto count_max = static_cast<std::size_t>(in.num("MaxResults", 50));
  Page page;
  std::string last;
  call.tx.scan(aws::kConfigVersions, scan, [&](std::string_view key, aws::ConfigVersion& version) {
    const bool is_wanted =
        !in.has("VersionLabel") || (is_beginning ? version.label.starts_with(wanted) : version.label == wanted);
    if (!is_wanted) return true;
    if (page.items.size() == count_max) {
      page.next_token = base::to_base64(last);
      return false;
    }
    page.items.push_back(show_version(application.id, profile.id, version));
    last = key;
    return true;
  });
  return answer_page(std::move(page));
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_DeleteHostedConfigurationVersion.html
base::Result<Out> DeleteHostedConfigurationVersion(Call& call, In in) {
  const aws::ConfigApplication application = TRY(find_application(call, in.str("ApplicationId")));
  const aws::ConfigProfile profile = TRY(find_profile(call, application.id, in.str("ConfigurationProfileId")));
  const aws::ConfigVersion version =
      TRY(find_version(call, application.id, profile, std::to_string(in.num("VersionNumber"))));
  call.tx.erase(aws::kConfigVersions, store::key(application.id, profile.id, version.number));
  return Out{};
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_ValidateConfiguration.html
base::Result<Out> ValidateConfiguration(Call& call, In in) {
  const aws::ConfigApplication application = TRY(find_application(call, in.str("ApplicationId")));
  const aws::ConfigProfile profile = TRY(find_profile(call, application.id, in.str("ConfigurationProfileId")));
  const aws::ConfigVersion version = TRY(find_version(call, application.id, profile, in.str("ConfigurationVersion")));
  auto content = aws::open_config(call, application.id, profile.id, version);
  if (!content) return translate_key_error(content.error());
  TRY_VOID(check_content(profile, *content));
  return Out{};
}

}  // namespace appconfig
