// What grants allow, and the tokens that name them.
#include "base/arn.h"
#include "base/bytes.h"
#include "kernel/cloud.h"
#include "services/kms/grants.h"

namespace kms {

namespace {

using StringMap = std::map<std::string, std::string>;

constexpr std::string_view kTokenPurpose = "kms.grant_token";

StringMap map_of(const Value& value) {
  StringMap map;
  for (const auto& [name, text] : value.map()) map.insert_or_assign(name, text.str());
  return map;
}

bool contains(const StringMap& whole, const StringMap& part) {
  return std::ranges::all_of(part, [&](const auto& pair) {
    auto found = whole.find(pair.first);
    return found != whole.end() && found->second == pair.second;
  });
}

// The encryption context that the operation brings for the action; nothing where operations of its kind have none, to
// which constraints on it do not apply.
std::optional<StringMap> context_for(const Call& call, std::string_view action) {
  const Value& input = *call.input;
  if (action == "kms:ReEncryptFrom") return map_of(input.at("SourceEncryptionContext"));
  if (action == "kms:ReEncryptTo") return map_of(input.at("DestinationEncryptionContext"));
  constexpr std::string_view kWithContext[] = {"kms:Decrypt",
                                               "kms:Encrypt",
                                               "kms:GenerateDataKey",
                                               "kms:GenerateDataKeyPair",
                                               "kms:GenerateDataKeyPairWithoutPlaintext",
                                               "kms:GenerateDataKeyWithoutPlaintext"};
  if (!std::ranges::binary_search(kWithContext, action)) return std::nullopt;
  return map_of(input.at("EncryptionContext"));
}

// "a grant that allows CreateGrant … the new grant must not allow more": its operations are some of these, and its
// constraints the same or stricter.
bool covers_new_grant(const Grant& grant, const Value& input) {
  for (const Value& operation : input.at("Operations").list())
    if (std::ranges::find(grant.operations, operation.str()) == grant.operations.end()) return false;
  const Value& constraints = input.at("Constraints");
  const bool has_equals = constraints.has("EncryptionContextEquals");
  StringMap equals = map_of(constraints.at("EncryptionContextEquals"));
  StringMap subset = map_of(constraints.at("EncryptionContextSubset"));
  if (grant.context_equals && (!has_equals || equals != *grant.context_equals)) return false;
  return !grant.context_subset || contains(has_equals ? equals : subset, *grant.context_subset);
}

bool is_for(const Grant& grant, const policy::Subject& subject) {
  if (grant.grantee_is_service) return subject.service == grant.grantee;
  if (!subject.service.empty()) return subject.service == grant.grantee;
  return grant.grantee == subject.arn || (!subject.role_arn.empty() && grant.grantee == subject.role_arn) ||
         (subject.type == policy::Subject::Type::kFederatedUser && grant.grantee == subject.arn);
}

bool allows(const Call& call, const Grant& grant, std::string_view action) {
  std::string_view operation = action.substr(action.find(':') + 1);
  if (std::ranges::find(grant.operations, operation) == grant.operations.end()) return false;
  // Of this grant only, which RetireGrant looks at.
  if (operation == "RetireGrant") return false;
  if (!grant.source_arn.empty() && call.caller.source_arn != grant.source_arn) return false;
  if (operation == "CreateGrant") return covers_new_grant(grant, *call.input);
  auto context = context_for(call, action);
  if (!context) return true;
  if (grant.context_equals && *context != *grant.context_equals) return false;
  return !grant.context_subset || contains(*context, *grant.context_subset);
}

std::string admitting_policy(const Grant& grant, std::string_view action) {
  return fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Sid":"Grant","Effect":"Allow","Principal":{{"{}":)"
                     R"("{}"}},"Action":"{}","Resource":"*"}}]}})",
                     grant.grantee.starts_with("arn:") ? "AWS" : "Service", grant.grantee, action);
}

}  // namespace

std::string write_token(Call& call, const OpenKey& key, const std::string& grant_id) {
  std::string place = store::key(key.place.account, key.place.region, key.row.id, grant_id);
  return base::to_base64(call.cloud().vault().seal(call.cloud().dice(), place, kTokenPurpose));
}

base::Result<GrantPlace> read_token(Call& call, const std::string& token) {
  auto sealed = base::from_base64(token);
  auto place = sealed ? call.cloud().vault().open(*sealed, kTokenPurpose) : std::nullopt;
  if (!place) return error("InvalidGrantTokenException", "Invalid grant token.");
  store::KeyReader reader(*place);
  std::string account = reader.text(), region = reader.text(), key_id = reader.text();
  return GrantPlace{{account, region}, key_id, reader.text()};
}

base::Result<void> check_tokens(Call& call, std::string_view) {
  for (const Value& token : call.input->at("GrantTokens").list()) TRY(read_token(call, token.str()));
  return {};
}

std::string granted_to(Call& call, const policy::Subject& subject, std::string_view action, std::string_view arn) {
  base::Arn parts = base::Arn::parse(arn);
  if (!call.input || !call.operation || !parts.resource.starts_with("key/")) return {};
  auto key = get_key(call, {std::string(parts.account), std::string(parts.region)}, parts.resource.substr(4));
  if (!key || key->row.grants == 0) return {};
  std::string text;
  key->tx.scan(kGrants, store::key(key->row.id), [&](std::string_view, Grant& grant) {
    if (!is_for(grant, subject) || !allows(call, grant, action)) return store::Continue::kYes;
    text = admitting_policy(grant, action);
    return store::Continue::kNo;
  });
  return text;
}

}  // namespace kms
