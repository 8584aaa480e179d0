// Directory buckets: making and listing them, and sessions.
#include "services/s3/directory_buckets.h"

#include <algorithm>

#include "base/bytes.h"
#include "base/json.h"
#include "kernel/credentials.h"
#include "services/s3/bucket_checks.h"

namespace s3 {

namespace {

constexpr std::string_view kDirectorySuffix = "--x-s3";
constexpr std::int64_t kDirectoryBucketsMax = 100;
constexpr std::int64_t kDirectoriesPerPageMax = 1'000;
constexpr kernel::Seconds kSessionSeconds{300};  // "temporary security credentials are valid for five minutes"

struct ZonePrefix {
  std::string_view prefix, region;
};
// Ids of zones begin with a short name of their region.
constexpr ZonePrefix kZonePrefixes[] = {
    {"afs1", "af-south-1"},      {"ape1", "ap-east-1"},       {"apne1", "ap-northeast-1"}, {"apne2", "ap-northeast-2"},
    {"apne3", "ap-northeast-3"}, {"aps1", "ap-south-1"},      {"aps2", "ap-south-2"},      {"apse1", "ap-southeast-1"},
    {"apse2", "ap-southeast-2"}, {"apse3", "ap-southeast-3"}, {"cac1", "ca-central-1"},    {"euc1", "eu-central-1"},
    {"euc2", "eu-central-2"},    {"eun1", "eu-north-1"},      {"eus1", "eu-south-1"},      {"eus2", "eu-south-2"},
    {"euw1", "eu-west-1"},       {"euw2", "eu-west-2"},       {"euw3", "eu-west-3"},       {"mec1", "me-central-1"},
    {"mes1", "me-south-1"},      {"sae1", "sa-east-1"},       {"use1", "us-east-1"},       {"use2", "us-east-2"},
    {"usw1", "us-west-1"},       {"usw2", "us-west-2"},
};

std::unexpected<base::Error> invalid_directory_name(std::string_view name) {
  return error("InvalidBucketName", "The specified bucket is not valid.", Value::Map{{"BucketName", name}});
}

// "Directory bucket names must be (…) 3 to 63 characters, lowercase letters, numbers and hyphens."
bool is_directory_name(std::string_view name) {
  const std::string_view zone = zone_of_name(name);
  if (zone.empty() || name.size() < 3 || name.size() > 63) return false;
  const std::string_view base = name.substr(0, name.size() - kDirectorySuffix.size() - zone.size() - 2);
  if (base.empty() || base.front() == '-') return false;
  return std::ranges::all_of(base, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
  });
}

Result<void> check_directory_configuration(const Call& call, const Value& input) {
  const std::string& name = input.at("Bucket").str();
  const Value& configuration = input.at("CreateBucketConfiguration");
  const Value& location = configuration.at("Location");
  if (!is_directory_name(name)) return invalid_directory_name(name);
  if (configuration.at("Bucket").at("Type").str() != "Directory")
    return error("InvalidRequest", "The bucket type of a directory bucket must be Directory.");
  const std::string_view zone = zone_of_name(name);
  if (location.at("Type").str() != "AvailabilityZone" || location.at("Name").str() != zone)
    return error("InvalidRequest", "The location of a directory bucket must be the Availability Zone of its name.");
  const std::string& redundancy = configuration.at("Bucket").at("DataRedundancy").str();
  if (!redundancy.empty() && redundancy != "SingleAvailabilityZone")
    return error("InvalidRequest", "The data redundancy of a directory bucket must be SingleAvailabilityZone.");
  if (region_of_zone(zone) != call.place.region)
    return error("InvalidRequest", "The Availability Zone is not in the Region of the endpoint.");
  for (const char* member : {"ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWrite", "GrantWriteACP",
                             "ObjectLockEnabledForBucket"})
    if (input.has(member))
      return error("NotImplemented", "A header you provided implies functionality that is not implemented",
                   Value::Map{{"Header", member}});
  return {};
}

std::int64_t count_directories(Call& call) {
  std::int64_t count = 0;
  call.tx.scan(kBucketNames, store::Scan{}, [&](std::string_view name, BucketName&) {
    if (!zone_of_name(name).empty()) ++count;
  });
  return count;
}

// What a session may do: what its maker may, with this bucket.
kernel::Principal session_of(const Call& call, const Bucket& bucket, const std::string& mode) {
  kernel::Session session = call.caller.session ? *call.caller.session : kernel::Session{};
  session.issued_ms = call.now_ms();
  session.is_restricted = true;
  session.policies.push_back(base::to_json(Value::Map{
      {"Version", "2012-10-17"},
      {"Statement",
       Value::List{Value::Map{{"Effect", "Allow"}, {"Action", "s3express:*"}, {"Resource", bucket.arn()}}}}}));
  session.claims["s3express:bucket"] = {bucket.name};
  session.claims["s3express:sessionmode"] = {mode};
  kernel::Principal principal = call.caller;
  principal.session = std::make_shared<const kernel::Session>(std::move(session));
  return principal;
}

}  // namespace

std::string_view zone_of_name(std::string_view name) {
  if (!name.ends_with(kDirectorySuffix)) return {};
  name.remove_suffix(kDirectorySuffix.size());
  const std::size_t at = name.rfind("--");
  return at == name.npos ? std::string_view() : name.substr(at + 2);
}

