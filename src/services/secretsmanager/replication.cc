// Replicas: copies of a secret in other regions, which follow their primary until they are promoted.
// https://docs.aws.amazon.com/secretsmanager/latest/userguide/replicate-secrets.html
#include "services/secretsmanager/secret.h"

namespace secretsmanager {

namespace {

// The regions that secrets can be copied to: those of the partition.
constexpr std::string_view kRegions[] = {
    "af-south-1",     "ap-east-1",      "ap-east-2",      "ap-northeast-1", "ap-northeast-2", "ap-northeast-3",
    "ap-south-1",     "ap-south-2",     "ap-southeast-1", "ap-southeast-2", "ap-southeast-3", "ap-southeast-4",
    "ap-southeast-5", "ap-southeast-6", "ap-southeast-7", "ca-central-1",   "ca-west-1",      "eu-central-1",
    "eu-central-2",   "eu-north-1",     "eu-south-1",     "eu-south-2",     "eu-west-1",      "eu-west-2",
    "eu-west-3",      "il-central-1",   "me-central-1",   "me-south-1",     "mx-central-1",   "sa-east-1",
    "us-east-1",      "us-east-2",      "us-west-1",      "us-west-2"};

enum class Overwrite { kNo, kYes };

std::string name_exists(const std::string& name, const std::string& region) {
  return fmt::format("Replication failed: Secret name {} already exists in region {}.", name, region);
}

OpenSecret copy_at(const OpenSecret& primary, const Replica& replica) {
  const Place place{primary.place.account, replica.region};
  OpenSecret copy{primary.tx.at(place), place, {}};
  if (auto row = copy.tx.get(kSecrets, primary.row.name)) copy.row = *std::move(row);
  return copy;
}

bool is_copy_of(const OpenSecret& copy, const OpenSecret& primary) {
  return copy.row.id == primary.row.id && copy.row.primary_region == primary.place.region;
}

// Makes a replica what its primary is now. Values it does not have yet are sealed for it, under its own key.
Result<void> bring_up_to_date(Call& call, const OpenSecret& primary, const Replica& replica) {
  OpenSecret copy = copy_at(primary, replica);
  const std::int64_t accessed_ms = copy.row.accessed_ms;
  copy.row = primary.row;
  copy.row.kms_key = replica.kms_key;
  copy.row.accessed_ms = accessed_ms;
  copy.row.primary_region = primary.place.region;
  copy.row.replicas.clear();
  for (Version& version : versions_of(primary)) {
    if (stages_of(primary.row, version.id).empty()) continue;  // deprecated ones stay behind
    auto known = copy.tx.get(kVersions, copy.version_key(version.id));
    if (known && known->has_value == version.has_value) continue;
    version.accessed_ms = 0;
    if (version.has_value) {
      GivenValue value = TRY(open_value(call, primary, version));
      TRY_VOID(seal_value(call, copy, value, version));
    }
    copy.tx.put(kVersions, copy.version_key(version.id), version);
  }
  copy.tx.put(kSecrets, copy.row.name, copy.row);
  return {};
}

void follow(Call& call, const OpenSecret& primary, Replica& replica) {
  store::Savepoint before = call.tx.savepoint();
  if (auto done = bring_up_to_date(call, primary, replica); !done) {
    call.tx.rollback_to(before);
    replica.status = "Failed";
    replica.status_message = "Replication failed: " + done.error().message;
    return;
  }
  replica.status = "InSync";
  replica.status_message.clear();
}

void end_link(OpenSecret& primary, std::string_view region) {
  std::erase_if(primary.row.replicas, [&](const Replica& replica) { return replica.region == region; });
  if (primary.row.replicas.empty()) primary.row.primary_region.clear();
}

// Takes a secret away that stands where a replica is to be. Where it is a replica itself, its primary loses it.
void overwrite_secret(Call& call, const OpenSecret& other) {
  if (other.is_replica()) {
    const Place home{other.place.account, other.row.primary_region};
    OpenSecret primary{other.tx.at(home), home, {}};
    if (auto row = primary.tx.get(kSecrets, other.row.name)) {
      primary.row = *std::move(row);
      end_link(primary, other.place.region);
      primary.tx.put(kSecrets, primary.row.name, primary.row);
    }
  }
  erase(call, other);
}

Result<void> add_replica(Call& call, OpenSecret& secret, const Value& wanted, Overwrite overwrite) {
  const std::string& region = wanted.at("Region").str();
  if (region == secret.place.region || !std::ranges::binary_search(kRegions, std::string_view(region)))
    return error("InvalidParameterException", "Invalid replica region.");
  Replica replica{.region = region, .kms_key = wanted.at("KmsKeyId").str(), .status = "", .status_message = ""};
  std::erase_if(secret.row.replicas, [&](const Replica& known) { return known.region == region; });
  secret.row.primary_region = secret.place.region;

  OpenSecret other = copy_at(secret, replica);
  if (other.row.id != 0 && !is_copy_of(other, secret)) {
    // "ForceOverwriteReplicaSecret: whether to overwrite a secret with the same name in the destination Region."
    if (overwrite == Overwrite::kNo) {
      replica.status = "Failed";
      replica.status_message = name_exists(secret.row.name, region);
    } else {
      overwrite_secret(call, other);
    }
  }
  if (replica.status.empty()) follow(call, secret, replica);
  secret.row.replicas.push_back(std::move(replica));
  return {};
}

}  // namespace

Value show_replicas(const Secret& secret) {
  Value::List shown;
  for (const Replica& replica : secret.replicas) {
    Out entry{{"Region", replica.region},
              {"KmsKeyId", replica.kms_key.empty() ? "alias/aws/secretsmanager" : replica.kms_key},
              {"Status", replica.status}};
    if (!replica.status_message.empty()) entry.set("StatusMessage", replica.status_message);
    shown.push_back(std::move(entry));
  }
  return shown;
}

Result<void> add_replicas(Call& call, OpenSecret& secret, In in) {
  const auto overwrite = in.flag("ForceOverwriteReplicaSecret") ? Overwrite::kYes : Overwrite::kNo;
  for (const Value& wanted : in.list("AddReplicaRegions")) TRY_VOID(add_replica(call, secret, wanted, overwrite));
  return {};
}

void update_replicas(Call& call, OpenSecret& secret) {
  for (Replica& replica : secret.row.replicas) {
    OpenSecret copy = copy_at(secret, replica);
    if (copy.row.id == 0 || is_copy_of(copy, secret)) follow(call, secret, replica);
  }
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_ReplicateSecretToRegions.html
base::Result<Out> ReplicateSecretToRegions(Call& call, In in) {
  OpenSecret secret = TRY(find_secret_to_change(call, in.str("SecretId")));
  TRY_VOID(add_replicas(call, secret, in));
  secret.tx.put(kSecrets, secret.row.name, secret.row);
  return Out{{"ARN", secret.arn()}, {"ReplicationStatus", show_replicas(secret.row)}};
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_RemoveRegionsFromReplication.html
base::Result<Out> RemoveRegionsFromReplication(Call& call, In in) {
  OpenSecret secret = TRY(find_secret_to_change(call, in.str("SecretId")));
  for (const Value& region : in.list("RemoveReplicaRegions")) {
    auto replica = std::ranges::find(secret.row.replicas, region.str(), &Replica::region);
    if (replica == secret.row.replicas.end()) continue;
    OpenSecret copy = copy_at(secret, *replica);
    if (is_copy_of(copy, secret)) erase(call, copy);
    end_link(secret, region.str());
  }
  secret.tx.put(kSecrets, secret.row.name, secret.row);
  return Out{{"ARN", secret.arn()}, {"ReplicationStatus", show_replicas(secret.row)}};
}

// https://docs.aws.amazon.com/secretsmanager/latest/apireference/API_StopReplicationToReplica.html
base::Result<Out> StopReplicationToReplica(Call& call, In in) {
  OpenSecret copy = TRY(find_live_secret(call, in.str("SecretId")));
  if (!copy.is_replica()) return error("InvalidRequestException", "Operation is only permitted on a replica secret.");
  const Place home{copy.place.account, copy.row.primary_region};
  OpenSecret primary{copy.tx.at(home), home, {}};
  if (auto row = primary.tx.get(kSecrets, copy.row.name)) {
    primary.row = *std::move(row);
    end_link(primary, copy.place.region);
    primary.tx.put(kSecrets, primary.row.name, primary.row);
  }
  copy.row.primary_region.clear();
  // The function that rotates stands in the region of the old primary: rotation is to be set up anew.
  copy.row.rotation = {};
  copy.tx.put(kSecrets, copy.row.name, copy.row);
  return Out{{"ARN", copy.arn()}};
}

}  // namespace secretsmanager
