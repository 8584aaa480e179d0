// Versions of managed policies.
// https://docs.aws.amazon.com/IAM/latest/UserGuide/access_policies_managed-versioning.html
#include "base/bytes.h"
#include "base/strings.h"
#include "services/iam/iam.h"

namespace iam {

namespace {

std::unexpected<base::Error> version_not_found(In in) {
  return error("NoSuchEntity", fmt::format("Policy {} version {} does not exist or is not attachable.",
                                           in.str("PolicyArn"), in.str("VersionId")));
}

// 3 of "v3"; nothing for what no version is called.
std::optional<std::int64_t> version_number(std::string_view id) {
  return id.starts_with('v') ? base::parse_number(id.substr(1)) : std::nullopt;
}

}  // namespace

std::string version_id(std::int64_t number) { return fmt::format("v{}", number); }

std::map<std::int64_t, PolicyVersion> versions_of(const Call& call, const ManagedPolicy& policy) {
  std::map<std::int64_t, PolicyVersion> versions;
  call.tx.scan(kPolicyVersions, store::key(policy.id), [&](std::string_view key, PolicyVersion& version) {
    store::KeyReader reader(key);
    reader.text();
    versions.emplace(reader.number(), std::move(version));
  });
  return versions;
}

std::map<std::int64_t, std::int64_t> version_dates(const Call& call, const PolicyFacts& policy) {
  std::map<std::int64_t, std::int64_t> dates;
  if (const aws::ManagedPolicy* known = aws::find_managed_policy(policy.arn)) {
    for (const auto& version : known->versions) dates[version.number] = version.created_ms;
  } else if (auto own = get_policy(call, policy.arn)) {
    for (const auto& [number, version] : versions_of(call, *own)) dates[number] = version.created_ms;
  }
  return dates;
}

std::optional<std::string> version_document(const Call& call, std::string_view arn, std::int64_t number) {
  if (const aws::ManagedPolicy* known = aws::find_managed_policy(arn))
    return aws::managed_policy_document(*known, number);
  auto own = get_policy(call, arn);
  auto version = own ? call.tx.get(kPolicyVersions, store::key(own->id, number)) : std::nullopt;
  return version ? std::optional(version->document) : std::nullopt;
}

Out show_version(const PolicyFacts& policy, std::int64_t number, std::int64_t created_ms) {
  return Out{{"VersionId", version_id(number)},
             {"IsDefaultVersion", number == policy.default_version},
             {"CreateDate", created_ms}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_CreatePolicyVersion.html
base::Result<Out> CreatePolicyVersion(Call& call, In in) {
  ManagedPolicy policy = TRY(find_own_policy(call, in.str("PolicyArn")));
  TRY_VOID(check_managed_document(call, in.str("PolicyDocument")));
  if (static_cast<std::int64_t>(versions_of(call, policy).size()) >= call.limit(kPolicyVersionsMax))
    return error("LimitExceeded",
                 fmt::format("A managed policy can have up to {} versions. Before you create a new version, you must "
                             "delete an existing version.",
                             call.limit(kPolicyVersionsMax)));
  const std::int64_t number = ++policy.newest_version;
  policy.updated_ms = now_seconds_ms(call);
  if (in.flag("SetAsDefault")) policy.default_version = number;
  put_policy(call, policy);
  call.tx.put(kPolicyVersions, store::key(policy.id, number), {in.str("PolicyDocument"), policy.updated_ms});
  kernel::policies_changed(call, call.place.account);
  return Out{{"PolicyVersion", show_version(facts_of(call, policy), number, policy.updated_ms)}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_GetPolicyVersion.html
base::Result<Out> GetPolicyVersion(Call& call, In in) {
  const PolicyFacts policy = TRY(find_policy_facts(call, in.str("PolicyArn")));
  auto number = version_number(in.str("VersionId"));
  auto document = number ? version_document(call, policy.arn, *number) : std::nullopt;
  if (!document) return version_not_found(in);
  Out shown = show_version(policy, *number, version_dates(call, policy)[*number]);
  shown.set("Document", base::percent_encode(*document));
  return Out{{"PolicyVersion", shown}};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_ListPolicyVersions.html
base::Result<Out> ListPolicyVersions(Call& call, In in) {
  const PolicyFacts policy = TRY(find_policy_facts(call, in.str("PolicyArn")));
  Listing listing = TRY(Listing::begin(in));
  const std::map<std::int64_t, std::int64_t> dates = version_dates(call, policy);
  // The newest first.
  for (auto version = dates.rbegin(); version != dates.rend(); ++version)
    if (listing.wants(store::key(-version->first))) listing.add(show_version(policy, version->first, version->second));
  return listing.answer("Versions");
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_DeletePolicyVersion.html
base::Result<Out> DeletePolicyVersion(Call& call, In in) {
  const ManagedPolicy policy = TRY(find_own_policy(call, in.str("PolicyArn")));
  auto number = version_number(in.str("VersionId"));
  if (!number || !call.tx.has(kPolicyVersions, store::key(policy.id, *number))) return version_not_found(in);
  if (*number == policy.default_version)
    return error("DeleteConflict", "Cannot delete the default version of a policy.");
  call.tx.erase(kPolicyVersions, store::key(policy.id, *number));
  return Out{};
}

// https://docs.aws.amazon.com/IAM/latest/APIReference/API_SetDefaultPolicyVersion.html
base::Result<Out> SetDefaultPolicyVersion(Call& call, In in) {
  ManagedPolicy policy = TRY(find_own_policy(call, in.str("PolicyArn")));
  auto number = version_number(in.str("VersionId"));
  if (!number || !call.tx.has(kPolicyVersions, store::key(policy.id, *number))) return version_not_found(in);
  policy.default_version = *number;
  put_policy(call, policy);
  kernel::policies_changed(call, call.place.account);
  return Out{};
}

}  // namespace iam
