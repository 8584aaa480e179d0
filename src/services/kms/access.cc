// What decisions need to know of keys: their policies, tags, and which key a call is about.
#include "base/arn.h"
#include "services/kms/keys.h"

namespace kms {

namespace {

constexpr std::string_view kWithoutResource[] = {
    "ConnectCustomKeyStore",    "CreateCustomKeyStore", "CreateKey",   "DeleteCustomKeyStore",
    "DescribeCustomKeyStores",  "GenerateRandom",       "ListAliases", "ListKeys",
    "DisconnectCustomKeyStore", "ListRetirableGrants",  "RetireGrant", "UpdateCustomKeyStore",
};

// Of aliases, and of keys that are not there: the account's own policies decide.
std::string account_policy(std::string_view account) {
  return fmt::format(R"({{"Version":"2012-10-17","Statement":[{{"Effect":"Allow","Principal":{{"AWS":)"
                     R"("arn:aws:iam::{}:root"}},"Action":"kms:*","Resource":"*"}}]}})",
                     account);
}

std::optional<OpenKey> key_of_arn(Call& call, std::string_view text) {
  base::Arn arn = base::Arn::parse(text);
  if (!arn.resource.starts_with("key/")) return std::nullopt;
  return get_key(call, {std::string(arn.account), std::string(arn.region)}, arn.resource.substr(4));
}

}  // namespace

std::string resource_of(Call& call, std::string_view operation, const Value& input) {
  if (std::ranges::find(kWithoutResource, operation) != std::end(kWithoutResource)) return "*";
  if (operation == "DeleteAlias") return alias_arn(call.place, input.at("AliasName").str());
  for (std::string_view member : {"KeyId", "TargetKeyId", "SourceKeyId"})
    if (input.has(member)) return resource_of_key(call, input.at(member).str());
  auto blob = read_blob(input.at("CiphertextBlob").str());
  return blob ? key_arn({blob->account, call.place.region}, blob->key_id) : "*";
}

std::string policy_of(Call& call, std::string_view arn) {
  if (auto key = key_of_arn(call, arn)) return std::move(key->row.policy);
  // Whoever may ask for it by the policies of the own account is told that there is no such key.
  return account_policy(call.caller.account.empty() ? base::Arn::parse(arn).account : call.caller.account);
}

kernel::Tags tags_of(Call& call, std::string_view arn) {
  auto key = key_of_arn(call, arn);
  return key ? std::move(key->row.tags) : kernel::Tags();
}

void each_policy(Call& call, const kernel::Place& place, const kernel::VisitResource& visit) {
  call.tx.at(place).scan(kKeys, store::Scan{}, [&](std::string_view id, Key& key) {
    visit({.arn = key_arn(place, id), .type = "AWS::KMS::Key", .policy = std::move(key.policy)});
  });
}

}  // namespace kms
