#pragma once

#include <fmt/format.h>

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "aws/managed_policies.h"
#include "services/iam/state.h"

// IAM at work: what its operations are made of. Each part says in which file it is written.
namespace iam {

using base::Value;

// ---- names.cc: names, ids, ARNs, times

std::string name_key(std::string_view name);                     // the key of a name in the tables of entities
std::string new_entity_id(Call& call, std::string_view prefix);  // "AIDA" and 17 upper-case letters and digits
std::int64_t now_seconds_ms(const Call& call);                   // now, in whole seconds as IAM shows times
// "arn:aws:iam::123456789012:user/path/name"; `type` is "user", "role", "group", "policy", "instance-profile", …
std::string entity_arn(std::string_view account, std::string_view type, std::string_view path, std::string_view name);
std::string user_arn(const Call& call, const User& user);
std::string role_arn(const Call& call, const Role& role);
std::string group_arn(const Call& call, const Group& group);
std::string policy_arn(const Call& call, const ManagedPolicy& policy);
std::string instance_profile_arn(const Call& call, const InstanceProfile& profile);

// An ARN of IAM taken apart: "arn:aws:iam::123456789012:role/a/b/Name".
struct EntityArn {
  std::string account;  // "aws" for what is AWS's own
  std::string type;     // "role"
  std::string path;     // "/a/b/"
  std::string name;
};
std::optional<EntityArn> parse_entity_arn(std::string_view arn);

// The path a request gives, "/" when it gives none.
std::string path_of(In in);

// ---- entities: found by name, whatever its case, in the caller's account; errors: NoSuchEntity

base::Result<User> find_user(const Call& call, std::string_view name);    // users.cc
base::Result<Role> find_role(const Call& call, std::string_view name);    // roles.cc
base::Result<Group> find_group(const Call& call, std::string_view name);  // groups.cc
// The user that UserName names or, without it, the one who calls. Errors also: ValidationError, when that is no user.
base::Result<User> find_user_or_caller(const Call& call, In in);
// By unique id, in any account.
std::optional<Entity> get_entity(const Call& call, std::string_view id);
// The user or role with this ARN, in whatever account, if it is there.
std::optional<User> get_user_by_arn(const Call& call, std::string_view arn);
std::optional<Role> get_role_by_arn(const Call& call, std::string_view arn);

// Write a row back under its name; a new one is entered among the entities, too.
void put_user(Call& call, const User& user);
void put_role(Call& call, const Role& role);
void put_group(Call& call, const Group& group);

// As the answers show them. What CreateX and GetX show of tags and boundaries ListX leaves out.
enum class Detail { kListed, kFull };
Out show_user(const Call& call, const User& user, Detail detail);
Out show_role(Call& call, const Role& role, Detail detail);
Out show_group(const Call& call, const Group& group);

Out show_last_use(Call& call, const Role& role);  // RoleLastUsed

// Errors: UnmodifiableEntity, for roles that only AWS services change.
base::Result<void> check_modifiable(const Role& role);
// Removes the role with all that hangs on it.
void erase_role(Call& call, const Role& role);
// Checks a trust policy and sets it in the role. Errors: MalformedPolicyDocument, LimitExceeded. trust.cc
base::Result<void> set_trust_policy(Call& call, const std::string& document, Role& role);
// The trust policy as it stands now: users and roles it names that were renamed have their new ARN, those that were
// deleted their unique id, which admits nobody.
std::string trust_policy_of(const Call& call, const Role& role);
std::vector<Group> groups_of_user(const Call& call, std::string_view user_id);         // by name; groups.cc
std::vector<std::string> access_keys_of(const Call& call, std::string_view owner_id);  // ids; access_keys.cc

// What stands in the way of deleting a user among what it proves itself with: a whole DeleteConflict message, or
// nothing. Written in evidence.cc.
std::optional<std::string> evidence_conflict(Call& call, const User& user);
// What a call about providers, certificates and devices is authorised on, when the operation is about one of them; and
// their tags. Written in evidence.cc.
std::optional<std::string> evidence_target(Call& call, std::string_view operation, const Value& input);
Tags evidence_tags(Call& call, std::string_view arn);

// ---- tags.cc

inline constexpr std::int64_t kTagsMax = 50;
// Sets the tags of a request's list in `tags`. A key that differs from one there only in case replaces it.
// Errors: InvalidInput, LimitExceeded.
base::Result<void> set_tags(const Value::List& given, Tags& tags);
void remove_tags(const Value::List& keys, Tags& tags);
Value::List show_tags(const Tags& tags);
// The answer of the operations ListXTags.
base::Result<Out> list_tags(In in, const Tags& tags);

// ---- paging.cc

// One page of a list, as Marker and MaxItems ask for it: 100 when they do not.
class Listing {
 public:
  // Errors: ValidationError for a Marker that was not answered before.
  static base::Result<Listing> begin(In in);

