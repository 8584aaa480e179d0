#include "kernel/standing.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/arn.h"
#include "kernel/cloud.h"

namespace kernel {

namespace {

// Sessions come and go; what is forgotten is gathered again.
constexpr std::size_t kRememberedMax = 10'000;

// A policy must have a statement; no service is called so.
constexpr std::string_view kAllowsNothing =
    R"({"Version":"2012-10-17","Statement":[{"Effect":"Allow","Action":"virga:Nothing","Resource":"*"}]})";

std::uint64_t generation_of(Call& call, std::string_view account) {
  auto row = call.tx.get(kGenerations, account);
  return row ? row->number : 0;
}

// A role's ARN as far as the session's own tells it, for sessions that do not say.
std::string role_of_session_arn(const base::Arn& arn) {
  std::string_view name = arn.resource.substr(arn.resource.find('/') + 1);
  return fmt::format("arn:aws:iam::{}:role/{}", arn.account, name.substr(0, name.find('/')));
}

// Users and roles have policies; the root of an account, services and strangers have none.
bool has_identity_policies(const Principal& principal) {
  using Type = Principal::Type;
  return principal.type == Type::kUser || principal.type == Type::kAssumedRole ||
         principal.type == Type::kFederatedUser;
}

// "SCPs do not affect any service-linked role."
bool is_service_linked(const policy::Subject& subject) {
  return subject.role_arn.find(":role/aws-service-role/") != std::string::npos;
}

void note_keys(const policy::Source& source, std::vector<std::string>& keys) {
  for (std::string& key : policy::context_keys_of(*source.policy)) keys.push_back(std::move(key));
}

}  // namespace

void add_named_keys(const policy::Policies& policies, std::vector<std::string>& keys) {
  for (const policy::Source& source : policies.identity) note_keys(source, keys);
  if (policies.boundary) note_keys(*policies.boundary, keys);
  for (const policy::Source& source : policies.session) note_keys(source, keys);
  for (const auto* levels : {&policies.service_control, &policies.resource_control})
    for (const auto& level : *levels)
      for (const policy::Source& source : level) note_keys(source, keys);
  if (policies.resource) note_keys(*policies.resource, keys);
  std::ranges::sort(keys);
  keys.erase(std::ranges::unique(keys).begin(), keys.end());
}

void policies_changed(Call& call, std::string_view account) {
  call.tx.put(kGenerations, account, {call.next_sequence()});
}

policy::Subject subject_of(const Principal& principal) {
  using From = Principal::Type;
  using To = policy::Subject::Type;
  policy::Subject subject{.account = principal.account, .arn = principal.arn, .user_id = principal.user_id};
  switch (principal.type) {
    case From::kRoot: subject.type = To::kRoot; break;
    case From::kUser: subject.type = To::kUser; break;
    case From::kAssumedRole: subject.type = To::kAssumedRole; break;
    case From::kFederatedUser: subject.type = To::kFederatedUser; break;
    case From::kService:
      subject.type = To::kService;
      subject.service = principal.arn;
      break;
    case From::kAnonymous: return {};
  }
  if (principal.session) subject.provider = principal.session->provider;
  if (principal.type == From::kAssumedRole) {
    bool is_known = principal.session && !principal.session->role_arn.empty();
    subject.role_arn = is_known ? principal.session->role_arn : role_of_session_arn(base::Arn::parse(principal.arn));
  }
  return subject;
}

Standings::Standings(const std::vector<Service>& services) {
  for (const Service& service : services) {
    if (service.access.policies_of_principal) identities_ = &service;
    if (service.access.guardrails_of) organization_ = &service;
  }
}

void Standings::clear() {
  std::unique_lock lock(mutex_);
  standings_.clear();
  guardrails_.clear();
}

std::shared_ptr<const Guardrails> Standings::guardrails_of(Call& call, std::string_view account) {
  if (!organization_ || account.empty()) return nullptr;
  std::uint64_t generation = generation_of(call, "");
  if (generation == 0) return nullptr;  // there has never been an organization
  std::string key(account);
  {
    std::shared_lock lock(mutex_);
    auto found = guardrails_.find(key);
    if (found != guardrails_.end() && found->second.organization_generation == generation) return found->second.item;
  }
  auto guardrails = std::make_shared<const Guardrails>(organization_->access.guardrails_of(call, account));
  std::unique_lock lock(mutex_);
  if (guardrails_.size() >= kRememberedMax) guardrails_.clear();
  guardrails_.insert_or_assign(key, Remembered<Guardrails>{0, generation, guardrails});
  return guardrails;
}

std::string Standings::managed_policy(Call& call, std::string_view arn) const {
  return identities_ && identities_->access.managed_policy ? identities_->access.managed_policy(call, arn) : "";
}

std::optional<RoleFacts> Standings::facts_of_role(Call& call, std::string_view role_arn) const {
  if (!identities_ || !identities_->access.facts_of_role) return std::nullopt;
  return identities_->access.facts_of_role(call, role_arn);
}

Result<std::shared_ptr<const Standing>> Standings::of(Call& call, const Principal& principal) {
  std::uint64_t generation =
      identities_ && has_identity_policies(principal) ? generation_of(call, principal.account) : 0;
  std::uint64_t organization_generation = organization_ ? generation_of(call, "") : 0;
  std::string key;
  key.reserve(principal.arn.size() + principal.user_id.size() + principal.access_key_id.size() + 2);
  key.append(principal.arn).append(" ").append(principal.user_id).append(" ");
  if (principal.session) key += principal.access_key_id;
  // A service's or a role's session inside a call has no key of its own to be known by.
  bool is_remembered = !principal.session || !principal.access_key_id.empty();
  if (is_remembered) {
    std::shared_lock lock(mutex_);
    auto found = standings_.find(key);
    if (found != standings_.end() && found->second.generation == generation &&
        found->second.organization_generation == organization_generation)
      return found->second.item;
  }
  auto standing = TRY(gather(call, principal));
  if (is_remembered) {
    std::unique_lock lock(mutex_);
    if (standings_.size() >= kRememberedMax) standings_.clear();
    standings_.insert_or_assign(key, Remembered<Standing>{generation, organization_generation, standing});
  }
  return standing;
}

Result<std::shared_ptr<const Standing>> Standings::gather(Call& call, const Principal& principal) {
  auto standing = std::make_shared<Standing>(Standing{.subject = subject_of(principal),
                                                      .session = principal.session,
                                                      .multi_factor_present = principal.multi_factor_present});
  if (identities_ && has_identity_policies(principal)) {
    PrincipalPolicies known = identities_->access.policies_of_principal(call, principal);
    standing->policies.identity = std::move(known.identity);
    standing->policies.boundary = std::move(known.boundary);
    standing->tags = std::move(known.tags);
    standing->principal_id = std::move(known.id);
    standing->exists = known.exists;
  }
  if (principal.session) {
    for (const auto& [name, value] : principal.session->tags) standing->tags.insert_or_assign(name, value);
    TRY_VOID(add_session_policies(call, *principal.session, *standing));
  }
  if (principal.type != Principal::Type::kService && principal.type != Principal::Type::kAnonymous)
    standing->guardrails = guardrails_of(call, principal.account);
  if (standing->guardrails && !is_service_linked(standing->subject))
    standing->policies.service_control = standing->guardrails->service_control;
  add_named_keys(standing->policies, standing->keys);
  return standing;
}

Result<void> Standings::add_session_policies(Call& call, const Session& session, Standing& standing) {
  policy::Cache& cache = call.cloud().policies();
  auto& policies = standing.policies.session;
  for (std::size_t i = 0; i < session.policies.size(); ++i)
    policies.push_back(
        {fmt::format("session policy {}", i + 1), TRY(cache.compile(session.policies[i], policy::Kind::kSession))});
  for (const std::string& arn : session.policy_arns) {
    std::string document = managed_policy(call, arn);
    // A policy that has been deleted since allows nothing more.
    if (!document.empty()) policies.push_back({arn, TRY(cache.compile(document, policy::Kind::kSession))});
  }
  // A restricted session without a policy left may do nothing.
  if (session.is_restricted && policies.empty())
    policies.push_back({"no session policy", TRY(cache.compile(kAllowsNothing, policy::Kind::kSession))});
  return {};
}

}  // namespace kernel
