// Requests about multi-region access points that are answered first and carried out later.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/MrapOperations.html
#include <algorithm>

#include "api/s3.h"
#include "base/json.h"
#include "services/s3control/multi_region.h"
#include "store/key.h"

namespace s3control {

namespace {

constexpr kernel::Seconds kCarriedOutAfter{5};
constexpr std::size_t kMultiRegionBucketsMax = 20;  // "You can have up to 20 buckets"

// "Names must be 3 to 50 characters, begin with a number or lowercase letter, cannot begin or end with a hyphen or
// contain underscores, uppercase letters or periods."
bool is_multi_region_name(std::string_view name) {
  if (name.size() < 3 || name.size() > 50 || name.front() == '-' || name.back() == '-') return false;
  return std::ranges::all_of(name, [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= '0' && letter <= '9') || letter == '-';
  });
}

Result<Out> accept(Call& call, In in, std::string operation, std::string_view kind) {
  TRY_VOID(check_account(call, in.value()));
  const Value& details = in["Details"];
  if (!is_multi_region_name(details.at("Name").str()))
    return error("InvalidRequest", "The Multi-Region Access Point name is not valid.");
  const std::string token_row = store::key(call.caller.account, in.str("ClientToken"));
  const std::string text = base::to_json(details);
  if (auto before = call.tx.get(kAsyncTokens, token_row)) {
    auto request = call.tx.get(kAsyncRequests, before->arn);
    if (request && request->details == text && request->operation == operation)
      return Out{{"RequestTokenARN", before->arn}};
    return error("IdempotencyException", "The client token was used for another request.");
  }
  AsyncRequest request{.arn = fmt::format("arn:aws:s3:us-west-2:{}:async-request/mrap/{}/{}", call.caller.account, kind,
                                          call.random_text(40, "abcdefghijklmnopqrstuvwxyz0123456789")),
                       .operation = std::move(operation),
                       .client_token = in.str("ClientToken"),
                       .details = text,
                       .account = call.caller.account,
                       .created_ms = call.now_ms(),
                       .status = "INPROGRESS"};
  call.tx.put(kAsyncRequests, request.arn, request);
  call.tx.put(kAsyncTokens, token_row, {request.arn});
  call.arm(kCarryOut, call.now + kCarriedOutAfter, request.arn);
  return Out{{"RequestTokenARN", request.arn}};
}

// ---- carrying out

std::unexpected<base::Error> failure(std::string code, std::string message) {
  return base::fail(std::move(code), std::move(message));
}

Result<aws::MultiRegionPoint> find_for_change(Call& call, const Value& details) {
  auto point = get_own_point(call, details.at("Name").str());
  if (!point) return failure("NoSuchMultiRegionAccessPoint", "The specified Multi-Region Access Point does not exist.");
  return *std::move(point);
}

// Where a bucket is, in the account that the request names.
Result<aws::MultiRegionBucket> find_region(Call& call, const AsyncRequest& request, const Value& given) {
  const std::string& account = given.at("BucketAccountId").str();
  aws::MultiRegionBucket bucket{
      .bucket = given.at("Bucket").str(), .region = {}, .account = account.empty() ? request.account : account};
  // Where it is its owner may know, from everywhere.
  const kernel::Client owner(call, kernel::Principal::root(bucket.account), {bucket.account, call.place.region});
  auto head = owner.invoke(kernel::operation<s3::Model>("HeadBucket"), Value::Map{{"Bucket", bucket.bucket}});
  if (!head) return failure("NoSuchBucket", "The specified bucket does not exist.");
  bucket.region = head->at("BucketRegion").str();
  return bucket;
}

Result<void> create_point(Call& call, AsyncRequest& request, const Value& details) {
  if (get_own_point(call, details.at("Name").str()))
    return failure("MultiRegionAccessPointAlreadyOwnedByYou",
                   "You already have a Multi-Region Access Point with the same name.");
  aws::MultiRegionPoint point{.name = details.at("Name").str(),
                              .account = request.account,
                              .created_ms = request.created_ms,
                              .block = {true, true, true, true}};
  if (details.has("PublicAccessBlock")) point.block = read_block(details.at("PublicAccessBlock"));
  for (const Value& region : details.at("Regions").list()) {
    aws::MultiRegionBucket bucket = TRY(find_region(call, request, region));
    if (std::ranges::find(point.buckets, bucket.region, &aws::MultiRegionBucket::region) != point.buckets.end())
      return failure("MultiRegionAccessPointSameBucketRegion",
                     "The buckets used to create a Multi-Region Access Point cannot be in the same Region.");
    request.regions.push_back(bucket.region);
    point.buckets.push_back(std::move(bucket));
  }
  point.alias = "m" + call.random_text(12, "abcdefghijklmnopqrstuvwxyz0123456789") + ".mrap";
  keep_point(call, point);
  call.tx.put(aws::kAccessPointAliases, point.alias, {point.account, "", point.name});
  return {};
}

Result<void> delete_point(Call& call, AsyncRequest& request, const Value& details) {
  const aws::MultiRegionPoint point = TRY(find_for_change(call, details));
  for (const aws::MultiRegionBucket& bucket : point.buckets) request.regions.push_back(bucket.region);
  call.tx.erase(aws::kMultiRegionPoints, store::key(point.account, point.name));
  call.tx.erase(aws::kAccessPointAliases, point.alias);
  return {};
}

Result<void> put_policy(Call& call, AsyncRequest& request, const Value& details) {
  aws::MultiRegionPoint point = TRY(find_for_change(call, details));
  for (const aws::MultiRegionBucket& bucket : point.buckets) request.regions.push_back(bucket.region);
  point.is_policy_public = TRY(check_point_policy(call, details.at("Policy").str(), point.account));
  if (point.is_policy_public && point.block.blocks_policies) return failure("AccessDenied", "Access denied.");
  point.policy = details.at("Policy").str();
  point.proposed.clear();
  keep_point(call, point);
  return {};
}

}  // namespace

