// What functions of object lambda access points are told.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-event-context.html
#include "base/bytes.h"
#include "base/json.h"
#include "base/time_text.h"
#include "kernel/presign.h"
#include "services/s3/object_lambda.h"

namespace s3 {

namespace {

constexpr std::int64_t kInputSeconds = 61;

// The endpoint that the client reached, without the access point's own label.
std::string endpoint_of(const Call& call) {
  const std::string& url = call.request.base_url;
  const std::size_t begin = url.find("://") + 3;
  for (std::string_view name : {"localhost.localstack.cloud", "localhost"}) {
    const std::size_t at = url.find(name);
    if (at != url.npos && at > begin && url[at - 1] == '.') return url.substr(0, begin) + url.substr(at);
  }
  return url;
}

struct Parameter {
  const char *name, *member;
};
constexpr Parameter kListParameters[] = {{"continuation-token", "ContinuationToken"},
                                         {"delimiter", "Delimiter"},
                                         {"encoding-type", "EncodingType"},
                                         {"marker", "Marker"},
                                         {"prefix", "Prefix"},
                                         {"start-after", "StartAfter"}};

std::string query_of(std::string_view operation, const Value& input) {
  std::string query;
  auto add = [&](std::string_view name, const std::string& value) {
    query += fmt::format("{}{}={}", query.empty() ? "" : "&", name, base::percent_encode(value));
  };
  if (operation == "ListObjectsV2") add("list-type", "2");
  if (operation.starts_with("ListObjects")) {
    for (const Parameter& each : kListParameters)
      if (input.has(each.member)) add(each.name, input.at(each.member).str());
    if (input.has("MaxKeys")) add("max-keys", std::to_string(input.at("MaxKeys").num()));
    if (input.at("FetchOwner").flag()) add("fetch-owner", "true");
  }
  if (input.has("PartNumber")) add("partNumber", std::to_string(input.at("PartNumber").num()));
  if (input.has("VersionId")) add("versionId", input.at("VersionId").str());
  return query;
}

// "inputS3Url: a presigned URL that can be used to fetch the original object, with the caller's identity."
Result<std::string> input_url(Call& call, const Value& input, const aws::AccessPoint& supporting) {
  kernel::PresignedRequest request{.method = call.operation->name == "HeadObject" ? "HEAD" : "GET",
                                   .base_url = endpoint_of(call),
                                   .path = "/" + supporting.alias,
                                   .query = query_of(call.operation->name, input),
                                   .headers = {},
                                   .region = supporting.region};
  if (input.has("Key")) request.path += "/" + base::percent_encode(input.at("Key").str(), "/");
  if (input.has("Range")) request.headers.emplace_back("range", input.at("Range").str());
  return kernel::presign_for_caller(call, request, kInputSeconds);
}

Value identity_of(const Call& call) {
  const kernel::Principal& caller = call.caller;
  using Type = kernel::Principal::Type;
  Value identity = Value::Map{{"type", caller.type == Type::kRoot          ? "Root"
                                       : caller.type == Type::kUser        ? "IAMUser"
                                       : caller.type == Type::kAssumedRole ? "AssumedRole"
                                                                           : "FederatedUser"},
                              {"principalId", caller.user_id},
                              {"arn", caller.arn},
                              {"accountId", caller.account},
                              {"accessKeyId", caller.access_key_id}};
  if (!caller.session || caller.session->role_arn.empty()) return identity;
  const std::string& role = caller.session->role_arn;
  identity.set(
      "sessionContext",
      Value::Map{{"attributes", Value::Map{{"mfaAuthenticated", caller.multi_factor_present ? "true" : "false"},
                                           {"creationDate", base::format_iso8601(caller.session->issued_ms)}}},
                 {"sessionIssuer", Value::Map{{"type", "Role"},
                                              {"principalId", caller.user_id.substr(0, caller.user_id.find(':'))},
                                              {"arn", role},
                                              {"accountId", caller.account},
                                              {"userName", role.substr(role.rfind('/') + 1)}}}});
  return identity;
}

// LIMIT: of the headers of the client's request those that the API knows are told.
Value request_of(const Call& call, const Value& input, const aws::ObjectLambdaPoint& point) {
  const std::string host =
      fmt::format("{}-{}.s3-object-lambda.{}.amazonaws.com", point.name, point.account, point.region);
  Value headers = Value::Map{{"Host", host}, {"User-Agent", call.request.user_agent}};
  if (!call.request.payload_hash.empty()) headers.set("X-Amz-Content-SHA256", call.request.payload_hash);
  constexpr std::pair<const char*, const char*> kHeaders[] = {{"Range", "Range"},
                                                              {"IfMatch", "If-Match"},
                                                              {"IfNoneMatch", "If-None-Match"},
                                                              {"ChecksumMode", "x-amz-checksum-mode"}};
  for (const auto& [member, name] : kHeaders)
    if (input.has(member)) headers.set(name, input.at(member).str());
  const std::string query = query_of(call.operation->name, input);
  return Value::Map{{"url", fmt::format("https://{}/{}{}{}", host, base::percent_encode(input.at("Key").str(), "/"),
                                        query.empty() ? "" : "?", query)},
                    {"headers", std::move(headers)}};
}

}  // namespace

Result<std::string> event_of(Call& call, const Value& input, const Transformation& transformation,
                             const AnswerTicket& ticket) {
  const aws::ObjectLambdaPoint& point = transformation.point;
  auto supporting = aws::get_access_point(call.tx, point.supporting);
  if (!supporting) return no_such_bucket(point.supporting);
  Value context = Value::Map{{"inputS3Url", TRY(input_url(call, input, *supporting))}};
  const std::string_view operation = call.operation->name;
  if (operation == "GetObject") {
    context.set("outputRoute", ticket.route);
    context.set("outputToken", ticket.token);
  }
  const std::string name = operation == "GetObject"     ? "getObjectContext"
                           : operation == "HeadObject"  ? "headObjectContext"
                           : operation == "ListObjects" ? "listObjectsContext"
                                                        : "listObjectsV2Context";
  return base::to_json(Value::Map{{"xAmzRequestId", call.request.id},
                                  {name, std::move(context)},
                                  {"configuration", Value::Map{{"accessPointArn", point.arn()},
                                                               {"supportingAccessPointArn", point.supporting},
                                                               {"payload", transformation.payload}}},
                                  {"userRequest", request_of(call, input, point)},
                                  {"userIdentity", identity_of(call)},
                                  {"protocolVersion", "1.00"}});
}

}  // namespace s3