  // Whether the row with this key belongs to the page; asked with ascending keys, of rows that pass the filters.
  bool wants(std::string_view key);
  void add(Value row) { rows_.push_back(std::move(row)); }
  bool is_full() const { return is_truncated_; }  // nothing further will be wanted

  // The answer: the rows under `member`, IsTruncated, Marker.
  Out answer(model::MemberName<Model> member) const;
  void finish(Out& answer) const;  // only IsTruncated and Marker
  const Value::List& rows() const { return rows_; }

 private:
  std::string after_;
  std::string last_;
  std::int64_t wanted_ = 100;
  std::int64_t count_ = 0;
  bool is_truncated_ = false;
  Value::List rows_;
};

// ---- attachments.cc: policies of users, groups and roles

// A user, group or role as the operations on its policies see it.
struct Owner {
  Entity::Kind kind = Entity::Kind::kUser;
  std::string id;
  std::string name;
  bool is_service_linked = false;

  std::string_view word() const;  // "user", "group", "role"
};
// Errors: NoSuchEntity; UnmodifiableEntity when it is to be changed and belongs to AWS.
enum class Purpose { kRead, kChange };
base::Result<Owner> find_owner(const Call& call, Entity::Kind kind, std::string_view name, Purpose purpose);

// Errors: NoSuchEntity, PolicyNotAttachable, LimitExceeded. Attaching what is attached changes nothing.
base::Result<void> attach_policy(Call& call, const Owner& owner, const std::string& policy_arn);
std::vector<std::string> attached_policies(const Call& call, std::string_view entity_id);  // ARNs, ascending
// Errors: DeleteConflict, while the entity has policies, attached or inline.
base::Result<void> check_no_policies(const Call& call, std::string_view entity_id);

// Permissions boundaries; `boundary_arn` is the entity's member. Errors: NoSuchEntity, ValidationError.
base::Result<void> set_boundary(Call& call, std::string_view entity_id, const std::string& policy_arn,
                                std::string& boundary_arn);
base::Result<void> remove_boundary(Call& call, std::string_view who, std::string_view entity_id,
                                   std::string& boundary_arn);
Out show_boundary(const std::string& boundary_arn);

// ---- documents.cc

// Errors: MalformedPolicyDocument, in AWS's words.
base::Result<void> check_document(Call& call, const std::string& document, policy::Kind kind);
// Also the size of a managed policy. Errors: LimitExceeded.
base::Result<void> check_managed_document(Call& call, const std::string& document);

// ---- inline_policies.cc

std::map<std::string, InlinePolicy> inline_policies_of(const Call& call, std::string_view entity_id);  // by name

// ---- instance_profiles.cc

Out show_instance_profile(Call& call, const InstanceProfile& profile, Detail detail);
std::map<std::string, InstanceProfile> instance_profiles_of(const Call& call, std::string_view role_id);

// ---- policies.cc

// A managed policy, whoever's it is.
struct PolicyFacts {
  std::string name, path, id, arn;
  std::int64_t created_ms = 0;
  std::int64_t updated_ms = 0;
  std::int64_t default_version = 0;
  std::string description;
  Tags tags;
};
PolicyFacts facts_of(const Call& call, const ManagedPolicy& policy);
PolicyFacts facts_of(const aws::ManagedPolicy& policy);
Out show_policy(const Call& call, const PolicyFacts& policy, Detail detail);
// "All", "AWS" or "Local"; by name and ARN, in keys of pages.
std::map<std::string, PolicyFacts> policies_in_scope(const Call& call, std::string_view scope);
// Errors: NoSuchEntity; InvalidInput for what is no ARN of a policy.
base::Result<PolicyFacts> find_policy_facts(const Call& call, const std::string& arn);

// A customer managed policy of the caller's account.
std::optional<ManagedPolicy> get_policy(const Call& call, std::string_view arn);
// The same, to be changed. Errors also: AccessDenied for AWS's own.
base::Result<ManagedPolicy> find_own_policy(const Call& call, const std::string& arn);
void put_policy(Call& call, const ManagedPolicy& policy);
// The document in force of a managed policy, the account's own or one of AWS's; nothing when there is no such policy.
std::optional<std::string> policy_document(const Call& call, std::string_view policy_arn);

// ---- policy_versions.cc

std::string version_id(std::int64_t number);  // "v3"
std::map<std::int64_t, PolicyVersion> versions_of(const Call& call, const ManagedPolicy& policy);
std::map<std::int64_t, std::int64_t> version_dates(const Call& call, const PolicyFacts& policy);  // by number
std::optional<std::string> version_document(const Call& call, std::string_view arn, std::int64_t number);
Out show_version(const PolicyFacts& policy, std::int64_t number, std::int64_t created_ms);

// ---- rows.cc: sets kept as marks

bool has_rows(const Call& call, const store::Table<Mark>& table, std::string_view first_part);
// The second parts of the keys that begin with this one.
std::vector<std::string> second_parts(const Call& call, const store::Table<Mark>& table, std::string_view first_part);
inline void skip_key(std::string_view) {}  // for scan_keys that only counts

// ---- limits: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html

inline constexpr kernel::Limit kUsersMax{"iam", "L-F55AF5E4", 5'000};
inline constexpr kernel::Limit kRolesMax{"iam", "L-FE177D64", 1'000};
inline constexpr kernel::Limit kGroupsMax{"iam", "L-F4A5425F", 300};
inline constexpr kernel::Limit kPoliciesMax{"iam", "L-E95E4862", 1'500};
inline constexpr kernel::Limit kInstanceProfilesMax{"iam", "L-6E65F664", 1'000};
inline constexpr kernel::Limit kGroupsPerUserMax{"iam", "L-7A1621EC", 10};
inline constexpr kernel::Limit kPoliciesPerUserMax{"iam", "L-4019AD8B", 10};
inline constexpr kernel::Limit kPoliciesPerGroupMax{"iam", "L-384571C4", 10};
inline constexpr kernel::Limit kPoliciesPerRoleMax{"iam", "L-0DA4ABF3", 10};
inline constexpr kernel::Limit kUserPolicyCharactersMax{"iam", "user-policy-size", 2'048};
inline constexpr kernel::Limit kGroupPolicyCharactersMax{"iam", "group-policy-size", 5'120};
inline constexpr kernel::Limit kRolePolicyCharactersMax{"iam", "role-policy-size", 10'240};
inline constexpr kernel::Limit kManagedPolicyCharactersMax{"iam", "L-ED111B8C", 6'144};
inline constexpr kernel::Limit kTrustPolicyCharactersMax{"iam", "L-C07B4B0D", 2'048};
inline constexpr kernel::Limit kAccessKeysPerUserMax{"iam", "L-8758042E", 2};
inline constexpr kernel::Limit kPolicyVersionsMax{"iam", "L-E4E0F8D8", 5};
// Whether there may be one more than there are. Errors: LimitExceeded "Cannot exceed quota for UsersPerAccount: 5000"
base::Result<void> check_quota(Call& call, const kernel::Limit& limit, std::string_view name, std::size_t present);

}  // namespace iam
