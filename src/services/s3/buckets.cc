// Buckets: making, finding, listing and deleting them.
#include "services/s3/buckets.h"

#include <algorithm>

#include "aws/access_points.h"
#include "base/bytes.h"
#include "services/s3/acl.h"
#include "services/s3/bucket_checks.h"
#include "services/s3/directory_buckets.h"

namespace s3 {

namespace {

constexpr std::int64_t kBucketsPerPageMax = 10'000;

Value bucket_details(std::string_view name) { return Value::Map{{"BucketName", name}}; }

std::unexpected<base::Error> incompatible_location(std::string_view constraint) {
  return error("IllegalLocationConstraintException",
               fmt::format("The {} location constraint is incompatible for the region specific endpoint this request "
                           "was sent to.",
                           constraint.empty() ? "unspecified" : constraint));
}

std::string_view region_of(std::string_view constraint) {
  if (constraint.empty()) return "us-east-1";
  return constraint == "EU" ? "eu-west-1" : constraint;
}

// Where the bucket is to be. "us-east-1" makes buckets for all regions, other endpoints only for their own.
Result<std::string> location_of_new(const Call& call, const Value& input) {
  const Value& given = input.at("CreateBucketConfiguration").at("LocationConstraint");
  const std::string& constraint = given.str();
  bool is_known = constraint.empty() || is_location_constraint(constraint);
  if (!is_known || (given.is_text() && constraint.empty()))
    return error("InvalidLocationConstraint", "The specified location-constraint is not valid",
                 Value::Map{{"LocationConstraint", constraint}});
  if (call.place.region != "us-east-1" && region_of(constraint) != call.place.region)
    return incompatible_location(constraint);
  return constraint;
}

Result<void> check_name(const Call& call, const Value& input) {
  const std::string& name = input.at("Bucket").str();
  bool is_good = is_bucket_name(name);
  // "Bucket names in your account regional namespace end with your account's number, the region and -an."
  bool is_regional = name.ends_with("-an");
  if (input.at("BucketNamespace").str() == "account-regional")
    is_good = is_good && name.ends_with(fmt::format("-{}-{}-an", call.caller.account, call.place.region));
  else if (is_regional)
    is_good = false;
  if (is_good) return {};
  return error("InvalidBucketName", "The specified bucket is not valid.", bucket_details(name));
}

Result<Ownership> ownership_of_new(const Value& input) {
  if (!input.has("ObjectOwnership")) return Ownership::kBucketOwnerEnforced;
  if (auto ownership = read_ownership(input.at("ObjectOwnership").str())) return *ownership;
  return error("InvalidArgument", "Invalid x-amz-object-ownership header: " + input.at("ObjectOwnership").str(),
               Value::Map{{"ArgumentName", "x-amz-object-ownership"}});
}

// What becomes of a second CreateBucket. "For legacy compatibility, if you re-create an existing bucket that you
// already own in us-east-1, Amazon S3 returns 200 OK and resets the bucket access control lists (ACLs)."
Result<Out> create_again(Call& call, Bucket bucket) {
  if (bucket.account != call.caller.account)
    return error("BucketAlreadyExists",
                 "The requested bucket name is not available. The bucket namespace is shared by all users of the "
                 "system. Please select a different name and try again.",
                 bucket_details(bucket.name));
  if (bucket.region != "us-east-1" || call.place.region != "us-east-1")
    return error("BucketAlreadyOwnedByYou",
                 "Your previous request to create the named bucket succeeded and you already own it.",
                 bucket_details(bucket.name));
  if (bucket.acl) {
    bucket.acl = std::nullopt;
    put_bucket(call, bucket);
  }
  return Out{{"Location", "/" + bucket.name}, {"BucketArn", bucket.arn()}};
}

std::string location_header(const Call& call, const Bucket& bucket) {
  if (bucket.region == "us-east-1") return "/" + bucket.name;
  std::string_view url = call.request.base_url;
  std::size_t scheme = url.find("://");
  if (scheme == url.npos) return "/" + bucket.name;
  return fmt::format("{}/{}", url, bucket.name);
}

}  // namespace

std::optional<Bucket> get_bucket(const store::Transaction& tx, std::string_view name) {
  auto bucket = tx.get_shared(kBuckets, name);
  return bucket ? std::optional(*bucket) : std::nullopt;
}

std::unexpected<base::Error> no_such_bucket(std::string_view name) {
  return error("NoSuchBucket", "The specified bucket does not exist", bucket_details(name));
}

Result<Bucket> find_bucket(const Call& call, std::string_view name) {
  if (auto bucket = get_bucket(call.tx, name)) return *std::move(bucket);
  if (auto point = aws::get_access_point(call.tx, name)) {
    if (auto bucket = get_bucket(call.tx, point->bucket)) return *std::move(bucket);
  }
  return no_such_bucket(name);
}

void put_bucket(Call& call, const Bucket& bucket) { call.tx.put(kBuckets, bucket.name, bucket); }

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_CreateBucket.html
Result<Out> CreateBucket(Call& call, In in) {
  const Value& input = in.value();
  if (makes_directory_bucket(input)) return create_directory_bucket(call, in);
  TRY_VOID(check_name(call, input));
  std::string location = TRY(location_of_new(call, input));
  Bucket bucket{.name = in.str("Bucket"),
                .id = 0,
                .account = call.caller.account,
                .region = std::string(region_of(location)),
                .created_ms = call.now_ms() / 1'000 * 1'000,
                .location = location,
                .ownership = TRY(ownership_of_new(input)),
                .public_access_block = PublicAccessBlock{true, true, true, true}};
  bucket.tags = TRY(read_bucket_tags(input.at("CreateBucketConfiguration").at("Tags")));
  bucket.acl = TRY(acl_of_new(call, bucket, input, AclOf::kBucket));
  if (auto existing = get_bucket(call.tx, bucket.name)) return create_again(call, *std::move(existing));
  store::Transaction home = call.tx.at({bucket.account, bucket.region});
  if (home.count(kBucketCount, "") >= call.limit(kBucketsMax))
    return error("TooManyBuckets", "You have attempted to create more buckets than allowed");
  if (in.flag("ObjectLockEnabledForBucket")) {
    bucket.has_object_lock = true;
    bucket.versioning = Versioning::kEnabled;
  }
  bucket.id = call.next_sequence();
  put_bucket(call, bucket);
  home.put(kBucketNames, bucket.name, {});
  home.add(kBucketCount, "", 1);
  return Out{{"Location", location_header(call, bucket)}, {"BucketArn", bucket.arn()}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_DeleteBucket.html
Result<Out> DeleteBucket(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  if (!is_bucket_empty(call, bucket))
    return error("BucketNotEmpty",
                 bucket.versioning == Versioning::kNever
                     ? "The bucket you tried to delete is not empty"
                     : "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
                 bucket_details(bucket.name));
  forget_objects(call, bucket);
  call.tx.erase_all(kConfigurations, store::key(bucket.id));
  call.tx.erase(kBuckets, bucket.name);
  store::Transaction home = call.tx.at({bucket.account, bucket.region});
  home.erase(kBucketNames, bucket.name);
  home.add(kBucketCount, "", -1);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_HeadBucket.html
Result<Out> HeadBucket(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  Out out{{"BucketRegion", bucket.region}, {"AccessPointAlias", false}, {"BucketArn", bucket.arn()}};
  if (bucket.kind == BucketKind::kDirectory) {
    out.set("BucketLocationType", "AvailabilityZone");
    out.set("BucketLocationName", bucket.location);
  }
  return out;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketLocation.html
Result<Out> GetBucketLocation(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  return bucket.location.empty() ? Out{} : Out{{"LocationConstraint", bucket.location}};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_ListBuckets.html
Result<Out> ListBuckets(Call& call, In in) {
  std::int64_t count_max = in.num("MaxBuckets", kBucketsPerPageMax);
  if (count_max < 1 || count_max > kBucketsPerPageMax)
    return error("InvalidArgument", "Argument max-buckets must be an integer between 1 and 10000",
                 Value::Map{{"ArgumentName", "max-buckets"}, {"ArgumentValue", std::to_string(count_max)}});
  const std::string& prefix = in.str("Prefix");
  const std::string& region = in.str("BucketRegion");
  store::Scan scan{.prefix = prefix};
  if (in.has("ContinuationToken")) {
    auto after = base::from_base64(in.str("ContinuationToken"));
    if (!after || after->empty() || !after->starts_with(prefix))
      return error("InvalidArgument", "The continuation token provided is incorrect",
                   Value::Map{{"ArgumentName", "continuation-token"}});
    scan.after = *after;
  }
  bool shows_region = in.has("MaxBuckets") || in.has("Prefix") || in.has("BucketRegion") || in.has("ContinuationToken");
  Value::List buckets;
  std::string last;
  bool is_truncated = false;
  call.tx.scan(kBucketNames, scan, [&](std::string_view name, BucketName&) {
    auto bucket = get_bucket(call.tx, name);
    if (!bucket || bucket->kind != BucketKind::kGeneralPurpose || (!region.empty() && bucket->region != region))
      return true;
    if (static_cast<std::int64_t>(buckets.size()) == count_max) {
      is_truncated = true;
      return false;
    }
    Value shown = Value::Map{{"Name", name}, {"CreationDate", bucket->created_ms}, {"BucketArn", bucket->arn()}};
    if (shows_region) shown.set("BucketRegion", bucket->region);
    buckets.push_back(std::move(shown));
    last = name;
    return true;
  });
  Out out{{"Buckets", std::move(buckets)}, {"Owner", show_owner(call.caller.account)}};
  if (in.has("Prefix")) out.set("Prefix", prefix);
  if (is_truncated) out.set("ContinuationToken", base::to_base64(last));
  return out;
}

}  // namespace s3
