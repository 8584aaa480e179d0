#include "kernel/conditions.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/arn.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "kernel/cloud.h"

namespace kernel {

namespace {

using base::equal_ignoring_case;
using policy::Values;

// Answers one value.
bool one(Values& values, std::string value) {
  values.push_back(std::move(value));
  return true;
}

bool one_if(Values& values, std::string value) { return !value.empty() && one(values, std::move(value)); }

bool flag(Values& values, bool is_so) { return one(values, is_so ? "true" : "false"); }

const char* principal_type(policy::Subject::Type type) {
  using Type = policy::Subject::Type;
  switch (type) {
    case Type::kRoot: return "Account";
    case Type::kUser: return "User";
    case Type::kAssumedRole: return "AssumedRole";
    case Type::kFederatedUser: return "FederatedUser";
    case Type::kAnonymous: return "Anonymous";
    case Type::kService: return "Service";
    case Type::kWebIdentity:
    case Type::kSaml: break;  // nobody's principal yet
  }
  return "";
}

bool is_somebody_of_an_account(const policy::Subject& subject) {
  using Type = policy::Subject::Type;
  return subject.type == Type::kRoot || subject.type == Type::kUser || subject.type == Type::kAssumedRole ||
         subject.type == Type::kFederatedUser;
}

const std::string* find_tag(const Tags& tags, std::string_view name) {
  for (const auto& [key, value] : tags)
    if (equal_ignoring_case(key, name)) return &value;
  return nullptr;
}

std::string last_path_part(std::string_view arn) { return std::string(arn.substr(arn.rfind('/') + 1)); }

// The member's text under any of the names services give it.
const std::string* text_of(const Value& node, std::initializer_list<std::string_view> names) {
  for (std::string_view name : names)
    if (node.at(name).is_text()) return &node.at(name).str();
  return nullptr;
}

void add_tags(const Value& node, Tags& tags) {
  if (node.is_map()) {
    for (const auto& [key, value] : node.map())
      if (value.is_text()) tags.insert_or_assign(key, value.str());
    return;
  }
  for (const Value& each : node.list()) {
    if (each.has("Tags")) add_tags(each.at("Tags"), tags);  // TagSpecifications
    const std::string* key = text_of(each, {"Key", "TagKey", "key", "tagKey"});
    const std::string* value = text_of(each, {"Value", "TagValue", "value", "tagValue"});
    if (key) tags.insert_or_assign(*key, value ? *value : std::string());
  }
}

bool is_tags_member(std::string_view name) {
  constexpr std::string_view kNames[] = {"tags", "taglist", "tagset", "tagspecifications", "resourcetags", "tagstoadd"};
  return std::ranges::any_of(kNames, [&](std::string_view each) { return equal_ignoring_case(each, name); });
}

bool is_tag_keys_member(std::string_view name) {
  constexpr std::string_view kNames[] = {"tagkeys", "tagkeylist", "tagstoremove"};
  return std::ranges::any_of(kNames, [&](std::string_view each) { return equal_ignoring_case(each, name); });
}

}  // namespace

Tags tags_in(const Value& input) {
  Tags tags;
  for (const auto& [name, value] : input.map())
    if (is_tags_member(name)) add_tags(value, tags);
  return tags;
}

std::vector<std::string> tag_keys_in(const Value& input) {
  std::vector<std::string> keys;
  for (const auto& [key, value] : tags_in(input)) keys.push_back(key);
  for (const auto& [name, value] : input.map())
    if (is_tag_keys_member(name))
      for (const Value& key : value.list())
        if (key.is_text()) keys.push_back(key.str());
  return keys;
}

bool Conditions::find(std::string_view key, Values& values) const {
  if (about_.more) {
    if (auto found = about_.more->find(std::string(key)); found != about_.more->end()) {
      values = found->second;
      return true;
    }
  }
  if (key.starts_with("aws:")) {
    std::string_view name = key.substr(4);
    return find_principal_key(name, values) || find_organization_key(name, values) || find_session_key(name, values) ||
           find_service_caller_key(name, values) || find_request_key(name, values) || find_resource_key(name, values);
  }
  return find_service_key(key, values);
}

bool Conditions::find_principal_key(std::string_view name, Values& values) const {
  using Type = policy::Subject::Type;
  const policy::Subject& subject = about_.standing.subject;
  bool is_member = is_somebody_of_an_account(subject);
  if (name == "principalarn")
    return is_member && one(values, subject.type == Type::kAssumedRole ? subject.role_arn : subject.arn);
  if (name == "principalaccount") return is_member && one(values, subject.account);
  if (name == "principaltype") return one_if(values, principal_type(subject.type));
  if (name == "userid")
    return subject.type == Type::kAnonymous ? one(values, "anonymous") : one_if(values, subject.user_id);
  if (name == "username") return subject.type == Type::kUser && one(values, last_path_part(subject.arn));
  if (name.starts_with("principaltag/")) {
    const std::string* value = find_tag(about_.standing.tags, name.substr(13));
    return value && one(values, *value);
  }
  return false;
}

bool Conditions::find_organization_key(std::string_view name, Values& values) const {
  auto answer = [&](const Guardrails* guardrails, bool is_path) {
    if (!guardrails || guardrails->organization_id.empty()) return false;
    return one(values, is_path ? guardrails->path : guardrails->organization_id);
  };
  if (name == "principalorgid") return answer(about_.standing.guardrails.get(), false);
  if (name == "principalorgpaths") return answer(about_.standing.guardrails.get(), true);
  bool is_source = name == "sourceorgid" || name == "sourceorgpaths";
  bool is_resource = name == "resourceorgid" || name == "resourceorgpaths";
  if (!is_source && !is_resource) return false;
  if (is_source && about_.principal.type != Principal::Type::kService) return false;
  std::string_view account = is_source ? std::string_view(about_.principal.account) : about_.resource_account;
  return answer(about_.standings.guardrails_of(about_.call, account).get(), name.ends_with("paths"));
}

// Keys of temporary credentials; long-term keys have none of them.
bool Conditions::find_session_key(std::string_view name, Values& values) const {
  const Session* session = about_.standing.session.get();
  if (!session) return false;
  if (name == "multifactorauthpresent")
    return flag(values, session->multi_factor_ms != 0 || about_.standing.multi_factor_present);
  if (name == "multifactorauthage")
    return session->multi_factor_ms != 0 &&
           one(values, std::to_string((about_.call.now_ms() - session->multi_factor_ms) / 1'000));
  if (name == "tokenissuetime") return session->issued_ms != 0 && one(values, base::format_iso8601(session->issued_ms));
  if (name == "sourceidentity") return one_if(values, session->source_identity);
  if (name == "federatedprovider") return one_if(values, session->provider);
  if (name == "assumedroot")
    return flag(values, std::ranges::any_of(session->policy_arns, [](std::string_view arn) {
                  return arn.find("policy/root-task/") != arn.npos;
                }));
  return false;
}

// Keys of calls that services make: with their own name, or with the caller's credentials.
bool Conditions::find_service_caller_key(std::string_view name, Values& values) const {
  const Principal& principal = about_.principal;
  bool is_service = principal.type == Principal::Type::kService;
  const std::vector<std::string>& via = about_.call.called_via();
  if (name == "principalisawsservice") return flag(values, is_service);
  if (name == "viaawsservice") return flag(values, !via.empty());
  if (name.starts_with("calledvia") && !via.empty()) {
    if (name == "calledvia") values = via;
    if (name == "calledviafirst") values = {via.front()};
    if (name == "calledvialast") values = {via.back()};
    return !values.empty();
  }
  if (!is_service) return false;
  if (name == "principalservicename") return one(values, principal.arn);
  if (name == "principalservicenameslist") return one(values, principal.arn);
  if (name == "sourcearn") return one_if(values, principal.source_arn);
  if (name == "sourceaccount") {
    std::string_view account = base::Arn::parse(principal.source_arn).account;
    return one_if(values, account.empty() ? principal.account : std::string(account));
  }
  return false;
}

bool Conditions::find_request_key(std::string_view name, Values& values) const {
  const Call& call = about_.call;
  if (name == "currenttime") return one(values, base::format_iso8601(call.now_ms()));
  if (name == "epochtime") return one(values, std::to_string(call.now_ms() / 1'000));
  if (name == "requestedregion") return one_if(values, call.place.region);
  // What the client's connection was like says nothing about a call that a service makes.
  bool is_from_outside = call.is_from_outside();
  if (name == "securetransport") return flag(values, !is_from_outside || call.request.secure);
  if (name == "sourceip") return is_from_outside && one_if(values, call.request.source_ip);
  if (name == "useragent") return is_from_outside && one_if(values, call.request.user_agent);
  if (name == "referer") return is_from_outside && one_if(values, call.request.referer);
  if (!call.input) return false;
  if (name == "tagkeys") {
    values = tag_keys_in(*call.input);
    return !values.empty();
  }
  if (name.starts_with("requesttag/")) {
    Tags tags = tags_in(*call.input);
    const std::string* value = find_tag(tags, name.substr(11));
    return value && one(values, *value);
  }
  return false;
}

bool Conditions::find_resource_key(std::string_view name, Values& values) const {
  if (name == "resourceaccount")
    return one_if(values,
                  about_.resource_account.empty() ? about_.call.place.account : std::string(about_.resource_account));
  return name.starts_with("resourcetag/") && find_resource_tag(name.substr(12), values);
}

bool Conditions::find_resource_tag(std::string_view name, Values& values) const {
  if (!about_.owner || !about_.owner->access.tags_of) return false;
  Tags tags = about_.owner->access.tags_of(about_.call, about_.resource);
  const std::string* value = find_tag(tags, name);
  return value && one(values, *value);
}

// "iam:PassedToService", "dynamodb:LeadingKeys", "token.actions.githubusercontent.com:sub".
bool Conditions::find_service_key(std::string_view key, Values& values) const {
  if (const Session* session = about_.standing.session.get()) {
    for (const auto& [claim, claimed] : session->claims) {
      if (!equal_ignoring_case(claim, key)) continue;
      values = claimed;
      return true;
    }
  }
  std::size_t colon = key.find(':');
  if (colon == key.npos) return false;
  std::string_view name = key.substr(colon + 1);
  const Call& call = about_.call;
  if (call.service_model && call.operation) {
    for (const Service* service : about_.services)
      if (service->id == call.service_model->id && service->access.find_key &&
          service->access.find_key(about_.call, key, values))
        return true;
  }
  if (name.starts_with("resourcetag/")) return find_resource_tag(name.substr(12), values);
  if (name.starts_with("requesttag/")) return find_request_key(name, values);
  return false;
}

}  // namespace kernel
