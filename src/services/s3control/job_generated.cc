// Manifests made of what is in a bucket.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/specify-batchjob-manifest.html
#include <fmt/format.h>

#include <algorithm>

#include "api/s3.h"
#include "base/arn.h"
#include "base/bytes.h"
#include "base/gzip.h"
#include "base/json.h"
#include "services/s3control/jobs.h"

namespace s3control {

namespace {

constexpr std::int64_t kListedPerStep = 1'000;

bool has_any(const Value::List& wanted, const auto& fits) {
  return wanted.empty() || std::ranges::any_of(wanted, [&](const Value& each) { return fits(each.str()); });
}

bool fits_name(const Value& constraint, const std::string& key) {
  return has_any(constraint.at("MatchAnyPrefix").list(),
                 [&](const std::string& text) { return key.starts_with(text); }) &&
         has_any(constraint.at("MatchAnySuffix").list(),
                 [&](const std::string& text) { return key.ends_with(text); }) &&
         has_any(constraint.at("MatchAnySubstring").list(),
                 [&](const std::string& text) { return key.find(text) != key.npos; });
}

// What a list says of an object.
bool fits_entry(const Value& filter, const Value& entry) {
  const std::int64_t modified_ms = entry.at("LastModified").num(), size = entry.at("Size").num();
  if (filter.has("CreatedAfter") && modified_ms <= filter.at("CreatedAfter").num()) return false;
  if (filter.has("CreatedBefore") && modified_ms >= filter.at("CreatedBefore").num()) return false;
  if (filter.has("ObjectSizeGreaterThanBytes") && size <= filter.at("ObjectSizeGreaterThanBytes").num()) return false;
  if (filter.has("ObjectSizeLessThanBytes") && size >= filter.at("ObjectSizeLessThanBytes").num()) return false;
  const std::string& storage_class = entry.at("StorageClass").str();
  return fits_name(filter.at("KeyNameConstraint"), entry.at("Key").str()) &&
         has_any(filter.at("MatchAnyStorageClass").list(),
                 [&](const std::string& name) { return name == storage_class; });
}

bool fits_encryption(const Value& wanted, const Value& head) {
  const std::string& kind = head.at("ServerSideEncryption").str();
  auto has_key = [&](const Value& kms) {
    return (!kms.has("KmsKeyArn") || kms.at("KmsKeyArn") == head.at("SSEKMSKeyId")) &&
           (!kms.has("BucketKeyEnabled") || kms.at("BucketKeyEnabled").flag() == head.at("BucketKeyEnabled").flag());
  };
  if (wanted.has("SSES3")) return kind == "AES256";
  if (wanted.has("SSEKMS")) return kind == "aws:kms" && has_key(wanted.at("SSEKMS"));
  if (wanted.has("DSSEKMS")) return kind == "aws:kms:dsse" && has_key(wanted.at("DSSEKMS"));
  return wanted.has("SSEC") && head.has("SSECustomerAlgorithm");
}

bool asks_for_head(const Value& filter) {
  return filter.has("ObjectReplicationStatuses") || filter.has("MatchAnyObjectEncryption");
}

// What only the object itself says.
bool fits_head(const Value& filter, const Value& head) {
  std::string status = head.at("ReplicationStatus").str();
  if (status.empty()) status = "NONE";
  if (!has_any(filter.at("ObjectReplicationStatuses").list(), [&](const std::string& name) { return name == status; }))
    return false;
  const Value::List& encryptions = filter.at("MatchAnyObjectEncryption").list();
  return encryptions.empty() ||
         std::ranges::any_of(encryptions, [&](const Value& wanted) { return fits_encryption(wanted, head); });
}

// Whether a rule of the bucket replicates objects of the key.
bool is_eligible(const Value& replication, const std::string& key) {
  for (const Value& rule : replication.at("ReplicationConfiguration").at("Rules").list()) {
    const Value& filter = rule.at("Filter");
    const std::string& prefix = rule.has("Prefix")  ? rule.at("Prefix").str()
                                : filter.has("And") ? filter.at("And").at("Prefix").str()
                                                    : filter.at("Prefix").str();
    if (rule.at("Status").str() == "Enabled" && key.starts_with(prefix)) return true;
  }
  return false;
}

// Errors: those of S3.
Result<std::string> put_generated(Call& call, const kernel::Principal& session, const Value& location,
                                  const std::string& key, const std::string& bytes) {
  Value input = Value::Map{
      {"Bucket", std::string(base::Arn::parse(location.at("Bucket").str()).resource)}, {"Key", key}, {"Body", bytes}};
  const Value& kms = location.at("ManifestEncryption").at("SSEKMS");
  if (!kms.is_null()) {
    input.set("ServerSideEncryption", "aws:kms");
    input.set("SSEKMSKeyId", kms.at("KeyId"));
  }
  const Value put = TRY(call.as_role(session).invoke(kernel::operation<s3::Model>("PutObject"), std::move(input)));
  return put.at("ETag").str();
}

Result<void> write_manifest(Call& call, const kernel::Principal& session, Job& job, const Value& generator) {
  const Value& location = generator.at("ManifestOutputLocation");
  if (!generator.at("EnableManifestOutput").flag()) return {};
  std::string lines;
  call.tx.scan(kTasks, {.prefix = store::key(job.id)}, [&](std::string_view, Task& task) {
    lines += fmt::format("\"{}\",\"{}\",\"{}\"\n", task.bucket, base::percent_encode(task.key, "/"), task.version_id);
  });
  const std::string& prefix = location.at("ManifestPrefix").str();
  const std::string folder = fmt::format("{}{}job-{}", prefix, prefix.empty() ? "" : "/", job.id);
  const std::string bytes = base::gzip(lines), data = fmt::format("{}/data/{}.csv.gz", folder, job.id);
  TRY(put_generated(call, session, location, data, bytes));
  const std::string manifest = base::to_json(
      Value::Map{{"sourceBucket", std::string(base::Arn::parse(generator.at("SourceBucket").str()).resource)},
                 {"destinationBucket", location.at("Bucket").str()},
                 {"version", "2021-11-30"},
                 {"creationTimestamp", std::to_string(job.created_ms)},
                 {"fileFormat", "CSV"},
                 {"fileSchema", "Bucket, Key, VersionId"},
                 {"files", Value::List{Value::Map{{"key", data},
                                                  {"size", static_cast<std::int64_t>(bytes.size())},
                                                  {"MD5checksum", base::to_hex(base::md5(bytes))}}}}});
  job.generated_key = folder + "/manifest.json";
  job.generated_etag = TRY(put_generated(call, session, location, job.generated_key, manifest));
  return {};
}

}  // namespace

Result<bool> generate_manifest(Call& call, const kernel::Principal& session, Job& job, const Value& generator) {
  const kernel::Client role = call.as_role(session);
  const std::string bucket(base::Arn::parse(generator.at("SourceBucket").str()).resource);
  const Value& filter = generator.at("Filter");
  Value replication;
  if (filter.at("EligibleForReplication").flag())
    replication = role.invoke(kernel::operation<s3::Model>("GetBucketReplication"), Value::Map{{"Bucket", bucket}})
                      .value_or(Value());
  Value input = Value::Map{{"Bucket", bucket}, {"MaxKeys", kListedPerStep}};
  if (generator.has("ExpectedBucketOwner")) input.set("ExpectedBucketOwner", generator.at("ExpectedBucketOwner"));
  if (!job.listed_key.empty()) input.set("KeyMarker", job.listed_key);
  if (!job.listed_version.empty()) input.set("VersionIdMarker", job.listed_version);
  const Value page = TRY(role.invoke(kernel::operation<s3::Model>("ListObjectVersions"), std::move(input)));
  for (const Value& entry : page.at("Versions").list()) {
    const std::string& key = entry.at("Key").str();
    if (!fits_entry(filter, entry)) continue;
    if (filter.has("EligibleForReplication") &&
        is_eligible(replication, key) != filter.at("EligibleForReplication").flag())
      continue;
    Value object = Value::Map{{"Bucket", bucket}, {"Key", key}, {"VersionId", entry.at("VersionId")}};
    if (asks_for_head(filter)) {
      auto head = role.invoke(kernel::operation<s3::Model>("HeadObject"), object);
      if (!head || !fits_head(filter, *head)) continue;
    }
    const std::string& version = entry.at("VersionId").str();
    call.tx.put(kTasks, store::key(job.id, job.task_count),
                {.bucket = bucket, .key = key, .version_id = version == "null" ? std::string() : version});
    ++job.task_count;
  }
  job.listed_key = page.at("NextKeyMarker").str();
  job.listed_version = page.at("NextVersionIdMarker").str();
  if (page.at("IsTruncated").flag()) return false;
  TRY_VOID(write_manifest(call, session, job, generator));
  return true;
}

Value show_generated(const Job& job, const Value& given) {
  const Value& location = given.at("ManifestGenerator").at("S3JobManifestGenerator").at("ManifestOutputLocation");
  return Value::Map{{"Format", "S3InventoryReport_CSV_20211130"},
                    {"Location", Value::Map{{"ObjectArn", location.at("Bucket").str() + "/" + job.generated_key},
                                            {"ETag", job.generated_etag}}}};
}

}  // namespace s3control
