// What requests have in common: dry runs, quotas, tags, pages.
#include "base/bytes.h"
#include "base/strings.h"
#include "kernel/cloud.h"
#include "services/kms/keys.h"

namespace kms {

namespace {

constexpr std::size_t kTagsMax = 50;

struct Quota {
  kernel::Limit limit;
  std::string_view name;
};

// https://docs.aws.amazon.com/kms/latest/developerguide/requests-per-second.html
Quota quota_of(const Call& call, const Spec* spec) {
  if (spec && spec->kind == Spec::Kind::kRsa) return {{"kms", "L-2AC98190", 1'000}, "rsa"};
  if (spec && (spec->kind == Spec::Kind::kEllipticCurve || spec->kind == Spec::Kind::kEd25519))
    return {{"kms", "L-DC14942D", 1'000}, "ecc"};
  if (spec && spec->kind == Spec::Kind::kSm2) return {{"kms", "sm2-requests", 300}, "sm2"};
  const std::string& region = call.place.region;
  auto is_one_of = [&](std::initializer_list<std::string_view> regions) {
    return std::ranges::find(regions, region) != regions.end();
  };
  std::int64_t per_second = 10'000;
  if (is_one_of({"us-east-1", "us-west-2", "eu-west-1"})) per_second = 100'000;
  if (is_one_of({"us-east-2", "ap-southeast-1", "ap-southeast-2", "ap-northeast-1", "eu-central-1", "eu-west-2"}))
    per_second = 20'000;
  return {{"kms", "L-6E3AF000", per_second}, "symmetric"};
}

base::Result<void> take_from(Call& call, const Quota& quota) {
  const auto per_second = static_cast<double>(call.limit(quota.limit));
  const std::string meter = fmt::format("kms/{}/{}/{}", call.place.account, call.place.region, quota.name);
  if (call.cloud().meters().take(meter, {per_second, per_second}, 1, call.now_ms())) return {};
  return error("ThrottlingException",
               "You have exceeded the rate at which you may call KMS. Reduce the frequency of your calls.");
}

}  // namespace

base::Result<void> take_request(Call& call, const OpenKey& key) { return take_from(call, quota_of(call, &key.spec())); }

base::Result<void> take_request(Call& call) { return take_from(call, quota_of(call, nullptr)); }

base::Result<void> end_dry_run(In in) {
  if (!in.flag("DryRun")) return {};
  return error("DryRunOperationException", "The request would have succeeded, but the DryRun option is set.");
}

base::Result<void> refuse_recipient(Call& call, In in) {
  if (!in.has("Recipient")) return {};
  return error("NotImplemented", fmt::format("Virga does not check attestation documents: kms {} takes no Recipient.",
                                             call.operation->name));
}

base::Result<std::map<std::string, std::string>> read_tags(const Value::List& list) {
  std::map<std::string, std::string> tags;
  for (const Value& tag : list) {
    const std::string& name = tag.at("TagKey").str();
    if (base::to_lower(name).starts_with("aws:")) return error("TagException", "Tags beginning with aws: are reserved");
    if (!tags.emplace(name, tag.at("TagValue").str()).second) return error("TagException", "Duplicate tag keys");
  }
  if (tags.size() > kTagsMax) return error("TagException", "Too many tags");
  return tags;
}

Value show_tags(const std::map<std::string, std::string>& tags) {
  Value::List list;
  for (const auto& [name, value] : tags) list.push_back(Out{{"TagKey", name}, {"TagValue", value}});
  return list;
}

base::Result<PageRequest> read_page(In in, std::int64_t limit_default, std::int64_t limit_max) {
  std::int64_t limit = in.num("Limit", limit_default);
  if (limit > limit_max)
    return error("ValidationException",
                 fmt::format("1 validation error detected: Value '{}' at 'limit' failed to satisfy constraint: Member "
                             "must have value less than or equal to {}",
                             limit, limit_max));
  PageRequest page{.limit = std::size_t(limit), .after = {}};
  if (!in.has("Marker")) return page;
  auto key = base::from_base64(in.str("Marker"));
  if (!key || key->empty())
    return error("InvalidMarkerException", fmt::format("Could not deserialize marker '{}'", in.str("Marker")));
  page.after = *std::move(key);
  return page;
}

store::Scan scan_of(const PageRequest& page, std::string prefix) {
  store::Scan scan{.prefix = std::move(prefix)};
  if (!page.after.empty()) scan.after = page.after;
  return scan;
}

void end_page(Out& out, bool is_cut, std::string_view last_key) {
  out.set("Truncated", is_cut);
  if (is_cut) out.set("NextMarker", base::to_base64(last_key));
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_TagResource.html
base::Result<Out> TagResource(Call& call, In in) {
  OpenKey key = TRY(find_key_itself(call, in.str("KeyId")));
  TRY_VOID(check_customer_managed(key));
  TRY_VOID(check_state(call, key, For::kManagement));
  for (auto& [name, value] : TRY(read_tags(in.list("Tags")))) key.row.tags[name] = value;
  if (key.row.tags.size() > kTagsMax) return error("LimitExceededException", "Too many tags");
  key.write();
  return Out{};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_UntagResource.html
base::Result<Out> UntagResource(Call& call, In in) {
  OpenKey key = TRY(find_key_itself(call, in.str("KeyId")));
  TRY_VOID(check_customer_managed(key));
  TRY_VOID(check_state(call, key, For::kManagement));
  for (const Value& name : in.list("TagKeys")) key.row.tags.erase(name.str());
  key.write();
  return Out{};
}

// https://docs.aws.amazon.com/kms/latest/APIReference/API_ListResourceTags.html
base::Result<Out> ListResourceTags(Call& call, In in) {
  PageRequest page = TRY(read_page(in, 50, 50));
  OpenKey key = TRY(find_key_itself(call, in.str("KeyId")));
  std::map<std::string, std::string> shown;
  auto at = key.row.tags.upper_bound(page.after);
  if (page.after.empty()) at = key.row.tags.begin();
  for (; at != key.row.tags.end() && shown.size() < page.limit; ++at) shown.insert(*at);
  Out out{{"Tags", show_tags(shown)}};
  end_page(out, at != key.row.tags.end(), shown.empty() ? "" : shown.rbegin()->first);
  return out;
}

}  // namespace kms
