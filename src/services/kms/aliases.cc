// Aliases: names that can be pointed at another key.
#include "services/kms/keys.h"

namespace kms {

namespace {

constexpr std::string_view kAliasStart = "alias/";

base::Result<void> check_name(std::string_view name) {
  if (!name.starts_with(kAliasStart) || name.size() == kAliasStart.size())
    return error("ValidationException",
                 "Alias must start with the prefix \"alias/\". Please see "
                 "https://docs.aws.amazon.com/kms/latest/developerguide/kms-alias.html");
  if (name.starts_with("alias/aws/")) return error("NotAuthorizedException", "");
  if (name.find(':') != name.npos)
    return error("InvalidAliasNameException", fmt::format("{} contains invalid characters for an alias", name));
  return {};
}

Value show(Call& call, const Alias& alias) {
  return Out{{"AliasName", alias.name},
             {"AliasArn", alias_arn(call.place, alias.name)},
             {"TargetKeyId", alias.key_id},
             {"CreationDate", alias.created_ms},
             {"LastUpdatedDate", alias.updated_ms}};
}

// The alias and the key it shall mean must stand in one account and region, and the caller be allowed to use both.
base::Result<OpenKey> find_target(Call& call, In in) {
  const std::string& target = in.str("TargetKeyId");
  if (target.starts_with(kAliasStart) || target.find(":alias/") != target.npos)
    return error("ValidationException", "Aliases must refer to keys. Not aliases");
  OpenKey key = TRY(find_key_itself(call, target));
  TRY_VOID(check_state(call, key, For::kManagement));
  if (key.place == call.place) return key;
  return error("NotFoundException", fmt::format("Key '{}' does not exist", key_arn(call.place, key.row.id)));
}

base::Result<Alias> find_alias(Call& call, const std::string& name) {
  auto alias = call.tx.get(kAliases, name);
  if (!alias) return error("NotFoundException", fmt::format("Alias {} is not found.", alias_arn(call.place, name)));
  return *std::move(alias);
}

void point(Call& call, const Alias& alias) {
  call.tx.put(kAliases, alias.name, alias);
  call.tx.put(kAliasesOfKeys, store::key(alias.key_id, alias.name), {});
}

base::Result<void> check_count(Call& call, const OpenKey& key) {
  if (std::int64_t(aliases_of(key).size()) < call.limit(kAliasesPerKeyMax)) return {};
  return error("LimitExceededException", "You have reached the limit of aliases for this KMS key.");
}

}  // namespace

// https://docs.aws.amazon.com/kms/latest/APIReference/API_CreateAlias.html
base::Result<Out> CreateAlias(Call& call, In in) {
  const std::string& name = in.str("AliasName");
  TRY_VOID(check_name(name));
  TRY_VOID(call.authorize("kms:CreateAlias", alias_arn(call.place, name)));
  OpenKey key = TRY(find_target(call, in));
  if (call.tx.has(kAliases, name))
    return error("AlreadyExistsException",
                 fmt::format("An alias with the name {} already exists", alias_arn(call.place, name)));
  TRY_VOID(check_count(call, key));
  point(call, {name, key.row.id, call.now_ms(), call.now_ms()});
  return Out{};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_UpdateAlias.html
base::Result<Out> UpdateAlias(Call& call, In in) {
  const std::string& name = in.str("AliasName");
  TRY_VOID(check_name(name));
  TRY_VOID(call.authorize("kms:UpdateAlias", alias_arn(call.place, name)));
  Alias alias = TRY(find_alias(call, name));
  TRY_VOID(call.authorize("kms:UpdateAlias", key_arn(call.place, alias.key_id)));
  OpenKey key = TRY(find_target(call, in));
  auto before = get_key(call, call.place, alias.key_id);
  if (before && (before->row.is_symmetric() != key.row.is_symmetric() || before->row.use != key.row.use))
    return error("ValidationException",
                 "The current and new KMS keys must be the same type (both symmetric or both asymmetric or both HMAC), "
                 "and they must have the same key usage.");
  if (alias.key_id != key.row.id) TRY_VOID(check_count(call, key));
  call.tx.erase(kAliasesOfKeys, store::key(alias.key_id, name));
  alias.key_id = key.row.id;
  alias.updated_ms = call.now_ms();
  point(call, alias);
  return Out{};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_DeleteAlias.html
base::Result<Out> DeleteAlias(Call& call, In in) {
  const std::string& name = in.str("AliasName");
  TRY_VOID(check_name(name));
  Alias alias = TRY(find_alias(call, name));
  TRY_VOID(call.authorize("kms:DeleteAlias", key_arn(call.place, alias.key_id)));
  call.tx.erase(kAliases, name);
  call.tx.erase(kAliasesOfKeys, store::key(alias.key_id, name));
  return Out{};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_ListAliases.html
base::Result<Out> ListAliases(Call& call, In in) {
  PageRequest page = TRY(read_page(in, 50, 100));
  std::string key_id;
  if (in.has("KeyId")) key_id = TRY(find_key_itself(call, in.str("KeyId"))).row.id;
  Value::List aliases;
  bool is_cut = false;
  std::string last;
  call.tx.scan(kAliases, scan_of(page), [&](std::string_view name, Alias& alias) {
    if (!key_id.empty() && alias.key_id != key_id) return store::Continue::kYes;
    is_cut = aliases.size() == page.limit;
    if (is_cut) return store::Continue::kNo;
    last = name;
    aliases.push_back(show(call, alias));
    return store::Continue::kYes;
  });
  Out out{{"Aliases", std::move(aliases)}};
  end_page(out, is_cut, last);
  return out;
}

}  // namespace kms
