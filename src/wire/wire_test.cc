#include "wire/wire.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "base/bytes.h"
#include "base/json.h"
#include "base/xml.h"

namespace wire {
namespace {

using model::Protocol;

constexpr std::string_view kRequestId = "01234567-89ab-cdef-0123-456789abcdef";

Route route_to(std::string_view service, std::string_view operation, Protocol protocol) {
  const model::Service* found = model::find_service(service);
  return {.service = found, .operation = found->find_operation(operation), .protocol = protocol};
}

std::string header_of(const Answer& answer, std::string_view name) {
  for (const auto& [each, value] : answer.headers)
    if (each == name) return value;
  return {};
}

// The input as JSON, or the error as "Code: message".
std::string parsed(const Route& route, const Request& request) {
  auto input = parse_input(route, request);
  return input ? base::to_json(*input) : input.error().code + ": " + input.error().message;
}

std::string parsed_body(const Route& route, std::string_view body) {
  return parsed(route, {.method = "POST", .path = "/", .body = body});
}

Value json(std::string_view text) { return *base::parse_json(text); }

base::Error error_of(std::string code, std::string message, std::string_view details = {}) {
  base::Error error{std::move(code), std::move(message)};
  if (!details.empty()) error.details = std::make_shared<const Value>(json(details));
  return error;
}

TEST(Json, ReadsSqs) {
  Route route = route_to("sqs", "SendMessage", Protocol::kJson10);
  EXPECT_EQ(
      parsed_body(route, R"({"QueueUrl":"u","MessageBody":"hi","DelaySeconds":5,"Unknown":[1],"MessageGroupId":null,
                                   "MessageAttributes":{"a":{"DataType":"Binary","BinaryValue":"aGk="}}})"),
      R"({"QueueUrl":"u","MessageBody":"hi","DelaySeconds":5,)"
      R"("MessageAttributes":{"a":{"DataType":"Binary","BinaryValue":"hi"}}})");
  EXPECT_EQ(parsed_body(route, ""), "{}");
  EXPECT_EQ(parsed_body(route, R"({"DelaySeconds":"5"})"),
            "SerializationException: STRING_VALUE can not be converted to an Integer");
  EXPECT_EQ(parsed_body(route, R"({"MessageBody":5})"),
            "SerializationException: NUMBER_VALUE can not be converted to a String");
  EXPECT_EQ(parsed_body(route, R"({"MessageBody":{}})"),
            "SerializationException: Start of structure or map found where not expected.");
  EXPECT_EQ(parsed_body(route, R"({"MessageAttributes":[]})"),
            "SerializationException: Start of list found where not expected");
  EXPECT_EQ(parsed_body(route, R"({"MessageAttributes":{"a":{"BinaryValue":"aGk"}}})"),
            "SerializationException: Base64 encoded length is expected a multiple of 4 bytes but found: 3");
  EXPECT_EQ(parsed_body(route, R"([])").substr(0, 22), "SerializationException");
  EXPECT_EQ(parsed_body(route, R"({"a":)").substr(0, 22), "SerializationException");
}

TEST(Json, WordsMistakesAsDynamoDbDoes) {
  Route route = route_to("dynamodb", "PutItem", Protocol::kJson10);
  EXPECT_EQ(parsed_body(route, R"({"TableName":5})"),
            "SerializationException: NUMBER_VALUE cannot be converted to String");
  EXPECT_EQ(parsed_body(route, R"({"TableName":true})"),
            "SerializationException: TRUE_VALUE cannot be converted to String");
  EXPECT_EQ(parsed_body(route, R"({"TableName":[]})"),
            "SerializationException: Unrecognized collection type class java.lang.String");
  EXPECT_EQ(parsed_body(route, R"({"TableName":{}})"),
            "SerializationException: Start of structure or map found where not expected");
  EXPECT_EQ(parsed_body(route, R"({"Item":1})"), "SerializationException: Unexpected field type");
  EXPECT_EQ(parsed_body(route, R"({"Item":[]})"),
            "SerializationException: Unrecognized collection type java.util.Map<java.lang.String, "
            "com.amazonaws.dynamodb.v20120810.AttributeValue>");
  EXPECT_EQ(parsed_body(route, R"({"Item":{"a":1}})"), "SerializationException: Unexpected value type in payload");
  EXPECT_EQ(parsed_body(route, R"({"Item":{"a":[]}})"),
            "SerializationException: Unrecognized collection type class "
            "com.amazonaws.dynamodb.v20120810.AttributeValue");
  EXPECT_EQ(parsed_body(route, R"({"Item":{"a":{"B":[]}}})"),
            "SerializationException: Unrecognized collection type class java.nio.ByteBuffer");
  EXPECT_EQ(parsed_body(route, R"({"Item":{"a":{"B":"+/+="}}})"),
            "SerializationException: Invalid last non-pad Base64 character dectected");
  EXPECT_EQ(parsed_body(route, R"({"Item":{"a":{"BOOL":"No"},"b":{"NULL":"1"}}})"),
            R"({"Item":{"a":{"BOOL":false},"b":{"NULL":true}}})");
  EXPECT_EQ(parsed_body(route, ""), "SerializationException: ");
  EXPECT_EQ(parsed_body(route, R"({"Item":{"a":{"BOOL":"23"}}})"),
            "SerializationException: Unexpected token received from parser");
  EXPECT_EQ(parsed_body(route, R"({"Item":{"a":{"B":"aGk="},"n":{"N":"1.5"},"l":{"L":[{"BOOL":true}]}}})"),
            R"({"Item":{"a":{"B":"hi"},"n":{"N":"1.5"},"l":{"L":[{"BOOL":true}]}}})");
}

TEST(Json, ReadsTimestampsInEveryForm) {
  Route route = route_to("kinesis", "GetShardIterator", Protocol::kJson11);
  for (std::string_view text :
       {R"({"Timestamp":1.5E0})", R"({"Timestamp":1.5})", R"({"Timestamp":"1970-01-01T00:00:01.500Z"})"})
    EXPECT_EQ(parsed_body(route, text), R"({"Timestamp":1500})") << text;
  EXPECT_EQ(parsed_body(route, R"({"Timestamp":"soon"})"),
            "SerializationException: STRING_VALUE can not be converted to a Timestamp");
}

TEST(Json, WritesSqsAndDynamoDb) {
  Answer answer = write_output(route_to("sqs", "SendMessage", Protocol::kJson10),
                               json(R"({"MessageId":"m","MD5OfMessageBody":null})"), kRequestId);
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"MessageId":"m"})");
  EXPECT_EQ(header_of(answer, "Content-Type"), "application/x-amz-json-1.0");
  EXPECT_EQ(header_of(answer, "x-amzn-RequestId"), kRequestId);
  // No output shape, no body.
  EXPECT_EQ(write_output(route_to("sqs", "DeleteQueue", Protocol::kJson10), Value(), kRequestId).body, "");
  answer = write_output(route_to("dynamodb", "DescribeTable", Protocol::kJson10),
                        json(R"({"Table":{"TableName":"t","CreationDateTime":1500,"ItemCount":3}})"), kRequestId);
  EXPECT_EQ(answer.body, R"({"Table":{"TableName":"t","CreationDateTime":1.5,"ItemCount":3}})");
}

