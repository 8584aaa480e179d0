#include <gtest/gtest.h>

#include <fmt/format.h>

#include "base/strings.h"
#include "wire/form.h"
#include "wire/host.h"
#include "wire/uri_index.h"
#include "wire/wire.h"

namespace wire {
namespace {

using model::Protocol;

// The head of a request as a client sends it, and what it must turn out to be.
struct Head {
  std::string_view method, uri;
  std::vector<Header> headers;
  std::string_view body;
  std::string_view signing_name;  // empty: unsigned
  std::string_view service, operation;
  Protocol protocol;
  std::vector<std::pair<std::string, std::string>> labels = {};
};

struct Found {
  Route route;
  std::string error;
};

Found route_of(const Head& head) {
  std::size_t mark = head.uri.find('?');
  Request request{.method = head.method,
                  .path = head.uri.substr(0, mark),
                  .query = mark == std::string_view::npos ? std::string_view() : head.uri.substr(mark + 1),
                  .headers = head.headers,
                  .body = head.body};
  Found found;
  auto result = find_route(request, {.signing_name = head.signing_name, .base_host = "cloud.example"}, found.route);
  if (!result) found.error = result.error().code;
  return found;
}

void expect_route(const Head& head) {
  SCOPED_TRACE(fmt::format("{} {} signed for '{}'", head.method, head.uri, head.signing_name));
  Found found = route_of(head);
  EXPECT_EQ(found.error, "");
  ASSERT_NE(found.route.service, nullptr);
  ASSERT_NE(found.route.operation, nullptr);
  EXPECT_EQ(found.route.service->id, head.service);
  EXPECT_EQ(found.route.operation->name, head.operation);
  EXPECT_EQ(found.route.protocol, head.protocol);
  EXPECT_EQ(found.route.labels, head.labels);
}

constexpr std::string_view kForm = "application/x-www-form-urlencoded; charset=utf-8";

using Labels = std::vector<std::pair<std::string, std::string>>;

void expect_target(std::string_view target, std::string_view signing_name, std::string_view service,
                   std::string_view operation, Protocol protocol) {
  expect_route({"POST", "/", {{"x-amz-target", target}}, "{}", signing_name, service, operation, protocol});
}

void expect_action(std::string_view body, std::string_view signing_name, std::string_view service,
                   std::string_view operation, std::string_view agent = {}, std::string_view path = "/") {
  Protocol protocol = service == "ec2" ? Protocol::kEc2 : Protocol::kQuery;
  expect_route({"POST",
                path,
                {{"Content-Type", kForm}, {"User-Agent", agent}},
                body,
                signing_name,
                service,
                operation,
                protocol});
}

void expect_s3(std::string_view host, std::string_view method, std::string_view uri, std::string_view operation,
               Labels labels, std::string_view signing_name = "s3") {
  expect_route(
      {method, uri, {{"Host", host}}, "", signing_name, "s3", operation, Protocol::kRestXml, std::move(labels)});
}

void expect_path(std::string_view method, std::string_view uri, std::string_view signing_name, std::string_view service,
                 std::string_view operation, Labels labels = {}, std::vector<Header> headers = {}) {
  Protocol protocol = service == "route53" || service == "s3control" ? Protocol::kRestXml : Protocol::kRestJson;
  expect_route({method, uri, std::move(headers), "{}", signing_name, service, operation, protocol, std::move(labels)});
}

TEST(Router, KnowsWhatClientsSendToServicesWithTargets) {
  expect_target("AmazonSQS.SendMessage", "sqs", "sqs", "SendMessage", Protocol::kJson10);
  expect_target("DynamoDB_20120810.PutItem", "dynamodb", "dynamodb", "PutItem", Protocol::kJson10);
  // Two services sign as "dynamodb"; the target tells them apart.
  expect_target("DynamoDBStreams_20120810.GetRecords", "dynamodb", "dynamodbstreams", "GetRecords", Protocol::kJson10);
  expect_target("AWSStepFunctions.StartExecution", "states", "stepfunctions", "StartExecution", Protocol::kJson10);
  expect_target("TrentService.Encrypt", "kms", "kms", "Encrypt", Protocol::kJson11);
  // Unsigned, as Cognito's sign-in is.
  expect_target("AWSCognitoIdentityProviderService.InitiateAuth", "", "cognito-idp", "InitiateAuth", Protocol::kJson11);
}

TEST(Router, KnowsWhatClientsSendToServicesWithActions) {
  // SDKs from before SQS spoke JSON, also to the queue's own address.
  expect_action("Action=SendMessage&Version=2012-11-05&QueueUrl=x", "sqs", "sqs", "SendMessage");
  expect_action("Action=SendMessage&Version=2012-11-05", "sqs", "sqs", "SendMessage", "", "/000000000000/jobs");
  expect_route({"GET",
                "/000000000000/jobs?Action=ReceiveMessage&Version=2012-11-05",
                {},
                "",
                "",
                "sqs",
                "ReceiveMessage",
                Protocol::kQuery});
  expect_action("Action=AssumeRole&Version=2011-06-15", "sts", "sts", "AssumeRole");
  // Unsigned by its nature.
  expect_action("Action=AssumeRoleWithWebIdentity&Version=2011-06-15", "", "sts", "AssumeRoleWithWebIdentity");
  expect_action("Action=RunInstances&Version=2016-11-15", "ec2", "ec2", "RunInstances");
  constexpr std::string_view kBalancing = "elasticloadbalancing";
  expect_action("Action=DescribeLoadBalancers&Version=2012-06-01", kBalancing, "elb", "DescribeLoadBalancers");
  expect_action("Action=DescribeLoadBalancers&Version=2015-12-01", kBalancing, "elbv2", "DescribeLoadBalancers");
  expect_action("Action=CreateDBInstance&Version=2014-10-31", "rds", "rds", "CreateDBInstance");
  expect_action("Action=CreateDBCluster&Version=2014-10-31", "rds", "docdb", "CreateDBCluster", "a/1 api/docdb#3.1");
  expect_action("Action=SendEmail&Version=2010-12-01", "ses", "ses", "SendEmail");
  expect_action("Action=PutMetricData&Version=2010-08-01", "monitoring", "cloudwatch", "PutMetricData");
}

TEST(Router, KnowsWhatClientsSendAsCbor) {
  std::vector<Header> headers{{"smithy-protocol", "rpc-v2-cbor"}};
  expect_route({"POST", "/service/GraniteServiceVersion20100801/operation/PutMetricData", headers, "", "monitoring",
                "cloudwatch", "PutMetricData", Protocol::kCbor});
  expect_route({"POST", "/service/GraniteServiceVersion20100801/operation/ListMetrics", headers, "", "", "cloudwatch",
                "ListMetrics", Protocol::kCbor});
  expect_target("GraniteServiceVersion20100801.ListMetrics", "monitoring", "cloudwatch", "ListMetrics",
                Protocol::kJson10);
}

TEST(Router, KnowsS3WithPaths) {
  constexpr std::string_view kHost = "localhost:4566";
  Labels photos{{"Bucket", "photos"}};
  expect_s3(kHost, "GET", "/", "ListBuckets", {});
  expect_s3(kHost, "PUT", "/photos", "CreateBucket", photos);
  expect_s3(kHost, "GET", "/photos/?list-type=2&prefix=a", "ListObjectsV2", photos);
  expect_s3(kHost, "GET", "/photos?location", "GetBucketLocation", photos);
  expect_s3(kHost, "PUT", "/photos/a/b%20c/?x-id=PutObject", "PutObject", {{"Bucket", "photos"}, {"Key", "a/b c/"}});
  expect_s3(kHost, "GET", "/photos//double", "GetObject", {{"Bucket", "photos"}, {"Key", "/double"}});
  expect_s3(kHost, "GET", "/photos/a.jpg", "GetObject", {{"Bucket", "photos"}, {"Key", "a.jpg"}}, "");
}

TEST(Router, KnowsS3WithHosts) {
  Labels object{{"Bucket", "photos"}, {"Key", "a.jpg"}};
  expect_s3("photos.s3.us-east-1.amazonaws.com", "GET", "/a.jpg", "GetObject", object);
  expect_s3("my.photos.s3.localhost.localstack.cloud:4566", "GET", "/a.jpg", "GetObject",
            {{"Bucket", "my.photos"}, {"Key", "a.jpg"}});
  expect_s3("photos.s3.cloud.example", "GET", "/?list-type=2", "ListObjectsV2", {{"Bucket", "photos"}});
  expect_s3("photos.localhost:4566", "GET", "/a.jpg", "GetObject", object);
  expect_s3("s3.us-east-1.amazonaws.com", "GET", "/photos/a.jpg", "GetObject", object, "");
}

TEST(Router, TellsS3OperationsOfOnePathApart) {
  auto of = [](std::string_view method, std::string_view uri, std::vector<Header> headers = {}) {
    Found found = route_of({method, uri, std::move(headers), "", "s3", "", "", Protocol::kRestXml});
    return found.route.operation ? std::string(found.route.operation->name) : found.error;
  };
  Header source{"x-amz-copy-source", "photos/b"};
  EXPECT_EQ(of("PUT", "/photos/a"), "PutObject");
  EXPECT_EQ(of("PUT", "/photos/a", {source}), "CopyObject");
  EXPECT_EQ(of("PUT", "/photos/a?partNumber=1&uploadId=u"), "UploadPart");
  EXPECT_EQ(of("PUT", "/photos/a?partNumber=1&uploadId=u", {source}), "UploadPartCopy");
  EXPECT_EQ(of("PUT", "/photos/a?tagging"), "PutObjectTagging");
  EXPECT_EQ(of("POST", "/photos/a?uploads"), "CreateMultipartUpload");
  EXPECT_EQ(of("POST", "/photos/a?uploadId=u"), "CompleteMultipartUpload");
  EXPECT_EQ(of("POST", "/photos?delete"), "DeleteObjects");
  EXPECT_EQ(of("GET", "/photos/a?uploadId=u"), "ListParts");
  EXPECT_EQ(of("GET", "/photos/a?versionId=v"), "GetObject");
  EXPECT_EQ(of("GET", "/photos/a?attributes", {{"x-amz-object-attributes", "ETag"}}), "GetObjectAttributes");
  EXPECT_EQ(of("GET", "/photos?analytics"), "ListBucketAnalyticsConfigurations");
  EXPECT_EQ(of("GET", "/photos?analytics&id=1"), "GetBucketAnalyticsConfiguration");
  EXPECT_EQ(of("PUT", "/photos?analytics"), "PutBucketAnalyticsConfiguration");
  EXPECT_EQ(of("DELETE", "/photos/a?uploadId=u"), "AbortMultipartUpload");
  EXPECT_EQ(of("HEAD", "/photos/a"), "HeadObject");
  EXPECT_EQ(of("HEAD", "/photos"), "HeadBucket");
  EXPECT_EQ(of("PATCH", "/photos"), "MethodNotAllowed");
}

TEST(Router, KnowsRestServices) {
  Labels function{{"FunctionName", "resize"}};
  expect_path("POST", "/2015-03-31/functions/resize/invocations", "lambda", "lambda", "Invoke", function);
  expect_path("GET", "/2015-03-31/functions", "lambda", "lambda", "ListFunctions");
  expect_path("GET", "/2015-03-31/functions/", "lambda", "lambda", "ListFunctions");
  expect_path("GET", "/2015-03-31/functions/a%3Ab%2Fc", "lambda", "lambda", "GetFunction", {{"FunctionName", "a:b/c"}});
  expect_path("POST", "/v2/email/outbound-emails", "ses", "sesv2", "SendEmail");
  expect_path("POST", "/restapis?mode=import", "apigateway", "apigateway", "ImportRestApi");
  expect_path("POST", "/restapis", "apigateway", "apigateway", "CreateRestApi");
  expect_path("POST", "/v2/apis", "apigateway", "apigatewayv2", "CreateApi");
  expect_path("POST", "/2013-04-01/hostedzone/Z1/rrset/", "route53", "route53", "ChangeResourceRecordSets",
              {{"Id", "Z1"}});
  // The host names the service of an unsigned request.
  expect_path("GET", "/2015-03-31/functions/", "", "lambda", "ListFunctions", {},
              {{"Host", "lambda.us-east-1.amazonaws.com"}});
}

TEST(Router, ReachesTheAccountLevelOfS3) {
  expect_path("GET", "/v20180820/accesspoint", "s3", "s3control", "ListAccessPoints", {},
              {{"x-amz-account-id", "000000000000"}});
  expect_path("GET", "/v20180820/accesspoint", "s3", "s3control", "ListAccessPoints", {},
              {{"Host", "000000000000.s3-control.us-east-1.amazonaws.com"}});
}

TEST(Router, AnswersWhatItDoesNotKnowAsTheServiceWould) {
  Found found =
      route_of({"POST", "/", {{"X-Amz-Target", "AmazonSQS.Nonsense"}}, "{}", "sqs", "", "", Protocol::kJson10});
  EXPECT_EQ(found.error, "UnknownOperationException");
  ASSERT_NE(found.route.service, nullptr);
  EXPECT_EQ(found.route.service->id, "sqs");
  found = route_of(
      {"POST", "/", {{"Content-Type", kForm}}, "Action=Nonsense&Version=2012-11-05", "sqs", "", "", Protocol::kQuery});
  EXPECT_EQ(found.error, "InvalidAction");
  EXPECT_EQ(found.route.protocol, Protocol::kQuery);
  found = route_of(
      {"POST", "/", {{"Content-Type", kForm}}, "Action=Nonsense&Version=2016-11-15", "ec2", "", "", Protocol::kEc2});
  EXPECT_EQ(found.error, "InvalidAction");
  EXPECT_EQ(found.route.protocol, Protocol::kEc2);
  found = route_of({"POST", "/", {{"Content-Type", kForm}}, "Version=2011-06-15", "sts", "", "", Protocol::kQuery});
  EXPECT_EQ(found.error, "MissingAction");
  found = route_of({"GET", "/no/such/thing", {}, "", "lambda", "", "", Protocol::kRestJson});
  EXPECT_EQ(found.error, "UnknownOperationException");
  EXPECT_EQ(found.route.protocol, Protocol::kRestJson);
  found = route_of({"GET", "/", {}, "", "nonsense", "", "", Protocol::kRestJson});
  EXPECT_EQ(found.error, "UnknownService");
  found = route_of({"POST", "/", {{"X-Amz-Target", "Nonsense.Nonsense"}}, "{}", "", "", "", Protocol::kJson10});
  EXPECT_EQ(found.error, "UnknownOperationException");
}

// Every operation of every rest service is found by a request that has what it requires and nothing else.
TEST(Router, FindsEveryRestOperation) {
  for (std::string_view id : model::service_ids()) {
    const model::Service& service = *model::find_service(id);
    if (!service.speaks(Protocol::kRestJson) && !service.speaks(Protocol::kRestXml)) continue;
    UriIndex index(service);
    for (const model::Operation& operation : service.operations) {
      if (operation.is_internal()) continue;
      if (operation.deprecated) continue;
      std::string uri(operation.uri.substr(0, operation.uri.find('?')));
      std::string query(operation.uri.substr(std::min(operation.uri.size(), operation.uri.find('?'))));
      if (!query.empty()) query.erase(0, 1);
      for (std::size_t open; (open = uri.find('{')) != std::string::npos;)
        uri.replace(open, uri.find('}') - open + 1, uri[uri.find('}') - 1] == '+' ? "greedy/label" : "label");
      std::vector<Header> headers;
      for (const model::Member& member : operation.input->members) {
        if (!member.required) continue;
        if (member.location == model::Location::kQuery) query += fmt::format("&{}=1", member.wire_name());
        if (member.location == model::Location::kHeader) headers.push_back({member.wire_name(), "1"});
      }
      Request request{.method = operation.method, .path = uri, .query = query, .headers = headers};
      auto match = index.find(request, uri);
      ASSERT_TRUE(match) << id << " " << operation.name;
      if (match->operation == &operation) continue;
      // Operations that are the same to the last required parameter cannot be told apart by anybody.
      EXPECT_TRUE(match->operation->uri == operation.uri && match->operation->method == operation.method)
          << id << " " << operation.name << " became " << match->operation->name;
    }
  }
}

TEST(Host, NamesServiceAndBucket) {
  auto parts = [](std::string_view host) {
    HostParts found = parse_host(host, "cloud.example");
    return found.service + "|" + found.bucket;
  };
  EXPECT_EQ(parts("sqs.us-east-1.amazonaws.com"), "sqs|");
  EXPECT_EQ(parts("us-east-1.queue.amazonaws.com"), "sqs|");
  EXPECT_EQ(parts("SQS.eu-west-1.Cloud.Example:4566"), "sqs|");
  EXPECT_EQ(parts("photos.s3.amazonaws.com"), "s3|photos");
  EXPECT_EQ(parts("photos.s3-us-west-2.amazonaws.com"), "s3|photos");
  EXPECT_EQ(parts("photos.s3.dualstack.us-west-2.amazonaws.com"), "s3|photos");
  EXPECT_EQ(parts("my.photos.s3.us-gov-west-1.amazonaws.com"), "s3|my.photos");
  EXPECT_EQ(parts("readers-111122223333.s3-accesspoint.eu-west-1.amazonaws.com"),
            "s3|arn:aws:s3:eu-west-1:111122223333:accesspoint/readers");
  EXPECT_EQ(parts("a-b-111122223333.s3-accesspoint-fips.dualstack.eu-west-1.amazonaws.com"),
            "s3|arn:aws:s3:eu-west-1:111122223333:accesspoint/a-b");
  EXPECT_EQ(parts("small-111122223333.s3-object-lambda.us-east-1.localhost:4566"),
            "s3|arn:aws:s3-object-lambda:us-east-1:111122223333:accesspoint/small");
  EXPECT_EQ(parts("io-cell1.s3-object-lambda.us-east-1.amazonaws.com"), "s3|");
  EXPECT_EQ(parts("mabc.mrap.accesspoint.s3-global.amazonaws.com"), "s3|mabc.mrap");
  EXPECT_EQ(parts("logs--use1-az4--x-s3.s3express-use1-az4.us-east-1.amazonaws.com"), "s3|logs--use1-az4--x-s3");
  EXPECT_EQ(parts("streams.dynamodb.us-east-1.amazonaws.com"), "streams.dynamodb|");
  EXPECT_EQ(parts("localhost:4566"), "|");
  EXPECT_EQ(parts("example.org"), "|");
  EXPECT_EQ(parts("[::1]:4566"), "|");
}

TEST(Form, ReadsTreesOfDottedNames) {
  Form form(parse_parameters("a.10=ten&a.2=two&a-b=other&a=self&a.2.x=deep&b.member.1.k=v%20+w&=x&y"));
  FormNode a = form.root().child("a");
  ASSERT_TRUE(a.exists());
  EXPECT_EQ(a.text(), "self");
  auto elements = a.elements();
  ASSERT_EQ(elements.size(), 2u);
  EXPECT_EQ(elements[0].text(), "two");
  EXPECT_EQ(elements[0].child("x").text(), "deep");
  EXPECT_EQ(elements[1].text(), "ten");
  EXPECT_EQ(form.root().child("b").child("member").elements()[0].child("k").text(), "v  w");
  EXPECT_FALSE(form.root().child("c").exists());
  EXPECT_EQ(form.root().child("y").text(), "");
  EXPECT_EQ(form.root().child("a-b").text(), "other");
}

}  // namespace
}  // namespace wire
