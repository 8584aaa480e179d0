// Which key a text means.
#include "base/arn.h"
#include "base/strings.h"
#include "services/kms/keys.h"

namespace kms {

namespace {

constexpr std::string_view kAliasPrefix = "alias/";
constexpr std::string_view kManagedPrefix = "alias/aws/";

bool is_hex_or_dash(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || c == '-'; });
}

bool is_key_id(std::string_view text) {
  if (text.size() != 36) return false;
  return is_hex_or_dash(text.starts_with("mrk-") ? text.substr(4) : text);
}

base::Result<KeyName> parse_arn(std::string_view text) {
  base::Arn arn = base::Arn::parse(text);
  std::string_view resource = arn.resource;
  if (resource.starts_with("key/")) resource.remove_prefix(4);
  if (arn.service != "kms" || !arn || (resource == arn.resource && !resource.starts_with(kAliasPrefix)))
    return error("InvalidArnException", fmt::format("Invalid arn {}", text));
  return KeyName{{std::string(arn.account), std::string(arn.region)}, std::string(resource)};
}

base::Result<KeyName> parse_name(const Call& call, std::string_view text) {
  if (text.starts_with("arn:")) return parse_arn(text);
  return KeyName{call.place, std::string(text)};
}

base::Result<void> check_region(const Call& call, const KeyName& name) {
  if (name.place.region == call.place.region) return {};
  return error("NotFoundException", fmt::format("Invalid arn {}", name.place.region));
}

// AWS makes its managed keys when a service first needs one, and when DescribeKey asks for its alias.
bool may_make_managed_key(const Call& call, const KeyName& name) {
  if (!name.name.starts_with(kManagedPrefix) || name.place != call.place) return false;
  return !call.called_via().empty() || (call.operation && call.operation->name == "DescribeKey");
}

base::Result<OpenKey> open_key(Call& call, const KeyName& name) {
  auto key = get_key(call, name.place, name.name);
  if (!key) return error("NotFoundException", fmt::format("Key '{}' does not exist", key_arn(name.place, name.name)));
  return *std::move(key);
}

}  // namespace

std::string key_arn(const store::Place& place, std::string_view key_id) {
  return fmt::format("arn:aws:kms:{}:{}:key/{}", place.region, place.account, key_id);
}

std::string alias_arn(const store::Place& place, std::string_view name) {
  return fmt::format("arn:aws:kms:{}:{}:{}", place.region, place.account, name);
}

std::string OpenKey::arn() const { return key_arn(place, row.id); }

std::optional<OpenKey> get_key(Call& call, const store::Place& place, std::string_view key_id) {
  store::Transaction tx = call.tx.at(place);
  auto row = tx.get(kKeys, key_id);
  if (!row) return std::nullopt;
  return OpenKey{tx, place, *std::move(row)};
}

base::Result<KeyName> resolve(Call& call, std::string_view id) {
  KeyName name = TRY(parse_name(call, id));
  TRY_VOID(check_region(call, name));
  if (name.name.starts_with(kAliasPrefix)) {
    if (auto alias = call.tx.at(name.place).get(kAliases, name.name)) return KeyName{name.place, alias->key_id};
    if (may_make_managed_key(call, name))
      if (auto key = ensure_managed_key(call, name.name)) return KeyName{name.place, key->row.id};
    return error("NotFoundException", fmt::format("Alias {} is not found.", alias_arn(name.place, name.name)));
  }
  if (!is_key_id(name.name)) return error("NotFoundException", fmt::format("Invalid keyId '{}'", name.name));
  return name;
}

base::Result<OpenKey> find_key(Call& call, std::string_view id) { return open_key(call, TRY(resolve(call, id))); }

base::Result<OpenKey> find_key_itself(Call& call, std::string_view id) {
  KeyName name = TRY(parse_name(call, id));
  TRY_VOID(check_region(call, name));
  if (!is_key_id(name.name)) {
    if (id.starts_with("arn:")) return error("InvalidArnException", fmt::format("Invalid arn {}", id));
    return error("NotFoundException", fmt::format("Invalid keyId '{}'", name.name));
  }
  return open_key(call, name);
}

std::string resource_of_key(Call& call, std::string_view id) {
  if (auto resolved = resolve(call, id)) return key_arn(resolved->place, resolved->name);
  auto name = parse_name(call, id);
  if (!name) return "*";
  return name->name.starts_with(kAliasPrefix) ? alias_arn(name->place, name->name) : key_arn(name->place, name->name);
}

std::vector<std::string> aliases_of(const OpenKey& key) {
  std::vector<std::string> names;
  key.tx.scan_keys(kAliasesOfKeys, {.prefix = store::key(key.row.id)}, [&](std::string_view row_key) {
    store::KeyReader reader(row_key);
    reader.text();
    names.push_back(reader.text());
  });
  return names;
}

}  // namespace kms
