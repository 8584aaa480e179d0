// What is asked of every request before policies are.
#include "base/arn.h"
#include "base/strings.h"
#include "services/s3/access_through_points.h"
#include "services/s3/directory_buckets.h"

namespace s3 {

namespace {

using Type = kernel::Principal::Type;

std::unexpected<base::Error> denied() { return error("AccessDenied", "Access Denied"); }

// What may have been a bucket's name at any time; new ones have stricter rules.
bool may_be_bucket(std::string_view name) {
  if (name.size() < 3 || name.size() > 255) return false;
  for (char c : name) {
    bool is_good =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
    if (!is_good) return false;
  }
  return true;
}

Result<void> check_owner(const Value& input, std::string_view member, std::string_view owner) {
  if (!input.has(member)) return {};
  const std::string& expected = input.at(member).str();
  if (!base::is_account_id(expected))
    return error("InvalidBucketOwnerAWSAccountID",
                 "The value of the expected bucket owner parameter must be an AWS Account ID... [" + expected + "]",
                 Value::Map{{"BucketOwnerAWSAccountID", expected}});
  return expected == owner ? Result<void>() : denied();
}

// "EU" and "US" are names of locations that buckets may be made in, and no regions: who signs for them is told which
// one the endpoint is of, and signs again.
Result<void> check_signed_region(const Call& call) {
  const std::string& region = call.place.region;
  if (!call.is_from_outside() || (region != "EU" && region != "US")) return {};
  return error(
      "AuthorizationHeaderMalformed",
      fmt::format("The authorization header is malformed; the region '{}' is wrong; expecting 'us-east-1'", region),
      Value::Map{{"Region", "us-east-1"}});
}

// Where to ask for a bucket of another region. Who reached us by a name of our own will by that name again: here the
// signature says which region is meant.
std::string endpoint_of(const Call& call, const Bucket& bucket) {
  const std::string_view url = call.request.base_url;
  const std::size_t scheme = url.find("://");
  const std::string_view authority = scheme == url.npos ? url : url.substr(scheme + 3);
  if (authority.find("amazonaws.com") == authority.npos) return std::string(authority);
  return fmt::format("{}.s3.{}.amazonaws.com", bucket.name, bucket.region);
}

// "The bucket you are attempting to access must be addressed using the specified endpoint."
Result<void> check_region(const Call& call, const Bucket& bucket) {
  if (!call.is_from_outside() || call.caller.type == Type::kAnonymous || call.place.region == bucket.region) return {};
  // "This operation (HeadBucket, GetBucketLocation) tells where a bucket is", from everywhere.
  if (call.operation->name == "GetBucketLocation") return {};
  return error(
      "PermanentRedirect",
      "The bucket you are attempting to access must be addressed using the specified endpoint. Please send "
      "all future requests to this endpoint.",
      Value::Map{{"Endpoint", endpoint_of(call, bucket)}, {"Bucket", bucket.name}, {"BucketRegion", bucket.region}});
}

// "Requester Pays: anonymous access is not allowed, and requesters must include x-amz-request-payer."
Result<void> check_payer(const Call& call, const Bucket& bucket) {
  if (!bucket.requester_pays || call.caller.account == bucket.account || call.caller.type == Type::kService) return {};
  if (!call.operation->input->find("RequestPayer")) return {};
  if (call.caller.type == Type::kAnonymous || call.input->at("RequestPayer").str() != "requester") return denied();
  return {};
}

}  // namespace

Result<void> admit(Call& call, std::string_view operation) {
  const Value& input = *call.input;
  TRY_VOID(check_signed_region(call));
  if (!input.has("Bucket") || operation == "CreateBucket") {
    bool is_stranger = call.caller.type == Type::kAnonymous;
    return is_stranger && operation != "WriteGetObjectResponse" ? denied() : Result<void>();
  }
  const std::string& name = input.at("Bucket").str();
  if (!name.starts_with("arn:") && !may_be_bucket(name))
    return error("InvalidBucketName", "The specified bucket is not valid.", Value::Map{{"BucketName", name}});
  Bucket bucket = TRY(find_bucket(call, name));
  const auto point = access_point_in(call, input);
  if (point) TRY_VOID(check_through_point(operation));
  // One of many regions is asked from everywhere.
  if (!point || !point->is_multi_region()) TRY_VOID(check_region(call, bucket));
  if (bucket.kind == BucketKind::kDirectory) TRY_VOID(check_directory(call, operation, input));
  TRY_VOID(check_owner(input, "ExpectedBucketOwner", bucket.account));
  TRY_VOID(check_payer(call, bucket));
  if (input.has("CopySource")) {
    auto source = parse_copy_source(input.at("CopySource").str());
    if (!source) return {};  // the operation says what is wrong with it
    Bucket source_bucket = TRY(find_bucket(call, source->bucket));
    TRY_VOID(check_owner(input, "ExpectedSourceBucketOwner", source_bucket.account));
    TRY_VOID(check_payer(call, source_bucket));
  }
  return {};
}

}  // namespace s3
