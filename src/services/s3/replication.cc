// Replication: new versions of objects, and delete markers, are copied into other buckets, of any region and account.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication.html
//
// A version that a rule is for is written as PENDING, with an event that has it copied after the commit. The copy is
// made with the permissions of the rule's role, and bears the version's id and time. Replicas are not replicated again,
// nor is what lifecycle does.
#include <fmt/format.h>

#include <algorithm>

#include "base/arn.h"
#include "kernel/authorization.h"
#include "services/s3/objects.h"
#include "services/s3/over_time.h"

namespace s3 {

namespace {

struct ReplicationRule {
  std::string id;
  std::string destination;  // bucket name
  std::string storage_class;
  std::string kms_key;  // for replicas of what is under keys of KMS
  std::string account;  // of the destination; empty: not said
  std::int64_t priority = 0;
  bool changes_owner = false;
};

bool replicates_markers(const Value& rule) {
  // Rules of the first version have no Filter, and replicate them.
  if (!rule.has("Filter")) return true;
  return rule.at("DeleteMarkerReplication").at("Status").str() == "Enabled";
}

bool replicates_encrypted(const Value& rule) {
  return rule.at("SourceSelectionCriteria").at("SseKmsEncryptedObjects").at("Status").str() == "Enabled";
}

bool is_wanted(const Value& rule, std::string_view key, const ObjectVersion& version) {
  if (rule.at("Status").str() != "Enabled" || !is_for(rule, key, version)) return false;
  if (version.is_delete_marker) return replicates_markers(rule);
  // LIMIT: objects under keys of customers are not replicated: nobody knows their keys.
  if (version.encryption.kind == EncryptionKind::kCustomer) return false;
  return version.encryption.kind == EncryptionKind::kS3 || replicates_encrypted(rule);
}

// One for each destination: of several the one of the highest priority.
std::vector<ReplicationRule> rules_for(const Value& configuration, std::string_view key, const ObjectVersion& version) {
  std::vector<ReplicationRule> rules;
  for (const Value& given : configuration.at("Rules").list()) {
    if (!is_wanted(given, key, version)) continue;
    const Value& destination = given.at("Destination");
    ReplicationRule rule{
        .id = given.at("ID").str(),
        .destination = std::string(base::Arn::parse(destination.at("Bucket").str()).resource),
        .storage_class = destination.at("StorageClass").str(),
        .kms_key = destination.at("EncryptionConfiguration").at("ReplicaKmsKeyID").str(),
        .account = destination.at("Account").str(),
        .priority = given.at("Priority").num(),
        .changes_owner = destination.at("AccessControlTranslation").at("Owner").str() == "Destination"};
    auto same = std::ranges::find(rules, rule.destination, &ReplicationRule::destination);
    if (same == rules.end()) {
      rules.push_back(std::move(rule));
    } else if (rule.priority > same->priority) {
      *same = std::move(rule);
    }
  }
  return rules;
}

// What a replica is made from and for.
struct Replica {
  const Bucket& source;
  const std::string& key;
  const ObjectVersion& version;
  const ReplicationRule& rule;
  const kernel::Principal& session;  // of the role
};

Result<void> authorize_replica(Call& call, const Replica& replica, const Bucket& destination) {
  auto may = [&](std::string_view action, const std::string& resource) {
    return kernel::authorize_subject(call, kernel::subject_of(replica.session), action, resource, {});
  };
  const std::string target = destination.arn_of(replica.key);
  if (replica.version.is_delete_marker) return may("s3:ReplicateDelete", target);
  TRY_VOID(may("s3:GetObjectVersionForReplication", replica.source.arn_of(replica.key)));
  TRY_VOID(may("s3:ReplicateObject", target));
  if (!replica.version.tags.empty()) {
    TRY_VOID(may("s3:GetObjectVersionTagging", replica.source.arn_of(replica.key)));
    TRY_VOID(may("s3:ReplicateTags", target));
  }
  return replica.rule.changes_owner ? may("s3:ObjectOwnerOverrideToBucketOwner", target) : Result<void>();
}

// The parts an object was uploaded in are known of its replica, too.
void copy_parts(Call& call, const Bucket& destination, ObjectVersion& copy) {
  if (copy.upload == 0) return;
  auto parts = call.tx.get(kCompletedUploads, store::key(copy.upload));
  copy.upload = 0;
  if (!parts) return;
  copy.upload = call.next_sequence();
  parts->bucket = destination.id;
  parts->id.clear();
  call.tx.put(kCompletedUploads, store::key(copy.upload), *parts);
}

Result<void> copy_bytes(Call& call, const Replica& replica, const Bucket& destination, ObjectVersion& copy) {
  const StoredBody& body = replica.version.body;
  const ObjectName from_name{replica.source.name, replica.key, &replica.session, replica.source.region};
  const ObjectName to_name{destination.name, replica.key, &replica.session, destination.region};
  EncryptionChoice choice{.kind = copy.encryption.kind, .kms_key = replica.rule.kms_key};
  choice.bucket_key_enabled = choice.kind == EncryptionKind::kKms && destination.encryption.bucket_key_enabled;
  const ObjectKey from = TRY(open_object_key(call, replica.version.encryption, from_name, CustomerKey{}));
  ObjectKey to = TRY(make_object_key(call, choice, to_name));
  copy.body = TRY(copy_body(call, body, from, to, {0, body.size}, body.checksum.algorithm));
  copy.body.tag = body.tag;
  copy.body.checksum = body.checksum;
  copy.encryption = std::move(to.encryption);
  copy_parts(call, destination, copy);
  return {};
}

Result<void> make_replica(Call& call, const Replica& replica) {
  auto destination = get_bucket(call.tx, replica.rule.destination);
  if (!destination || (!replica.rule.account.empty() && replica.rule.account != destination->account))
    return base::fail("NoSuchBucket", "The destination bucket does not exist.");
  if (!destination->is_versioned()) return base::fail("InvalidBucketState", "The destination bucket is not versioned.");
  TRY_VOID(authorize_replica(call, replica, *destination));
  if (get_version(call, *destination, replica.key, shown_version_id(replica.version))) return {};

  ObjectVersion copy = replica.version;
  copy.replication_status = "REPLICA";
  copy.restoration = {};
  copy.noncurrent_since_ms = 0;
  copy.class_since_ms = 0;
  copy.acl.reset();
  if (replica.rule.changes_owner || !destination->has_acls()) copy.owner = destination->account;
  if (!destination->has_object_lock) copy.lock = {};
  if (!replica.rule.storage_class.empty() && !copy.is_delete_marker)
    copy.storage_class = replica.rule.storage_class == "STANDARD" ? "" : replica.rule.storage_class;
  if (!copy.is_delete_marker) TRY_VOID(copy_bytes(call, replica, *destination, copy));
  put_version(call, *destination, replica.key, copy);
  emit_object_event(call, *destination,
                    copy.is_delete_marker ? "ObjectRemoved:DeleteMarkerCreated" : "ObjectCreated:Put", replica.key,
                    copy);
  return {};
}

// https://docs.aws.amazon.com/AmazonS3/latest/userguide/replication-failure-codes.html
std::string_view reason_of(const base::Error& error) {
  if (error.code == "NoSuchBucket") return "DstBucketNotFound";
  if (error.code == "InvalidBucketState") return "DstBucketUnversioned";
  if (error.code.starts_with("KMS.")) return "DstKmsKeyInvalidState";
  return "DstPutObjNotPermitted";
}

Value failure_of(const ReplicationRule& rule, const ObjectVersion& version, std::string_view reason) {
  return Value::Map{
      {"replicationEventData", Value::Map{{"replicationRuleId", rule.id},
                                          {"destinationBucket", "arn:aws:s3:::" + rule.destination},
                                          {"s3Operation", version.is_delete_marker ? "OBJECT_DELETE" : "OBJECT_PUT"},
                                          {"requestTime", time_with_ms(version.modified_ms)},
                                          {"failureReason", reason}}}};
}

// The session of the configuration's role.
Result<kernel::Principal> role_session(Call& call, const Bucket& bucket, const Value& configuration) {
  return kernel::assume_role(call, configuration.at("Role").str(), "s3.amazonaws.com", "s3-replication", bucket.arn());
}

}  // namespace

void note_for_replication(Call& call, const Bucket& bucket, std::string_view key, ObjectVersion& version) {
  if (!bucket.has(Configuration::kReplication) || !bucket.is_versioned()) return;
  if (version.replication_status == "REPLICA") return;
  // "Amazon S3 doesn't replicate delete markers created by lifecycle rules."
  if (version.is_delete_marker && call.operation == nullptr) return;
  version.replication_status.clear();
  if (rules_for(get_configured(call.tx, bucket, Configuration::kReplication), key, version).empty()) return;
  version.replication_status = "PENDING";
  call.emit({.source = std::string(kReplicationSource),
             .type = "Replicate",
             .key = fmt::format("{}/{}", bucket.name, key),
             .detail = Value::Map{
                 {"bucket", bucket.name}, {"key", key}, {"versionId", std::string(shown_version_id(version))}}});
}

Result<void> replicate(Call& call, const kernel::Event& event) {
  auto bucket = get_bucket(call.tx, event.detail.at("bucket").str());
  if (!bucket || !bucket->has(Configuration::kReplication)) return {};
  const std::string& key = event.detail.at("key").str();
  auto version = get_version(call, *bucket, key, event.detail.at("versionId").str());
  if (!version || version->replication_status == "REPLICA") return {};
  const Value configuration = get_configured(call.tx, *bucket, Configuration::kReplication);
  const std::vector<ReplicationRule> rules = rules_for(configuration, key, *version);
  if (rules.empty()) return {};
  auto session = role_session(call, *bucket, configuration);
  bool is_done = true;
  for (const ReplicationRule& rule : rules) {
    const Result<void> made = session ? make_replica(call, {*bucket, key, *version, rule, *session})
                                      : Result<void>(std::unexpected(session.error()));
    if (made) continue;
    is_done = false;
    emit_object_event(call, *bucket, "Replication:OperationFailedReplication", key, *version,
                      failure_of(rule, *version, session ? reason_of(made.error()) : "AssumeRoleNotPermitted"));
  }
  version->replication_status = is_done ? "COMPLETED" : "FAILED";
  rewrite_version(call, *bucket, key, *version);
  return {};
}

Result<void> replicate_change(Call& call, const kernel::Event& event) {
  if (!event.type.starts_with("ObjectTagging:")) return {};
  auto bucket = get_bucket(call.tx, event.detail.at("bucket").str());
  if (!bucket || !bucket->has(Configuration::kReplication)) return {};
  const std::string& key = event.detail.at("key").str();
  const std::string& version_id = event.detail.at("versionId").str();
  auto version = get_version(call, *bucket, key, version_id);
  if (!version || version->replication_status != "COMPLETED") return {};
  const Value configuration = get_configured(call.tx, *bucket, Configuration::kReplication);
  auto session = role_session(call, *bucket, configuration);
  if (!session) return {};
  for (const ReplicationRule& rule : rules_for(configuration, key, *version)) {
    auto destination = get_bucket(call.tx, rule.destination);
    auto replica = destination ? get_version(call, *destination, key, version_id) : std::nullopt;
    if (!replica || replica->replication_status != "REPLICA") continue;
    if (!kernel::authorize_subject(call, kernel::subject_of(*session), "s3:ReplicateTags", destination->arn_of(key),
                                   {}))
      continue;
    replica->tags = version->tags;
    rewrite_version(call, *destination, key, *replica);
  }
  return {};
}

}  // namespace s3
