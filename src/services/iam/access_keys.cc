// Access keys of users and of the account's root.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/id_credentials_access-keys.html
#include "kernel/credentials.h"
#include "kernel/usage.h"
#include "services/iam/iam.h"

namespace iam {

namespace {

// Whose keys an operation is about: the named user's, else the caller's own, who may be the root.
struct KeyOwner {
  std::string id;
  std::string name;  // empty for root
  kernel::Principal principal;
};

base::Result<KeyOwner> find_key_owner(const Call& call, In in) {
  if (!in.has("UserName") && call.caller.type == kernel::Principal::Type::kRoot)
    return KeyOwner{call.place.account, "", kernel::Principal::root(call.place.account)};
  const User user = TRY(find_user_or_caller(call, in));
  return KeyOwner{user.id, user.name,
                  kernel::Principal{.type = kernel::Principal::Type::kUser,
                                    .account = call.place.account,
                                    .arn = user_arn(call, user),
                                    .user_id = user.id}};
}

std::string_view show_key_status(const kernel::CredentialRow& credential) {
  return credential.active ? "Active" : "Inactive";
}

base::Result<kernel::CredentialRow> find_key(const Call& call, const KeyOwner& owner, const std::string& id) {
  auto credential = call.tx.get(kernel::kCredentials, id);
  if (!credential || !call.tx.has(kAccessKeys, store::key(owner.id, id)))
    return error("NoSuchEntity", fmt::format("The Access Key with id {} cannot be found.", id));
  return *std::move(credential);
}

}  // namespace

std::vector<std::string> access_keys_of(const Call& call, std::string_view owner_id) {
  std::vector<std::string> ids;
  call.tx.scan_keys(kAccessKeys, {.prefix = store::key(owner_id)}, [&](std::string_view key) {
    store::KeyReader reader(key);
    reader.text();
    ids.push_back(reader.text());
  });
  return ids;
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreateAccessKey.html
base::Result<Out> CreateAccessKey(Call& call, In in) {
  const KeyOwner owner = TRY(find_key_owner(call, in));
  TRY_VOID(check_quota(call, kAccessKeysPerUserMax, "AccessKeysPerUser", access_keys_of(call, owner.id).size()));
  const std::string id = kernel::issue_key(call, owner.principal);
  const AccessKey key{.created_ms = now_seconds_ms(call)};
  call.tx.put(kAccessKeys, store::key(owner.id, id), key);
  Out shown{{"AccessKeyId", id},
            {"Status", "Active"},
            {"SecretAccessKey", call.tx.get(kernel::kCredentials, id)->secret},
            {"CreateDate", key.created_ms}};
  if (!owner.name.empty()) shown.set("UserName", owner.name);
  return Out{{"AccessKey", shown}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListAccessKeys.html
base::Result<Out> ListAccessKeys(Call& call, In in) {
  const KeyOwner owner = TRY(find_key_owner(call, in));
  Listing listing = TRY(Listing::begin(in));
  for (const std::string& id : access_keys_of(call, owner.id)) {
    auto credential = call.tx.get(kernel::kCredentials, id);
    auto key = call.tx.get(kAccessKeys, store::key(owner.id, id));
    if (!credential || !key || !listing.wants(id)) continue;
    Out shown{{"AccessKeyId", id}, {"Status", show_key_status(*credential)}, {"CreateDate", key->created_ms}};
    if (!owner.name.empty()) shown.set("UserName", owner.name);
    listing.add(shown);
  }
  return listing.answer("AccessKeyMetadata");
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_UpdateAccessKey.html
base::Result<Out> UpdateAccessKey(Call& call, In in) {
  const KeyOwner owner = TRY(find_key_owner(call, in));
  kernel::CredentialRow credential = TRY(find_key(call, owner, in.str("AccessKeyId")));
  credential.active = in.str("Status") == "Active";
  call.tx.put(kernel::kCredentials, in.str("AccessKeyId"), credential);
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeleteAccessKey.html
base::Result<Out> DeleteAccessKey(Call& call, In in) {
  const KeyOwner owner = TRY(find_key_owner(call, in));
  const std::string& id = in.str("AccessKeyId");
  TRY_VOID(find_key(call, owner, id));
  call.tx.erase(kernel::kCredentials, id);
  call.tx.erase(kAccessKeys, store::key(owner.id, id));
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetAccessKeyLastUsed.html
base::Result<Out> GetAccessKeyLastUsed(Call& call, In in) {
  const std::string& id = in.str("AccessKeyId");
  auto credential = call.tx.get(kernel::kCredentials, id);
  if (!credential || credential->account != call.place.account ||
      !call.tx.has(kAccessKeys, store::key(credential->user_id, id)))
    return error("NoSuchEntity", fmt::format("The Access Key with id {} cannot be found.", id));
  const kernel::KeyUse use = kernel::last_use_of_key(call, id);
  Out shown{{"ServiceName", use.at_ms == 0 ? "N/A" : use.service}, {"Region", use.at_ms == 0 ? "N/A" : use.region}};
  if (use.at_ms != 0) shown.set("LastUsedDate", use.at_ms / 1'000 * 1'000);
  Out answer{{"AccessKeyLastUsed", shown}};
  if (auto owner = get_entity(call, credential->user_id)) answer.set("UserName", owner->name);
  return answer;
}

}  // namespace iam