std::string_view region_of_zone(std::string_view zone) {
  const std::size_t dash = zone.find("-az");
  if (dash == zone.npos || zone.size() != dash + 4) return {};
  for (const ZonePrefix& each : kZonePrefixes)
    if (each.prefix == zone.substr(0, dash)) return each.region;
  return {};
}

bool makes_directory_bucket(const Value& input) {
  return input.at("Bucket").str().ends_with(kDirectorySuffix) ||
         input.at("CreateBucketConfiguration").at("Bucket").has("Type") ||
         input.at("CreateBucketConfiguration").has("Location");
}

Result<Out> create_directory_bucket(Call& call, In in) {
  TRY_VOID(check_directory_configuration(call, in.value()));
  const std::string& name = in.str("Bucket");
  if (auto existing = get_bucket(call.tx, name)) {
    if (existing->account != call.caller.account)
      return error("BucketAlreadyExists", "The requested bucket name is not available.",
                   Value::Map{{"BucketName", name}});
    return error("BucketAlreadyOwnedByYou",
                 "Your previous request to create the named bucket succeeded and you already own it.",
                 Value::Map{{"BucketName", name}});
  }
  if (count_directories(call) >= kDirectoryBucketsMax)
    return error("TooManyBuckets", "You have attempted to create more buckets than allowed");
  Bucket bucket{.name = name,
                .id = call.next_sequence(),
                .account = call.caller.account,
                .region = call.place.region,
                .created_ms = call.now_ms() / 1'000 * 1'000,
                .kind = BucketKind::kDirectory,
                .location = std::string(zone_of_name(name)),
                .public_access_block = PublicAccessBlock{true, true, true, true}};
  bucket.tags = TRY(read_bucket_tags(in["CreateBucketConfiguration"].at("Tags")));
  put_bucket(call, bucket);
  store::Transaction home = call.tx.at({bucket.account, bucket.region});
  home.put(kBucketNames, bucket.name, {});
  home.add(kBucketCount, "", 1);
  return Out{
      {"Location", fmt::format("https://{}.s3express-{}.{}.amazonaws.com/", name, bucket.location, bucket.region)},
      {"BucketArn", bucket.arn()}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListDirectoryBuckets.html
Result<Out> ListDirectoryBuckets(Call& call, In in) {
  const std::int64_t count_max = in.num("MaxDirectoryBuckets", kDirectoriesPerPageMax);
  if (count_max < 0 || count_max > kDirectoriesPerPageMax)
    return error("InvalidArgument", "Argument max-directory-buckets must be an integer between 0 and 1000",
                 Value::Map{{"ArgumentName", "max-directory-buckets"}, {"ArgumentValue", std::to_string(count_max)}});
  store::Scan scan;
  if (in.has("ContinuationToken")) {
    auto after = base::from_base64(in.str("ContinuationToken"));
    if (!after || zone_of_name(*after).empty())
      return error("InvalidArgument", "The continuation token provided is incorrect",
                   Value::Map{{"ArgumentName", "continuation-token"}});
    scan.after = *after;
  }
  Value::List buckets;
  std::string last;
  bool is_truncated = false;
  call.tx.scan(kBucketNames, scan, [&](std::string_view name, BucketName&) {
    auto bucket = zone_of_name(name).empty() ? std::nullopt : get_bucket(call.tx, name);
    if (!bucket || bucket->region != call.place.region) return true;
    is_truncated = static_cast<std::int64_t>(buckets.size()) == count_max;
    if (is_truncated) return false;
    buckets.push_back(Value::Map{{"Name", name},
                                 {"CreationDate", bucket->created_ms},
                                 {"BucketRegion", bucket->region},
                                 {"BucketArn", bucket->arn()}});
    last = name;
    return true;
  });
  Out out{{"Buckets", std::move(buckets)}};
  if (is_truncated && !last.empty()) out.set("ContinuationToken", base::to_base64(last));
  return out;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateSession.html
Result<Out> CreateSession(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  if (bucket.kind != BucketKind::kDirectory)
    return error("MethodNotAllowed", "The specified method is not allowed against this resource.");
  const std::string mode = in.has("SessionMode") ? in.str("SessionMode") : "ReadWrite";
  if (mode != "ReadWrite" && mode != "ReadOnly")
    return error("InvalidArgument", "The session mode is not valid.",
                 Value::Map{{"ArgumentName", "x-amz-create-session-mode"}, {"ArgumentValue", mode}});
  const kernel::SessionCredentials credentials =
      kernel::issue_session(call, session_of(call, bucket, mode), kSessionSeconds);
  Out out{{"Credentials", Value::Map{{"AccessKeyId", credentials.access_key_id},
                                     {"SecretAccessKey", credentials.secret},
                                     {"SessionToken", credentials.session_token},
                                     {"Expiration", kernel::to_ms(credentials.expires)}}}};
  out.set("ServerSideEncryption", name_of(bucket.encryption.kind));
  if (!bucket.encryption.kms_key.empty()) out.set("SSEKMSKeyId", bucket.encryption.kms_key);
  if (bucket.encryption.kind == EncryptionKind::kKms) out.set("BucketKeyEnabled", true);
  return out;
}

}  // namespace s3