TEST(Json, WritesErrors) {
  Route sqs = route_to("sqs", "SendMessage", Protocol::kJson10);
  Answer answer = write_error(sqs, error_of("QueueDoesNotExist", "The specified queue does not exist."), kRequestId);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body,
            R"({"__type":"com.amazonaws.sqs#QueueDoesNotExist","message":"The specified queue does not exist."})");
  EXPECT_EQ(header_of(answer, "x-amzn-query-error"), "AWS.SimpleQueueService.NonExistentQueue;Sender");
  Route dynamodb = route_to("dynamodb", "PutItem", Protocol::kJson10);
  answer = write_error(
      dynamodb,
      error_of("ConditionalCheckFailedException", "The conditional request failed", R"({"Item":{"a":{"S":"x"}}})"),
      kRequestId);
  EXPECT_EQ(answer.body,
            R"({"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","Item":{"a":{"S":"x"}},)"
            R"("message":"The conditional request failed"})");
  EXPECT_EQ(write_error(dynamodb, error_of("ValidationException", "No."), kRequestId).body,
            R"({"__type":"com.amazon.coral.validate#ValidationException","message":"No."})");
  Route keys = route_to("kms", "DescribeKey", Protocol::kJson11);
  EXPECT_EQ(write_error(keys, error_of("NotFoundException", "No."), kRequestId).body,
            R"({"__type":"NotFoundException","message":"No."})");
  EXPECT_EQ(status_of(keys, error_of("NotImplemented", "")), 501);
  EXPECT_EQ(status_of(keys, error_of("InternalFailure", "")), 500);
  EXPECT_EQ(status_of(keys, error_of("AccessDeniedException", "")), 400);
  EXPECT_EQ(status_of(keys, error_of("NeverHeardOf", "")), 400);
}

TEST(Query, ReadsSqsOfOldClients) {
  Route route = route_to("sqs", "SendMessage", Protocol::kQuery);
  Request request{
      .method = "POST",
      .path = "/000000000000/jobs",
      .body =
          "Action=SendMessage&Version=2012-11-05&MessageBody=a%20b+c&DelaySeconds=5"
          "&MessageAttribute.2.Name=n&MessageAttribute.2.Value.DataType=Number&MessageAttribute.2.Value.StringValue=7"
          "&MessageAttribute.1.Name=b&MessageAttribute.1.Value.DataType=Binary&MessageAttribute.1.Value.BinaryValue="
          "aGk%3D"};
  std::vector<Header> headers{{"Host", "localhost:4566"}};
  request.headers = headers;
  EXPECT_EQ(
      parsed(route, request),
      R"({"MessageBody":"a b c","DelaySeconds":5,"MessageAttributes":{"b":{"BinaryValue":"hi","DataType":"Binary"},)"
      R"("n":{"StringValue":"7","DataType":"Number"}},"QueueUrl":"http://localhost:4566/000000000000/jobs"})");
  EXPECT_EQ(parsed_body(route, "DelaySeconds=soon").substr(0, 14), "MalformedInput");
  route = route_to("sqs", "SendMessageBatch", Protocol::kQuery);
  EXPECT_EQ(parsed_body(route,
                        "QueueUrl=u&SendMessageBatchRequestEntry.1.Id=a&SendMessageBatchRequestEntry.1.MessageBody=x"
                        "&SendMessageBatchRequestEntry.3.Id=b&SendMessageBatchRequestEntry.3.MessageBody=y"),
            R"({"QueueUrl":"u","Entries":[{"Id":"a","MessageBody":"x"},{"Id":"b","MessageBody":"y"}]})");
  route = route_to("sqs", "CreateQueue", Protocol::kQuery);
  EXPECT_EQ(
      parsed_body(route, "QueueName=q&Attribute.1.Name=DelaySeconds&Attribute.1.Value=1&Tag.1.Key=k&Tag.1.Value=v"),
      R"({"QueueName":"q","Attributes":{"DelaySeconds":"1"},"tags":{"k":"v"}})");
  route = route_to("sqs", "ReceiveMessage", Protocol::kQuery);
  EXPECT_EQ(parsed_body(route, "QueueUrl=u&AttributeName.1=All"), R"({"QueueUrl":"u","AttributeNames":["All"]})");
}

TEST(Query, ReadsSts) {
  Route route = route_to("sts", "AssumeRole", Protocol::kQuery);
  EXPECT_EQ(parsed_body(route,
                        "RoleArn=r&RoleSessionName=s&Tags.member.1.Key=k&Tags.member.1.Value=&DurationSeconds="
                        "&PolicyArns=&TransitiveTagKeys.member.1=k"),
            R"({"RoleArn":"r","RoleSessionName":"s","PolicyArns":[],"Tags":[{"Key":"k","Value":""}],)"
            R"("TransitiveTagKeys":["k"]})");
}

TEST(Query, WritesSqsAndSts) {
  Answer answer =
      write_output(route_to("sqs", "ReceiveMessage", Protocol::kQuery),
                   json(R"({"Messages":[{"MessageId":"m","Body":"<a>","Attributes":{"SenderId":"s"}}]})"), kRequestId);
  EXPECT_EQ(
      answer.body,
      "<ReceiveMessageResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><ReceiveMessageResult><Message>"
      "<MessageId>m</MessageId><Body>&lt;a&gt;</Body><Attribute><Name>SenderId</Name><Value>s</Value></Attribute>"
      "</Message></ReceiveMessageResult><ResponseMetadata><RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId>"
      "</ResponseMetadata></ReceiveMessageResponse>");
  EXPECT_EQ(header_of(answer, "Content-Type"), "text/xml");
  answer = write_output(route_to("sqs", "DeleteMessage", Protocol::kQuery), Value(), kRequestId);
  EXPECT_EQ(answer.body,
            "<DeleteMessageResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><ResponseMetadata><RequestId>"
            "01234567-89ab-cdef-0123-456789abcdef</RequestId></ResponseMetadata></DeleteMessageResponse>");
  answer = write_output(route_to("sts", "AssumeRole", Protocol::kQuery),
                        json(R"({"Credentials":{"AccessKeyId":"A","Expiration":1700000000000}})"), kRequestId);
  EXPECT_NE(
      answer.body.find(
          "<AssumeRoleResult><Credentials><AccessKeyId>A</AccessKeyId><Expiration>2023-11-14T22:13:20Z</Expiration>"),
      std::string::npos);
}

TEST(Query, WritesErrors) {
  Answer answer =
      write_error(route_to("sqs", "SendMessage", Protocol::kQuery), error_of("QueueDoesNotExist", "None."), kRequestId);
  EXPECT_EQ(answer.status, 400);
  EXPECT_EQ(answer.body,
            "<ErrorResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><Error><Type>Sender</Type>"
            "<Code>AWS.SimpleQueueService.NonExistentQueue</Code><Message>None.</Message></Error>"
            "<RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId></ErrorResponse>");
  answer =
      write_error(route_to("iam", "GetUser", Protocol::kQuery), error_of("NoSuchEntityException", "None."), kRequestId);
  EXPECT_EQ(answer.status, 404);
  EXPECT_NE(answer.body.find("<Code>NoSuchEntity</Code>"), std::string::npos);
  EXPECT_EQ(status_of(route_to("iam", "GetUser", Protocol::kQuery), error_of("AccessDenied", "")), 403);
  EXPECT_EQ(status_of(route_to("iam", "GetUser", Protocol::kQuery), error_of("InvalidClientTokenId", "")), 403);
}

TEST(Ec2, ReadsAndWritesInstances) {
  Route route = route_to("ec2", "RunInstances", Protocol::kEc2);
  EXPECT_EQ(
      parsed_body(
          route,
          "ImageId=ami-1&MinCount=1&MaxCount=2&SecurityGroupId.1=sg-1&SecurityGroupId.2=sg-2"
          "&TagSpecification.1.ResourceType=instance&TagSpecification.1.Tag.1.Key=k&TagSpecification.1.Tag.1.Value=v"
          "&BlockDeviceMapping.1.Ebs.VolumeSize=8&DryRun=true"),
      R"({"BlockDeviceMappings":[{"Ebs":{"VolumeSize":8}}],"ImageId":"ami-1","MaxCount":2,"MinCount":1,)"
      R"("SecurityGroupIds":["sg-1","sg-2"],)"
      R"("TagSpecifications":[{"ResourceType":"instance","Tags":[{"Key":"k","Value":"v"}]}],"DryRun":true})");
  EXPECT_EQ(parsed_body(route, "MinCount=one").substr(0, 21), "InvalidParameterValue");
  Answer answer = write_output(
      route_to("ec2", "DescribeInstances", Protocol::kEc2),
      json(R"({"Reservations":[{"ReservationId":"r","Instances":[{"InstanceId":"i","LaunchTime":0,"Tags":[]}]}]})"),
      kRequestId);
  EXPECT_EQ(
      answer.body,
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<DescribeInstancesResponse "
      "xmlns=\"http://ec2.amazonaws.com/doc/2016-11-15\">"
      "<requestId>01234567-89ab-cdef-0123-456789abcdef</requestId><reservationSet><item><reservationId>r</"
      "reservationId>"
      "<instancesSet><item><tagSet/><instanceId>i</instanceId><launchTime>1970-01-01T00:00:00.000Z</launchTime></item>"
      "</instancesSet></item></reservationSet></DescribeInstancesResponse>");
  answer = write_error(route, error_of("InvalidInstanceID.NotFound", "The instance ID 'i' does not exist"), kRequestId);
  EXPECT_EQ(
      answer.body,
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<Response><Errors><Error><Code>InvalidInstanceID.NotFound</Code>"
      "<Message>The instance ID 'i' does not exist</Message></Error></Errors>"
      "<RequestID>01234567-89ab-cdef-0123-456789abcdef</RequestID></Response>");
}

TEST(Cbor, SpeaksCloudWatch) {
  Route route = route_to("cloudwatch", "PutMetricData", Protocol::kCbor);
  // {"Namespace": "n", "MetricData": [{"MetricName": "m", "Value": 1.5, "Timestamp": 1(1500)}]}
  std::string body = *base::from_hex(
      "a2694e616d657370616365616e6a4d6574726963446174618"
      "1a36a4d65747269634e616d65616d6556616c7565f93e00695469"
      "6d657374616d70c11905dc");
  EXPECT_EQ(parsed_body(route, body),
            R"({"Namespace":"n","MetricData":[{"MetricName":"m","Value":1.5,"Timestamp":1500000}]})");
  EXPECT_EQ(parsed_body(route, "\xff").substr(0, 22), "SerializationException");
  EXPECT_EQ(parsed_body(route, *base::from_hex("a1694e616d65737061636501")).substr(0, 22), "SerializationException");
  Answer answer =
      write_output(route_to("cloudwatch", "ListMetrics", Protocol::kCbor), json(R"({"NextToken":"t"})"), kRequestId);
  EXPECT_EQ(base::to_hex(answer.body), "bf694e657874546f6b656e6174ff");
  EXPECT_EQ(header_of(answer, "smithy-protocol"), "rpc-v2-cbor");
  EXPECT_EQ(header_of(answer, "Content-Type"), "application/cbor");
  answer = write_error(route, error_of("InvalidParameterValueException", "No."), kRequestId);
  EXPECT_EQ(header_of(answer, "x-amzn-query-error"), "InvalidParameterValue;Sender");
}

Request s3_request(std::string_view method, std::string_view query, std::span<const Header> headers,
                   std::string_view body = {}) {
  return {.method = method, .path = "/photos/a", .query = query, .headers = headers, .body = body};
}

TEST(S3, ReadsBindings) {
  Route route = route_to("s3", "PutObject", Protocol::kRestXml);
  route.labels = {{"Bucket", "photos"}, {"Key", "a b"}};
  std::vector<Header> headers{{"content-type", "text/plain"},
                              {"Content-Length", "2"},
                              {"x-amz-meta-Color", "blue"},
                              {"Expires", "Thu, 01 Jan 1970 00:00:01 GMT"},
                              {"Content-Encoding", "aws-chunked,gzip"},
                              {"x-amz-server-side-encryption-bucket-key-enabled", "true"}};
  std::string input = parsed(route, s3_request("PUT", "x-id=PutObject", headers, "hi"));
  Value value = json(input);
  EXPECT_EQ(value.at("Bucket").str(), "photos");
  EXPECT_EQ(value.at("Key").str(), "a b");
  EXPECT_EQ(value.at("Body").str(), "hi");
  EXPECT_EQ(value.at("ContentLength").num(), 2);
  EXPECT_EQ(value.at("ContentEncoding").str(), "gzip");
  EXPECT_EQ(base::to_json(value.at("Metadata")), R"({"color":"blue"})");
  EXPECT_TRUE(value.at("BucketKeyEnabled").flag());
  route = route_to("s3", "ListObjectsV2", Protocol::kRestXml);
  EXPECT_EQ(parsed(route, s3_request("GET", "list-type=2&max-keys=ten", {})),
            "InvalidArgument: Provided max-keys not an integer or within integer range");
  EXPECT_EQ(parsed(route, s3_request("GET", "list-type=2&max-keys=&prefix=a%2Fb+c", {})), R"({"Prefix":"a/b c"})");
}

TEST(S3, ReadsHeadersInTheQueryOfSignedLinks) {
  Route route = route_to("s3", "PutObject", Protocol::kRestXml);
  const std::string hoisted = "x-amz-meta-venue=123&x-amz-acl=private&x-amz-date=20260101T000000Z";
  EXPECT_EQ(parsed(route, s3_request("PUT", hoisted + "&X-Amz-Signature=0", {})),
            R"({"ACL":"private","Metadata":{"venue":"123"},"Body":""})");
  EXPECT_EQ(parsed(route, s3_request("PUT", hoisted + "&Signature=0", {})),
            R"({"ACL":"private","Metadata":{"venue":"123"},"Body":""})");
  EXPECT_EQ(parsed(route, s3_request("PUT", hoisted, {})), R"({"Body":""})");
}

TEST(S3, ReadsXml) {
  Route route = route_to("s3", "DeleteObjects", Protocol::kRestXml);
  EXPECT_EQ(
      parsed(route,
             s3_request("POST", "delete", {},
                        "<Delete xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Object><Key>a</Key></Object>"
                        "<Object><Key>b&amp;</Key><VersionId>v</VersionId></Object><Quiet>true</Quiet></Delete>")),
      R"({"Delete":{"Objects":[{"Key":"a"},{"Key":"b&","VersionId":"v"}],"Quiet":true}})");
  EXPECT_EQ(parsed(route, s3_request("POST", "delete", {}, "<Delete>")).substr(0, 12), "MalformedXML");
  EXPECT_EQ(parsed(route, s3_request("POST", "delete", {}, "<Delete><Quiet>maybe</Quiet></Delete>")).substr(0, 12),
            "MalformedXML");
  route = route_to("s3", "PutBucketTagging", Protocol::kRestXml);
  EXPECT_EQ(parsed(route, s3_request("PUT", "tagging", {},
                                     "<Tagging><TagSet><Tag><Key>k</Key><Value>v</Value></Tag></TagSet></Tagging>")),
            R"({"Tagging":{"TagSet":[{"Key":"k","Value":"v"}]}})");
  route = route_to("s3", "PutBucketAcl", Protocol::kRestXml);
  EXPECT_EQ(
      parsed(
          route,
          s3_request(
              "PUT", "acl", {},
              "<AccessControlPolicy xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><AccessControlList><Grant>"
              "<Grantee "
              "xsi:type=\"CanonicalUser\"><ID>i</ID></Grantee></Grant></AccessControlList></AccessControlPolicy>")),
      R"({"AccessControlPolicy":{"Grants":[{"Grantee":{"ID":"i","Type":"CanonicalUser"}}]}})");
}

TEST(S3, WritesListsAndObjects) {
  Answer answer = write_output(
      route_to("s3", "ListObjectsV2", Protocol::kRestXml),
      json(
          R"({"Name":"photos","Contents":[{"Key":"a","LastModified":0,"Size":2}],"CommonPrefixes":[{"Prefix":"b/"}]})"),
      kRequestId);
  EXPECT_EQ(
      answer.body,
      "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">"
      "<Contents><Key>a</Key><LastModified>1970-01-01T00:00:00.000Z</LastModified><Size>2</Size></"
      "Contents><Name>photos</Name>"
      "<CommonPrefixes><Prefix>b/</Prefix></CommonPrefixes></ListBucketResult>");
  EXPECT_EQ(header_of(answer, "Content-Type"), "application/xml");
  EXPECT_EQ(header_of(answer, "x-amz-request-id"), kRequestId);
  EXPECT_FALSE(header_of(answer, "x-amz-id-2").empty());
  answer = write_output(
      route_to("s3", "GetObject", Protocol::kRestXml),
      json(R"({"Body":"hi","ETag":"\"e\"","LastModified":0,"Metadata":{"color":"blue"},"ContentType":"text/plain"})"),
      kRequestId);
  EXPECT_EQ(answer.body, "hi");
  EXPECT_EQ(header_of(answer, "ETag"), "\"e\"");
  EXPECT_EQ(header_of(answer, "Last-Modified"), "Thu, 01 Jan 1970 00:00:00 GMT");
  EXPECT_EQ(header_of(answer, "x-amz-meta-color"), "blue");
  EXPECT_EQ(header_of(answer, "Content-Type"), "text/plain");
  EXPECT_EQ(
      header_of(write_output(route_to("s3", "GetObject", Protocol::kRestXml), Value(), kRequestId), "Content-Type"),
      "binary/octet-stream");
  answer = write_output(route_to("s3", "GetBucketLocation", Protocol::kRestXml),
                        json(R"({"LocationConstraint":"eu-west-1"})"), kRequestId);
  EXPECT_EQ(answer.body,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
            "<LocationConstraint xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\">eu-west-1</LocationConstraint>");
  answer = write_output(route_to("s3", "CopyObject", Protocol::kRestXml),
                        json(R"({"CopyObjectResult":{"ETag":"e"},"VersionId":"v"})"), kRequestId);
  EXPECT_NE(
      answer.body.find(
          "<CopyObjectResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><ETag>e</ETag></CopyObjectResult>"),
      std::string::npos);
  EXPECT_EQ(header_of(answer, "x-amz-version-id"), "v");
}

TEST(S3, WritesErrors) {
  Route route = route_to("s3", "GetObject", Protocol::kRestXml);
  Answer answer =
      write_error(route, error_of("NoSuchKey", "The specified key does not exist.", R"({"Key":"a"})"), kRequestId);
  EXPECT_NE(
      answer.body.find("<Error><Code>NoSuchKey</Code><Message>The specified key does not exist.</Message><Key>a</Key>"
                       "<RequestId>01234567-89ab-cdef-0123-456789abcdef</RequestId><HostId>"),
      std::string::npos);
  EXPECT_EQ(header_of(answer, "Content-Type"), "application/xml");
  EXPECT_EQ(status_of(route, error_of("AccessDenied", "Access Denied")), 403);
  answer = write_error(route_to("s3", "HeadObject", Protocol::kRestXml), error_of("NoSuchKey", "No."), kRequestId);
  EXPECT_EQ(answer.body, "");
}

TEST(RestJson, SpeaksLambda) {
  Route route = route_to("lambda", "Invoke", Protocol::kRestJson);
  route.labels = {{"FunctionName", "resize"}};
  std::vector<Header> headers{{"X-Amz-Invocation-Type", "Event"}};
  EXPECT_EQ(
      parsed(route, {.method = "POST", .path = "/", .query = "Qualifier=7", .headers = headers, .body = "{\"a\": 1}"}),
      R"({"FunctionName":"resize","InvocationType":"Event","Qualifier":"7","Payload":"{\"a\": 1}"})");
  Answer answer =
      write_output(route, json(R"({"StatusCode":202,"Payload":"null","FunctionError":"Unhandled"})"), kRequestId);
  EXPECT_EQ(answer.status, 202);
  EXPECT_EQ(answer.body, "null");
  EXPECT_EQ(header_of(answer, "X-Amz-Function-Error"), "Unhandled");
  answer =
      write_error(route, error_of("ResourceNotFoundException", "Function not found", R"({"Type":"User"})"), kRequestId);
  EXPECT_EQ(answer.status, 404);
  EXPECT_EQ(header_of(answer, "x-amzn-ErrorType"), "ResourceNotFoundException");
  EXPECT_EQ(answer.body, R"({"Type":"User","Message":"Function not found"})");
  EXPECT_EQ(status_of(route, error_of("AccessDeniedException", "")), 403);
  route = route_to("lambda", "CreateFunction", Protocol::kRestJson);
  EXPECT_EQ(parsed(route, {.method = "POST", .path = "/", .body = R"({"FunctionName":"f","MemorySize":"1"})"}),
            "SerializationException: STRING_VALUE can not be converted to an Integer");
}

TEST(RestXml, SpeaksRoute53) {
  Route route = route_to("route53", "ChangeResourceRecordSets", Protocol::kRestXml);
  route.labels = {{"Id", "Z1"}};
  EXPECT_EQ(parsed_body(
                route,
                "<ChangeResourceRecordSetsRequest "
                "xmlns=\"https://route53.amazonaws.com/doc/2013-04-01/\"><ChangeBatch><Changes>"
                "<Change><Action>UPSERT</Action><ResourceRecordSet><Name>a.</Name><Type>A</Type><TTL>60</"
                "TTL><ResourceRecords>"
                "<ResourceRecord><Value>1.2.3.4</Value></ResourceRecord></ResourceRecords></ResourceRecordSet></Change>"
                "</Changes></ChangeBatch></ChangeResourceRecordSetsRequest>"),
            R"({"HostedZoneId":"Z1","ChangeBatch":{"Changes":[{"Action":"UPSERT","ResourceRecordSet":)"
            R"({"Name":"a.","Type":"A","TTL":60,)"
            R"("ResourceRecords":[{"Value":"1.2.3.4"}]}}]}})");
  Answer answer = write_error(route, error_of("NoSuchHostedZone", "None."), kRequestId);
  EXPECT_EQ(answer.status, 404);
  EXPECT_NE(answer.body.find("<Error><Type>Sender</Type>"
                             "<Code>NoSuchHostedZone</Code><Message>None.</Message></Error><RequestId>"),
            std::string::npos);
}

TEST(Errors, AreAnsweredWithoutAService) {
  Route route{.protocol = Protocol::kJson10};
  EXPECT_EQ(write_error(route, error_of("UnknownOperationException", "No."), kRequestId).body,
            R"({"__type":"UnknownOperationException","message":"No."})");
  for (Protocol protocol : {Protocol::kQuery, Protocol::kEc2, Protocol::kRestXml, Protocol::kRestJson, Protocol::kCbor})
    EXPECT_FALSE(write_error({.protocol = protocol}, error_of("UnknownService", "No."), kRequestId).body.empty());
}

}  // namespace
}  // namespace wire
