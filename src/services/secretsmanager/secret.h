#pragma once

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "services/secretsmanager/state.h"
#include "store/key.h"

// A secret at work: what the operations are made of. Each part says in which file it is written.
namespace secretsmanager {

using base::Result;
using base::Value;
using kernel::Place;

inline constexpr std::string_view kCurrent = "AWSCURRENT";
inline constexpr std::string_view kPrevious = "AWSPREVIOUS";
inline constexpr std::string_view kPending = "AWSPENDING";
inline constexpr std::string_view kServicePrincipal = "secretsmanager.amazonaws.com";
inline constexpr std::int64_t kDayMs = 86'400'000;

// A secret as an operation has found it.
struct OpenSecret {
  store::Transaction tx;  // stands where the secret does, which need not be where the caller does
  Place place;
  Secret row;

  std::string arn() const;
  bool is_replica() const { return !row.primary_region.empty() && row.primary_region != place.region; }
  std::string version_key(std::string_view version) const { return store::key(row.id, version); }
};

// --- find.cc
std::string arn_of(const Place& place, std::string_view name, std::string_view suffix);
// By name, ARN, or ARN without the suffix. Nothing when there is none.
std::optional<OpenSecret> get_secret(Call& call, std::string_view secret_id);
// Errors: ResourceNotFoundException.
Result<OpenSecret> find_secret(Call& call, std::string_view secret_id);
// The same for operations that those marked for deletion and replicas refuse. Errors: ResourceNotFoundException,
// InvalidRequestException.
Result<OpenSecret> find_live_secret(Call& call, std::string_view secret_id);
Result<OpenSecret> find_secret_to_change(Call& call, std::string_view secret_id);
std::string resource_of(Call& call, std::string_view operation, const Value& input);
std::string policy_for(Call& call, std::string_view arn);
void each_policy(Call& call, const Place& place, const kernel::VisitResource& visit);
kernel::Tags tags_of(Call& call, std::string_view arn);
bool find_key(Call& call, std::string_view key, policy::Values& values);

// --- values.cc
// What a request gives as value; nothing when it gives none. Errors: InvalidParameterException.
struct GivenValue {
  std::string bytes;
  bool is_binary = false;
};
Result<std::optional<GivenValue>> read_value(In in);
// Seals a value into a version, under the key that the secret has now. Errors: EncryptionFailure,
// AccessDeniedException.
Result<void> seal_value(Call& call, const OpenSecret& secret, const GivenValue& value, Version& version);
// Errors: DecryptionFailure, AccessDeniedException, InvalidRequestException.
Result<GivenValue> open_value(Call& call, const OpenSecret& secret, const Version& version);

// --- versions.cc
std::vector<Version> versions_of(const OpenSecret& secret);  // in the order they were made
std::vector<std::string> stages_of(const Secret& secret, std::string_view version);
// Every label that is attached to a version, by version.
Value show_stages(const Secret& secret);
// Moves a label, AWSPREVIOUS with AWSCURRENT.
void move_stage(Secret& secret, std::string_view stage, std::string_view version);
// A new version with this id and these labels (none given: AWSCURRENT). The secret's row is changed, not written.
// Errors: those of seal_value, LimitExceededException.
Result<void> add_version(Call& call, OpenSecret& secret, std::string_view id, const GivenValue& value,
                         std::vector<std::string> stages);
// Makes room for one more. Errors: LimitExceededException.
Result<void> make_room(Call& call, const OpenSecret& secret);
// Whether the version that has this id already holds the value. Errors: those of open_value.
Result<bool> has_value(Call& call, const OpenSecret& secret, const Version& version, const GivenValue& value);
// Errors: InvalidRequestException where a request has no token.
Result<void> check_token(In in);
std::unexpected<base::Error> token_in_use(const OpenSecret& secret, std::string_view token);

// --- secrets.cc
// Writes the row, and what has changed to the replicas.
void save(Call& call, OpenSecret& secret);
// Takes a secret away with all its versions.
void erase(Call& call, const OpenSecret& secret);
Value show_tags(const Secret& secret);
Value show_rotation_rules(const Rotation& rotation);
// What DescribeSecret and ListSecrets both say.
Out show_secret(const OpenSecret& secret);

// --- filters.cc
// Errors: InvalidParameterException.
Result<void> check_filters(const Value::List& filters);
bool matches(const OpenSecret& secret, const Value::List& filters);

// --- tags.cc
// Errors: InvalidParameterException.
Result<void> add_tags(Secret& secret, const Value::List& tags);

// --- policies.cc
// Errors: MalformedPolicyDocumentException.
Result<void> check_policy(Call& call, const std::string& document);

// --- replication.cc
Result<void> add_replicas(Call& call, OpenSecret& secret, In in);
void update_replicas(Call& call, OpenSecret& secret);
Value show_replicas(const Secret& secret);

// --- windows.cc
struct Window {
  std::int64_t from_ms = 0;
  std::int64_t until_ms = 0;  // its last second
};
// Errors: InvalidParameterException.
Result<void> check_rules(const Rotation& rotation);
// The first window for a rotation after this time; nothing where the rules say none.
std::optional<Window> next_window(const Rotation& rotation, std::int64_t after_ms);

// --- rotation.cc
Result<void> purge_secret(Call& call, std::string_view key);  // secrets.cc
Result<void> rotate_on_time(Call& call, std::string_view key);
// The steps wait for the function, which timers may not do: theirs begins one, and the event makes it.
Result<void> begin_rotation_step(Call& call, std::string_view key);
Result<void> make_rotation_step(Call& call, const kernel::Event& event);
inline constexpr std::string_view kRotationSource = "secretsmanager.rotation";
void stop_rotation(Call& call, OpenSecret& secret);

inline constexpr kernel::Timer kPurge{"secretsmanager.purge", purge_secret};
inline constexpr kernel::Timer kRotate{"secretsmanager.rotate", rotate_on_time};
inline constexpr kernel::Timer kRotationStep{"secretsmanager.rotation_step", begin_rotation_step};

// How timers name a secret, and the secret of such a name, if it is still there.
std::string timer_key(const OpenSecret& secret);
std::optional<OpenSecret> get_secret_of_timer(Call& call, std::string_view key);

}  // namespace secretsmanager
