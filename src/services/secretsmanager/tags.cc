// Tags of secrets.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/managing-secrets_tagging.html
#include "services/secretsmanager/secret.h"

namespace secretsmanager {

namespace {

constexpr std::size_t kTagsMax = 50;

}  // namespace

Result<void> add_tags(Secret& secret, const Value::List& tags) {
  for (const Value& given : tags) {
    const std::string& key = given.at("Key").str();
    if (key.starts_with("aws:"))
      return error("InvalidParameterException", "Tag keys that begin with aws: are reserved for AWS use.");
    auto same = std::ranges::find(secret.tags, key, &Tag::key);
    if (same == secret.tags.end()) {
      secret.tags.push_back({key, given.at("Value").str()});
    } else {
      same->value = given.at("Value").str();
    }
  }
  if (secret.tags.size() > kTagsMax)
    return error("InvalidParameterException", fmt::format("A secret can't have more than {} tags.", kTagsMax));
  return {};
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_TagResource.html
base::Result<Out> TagResource(Call& call, In in) {
  OpenSecret secret = TRY(find_secret_to_change(call, in.str("SecretId")));
  TRY_VOID(add_tags(secret.row, in.list("Tags")));
  save(call, secret);
  return Out{};
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_UntagResource.html
base::Result<Out> UntagResource(Call& call, In in) {
  OpenSecret secret = TRY(find_secret_to_change(call, in.str("SecretId")));
  for (const Value& key : in.list("TagKeys"))
    std::erase_if(secret.row.tags, [&](const Tag& tag) { return tag.key == key.str(); });
  save(call, secret);
  return Out{};
}

}  // namespace secretsmanager
