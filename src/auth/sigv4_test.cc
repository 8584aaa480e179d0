#include "auth/sigv4.h"

#include <gtest/gtest.h>

#include "auth/canonical.h"
#include "auth/sign.h"
#include "base/bytes.h"
#include "base/time_text.h"
#include "base/value.h"

namespace auth {
namespace {

constexpr std::int64_t kNowMs = 1'672'628'645'000;  // 2023-01-02T03:04:05Z
const Credentials kCredentials{"AKIDEXAMPLE", "secret"};

using Fields = std::vector<std::pair<std::string, std::string>>;

// A request that owns its texts, to be changed by tests.
struct OwnedRequest {
  std::string method = "POST", path = "/", query;
  Fields fields = {{"Host", "sqs.us-east-1.amazonaws.com"}, {"Content-Type", "application/x-amz-json-1.0"}};
  std::string body_hash = base::to_hex(base::sha256("{}"));
  std::vector<Header> headers = {};

  SignedRequest view() {
    headers.clear();
    for (const auto& [name, value] : fields) headers.push_back({name, value});
    return {method, path, query, headers};
  }

  std::string* field(std::string_view wanted) {
    for (auto& [name, value] : fields)
      if (name == wanted) return &value;
    return nullptr;
  }
};

OwnedRequest sign(OwnedRequest request, std::string service, std::int64_t time_ms = kNowMs,
                  Credentials credentials = kCredentials) {
  SigningOptions options{
      .region = "us-east-1", .service = std::move(service), .time_ms = time_ms, .payload_hash = request.body_hash};
  for (auto& field : sign_header(request.view(), credentials, options)) request.fields.push_back(field);
  return request;
}

OwnedRequest presign(OwnedRequest request, std::string service, std::int64_t expires_s, std::string payload_hash = {}) {
  SigningOptions options{
      .region = "us-east-1", .service = std::move(service), .time_ms = kNowMs, .payload_hash = std::move(payload_hash)};
  request.query = presign_query(request.view(), kCredentials, options, expires_s);
  return request;
}

// "ok", or the code of the error of either step.
std::string check(OwnedRequest& request, ErrorStyle style = ErrorStyle::kOther, std::int64_t now_ms = kNowMs,
                  std::string_view secret = "secret") {
  auto signature = parse_authorization(request.view(), style);
  if (!signature) return signature.error().code;
  if (!*signature) return "anonymous";
  auto outcome = verify(**signature, request.view(), secret, now_ms, request.body_hash, style);
  return outcome ? "ok" : outcome.error().code;
}

std::string message(OwnedRequest request, ErrorStyle style = ErrorStyle::kOther, std::int64_t now_ms = kNowMs) {
  auto signature = parse_authorization(request.view(), style);
  if (!signature) return signature.error().message;
  auto outcome = verify(**signature, request.view(), "secret", now_ms, request.body_hash, style);
  return outcome ? "ok" : outcome.error().message;
}

OwnedRequest object_request() {
  OwnedRequest request{.method = "GET", .path = "/bucket/a%20b/../c//d", .fields = {{"Host", "s3.amazonaws.com"}}};
  request.body_hash = base::to_hex(base::sha256(""));
  return request;
}

TEST(SigV4, KnowsItsOwnSignature) {
  OwnedRequest request = sign({}, "sqs");
  EXPECT_EQ(check(request), "ok");
  EXPECT_EQ(check(request, ErrorStyle::kOther, kNowMs, "other"), "SignatureDoesNotMatch");
  EXPECT_EQ(check(request, ErrorStyle::kJson, kNowMs, "other"), "InvalidSignatureException");
  auto signature = **parse_authorization(request.view(), ErrorStyle::kOther);
  EXPECT_EQ(signature.access_key_id, "AKIDEXAMPLE");
  EXPECT_EQ(signature.date, "20230102");
  EXPECT_EQ(signature.region, "us-east-1");
  EXPECT_EQ(signature.service, "sqs");
  EXPECT_EQ(signature.signed_headers, "content-type;host;x-amz-date");
  EXPECT_EQ(signature.timestamp_ms, kNowMs);
  EXPECT_EQ(signature.expires_s, std::nullopt);
  EXPECT_EQ(signature.security_token, "");
}

TEST(SigV4, KeysAreKeptApart) {
  // Texts that would be the same when joined must not find each other's key.
  OwnedRequest one = sign({}, "sqs", kNowMs, {"AKIDEXAMPLE", "secret20230102"});
  EXPECT_EQ(check(one, ErrorStyle::kOther, kNowMs, "secret20230102"), "ok");
  EXPECT_EQ(check(one, ErrorStyle::kOther, kNowMs, "secret"), "SignatureDoesNotMatch");
}

TEST(SigV4, NoticesEachChange) {
  const OwnedRequest good = sign({.path = "/queue", .query = "a=1"}, "sqs");
  auto changed = [&](auto change) {
    OwnedRequest request = good;
    change(request);
    return check(request);
  };
  EXPECT_EQ(changed([](OwnedRequest&) {}), "ok");
  EXPECT_EQ(changed([](OwnedRequest& request) { request.method = "PUT"; }), "SignatureDoesNotMatch");
  EXPECT_EQ(changed([](OwnedRequest& request) { request.path = "/queue2"; }), "SignatureDoesNotMatch");
  EXPECT_EQ(changed([](OwnedRequest& request) { request.query = "a=2"; }), "SignatureDoesNotMatch");
  EXPECT_EQ(changed([](OwnedRequest& request) { request.query = ""; }), "SignatureDoesNotMatch");
  EXPECT_EQ(changed([](OwnedRequest& request) { request.body_hash[0] ^= 1; }), "SignatureDoesNotMatch");
  EXPECT_EQ(changed([](OwnedRequest& request) { *request.field("Host") = "other"; }), "SignatureDoesNotMatch");
  EXPECT_EQ(changed([](OwnedRequest& request) { *request.field("Content-Type") = "other"; }), "SignatureDoesNotMatch");
  EXPECT_EQ(changed([](OwnedRequest& request) { *request.field("X-Amz-Date") = "20230102T030406Z"; }),
            "SignatureDoesNotMatch");
  EXPECT_EQ(changed([](OwnedRequest& request) { request.field("Authorization")->back() ^= 1; }),
            "SignatureDoesNotMatch");
  EXPECT_EQ(changed([](OwnedRequest& request) { request.field("Authorization")->pop_back(); }),
            "SignatureDoesNotMatch");
  for (std::string_view part : {"us-east-1", "sqs/aws4"})
    EXPECT_EQ(changed([&](OwnedRequest& request) {
                request.field("Authorization")->insert(request.field("Authorization")->find(part), "x");
              }),
              "SignatureDoesNotMatch");
  EXPECT_EQ(changed([](OwnedRequest& request) { request.fields.push_back({"X-Unsigned", "1"}); }), "ok");
}

TEST(SigV4, TheClocksMayDifferByAQuarterOfAnHour) {
  OwnedRequest request = sign({}, "sqs");
  EXPECT_EQ(check(request, ErrorStyle::kOther, kNowMs + kSkewMaxMs), "ok");
  EXPECT_EQ(check(request, ErrorStyle::kOther, kNowMs - kSkewMaxMs), "ok");
  EXPECT_EQ(check(request, ErrorStyle::kOther, kNowMs + kSkewMaxMs + 1), "SignatureDoesNotMatch");
  EXPECT_EQ(check(request, ErrorStyle::kOther, kNowMs - kSkewMaxMs - 1), "SignatureDoesNotMatch");
  EXPECT_EQ(message(request, ErrorStyle::kOther, kNowMs + 1'200'000),
            "Signature expired: 20230102T030405Z is now earlier than 20230102T030905Z (20230102T032405Z - 15 min.)");
  EXPECT_EQ(
      message(request, ErrorStyle::kOther, kNowMs - 1'200'000),
      "Signature not yet current: 20230102T030405Z is still later than 20230102T025905Z (20230102T024405Z + 15 min.)");
  OwnedRequest object = sign(object_request(), "s3");
  EXPECT_EQ(check(object, ErrorStyle::kS3, kNowMs + kSkewMaxMs + 1), "RequestTimeTooSkewed");
  EXPECT_EQ(check(object, ErrorStyle::kS3, kNowMs - kSkewMaxMs - 1), "RequestTimeTooSkewed");
}

TEST(SigV4, S3SignsPathsAsTheyAre) {
  OwnedRequest request = sign(object_request(), "s3");
  EXPECT_EQ(check(request, ErrorStyle::kS3), "ok");
  request.path = "/bucket/c/d";
  EXPECT_EQ(check(request, ErrorStyle::kS3), "SignatureDoesNotMatch");
  // A client may send more than it need encode, or less, and sign either form.
  OwnedRequest sent = sign({.method = "GET", .path = "/bucket/a%3Db", .query = "prefix=a%2Fb&x=c%20d"}, "s3");
  sent.path = "/bucket/a=b";
  sent.query = "x=c%20d&prefix=a/b";
  EXPECT_EQ(check(sent, ErrorStyle::kS3), "ok");
  EXPECT_EQ(canonical_request({.service = "s3", .signed_headers = "host"},
                              OwnedRequest{.path = "/a=b/c", .query = "z&y=1/2"}.view(), "hash"),
            "POST\n/a%3Db/c\ny=1%2F2&z=\nhost:sqs.us-east-1.amazonaws.com\n\nhost\nhash");
}

TEST(SigV4, OtherServicesSignPathsEncodedTwice) {
  OwnedRequest request{.path = "/a%20b/./c/../d//"};
  EXPECT_EQ(canonical_request({.service = "lambda", .signed_headers = "host"}, request.view(), "hash"),
            "POST\n/a%2520b/d/\n\nhost:sqs.us-east-1.amazonaws.com\n\nhost\nhash");
  EXPECT_EQ(normalize_path("/a/b/.."), "/a");
  EXPECT_EQ(normalize_path("/.."), "/");
  EXPECT_EQ(normalize_path(""), "/");
}

TEST(SigV4, ParametersAreSortedByNameBeforeValue) {
  EXPECT_EQ(canonical_request({.service = "sqs", .signed_headers = "host"},
                              OwnedRequest{.query = "a-b=1&a=2&a=10&&A=%7e"}.view(), ""),
            "POST\n/\nA=~&a=10&a=2&a-b=1\nhost:sqs.us-east-1.amazonaws.com\n\nhost\n");
}

TEST(SigV4, WithoutASignatureARequestIsAnonymous) {
  OwnedRequest request;
  EXPECT_EQ(check(request), "anonymous");
  request.fields.push_back({"Authorization", "Bearer token"});
  EXPECT_EQ(check(request), "anonymous");
  EXPECT_EQ(check(request, ErrorStyle::kS3), "InvalidArgument");
  EXPECT_EQ(missing_authentication(ErrorStyle::kOther).code, "MissingAuthenticationToken");
  EXPECT_EQ(missing_authentication(ErrorStyle::kJson).code, "MissingAuthenticationTokenException");
  EXPECT_EQ(missing_authentication(ErrorStyle::kS3).code, "AccessDenied");
}

TEST(SigV4, RefusesOtherVersions) {
  OwnedRequest request;
  request.fields.push_back({"Authorization", "AWS3-HTTPS AWSAccessKeyId=AKIDEXAMPLE"});
  EXPECT_EQ(check(request), "IncompleteSignature");
  EXPECT_EQ(check(request, ErrorStyle::kS3), "InvalidArgument");
  request.fields.back().second =
      "AWS4-ECDSA-P256-SHA256 Credential=a/20230102/sqs/aws4_request, SignedHeaders=host, Signature=00";
  request.fields.push_back({"X-Amz-Date", "20230102T030405Z"});
  EXPECT_EQ(check(request), "NotImplemented");
  OwnedRequest old{.query = "Action=ListQueues&AWSAccessKeyId=AKIDEXAMPLE&SignatureVersion=2&Signature=abc"};
  EXPECT_EQ(check(old), "IncompleteSignature");
}

TEST(SigV4, SaysWhatAnAuthorizationHeaderLacks) {
  auto with = [](std::string authorization, bool date = true) {
    OwnedRequest request;
    request.fields.push_back({"Authorization", "AWS4-HMAC-SHA256 " + authorization});
    if (date) request.fields.push_back({"X-Amz-Date", "20230102T030405Z"});
    request.fields.push_back({"X-Amz-Content-Sha256", "UNSIGNED-PAYLOAD"});
    return request;
  };
  std::string hash = base::to_base64(base::sha256("AWS4-HMAC-SHA256"));
  EXPECT_EQ(message(with("", false)),
            "Authorization header requires 'Credential' parameter. Authorization header requires 'Signature' "
            "parameter. Authorization header requires "
            "'SignedHeaders' parameter. Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' "
            "header. (Hashed with SHA-256 "
            "and encoded with Base64) Authorization=" +
                hash);
  EXPECT_EQ(message(with("nonsense")).substr(0, 40), "'nonsense' not a valid key=value pair (m");
  for (auto [authorization, other, s3] : std::vector<std::tuple<std::string, std::string, std::string>>{
           {"Credential=AKID", "IncompleteSignature", "AuthorizationHeaderMalformed"},
           {"x", "IncompleteSignature", "AuthorizationHeaderMalformed"},
           {"Credential=AKID, SignedHeaders=host, Signature=0", "IncompleteSignature", "AuthorizationHeaderMalformed"},
           {"Credential=AKID/20230102/us-east-1/sqs, SignedHeaders=host, Signature=0", "IncompleteSignature",
            "AuthorizationHeaderMalformed"},
           {"Credential=AKID/20230102/us-east-1/sqs/aws4_request/x, SignedHeaders=host, Signature=0",
            "IncompleteSignature", "AuthorizationHeaderMalformed"},
           {"Credential=AKID/20230102/us-east-1/sqs/aws5_request, SignedHeaders=host, Signature=0",
            "SignatureDoesNotMatch", "AuthorizationHeaderMalformed"},
           {"Credential=AKID/20230101/us-east-1/sqs/aws4_request, SignedHeaders=host, Signature=0",
            "SignatureDoesNotMatch", "AuthorizationHeaderMalformed"},
           {"Credential=AKID/20230102/us-east-1/sqs/aws4_request, SignedHeaders=date, Signature=0",
            "SignatureDoesNotMatch", "AccessDenied"},
           {"Credential=AKID/20230102/us-east-1/sqs/"
            "aws4_request,SignedHeaders=host;x-amz-content-sha256;x-amz-date,Signature=0",
            "SignatureDoesNotMatch", "SignatureDoesNotMatch"}}) {
    OwnedRequest request = with(authorization);
    EXPECT_EQ(check(request), other) << authorization;
    EXPECT_EQ(check(request, ErrorStyle::kS3), s3) << authorization;
  }
}

TEST(SigV4, TakesTheDateHeaderWithoutOneOfAmazons) {
  OwnedRequest request = sign({}, "sqs");
  std::erase_if(request.fields, [](const auto& field) { return field.first == "X-Amz-Date"; });
  EXPECT_EQ(check(request), "IncompleteSignature");
  request.fields.push_back({"Date", "Mon, 02 Jan 2023 03:04:05 GMT"});
  EXPECT_EQ(check(request), "SignatureDoesNotMatch");
  EXPECT_EQ((*parse_authorization(request.view(), ErrorStyle::kOther))->timestamp, "20230102T030405Z");
  request.fields.back().second = "yesterday";
  EXPECT_EQ(check(request), "IncompleteSignature");
}

TEST(SigV4, S3WantsAllItsHeadersSigned) {
  OwnedRequest request = sign(object_request(), "s3");
  request.fields.push_back({"x-amz-acl", "public-read"});
  EXPECT_EQ(check(request, ErrorStyle::kS3), "AccessDenied");
  OwnedRequest hashless = sign(object_request(), "sqs");
  EXPECT_EQ(check(hashless, ErrorStyle::kS3), "InvalidRequest");
}

TEST(SigV4, CarriesSessionTokens) {
  OwnedRequest request = sign({}, "sqs", kNowMs, {"ASIAEXAMPLE", "secret", "token=="});
  EXPECT_EQ(check(request), "ok");
  EXPECT_EQ((*parse_authorization(request.view(), ErrorStyle::kOther))->security_token, "token==");
  *request.field("X-Amz-Security-Token") = "other";
  EXPECT_EQ(check(request), "SignatureDoesNotMatch");
}

TEST(SigV4, ThePayloadIsWhatWasSigned) {
  OwnedRequest request = sign(object_request(), "s3");
  Signature signature = **parse_authorization(request.view(), ErrorStyle::kS3);
  EXPECT_TRUE(verify_payload(signature, request.body_hash));
  EXPECT_EQ(verify_payload(signature, base::to_hex(base::sha256("x"))).error().code, "XAmzContentSHA256Mismatch");
  for (std::string_view word :
       {kUnsignedPayload, kStreamingUnsignedTrailer, kStreamingSigned, kStreamingSignedTrailer}) {
    OwnedRequest unsigned_request = object_request();
    unsigned_request.body_hash = word;
    unsigned_request = sign(unsigned_request, "s3");
    unsigned_request.body_hash = "";
    EXPECT_EQ(check(unsigned_request, ErrorStyle::kS3), "ok") << word;
    Signature claimed = **parse_authorization(unsigned_request.view(), ErrorStyle::kS3);
    EXPECT_EQ(claimed.payload_hash, word);
    EXPECT_TRUE(verify_payload(claimed, "whatever"));
  }
}

TEST(SigV4, PresignedRequests) {
  OwnedRequest request = presign(object_request(), "s3", 600);
  EXPECT_EQ(check(request, ErrorStyle::kS3), "ok");
  Signature signature = **parse_authorization(request.view(), ErrorStyle::kS3);
  EXPECT_EQ(signature.form, SignatureForm::kQuery);
  EXPECT_EQ(signature.expires_s, 600);
  EXPECT_EQ(signature.payload_hash, kUnsignedPayload);
  EXPECT_EQ(check(request, ErrorStyle::kS3, kNowMs + 600'000), "ok");
  EXPECT_EQ(check(request, ErrorStyle::kS3, kNowMs + 600'001), "AccessDenied");
  EXPECT_EQ(message(request, ErrorStyle::kS3, kNowMs + 600'001), "Request has expired");
  EXPECT_EQ(message(request, ErrorStyle::kS3, kNowMs - kSkewMaxMs - 1), "Request is not valid yet");
  EXPECT_EQ(check(request, ErrorStyle::kS3, kNowMs - kSkewMaxMs), "ok");
  EXPECT_EQ(check(request, ErrorStyle::kS3, kNowMs, "other"), "SignatureDoesNotMatch");
  for (auto [part, replacement] : {std::pair("Expires=600", "Expires=601"), std::pair("T030405Z", "T030404Z"),
                                   std::pair("Headers=host", "Headers=host%3Bx")}) {
    OwnedRequest changed = request;
    changed.query.replace(changed.query.find(part), std::string_view(part).size(), replacement);
    EXPECT_EQ(check(changed, ErrorStyle::kS3), "SignatureDoesNotMatch") << changed.query;
  }
  OwnedRequest more = request;
  more.query += "&versionId=1";
  EXPECT_EQ(check(more, ErrorStyle::kS3), "SignatureDoesNotMatch");
}

TEST(SigV4, PresignedRequestsOfOtherServices) {
  std::string empty_hash = base::to_hex(base::sha256(""));
  OwnedRequest request = presign(
      {.method = "GET", .query = "Action=GetCallerIdentity&Version=2011-06-15", .body_hash = empty_hash}, "sts", 60);
  EXPECT_EQ(check(request), "ok");
  EXPECT_EQ(check(request, ErrorStyle::kOther, kNowMs + kSkewMaxMs), "ok");
  EXPECT_EQ(check(request, ErrorStyle::kOther, kNowMs + kSkewMaxMs + 1), "SignatureDoesNotMatch");
  OwnedRequest longer = presign({.method = "GET", .body_hash = empty_hash}, "iotdevicegateway", 86'400);
  EXPECT_EQ(check(longer, ErrorStyle::kOther, kNowMs + 86'400'000), "ok");
  EXPECT_EQ(check(longer, ErrorStyle::kOther, kNowMs + 86'400'001), "SignatureDoesNotMatch");
}

TEST(SigV4, SaysWhatAPresignedRequestLacks) {
  const OwnedRequest good = presign(object_request(), "s3", 600);
  for (std::string_view name : {"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires",
                                "X-Amz-SignedHeaders", "X-Amz-Signature"}) {
    OwnedRequest request = good;
    request.query.replace(request.query.find(name), name.size(), "Other");
    EXPECT_EQ(check(request, ErrorStyle::kS3), "AuthorizationQueryParametersError") << name;
  }
  auto with = [&](std::string_view part, std::string_view replacement) {
    OwnedRequest request = good;
    request.query.replace(request.query.find(part), part.size(), replacement);
    return check(request, ErrorStyle::kS3);
  };
  EXPECT_EQ(with("Expires=600", "Expires=604800"), "SignatureDoesNotMatch");
  EXPECT_EQ(with("Expires=600", "Expires=604801"), "AuthorizationQueryParametersError");
  EXPECT_EQ(with("Expires=600", "Expires=-1"), "AuthorizationQueryParametersError");
  EXPECT_EQ(with("Expires=600", "Expires=ten"), "AuthorizationQueryParametersError");
  EXPECT_EQ(with("Expires=600", "Expires=0"), "SignatureDoesNotMatch");
  EXPECT_EQ(with("AWS4-HMAC-SHA256", "AWS4-HMAC-SHA1"), "AuthorizationQueryParametersError");
  EXPECT_EQ(with("AWS4-HMAC-SHA256", "AWS4-ECDSA-P256-SHA256"), "AuthorizationQueryParametersError");
  EXPECT_EQ(with("20230102T030405Z", "20230102"), "AuthorizationQueryParametersError");
  EXPECT_EQ(with("%2F20230102%2F", "%2F20230103%2F"), "AuthorizationQueryParametersError");
  EXPECT_EQ(with("%2Faws4_request", ""), "AuthorizationQueryParametersError");
}

TEST(SigV4, AMismatchInS3ShowsWhatWasCalculated) {
  OwnedRequest request = sign(object_request(), "s3");
  auto signature = **parse_authorization(request.view(), ErrorStyle::kS3);
  auto outcome = verify(signature, request.view(), "other", kNowMs, "", ErrorStyle::kS3);
  ASSERT_FALSE(outcome);
  ASSERT_TRUE(outcome.error().details);
  EXPECT_EQ(outcome.error().details->at("SignatureProvided").str(), signature.signature);
  EXPECT_EQ(outcome.error().details->at("StringToSign").str().substr(0, 17), "AWS4-HMAC-SHA256\n");
  EXPECT_EQ(outcome.error().details->at("CanonicalRequest").str().substr(0, 4), "GET\n");
}

}  // namespace
}  // namespace auth
