#include "kernel/authorization.h"

#include <fmt/format.h>

#include "base/arn.h"
#include "kernel/cloud.h"

namespace kernel {

namespace {

// The caller's own principal, as far as a subject tells it.
Principal principal_of(const policy::Subject& subject) {
  using From = policy::Subject::Type;
  using To = Principal::Type;
  Principal principal{.account = subject.account, .arn = subject.arn, .user_id = subject.user_id};
  switch (subject.type) {
    case From::kRoot: principal.type = To::kRoot; break;
    case From::kUser: principal.type = To::kUser; break;
    case From::kAssumedRole:
      principal.type = To::kAssumedRole;
      principal.session = std::make_shared<const Session>(Session{.role_arn = subject.role_arn});
      break;
    case From::kFederatedUser: principal.type = To::kFederatedUser; break;
    case From::kService: return Principal::service(subject.service, subject.account, "");
    case From::kWebIdentity:
    case From::kSaml:
    case From::kAnonymous: break;
  }
  return principal;
}

std::string role_name(std::string_view role_arn) { return std::string(role_arn.substr(role_arn.rfind('/') + 1)); }

Result<void> authorize_service(Call& call, std::string_view role_arn, std::string_view service,
                               std::string_view source_arn) {
  std::string account(base::Arn::parse(role_arn).account);
  Principal principal = Principal::service(std::string(service), account, std::string(source_arn));
  return call.cloud().authorizer().authorize(call, principal, Standing{.subject = subject_of(principal)},
                                             {.action = "sts:AssumeRole", .resource = role_arn});
}

}  // namespace

Result<void> authorize_subject(Call& call, const policy::Subject& subject, std::string_view action,
                               std::string_view resource_arn, const ConditionKeys& keys) {
  Principal principal = principal_of(subject);
  Authorizer& authorizer = call.cloud().authorizer();
  Standing standing{.subject = subject};
  if (principal.type != Principal::Type::kAnonymous) {
    standing = *TRY(authorizer.standings().of(call, principal));
    standing.subject = subject;
  }
  return authorizer.authorize(call, principal, standing, {.action = action, .resource = resource_arn, .keys = &keys});
}

Result<void> authorize_pass_role(Call& call, std::string_view role_arn, std::string_view service,
                                 std::string_view resource_arn) {
  ConditionKeys keys{{"iam:passedtoservice", {std::string(service)}}};
  if (!resource_arn.empty()) keys.emplace("iam:associatedresourcearn", policy::Values{std::string(resource_arn)});
  TRY_VOID(call.cloud().authorizer().authorize(call, {.action = "iam:PassRole", .resource = role_arn, .keys = &keys}));
  // "A role can only be passed to a service in the account it is in", whatever its policies say.
  if (base::Arn::parse(role_arn).account != call.caller.account)
    return base::fail(std::string(refusal_code(call.service_model)), "Cross-account pass role is not allowed.");
  return {};
}

bool can_assume(Call& call, std::string_view role_arn, std::string_view service, std::string_view source_arn) {
  return authorize_service(call, role_arn, service, source_arn).has_value();
}

std::optional<std::string> find_missing_principal(Call& call, const policy::Policy& document) {
  for (const std::string& arn : policy::named_entities(document)) {
    Principal principal{.type = arn.find(":role/") == arn.npos ? Principal::Type::kUser : Principal::Type::kAssumedRole,
                        .account = std::string(base::Arn::parse(arn).account),
                        .arn = arn};
    for (const Service& service : call.cloud().services())
      if (service.access.policies_of_principal && service.access.policies_of_principal(call, principal).id.empty())
        return arn;
  }
  return std::nullopt;
}

Result<Principal> assume_role(Call& call, std::string_view role_arn, std::string_view service,
                              std::string_view session_name, std::string_view source_arn) {
  TRY_VOID(authorize_service(call, role_arn, service, source_arn));
  Principal session{
      .type = Principal::Type::kAssumedRole,
      .account = std::string(base::Arn::parse(role_arn).account),
      .session = std::make_shared<const Session>(
          Session{.role_arn = std::string(role_arn), .name = std::string(session_name), .issued_ms = call.now_ms()})};
  session.arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", session.account, role_name(role_arn), session_name);
  auto standing = TRY(call.cloud().authorizer().standings().of(call, session));
  session.user_id = fmt::format("{}:{}", standing->principal_id, session_name);
  return session;
}

}  // namespace kernel
