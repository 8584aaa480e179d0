#include "services/sts/federation.h"

#include "base/strings.h"

namespace sts {

namespace {

kernel::ConditionKeys keys_of(In in, const std::string& session_name, const Vouched& vouched) {
  kernel::ConditionKeys keys;
  for (const auto& [name, values] : vouched.claims) keys.emplace(base::to_lower(name), values);
  keys["sts:rolesessionname"] = {session_name};
  if (in.has("DurationSeconds")) keys["sts:durationseconds"] = {std::to_string(in.num("DurationSeconds"))};
  if (!vouched.source_identity.empty()) keys["sts:sourceidentity"] = {vouched.source_identity};
  for (const auto& [name, value] : vouched.tags) {
    keys["aws:requesttag/" + base::to_lower(name)] = {value};
    keys["aws:tagkeys"].push_back(name);
  }
  if (!vouched.transitive_tag_keys.empty()) keys["sts:transitivetagkeys"] = vouched.transitive_tag_keys;
  keys["aws:federatedprovider"] = {vouched.subject.provider};
  return keys;
}

}  // namespace

base::Result<RoleSession> admit(Call& call, In in, std::string_view action, const std::string& session_name,
                                const Vouched& vouched, std::int64_t until_ms) {
  const std::string& arn = in.str("RoleArn");
  auto role = get_role(call, arn);
  if (!role) return not_authorized_to(action);
  kernel::ConditionKeys keys = keys_of(in, session_name, vouched);
  std::vector<std::string_view> actions{action};
  if (!vouched.tags.empty()) actions.push_back("sts:TagSession");
  if (!vouched.source_identity.empty()) actions.push_back("sts:SetSourceIdentity");
  for (std::string_view each : actions)
    if (!kernel::authorize_subject(call, vouched.subject, each, arn, keys)) return not_authorized_to(each);

  std::optional<std::int64_t> wanted;
  if (in.has("DurationSeconds")) wanted = in.num("DurationSeconds");
  kernel::Seconds duration = TRY(find_role_duration(*role, wanted));
  if (until_ms != 0) duration = std::min(duration, kernel::Seconds((until_ms - call.now_ms()) / 1'000));
  Session session{.name = session_name,
                  .tags = vouched.tags,
                  .transitive_tag_keys = vouched.transitive_tag_keys,
                  .source_identity = vouched.source_identity,
                  .provider = vouched.subject.provider,
                  .claims = vouched.claims};
  TRY_VOID(add_policies(call, in, role->account, session));
  return open_role_session(call, in, *role, std::move(session), duration);
}

}  // namespace sts
