#include "services/sts/sessions.h"

#include <algorithm>

#include "base/arn.h"
#include "base/gzip.h"
#include "base/json.h"
#include "base/strings.h"
#include "kernel/cloud.h"

namespace sts {

namespace {

constexpr std::int64_t kRoleSecondsDefault = 3'600;
// "You can provide up to 10 managed policy ARNs. However, the plaintext that you use for both inline and managed
// session policies can't exceed 2,048 characters."
constexpr std::size_t kPolicyArnsMax = 10;
constexpr std::size_t kPolicyBytesMax = 2'048;
// "An AWS conversion compresses the passed inline session policy, managed policy ARNs, and session tags into a packed
// binary format that has a separate limit." AWS tells neither the format nor the limit; ours is deflate and this many
// bytes, near to the percentages in AWS's examples.
constexpr std::size_t kPackedBytesMax = 2'048;
// What gzip adds to deflate.
constexpr std::size_t kGzipFrameBytes = 18;
// Up to which MinimumSessionTokenSize can go.
constexpr std::int64_t kTokenBytesMax = 4'096;

// What is packed: policies without their white space, ARNs, tags.
std::string joined(const Session& session) {
  std::string text;
  for (const std::string& policy : session.policies) {
    auto document = base::parse_json(policy);  // without its white space
    text += document ? base::to_json(*document) : policy;
  }
  for (const std::string& arn : session.policy_arns) text.append(arn).append("\n");
  for (const auto& [key, value] : session.tags) text.append(key).append("=").append(value).append("\n");
  return text;
}

}  // namespace

CredentialKind kind_of(const Principal& principal) {
  switch (principal.type) {
    case Principal::Type::kFederatedUser: return CredentialKind::kFederated;
    case Principal::Type::kAssumedRole: return CredentialKind::kRole;
    default: return principal.session ? CredentialKind::kSessionToken : CredentialKind::kLongTerm;
  }
}

base::Result<void> check_role_arn(std::string_view arn) {
  const base::Arn parsed = base::Arn::parse(arn);
  bool is_role = parsed.service == "iam" && parsed.region.empty() && base::is_account_id(parsed.account) &&
                 parsed.resource.starts_with("role/");
  std::string_view name = arn.substr(arn.rfind('/') + 1);
  if (!is_role || name.empty() || name.contains(':')) return error("ValidationError", "Request ARN is invalid");
  return {};
}

std::optional<TrustedRole> get_role(Call& call, std::string_view arn) {
  auto facts = call.cloud().authorizer().standings().facts_of_role(call, arn);
  if (!facts) return std::nullopt;
  return TrustedRole{.arn = facts->arn,
                     .account = std::string(base::Arn::parse(facts->arn).account),
                     .name = facts->arn.substr(facts->arn.rfind('/') + 1),
                     .id = facts->id,
                     .seconds_max = facts->session_seconds_max};
}

std::unexpected<base::Error> not_authorized_to(std::string_view action) {
  return error("AccessDenied", fmt::format("Not authorized to perform {}", action));
}

base::Result<kernel::Seconds> find_role_duration(const TrustedRole& role, std::optional<std::int64_t> wanted_seconds) {
  std::int64_t seconds = wanted_seconds.value_or(kRoleSecondsDefault);
  if (seconds > role.seconds_max)
    return error("ValidationError", "The requested DurationSeconds exceeds the MaxSessionDuration set for this role.");
  return kernel::Seconds(seconds);
}

base::Result<kernel::Tags> read_tags(const Value::List& tags) {
  kernel::Tags result;
  std::vector<std::string> seen;
  for (const Value& tag : tags) {
    const std::string& key = tag.at("Key").str();
    std::string name = base::to_lower(key);
    if (std::ranges::find(seen, name) != seen.end())
      return error("InvalidParameterValue",
                   "Duplicate tag keys found. Please note that Tag keys are case insensitive.");
    if (name.starts_with("aws:"))
      return error("ValidationError",
                   "1 validation error detected: Value at 'tags' failed to satisfy constraint: System tags cannot be "
                   "added/updated by requester");
    seen.push_back(name);
    result.emplace(key, tag.at("Value").str());
  }
  return result;
}

base::Result<void> add_policies(Call& call, In in, std::string_view account, Session& session) {
  std::size_t bytes = 0;
  if (in.has("Policy")) {
    session.policies.push_back(in.str("Policy"));
    bytes += in.str("Policy").size();
    TRY_VOID(call.cloud().policies().compile(in.str("Policy"), policy::Kind::kSession));
  }
  const Value::List& arns = in.list("PolicyArns");
  if (arns.size() > kPolicyArnsMax)
    return error("ValidationError",
                 "1 validation error detected: Value at 'policyArns' failed to satisfy constraint: Member must have "
                 "length less than or equal to 10");
  for (const Value& descriptor : arns) {
    const std::string& arn = descriptor.at("arn").str();
    // "The policies must exist in the same account as the role."
    const std::string_view owner = base::Arn::parse(arn).account;
    bool is_own = owner == account || owner == "aws";
    if (!is_own || call.cloud().authorizer().standings().managed_policy(call, arn).empty())
      return error("ValidationError", fmt::format("Policy ARN {} is not valid.", arn));
    session.policy_arns.push_back(arn);
    bytes += arn.size();
  }
  if (bytes > kPolicyBytesMax)
    return error("ValidationError",
                 "1 validation error detected: Value at 'policy' failed to satisfy constraint: Member must have "
                 "length less than or equal to 2048");
  session.is_restricted = session.is_restricted || in.has("Policy") || !arns.empty();
  return {};
}

base::Result<std::optional<std::int64_t>> packed_size(const Session& session) {
  bool has_policies = !session.policies.empty() || !session.policy_arns.empty();
  if (!has_policies && session.tags.empty()) return std::nullopt;
  std::size_t bytes = base::gzip(joined(session)).size() - kGzipFrameBytes;
  auto percent = static_cast<std::int64_t>((bytes * 100 + kPackedBytesMax - 1) / kPackedBytesMax);
  if (percent > 100)
    return error("PackedPolicyTooLargeException",
                 has_policies
                     ? fmt::format("Packed policy consumes {}% of allotted space, please use smaller policy.", percent)
                     : fmt::format("Packed size of session tags consumes {}% of allotted space.", percent));
  return percent;
}

kernel::SessionCredentials issue(Call& call, In in, const Principal& principal, kernel::Seconds duration) {
  auto token_bytes = static_cast<std::size_t>(in.value().at("MinimumSessionTokenSize").num());
  return kernel::issue_session(call, principal, duration, token_bytes);
}

void show_credentials(Out& out, const kernel::SessionCredentials& credentials) {
  auto token_bytes = static_cast<std::int64_t>(credentials.session_token.size());
  out.set("Credentials", Out{{"AccessKeyId", credentials.access_key_id},
                             {"SecretAccessKey", credentials.secret},
                             {"SessionToken", credentials.session_token},
                             {"Expiration", kernel::to_ms(credentials.expires)}});
  out.set("SessionTokenSize", token_bytes);
  out.set("SessionTokenUtilization", (token_bytes * 100 + kTokenBytesMax - 1) / kTokenBytesMax);
}

base::Result<RoleSession> open_role_session(Call& call, In in, const TrustedRole& role, Session session,
                                            kernel::Seconds duration) {
  session.role_arn = role.arn;
  session.issued_ms = call.now_ms();
  RoleSession opened{.packed_percent = TRY(packed_size(session))};
  opened.principal = {.type = Principal::Type::kAssumedRole,
                      .account = role.account,
                      .arn = fmt::format("arn:aws:sts::{}:assumed-role/{}/{}", role.account, role.name, session.name),
                      .user_id = fmt::format("{}:{}", role.id, session.name)};
  opened.principal.session = std::make_shared<const Session>(std::move(session));
  opened.credentials = issue(call, in, opened.principal, duration);
  return opened;
}

Out show_role_session(const RoleSession& opened) {
  Out out{{"AssumedRoleUser", Out{{"AssumedRoleId", opened.principal.user_id}, {"Arn", opened.principal.arn}}}};
  show_credentials(out, opened.credentials);
  if (opened.packed_percent) out.set("PackedPolicySize", *opened.packed_percent);
  const std::string& source_identity = opened.principal.session->source_identity;
  if (!source_identity.empty()) out.set("SourceIdentity", source_identity);
  return out;
}

}  // namespace sts
