// What functions return for HeadObject, ListObjects and ListObjectsV2.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/olap-writing-lambda.html
#include "base/json.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "base/xml.h"
#include "services/s3/object_lambda.h"

namespace s3 {

namespace {

struct Named {
  std::string_view name, member;
};

constexpr Named kHeadHeaders[] = {
    {"accept-ranges", "AcceptRanges"},
    {"cache-control", "CacheControl"},
    {"content-disposition", "ContentDisposition"},
    {"content-encoding", "ContentEncoding"},
    {"content-language", "ContentLanguage"},
    {"content-length", "ContentLength"},
    {"content-type", "ContentType"},
    {"etag", "ETag"},
    {"expires", "Expires"},
    {"last-modified", "LastModified"},
    {"x-amz-archive-status", "ArchiveStatus"},
    {"x-amz-expiration", "Expiration"},
    {"x-amz-missing-meta", "MissingMeta"},
    {"x-amz-mp-parts-count", "PartsCount"},
    {"x-amz-object-lock-legal-hold", "ObjectLockLegalHoldStatus"},
    {"x-amz-object-lock-mode", "ObjectLockMode"},
    {"x-amz-replication-status", "ReplicationStatus"},
    {"x-amz-restore", "Restore"},
    {"x-amz-server-side-encryption", "ServerSideEncryption"},
    {"x-amz-server-side-encryption-aws-kms-key-id", "SSEKMSKeyId"},
    {"x-amz-storage-class", "StorageClass"},
    {"x-amz-version-id", "VersionId"},
};

std::string text_of(const Value& value) {
  return value.is_whole()  ? std::to_string(value.num())
         : value.is_flag() ? (value.flag() ? "true" : "false")
                           : value.str();
}

bool is_count(std::string_view member) {
  return member == "ContentLength" || member == "MissingMeta" || member == "PartsCount";
}

// Values as the API has them: times are those of HTTP or of ISO 8601.
Value typed(std::string_view member, const Value& given) {
  const std::string text = text_of(given);
  if (is_count(member)) {
    auto number = base::parse_number(text);
    return number ? Value(*number) : Value();
  }
  if (member != "LastModified") return text;
  auto time = base::parse_http_date(text);
  if (!time) time = base::parse_iso8601(text);
  return time ? Value(*time) : Value();
}

Value head_of(const Value& headers) {
  Value output(Value::Map{});
  Value::Map metadata;
  constexpr std::string_view kMetadata = "x-amz-meta-";
  for (const auto& [name, value] : headers.map()) {
    const std::string lower = base::to_lower(name);
    if (lower.starts_with(kMetadata)) metadata.emplace_back(lower.substr(kMetadata.size()), text_of(value));
    for (const Named& each : kHeadHeaders)
      if (each.name == lower && !value.is_null()) output.set(each.member, typed(each.member, value));
  }
  if (!metadata.empty()) output.set("Metadata", std::move(metadata));
  return output;
}

// ---- lists

constexpr std::string_view kListNumbers[] = {"MaxKeys", "KeyCount"};

// A list in JSON has the names of XML, beginning in lower case.
std::string capital(std::string_view name) {
  std::string text(name);
  if (!text.empty() && text[0] >= 'a' && text[0] <= 'z') text[0] = static_cast<char>(text[0] - 'a' + 'A');
  if (text == "CommonPrefixes" || text != "Id") return text;
  return "ID";
}

Value entry_of(const Value& given) {
  Value entry(Value::Map{});
  for (const auto& [name, value] : given.map()) {
    const std::string member = capital(name);
    if (value.is_null()) continue;
    if (member == "Owner") {
      entry.set("Owner", entry_of(value));
    } else if (member == "Size") {
      entry.set(member, base::parse_number(text_of(value)).value_or(0));
    } else {
      entry.set(member, typed(member, value));
    }
  }
  return entry;
}

Value list_of(const Value& given) {
  Value output(Value::Map{});
  for (const auto& [name, value] : given.map()) {
    const std::string member = capital(name);
    if (value.is_null()) continue;
    if (member == "Contents" || member == "CommonPrefixes") {
      Value::List entries;
      for (const Value& entry : value.list()) entries.push_back(entry_of(entry));
      output.set(member, std::move(entries));
    } else if (member == "IsTruncated") {
      output.set(member, text_of(value) == "true");
    } else if (std::ranges::find(kListNumbers, member) != std::end(kListNumbers)) {
      output.set(member, base::parse_number(text_of(value)).value_or(0));
    } else {
      output.set(member, text_of(value));
    }
  }
  return output;
}

// The same out of XML.
Value read_element(base::XmlElement element) {
  Value found(Value::Map{});
  Value::List contents, prefixes;
  bool has_children = false;
  for (base::XmlElement child : element.children()) {
    has_children = true;
    const std::string_view name = child.name();
    if (name == "Contents")
      contents.push_back(read_element(child));
    else if (name == "CommonPrefixes")
      prefixes.push_back(read_element(child));
    else
      found.set(name, read_element(child));
  }
  if (!has_children) return Value(element.text());
  if (!contents.empty()) found.set("Contents", std::move(contents));
  if (!prefixes.empty()) found.set("CommonPrefixes", std::move(prefixes));
  return found;
}

Result<Value> read_list(const Value& result) {
  const std::string& xml =
      result.has("listResultXml") ? result.at("listResultXml").str() : result.at("listResultXML").str();
  if (xml.empty()) {
    if (!result.at("listBucketResult").is_map())
      return invalid_result("The Lambda function returned neither listResultXml nor listBucketResult.");
    return list_of(result.at("listBucketResult"));
  }
  auto document = base::parse_xml(xml);
  if (!document) return invalid_result("The listResultXml that the Lambda function returned is no XML.");
  return list_of(read_element(document->root()));
}

}  // namespace

std::unexpected<base::Error> invalid_result(std::string message) {
  return error("LambdaInvalidResponse", std::move(message));
}

std::unexpected<base::Error> error_of_function(std::string code, std::string message, std::int64_t status) {
  return std::unexpected(base::Error{std::move(code), std::move(message),
                                     std::make_shared<const Value>(Value::Map{{base::kStatusDetail, status}})});
}

Result<Value> read_function_result(std::string_view operation, const std::string& payload) {
  const Value result = base::parse_json(payload).value_or(Value());
  if (!result.is_map() || !result.at("statusCode").is_whole())
    return invalid_result("The Lambda function returned no statusCode.");
  const std::int64_t status = result.at("statusCode").num();
  if (status < 200 || status > 599)
    return invalid_result("The statusCode that the Lambda function returned is not valid.");
  if (status >= 300) {
    const std::string& code = result.at("errorCode").str();
    return error_of_function(code.empty() ? "LambdaError" : code, result.at("errorMessage").str(), status);
  }
  return operation == "HeadObject" ? head_of(result.at("headers")) : read_list(result);
}

}  // namespace s3
