// AssumeRole: a principal takes on a role that trusts it.
#include "aws/mfa.h"
#include "base/strings.h"
#include "kernel/cloud.h"
#include "services/sts/sessions.h"

namespace sts {

namespace {

constexpr std::int64_t kChainedSecondsMax = 3'600;

bool holds_name(const std::vector<std::string>& names, std::string_view name) {
  return std::ranges::any_of(names, [&](std::string_view each) { return base::equal_ignoring_case(each, name); });
}

// What the trust policy and the caller's own may ask for. The multi-factor code counts for this decision alone: "The
// temporary credentials returned by AssumeRole do not include MFA information in the context".
base::Result<kernel::ConditionKeys> keys_of(Call& call, In in) {
  kernel::ConditionKeys keys{{"sts:rolesessionname", {in.str("RoleSessionName")}}};
  if (in.has("ExternalId")) keys["sts:externalid"] = {in.str("ExternalId")};
  if (in.has("SourceIdentity")) keys["sts:sourceidentity"] = {in.str("SourceIdentity")};
  if (in.has("DurationSeconds")) keys["sts:durationseconds"] = {std::to_string(in.num("DurationSeconds"))};
  for (const Value& key : in.list("TransitiveTagKeys")) keys["sts:transitivetagkeys"].push_back(key.str());
  if (!in.has("SerialNumber") && !in.has("TokenCode")) return keys;
  TRY_VOID(aws::verify_mfa_code(call, call.caller, in.str("SerialNumber"), in.str("TokenCode")));
  keys["aws:multifactorauthpresent"] = {"true"};
  keys["aws:multifactorauthage"] = {"0"};
  return keys;
}

// The tags of the request, over those that the caller's own session hands down.
base::Result<void> add_tags(const Call& call, In in, Session& session) {
  session.tags = TRY(read_tags(in.list("Tags")));
  for (const Value& key : in.list("TransitiveTagKeys")) {
    bool is_given = std::ranges::any_of(
        session.tags, [&](const auto& tag) { return base::equal_ignoring_case(tag.first, key.str()); });
    if (!is_given)
      return error("InvalidParameterValue", "The specified transitive tag key must be included in the requested tags.");
    session.transitive_tag_keys.push_back(key.str());
  }
  if (!call.caller.session) return {};
  const Session& own = *call.caller.session;
  for (const auto& [key, value] : own.tags) {
    if (!holds_name(own.transitive_tag_keys, key)) continue;
    for (const auto& [given, ignored] : session.tags)
      if (base::equal_ignoring_case(given, key))
        return error("InvalidParameterValue",
                     "One of the specified transitive tag keys can't be set because it conflicts with a transitive "
                     "tag key from the calling session.");
  }
  for (const auto& [key, value] : own.tags) {
    if (!holds_name(own.transitive_tag_keys, key)) continue;
    session.tags.emplace(key, value);
    session.transitive_tag_keys.push_back(key);
  }
  return {};
}

// "After the source identity is set, the value cannot be changed."
base::Result<void> add_source_identity(const Call& call, In in, Session& session) {
  session.source_identity = in.str("SourceIdentity");
  std::string_view inherited = call.caller.session ? std::string_view(call.caller.session->source_identity) : "";
  if (inherited.empty()) return {};
  if (!session.source_identity.empty() && session.source_identity != inherited)
    return error("AccessDenied", "SourceIdentity cannot be changed once it is set.");
  session.source_identity = inherited;
  return {};
}

// A root that AWS knows may not; the development keys stand for the account's administrator, which may.
bool is_real_root(const Principal& caller) {
  return caller.type == Principal::Type::kRoot && caller.access_key_id.size() == 20 &&
         (caller.access_key_id.starts_with("AKIA") || caller.access_key_id.starts_with("ASIA"));
}

}  // namespace

// https://docs.aws.amazon.com/STS/latest/APIReference/API_AssumeRole.html
base::Result<Out> AssumeRole(Call& call, In in) {
  if (is_real_root(call.caller)) return error("AccessDenied", "Roles may not be assumed by root accounts.");
  // LIMIT: there is no IAM Identity Center whose context assertions could be verified.
  if (in.has("ProvidedContexts"))
    return error("NotImplemented",
                 "Virga does not implement ProvidedContexts of AssumeRole: it has no context provider.");
  const std::string& arn = in.str("RoleArn");
  TRY_VOID(check_role_arn(arn));
  kernel::ConditionKeys keys = TRY(keys_of(call, in));
  kernel::Authorizer& authorizer = call.cloud().authorizer();
  TRY_VOID(authorizer.authorize(call, {.action = "sts:AssumeRole", .resource = arn, .keys = &keys}));
  auto role = get_role(call, arn);
  if (!role) return not_authorized_to("sts:AssumeRole");

  bool is_chained = kind_of(call.caller) == CredentialKind::kRole;
  std::optional<std::int64_t> wanted;
  if (in.has("DurationSeconds")) wanted = in.num("DurationSeconds");
  if (is_chained && wanted.value_or(0) > kChainedSecondsMax)
    return error("ValidationError",
                 "The requested DurationSeconds exceeds the 1 hour session limit for roles assumed by role chaining");
  kernel::Seconds duration = TRY(find_role_duration(*role, wanted));

  Session session{.name = in.str("RoleSessionName"), .is_chained = is_chained};
  TRY_VOID(add_policies(call, in, role->account, session));
  TRY_VOID(add_tags(call, in, session));
  TRY_VOID(add_source_identity(call, in, session));
  if (!session.tags.empty())
    TRY_VOID(authorizer.authorize(call, {.action = "sts:TagSession", .resource = arn, .keys = &keys}));
  if (!session.source_identity.empty())
    TRY_VOID(authorizer.authorize(call, {.action = "sts:SetSourceIdentity", .resource = arn, .keys = &keys}));
  return show_role_session(TRY(open_role_session(call, in, *role, std::move(session), duration)));
}

}  // namespace sts
