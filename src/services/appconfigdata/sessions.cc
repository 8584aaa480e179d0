// Sessions in which applications ask for their configuration again and again.
// https://docs.aws.amazon.com/appconfig/latest/userguide/retrieving-feature-flags.html
#include <fmt/format.h>

#include "aws/app_configuration.h"
#include "base/bytes.h"
#include "base/random.h"
#include "base/strings.h"
#include "kernel/cloud.h"
#include "services/appconfigdata/state.h"

namespace appconfigdata {

namespace {

using base::Value;

constexpr std::int64_t kTokenMs = 24 * 3'600'000;  // "the token is valid for up to 24 hours"
constexpr std::int64_t kPollSecondsDefault = 60;
constexpr std::size_t kSweptAtOnce = 10;

std::unexpected<base::Error> not_found(std::string_view type, std::string_view named) {
  return error("ResourceNotFoundException", fmt::format("{} {} could not be found.", type, named),
               Value(Value::Map{{"ResourceType", type}}));
}

std::unexpected<base::Error> bad_token(std::string_view problem, std::string message) {
  Value parameters(Value::Map{{"ConfigurationToken", Value::Map{{"Problem", problem}}}});
  return error("BadRequestException", std::move(message),
               Value(Value::Map{{"Reason", "InvalidParameters"},
                                {"Details", Value::Map{{"InvalidParameters", std::move(parameters)}}}}));
}

// A token is the key of its session's row: when it expires, and a secret. Each answer gives another one.
std::string new_key(Call& call) {
  return store::key(call.now_ms() + kTokenMs, base::random_bytes(call.cloud().dice(), 24));
}

// Sessions whose tokens have expired are forgotten as new ones come.
void sweep(Call& call) {
  const store::Scan oldest{.until = store::key(call.now_ms()), .limit = kSweptAtOnce};
  call.tx.unrecorded().scan_keys(kSessions, oldest, [&](std::string_view key) { call.tx.erase(kSessions, key); });
}

// The moment is kept to the minute, so that polling does not write it each time.
template <class Row>
void note_read(Call& call, const store::Table<Row>& table, const std::string& key) {
  const std::int64_t minute_ms = call.now_ms() / 60'000 * 60'000;
  auto row = call.tx.get(table, key);
  if (!row || row->read_ms == minute_ms) return;
  row->read_ms = minute_ms;
  call.tx.put(table, key, *row);
}

Result<std::string> read_content(Call& call, const Session& session, const aws::ConfigProfile& profile,
                                 const aws::ConfigVersion& version) {
  auto content = aws::open_config(call, session.application, session.profile, version);
  if (!content && content.error().code == "AccessDeniedException")
    return error("AccessDeniedException", content.error().message);
  if (!content) return error("BadRequestException", content.error().message);
  return profile.type == aws::kFeatureFlags ? aws::served_flags(*content) : *content;
}

}  // namespace

std::string resource_of(Call& call, std::string_view, const Value& input) {
  Session session;
  if (input.has("ConfigurationToken")) {
    auto key = base::from_base64url(input.at("ConfigurationToken").str());
    auto row = key ? call.tx.get(kSessions, *key) : std::nullopt;
    if (!row) return "*";
    session = *std::move(row);
  } else {
    auto application = aws::get_config_application(call, input.at("ApplicationIdentifier").str());
    session.application = application ? application->id : input.at("ApplicationIdentifier").str();
    auto environment = aws::get_config_environment(call, session.application, input.at("EnvironmentIdentifier").str());
    session.environment = environment ? environment->id : input.at("EnvironmentIdentifier").str();
    auto profile = aws::get_config_profile(call, session.application, input.at("ConfigurationProfileIdentifier").str());
    session.profile = profile ? profile->id : input.at("ConfigurationProfileIdentifier").str();
  }
  return call.arn("appconfig", fmt::format("application/{}/environment/{}/configuration/{}", session.application,
                                           session.environment, session.profile));
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_StartConfigurationSession.html
base::Result<Out> StartConfigurationSession(Call& call, In in) {
  auto application = aws::get_config_application(call, in.str("ApplicationIdentifier"));
  if (!application) return not_found("Application", in.str("ApplicationIdentifier"));
  auto environment = aws::get_config_environment(call, application->id, in.str("EnvironmentIdentifier"));
  if (!environment) return not_found("Environment", in.str("EnvironmentIdentifier"));
  auto profile = aws::get_config_profile(call, application->id, in.str("ConfigurationProfileIdentifier"));
  if (!profile) return not_found("ConfigurationProfile", in.str("ConfigurationProfileIdentifier"));
  sweep(call);
  const Session session{.application = application->id,
                        .environment = environment->id,
                        .profile = profile->id,
                        .poll_seconds_min = in.num("RequiredMinimumPollIntervalInSeconds", 0),
                        .share = static_cast<std::int64_t>(call.dice(10'000))};
  const std::string key = new_key(call);
  call.tx.put(kSessions, key, session);
  note_read(call, aws::kConfigEnvironments, store::key(application->id, environment->id));
  note_read(call, aws::kConfigProfiles, store::key(application->id, profile->id));
  return Out{{"InitialConfigurationToken", base::to_base64url(key)}};
}

// https://docs.aws.amazon.com/appconfig/2019-10-09/APIReference/API_appconfigdata_GetLatestConfiguration.html
base::Result<Out> GetLatestConfiguration(Call& call, In in) {
  auto key = base::from_base64url(in.str("ConfigurationToken"));
  auto session = key ? call.tx.get(kSessions, *key) : std::nullopt;
  if (!session) return bad_token("Corrupted", "The configuration token is not valid, or has been used before.");
  if (store::KeyReader(*key).number() <= call.now_ms())
    return bad_token("Expired", "The configuration token has expired.");
  if (session->polled_ms != 0 && call.now_ms() < session->polled_ms + session->poll_seconds_min * 1'000)
    return bad_token("PollIntervalNotSatisfied", "Request too early");

  auto profile = call.tx.get(aws::kConfigProfiles, store::key(session->application, session->profile));
  if (!profile) return not_found("ConfigurationProfile", session->profile);
  auto deployment = aws::served_deployment(call, session->application, session->environment, session->profile,
                                           static_cast<double>(session->share) / 100);
  if (!deployment) return not_found("Deployment", session->environment);
  auto version = call.tx.get(aws::kConfigVersions, store::key(session->application, session->profile,
                                                              base::parse_number(deployment->version).value_or(0)));
  if (!version) return not_found("Configuration", deployment->version);

  // "If the client has the latest version of the configuration, the answer is empty."
  const bool is_new = session->deployment != deployment->number;
  Out answer{
      {"NextPollIntervalInSeconds", session->poll_seconds_min == 0 ? kPollSecondsDefault : session->poll_seconds_min},
      {"ContentType", version->content_type},
      {"Configuration", is_new ? TRY(read_content(call, *session, *profile, *version)) : ""}};
  if (is_new && !version->label.empty()) answer.set("VersionLabel", version->label);
  session->deployment = deployment->number;
  session->polled_ms = call.now_ms();
  call.tx.erase(kSessions, *key);
  const std::string next = new_key(call);
  call.tx.put(kSessions, next, *session);
  note_read(call, aws::kConfigEnvironments, store::key(session->application, session->environment));
  note_read(call, aws::kConfigProfiles, store::key(session->application, session->profile));
  answer.set("NextPollConfigurationToken", base::to_base64url(next));
  return answer;
}

}  // namespace appconfigdata