Result<void> carry_out(Call& call, std::string_view arn) {
  auto request = call.tx.get(kAsyncRequests, arn);
  if (!request || request->status != "INPROGRESS") return {};
  const Value details = base::parse_json(request->details).value_or(Value());
  const std::string& operation = request->operation;
  const Result<void> done = operation == "CreateMultiRegionAccessPoint"   ? create_point(call, *request, details)
                            : operation == "DeleteMultiRegionAccessPoint" ? delete_point(call, *request, details)
                                                                          : put_policy(call, *request, details);
  request->status = done ? "SUCCEEDED" : "FAILED";
  if (!done) {
    request->error_code = done.error().code;
    request->error_message = done.error().message;
    if (auto point = get_own_point(call, details.at("Name").str()); point && !point->proposed.empty()) {
      point->proposed.clear();
      keep_point(call, *point);
    }
  }
  call.tx.put(kAsyncRequests, arn, *request);
  return {};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_CreateMultiRegionAccessPoint.html
Result<Out> CreateMultiRegionAccessPoint(Call& call, In in) {
  const Value::List& regions = in["Details"].at("Regions").list();
  if (regions.empty() || regions.size() > kMultiRegionBucketsMax)
    return error("InvalidRequest", "A Multi-Region Access Point can have 1 to 20 buckets.");
  std::int64_t count = 0;
  call.tx.scan_keys(aws::kMultiRegionPoints, {.prefix = store::key(call.caller.account)},
                    [&](std::string_view) { ++count; });
  if (count >= call.limit(kMultiRegionPointsMax))
    return error("TooManyMultiRegionAccessPoints",
                 "You have attempted to create more Multi-Region Access Points than are allowed for an account.");
  return accept(call, in, "CreateMultiRegionAccessPoint", "create");
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DeleteMultiRegionAccessPoint.html
Result<Out> DeleteMultiRegionAccessPoint(Call& call, In in) {
  return accept(call, in, "DeleteMultiRegionAccessPoint", "delete");
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_PutMultiRegionAccessPointPolicy.html
Result<Out> PutMultiRegionAccessPointPolicy(Call& call, In in) {
  Out out = TRY(accept(call, in, "PutMultiRegionAccessPointPolicy", "put-policy"));
  if (auto point = get_own_point(call, in["Details"].at("Name").str())) {
    point->proposed = in["Details"].at("Policy").str();
    keep_point(call, *point);
  }
  return out;
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_control_DescribeMultiRegionAccessPointOperation.html
Result<Out> DescribeMultiRegionAccessPointOperation(Call& call, In in) {
  TRY_VOID(check_account(call, in.value()));
  auto request = call.tx.get(kAsyncRequests, in.str("RequestTokenARN"));
  if (!request || request->account != call.caller.account)
    return error("NoSuchAsyncRequest", "The specified async request does not exist.");
  Value shown =
      Value::Map{{"CreationTime", request->created_ms},
                 {"Operation", request->operation},
                 {"RequestTokenARN", request->arn},
                 {"RequestParameters",
                  Value::Map{{request->operation + "Request", base::parse_json(request->details).value_or(Value())}}},
                 {"RequestStatus", request->status}};
  if (!request->error_code.empty()) {
    shown.set(
        "ResponseDetails",
        Value::Map{{"ErrorDetails", Value::Map{{"Code", request->error_code}, {"Message", request->error_message}}}});
  } else if (!request->regions.empty()) {
    Value::List regions;
    for (const std::string& region : request->regions)
      regions.push_back(Value::Map{{"Name", region}, {"RequestStatus", request->status}});
    shown.set("ResponseDetails",
              Value::Map{{"MultiRegionAccessPointDetails", Value::Map{{"Regions", std::move(regions)}}}});
  }
  return Out{{"AsyncOperation", std::move(shown)}};
}

}  // namespace s3control
