// The form of access logs: https://docs.aws.amazon.com/AmazonS3/latest/userguide/LogFormat.html
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/bytes.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "kernel/canonical_user.h"
#include "services/s3/access_log.h"

namespace s3 {

namespace {

struct LogName {
  std::string_view operation, name;
};
constexpr std::array<LogName, 24> kLogNames{{
    {"AbortMultipartUpload", "REST.DELETE.UPLOAD"},
    {"CompleteMultipartUpload", "REST.POST.UPLOAD"},
    {"CopyObject", "REST.COPY.OBJECT"},
    {"CreateBucket", "REST.PUT.BUCKET"},
    {"CreateMultipartUpload", "REST.POST.UPLOADS"},
    {"DeleteBucket", "REST.DELETE.BUCKET"},
    {"DeleteObject", "REST.DELETE.OBJECT"},
    {"DeleteObjects", "REST.POST.MULTI_OBJECT_DELETE"},
    {"GetObject", "REST.GET.OBJECT"},
    {"HeadBucket", "REST.HEAD.BUCKET"},
    {"HeadObject", "REST.HEAD.OBJECT"},
    {"ListMultipartUploads", "REST.GET.UPLOADS"},
    {"ListObjectVersions", "REST.GET.BUCKETVERSIONS"},
    {"ListObjects", "REST.GET.BUCKET"},
    {"ListObjectsV2", "REST.GET.BUCKET"},
    {"ListParts", "REST.GET.UPLOAD"},
    {"PutObject", "REST.PUT.OBJECT"},
    {"RestoreObject", "REST.POST.RESTORE"},
    {"SelectObjectContent", "REST.POST.SELECT_OBJECT_CONTENT"},
    {"UploadPart", "REST.PUT.PART"},
    {"UploadPartCopy", "REST.COPY.PART"},
    {"GetBucketLogging", "REST.GET.LOGGING_STATUS"},
    {"PutBucketLogging", "REST.PUT.LOGGING_STATUS"},
    {"GetBucketPolicyStatus", "REST.GET.POLICY_STATUS"},
}};

// "?object-lock" of an operation's URI is OBJECT_LOCK.
std::string log_name(const model::Operation& operation) {
  auto found = std::ranges::find(kLogNames, operation.name, &LogName::operation);
  if (found != kLogNames.end()) return std::string(found->name);
  const std::size_t query = operation.uri.find('?');
  std::string resource = query == operation.uri.npos
                             ? "BUCKET"
                             : std::string(operation.uri.substr(query + 1, operation.uri.find('&') - query - 1));
  for (char& letter : resource) {
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
    if (letter == '-') letter = '_';
  }
  const bool is_of_object = operation.uri.find("{Key+}") != operation.uri.npos;
  return fmt::format("REST.{}.{}{}", operation.method, is_of_object ? "OBJECT_" : "", resource);
}

std::string request_line(const kernel::Record& record, std::string_view bucket) {
  std::string path = "/" + std::string(bucket);
  if (record.input.has("Key")) path += "/" + base::percent_encode(record.input.at("Key").str(), "/");
  const std::size_t query = record.operation.uri.find('?');
  std::string_view parameters = query == record.operation.uri.npos ? "" : record.operation.uri.substr(query);
  return fmt::format("{} {}{} HTTP/1.1", record.operation.method, path, parameters);
}

// [06/Feb/2019:00:00:38 +0000]
std::string log_time(std::int64_t time_ms) {
  const std::string date = base::format_http_date(time_ms);  // Wed, 06 Feb 2019 00:00:38 GMT
  return fmt::format("[{}/{}/{}:{} +0000]", date.substr(5, 2), date.substr(8, 3), date.substr(12, 4),
                     date.substr(17, 8));
}

std::string requester_of(const kernel::Principal& caller) {
  using Type = kernel::Principal::Type;
  if (caller.type == Type::kAnonymous) return "-";
  if (caller.type == Type::kRoot) return kernel::canonical_user_of(caller.account);
  if (caller.type == Type::kService) return "svc:" + caller.arn;
  return caller.arn;
}

int status_of_call(const kernel::Record& record) {
  if (record.result) {
    if (record.operation.name == "GetObject" && record.result->has("ContentRange")) return 206;
    return record.operation.response_code;
  }
  const std::string& code = record.result.error().code;
  const model::Shape* shape = record.service.find_error(code);
  if (shape && shape->error && shape->error->http_status != 0) return shape->error->http_status;
  const model::CommonError* common = model::find_common_error(code);
  return common ? common->http_status : 400;
}

std::string or_dash(std::string_view text) { return text.empty() ? "-" : std::string(text); }
std::string quoted_or_dash(std::string_view text) {
  if (text.empty()) return "\"-\"";
  std::string clean(text);
  std::ranges::replace(clean, '"', '\'');
  return "\"" + clean + "\"";
}
std::string shown_number(const Value& value) { return value.is_whole() ? std::to_string(value.num()) : "-"; }

}  // namespace

std::string line_of(const kernel::Record& record, std::string_view bucket, std::string_view owner) {
  const Value nothing;
  const Value& output = record.result ? *record.result : nothing;
  const std::string key = record.input.has("Key") ? base::percent_encode(record.input.at("Key").str(), "/") : "-";
  const bool sends_body = record.operation.name == "GetObject";
  const std::int64_t taken_ms = kernel::to_ms(record.finished) - kernel::to_ms(record.request.received);
  std::string_view host = record.request.base_url;
  if (const std::size_t scheme = host.find("://"); scheme != host.npos) host.remove_prefix(scheme + 3);
  const bool is_signed = !record.caller.access_key_id.empty();
  std::string line = fmt::format("{} {} {} {} {} {} {} {} {} ", kernel::canonical_user_of(owner), bucket,
                                 log_time(kernel::to_ms(record.request.received)), or_dash(record.request.source_ip),
                                 requester_of(record.caller), or_dash(record.request.id), log_name(record.operation),
                                 key, quoted_or_dash(request_line(record, bucket)));
  line += fmt::format("{} {} {} {} {} {} {} {} {} ", status_of_call(record),
                      record.result ? "-" : record.result.error().code,
                      sends_body ? shown_number(output.at("ContentLength")) : "-",
                      shown_number(output.at("ContentLength")), taken_ms, "-", quoted_or_dash(record.request.referer),
                      quoted_or_dash(record.request.user_agent), or_dash(record.input.at("VersionId").str()));
  return line + fmt::format("{} {} {} {} {} {} - -\n", base::to_base64(base::sha256(record.request.id)),
                            is_signed ? "SigV4" : "-", record.request.secure ? "TLS_AES_128_GCM_SHA256" : "-",
                            is_signed ? "AuthHeader" : "-", or_dash(host), record.request.secure ? "TLSv1.3" : "-");
}

}  // namespace s3
