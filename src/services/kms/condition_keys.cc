// Condition keys: https://docs.aws.amazon.com/kms/latest/developerguide/conditions-kms.html
#include "base/strings.h"
#include "base/time_text.h"
#include "services/kms/keys.h"

namespace kms {

namespace {

using policy::Values;

// Keys that repeat what a member of the request says.
struct MemberKey {
  std::string_view key, member;
  std::string_view otherwise = {};  // the value of requests without it; empty: they do not have the key
};

constexpr MemberKey kMemberKeys[] = {
    {"bypasspolicylockoutsafetycheck", "BypassPolicyLockoutSafetyCheck", "false"},
    {"datakeypairspec", "KeyPairSpec"},
    {"encryptionalgorithm", "EncryptionAlgorithm", "SYMMETRIC_DEFAULT"},
    {"expirationmodel", "ExpirationModel"},
    {"granteeprincipal", "GranteePrincipal"},
    {"granteeserviceprincipal", "GranteeServicePrincipal"},
    {"keyagreementalgorithm", "KeyAgreementAlgorithm"},
    {"macalgorithm", "MacAlgorithm"},
    {"messagetype", "MessageType", "RAW"},
    {"primaryregion", "PrimaryRegion"},
    {"replicaregion", "ReplicaRegion"},
    {"retiringprincipal", "RetiringPrincipal"},
    {"retiringserviceprincipal", "RetiringServicePrincipal"},
    {"rotationperiodindays", "RotationPeriodInDays"},
    {"schedulekeydeletionpendingwindowindays", "PendingWindowInDays", "30"},
    {"signingalgorithm", "SigningAlgorithm"},
    {"wrappingalgorithm", "WrappingAlgorithm"},
    {"wrappingkeyspec", "WrappingKeySpec"},
};

bool one(Values& values, std::string value) {
  values.push_back(std::move(value));
  return true;
}

std::string text_of(const Value& value) {
  if (value.is_flag()) return value.flag() ? "true" : "false";
  return value.is_number() ? std::to_string(value.num()) : value.str();
}

// "In an operation that creates a grant … the condition is about the encryption context in the grant constraint."
const Value& context_of(const Call& call) {
  const Value& constraints = call.input->at("Constraints");
  for (std::string_view member : {"EncryptionContextEquals", "EncryptionContextSubset"})
    if (constraints.has(member)) return constraints.at(member);
  return call.input->at(call.operation->name == "ReEncrypt" ? "SourceEncryptionContext" : "EncryptionContext");
}

// The service whose name the caller's credentials came through last: "sqs.us-east-1.amazonaws.com".
bool find_via(const Call& call, Values& values) {
  if (call.called_via().empty()) return false;
  constexpr std::string_view kEnd = ".amazonaws.com";
  std::string_view service = call.called_via().back();
  if (service.ends_with(kEnd)) service.remove_suffix(kEnd.size());
  return one(values, fmt::format("{}.{}{}", service, call.place.region, kEnd));
}

bool find_request_key(const Call& call, std::string_view name, Values& values) {
  const Value& input = *call.input;
  for (const MemberKey& known : kMemberKeys) {
    if (known.key != name) continue;
    if (input.has(known.member)) return one(values, text_of(input.at(known.member)));
    return !known.otherwise.empty() && one(values, std::string(known.otherwise));
  }
  if (name == "validto") return input.has("ValidTo") && one(values, base::format_iso8601(input.at("ValidTo").num()));
  if (name == "grantoperations") {
    for (const Value& operation : input.at("Operations").list()) values.push_back(operation.str());
    return !values.empty();
  }
  if (name == "grantconstrainttype") {
    for (const auto& [constraint, value] : input.at("Constraints").map())
      if (constraint != "SourceArn") values.push_back(constraint);
    return !values.empty();
  }
  if (name == "grantconstraintsourcearn")
    return input.at("Constraints").has("SourceArn") && one(values, input.at("Constraints").at("SourceArn").str());
  if (name == "requestalias") {
    const std::string& id = input.at("KeyId").str();
    std::size_t at = id.starts_with("alias/") ? 0 : id.find(":alias/");
    return at != id.npos && one(values, id.substr(id[at] == ':' ? at + 1 : at));
  }
  return false;
}

bool find_context_key(const Value& context, std::string_view name, Values& values) {
  if (name == "encryptioncontextkeys") {
    for (const auto& [key, value] : context.map()) values.push_back(key);
    return !values.empty();
  }
  constexpr std::string_view kStart = "encryptioncontext:";
  if (!name.starts_with(kStart)) return false;
  for (const auto& [key, value] : context.map())
    if (base::equal_ignoring_case(key, name.substr(kStart.size()))) return one(values, value.str());
  return false;
}

constexpr std::string_view kKeysOfKeys[] = {
    "customermasterkeyspec", "customermasterkeyusage", "keyorigin",      "keyspec", "keyusage",
    "multiregion",           "multiregionkeytype",     "resourcealiases"};

bool find_key_of_key(const OpenKey& key, std::string_view name, Values& values) {
  if (name.ends_with("keyspec")) return one(values, key.row.spec);
  if (name.ends_with("keyusage")) return one(values, std::string(use_name(key.row.use)));
  if (name == "keyorigin") return one(values, std::string(origin_name(key.row.origin)));
  if (name == "multiregion") return one(values, key.row.is_multi_region() ? "true" : "false");
  if (name == "multiregionkeytype")
    return key.row.is_multi_region() && one(values, key.row.primary_region == key.place.region ? "PRIMARY" : "REPLICA");
  values = aliases_of(key);
  return !values.empty();
}

// What the key will be that CreateKey is asked for.
bool find_key_of_new_key(const Value& input, std::string_view name, Values& values) {
  auto member = [&](std::string_view first, std::string_view second, std::string_view otherwise) {
    for (std::string_view each : {first, second})
      if (input.has(each)) return one(values, input.at(each).str());
    return one(values, std::string(otherwise));
  };
  if (name.ends_with("keyspec")) return member("KeySpec", "CustomerMasterKeySpec", "SYMMETRIC_DEFAULT");
  if (name.ends_with("keyusage")) return member("KeyUsage", "KeyUsage", "ENCRYPT_DECRYPT");
  if (name == "keyorigin") return member("Origin", "Origin", "AWS_KMS");
  bool is_multi_region = input.at("MultiRegion").flag();
  if (name == "multiregion") return one(values, is_multi_region ? "true" : "false");
  return name == "multiregionkeytype" && is_multi_region && one(values, "PRIMARY");
}

}  // namespace

bool find_condition_key(Call& call, std::string_view key, Values& values) {
  constexpr std::string_view kPrefix = "kms:";
  if (!key.starts_with(kPrefix)) return false;
  std::string_view name = key.substr(kPrefix.size());
  if (name == "calleraccount") return !call.caller.account.empty() && one(values, call.caller.account);
  if (name == "viaservice") return find_via(call, values);
  if (name == "grantisforawsresource") return one(values, call.called_via().empty() ? "false" : "true");
  if (name.starts_with("encryptioncontext")) return find_context_key(context_of(call), name, values);
  if (std::ranges::find(kKeysOfKeys, name) == std::end(kKeysOfKeys)) return find_request_key(call, name, values);
  if (call.operation->name == "CreateKey") return find_key_of_new_key(*call.input, name, values);
  auto resolved = resolve(call, resource_of(call, call.operation->name, *call.input));
  auto found = resolved ? get_key(call, resolved->place, resolved->name) : std::nullopt;
  return found && find_key_of_key(*found, name, values);
}

kernel::ConditionKeys condition_keys_of(Call& call, const OpenKey& key, const Value& context) {
  kernel::ConditionKeys keys;
  auto add = [&](std::string name, const auto& find) {
    Values values;
    find(name, values);
    // Empty where there is none: that of the operation's other key does not count.
    keys["kms:" + name] = std::move(values);
  };
  auto in_context = [&](const std::string& name, Values& values) { find_context_key(context, name, values); };
  for (const Value* each : {&context_of(call), &context})
    for (const auto& [name, value] : each->map()) add("encryptioncontext:" + base::to_lower(name), in_context);
  add("encryptioncontextkeys", in_context);
  for (std::string_view name : kKeysOfKeys)
    add(std::string(name), [&](const std::string& wanted, Values& values) { find_key_of_key(key, wanted, values); });
  return keys;
}

}  // namespace kms
