#include <gtest/gtest.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <thread>

#include "base/json.h"
#include "model/shape.h"

namespace model {
namespace {

// What the compiler counted in the models, by service.
Value read_summary() {
  std::ifstream file(VIRGA_MODELS_SUMMARY);
  std::string text((std::istreambuf_iterator<char>(file)), std::istreambuf_iterator<char>());
  auto summary = base::parse_json(text);
  return summary ? *summary : Value();
}

template <class Items>
bool ordered_by_name(const Items& items) {
  return std::is_sorted(items.begin(), items.end(), [](const auto& a, const auto& b) { return a.name < b.name; });
}

std::int64_t count_members(const Shape& shape) {
  bool structure = shape.kind == Kind::kStructure || shape.kind == Kind::kUnion;
  return structure ? static_cast<std::int64_t>(shape.members.size()) : 0;
}

TEST(Load, EveryServiceIsWhole) {
  const Value summary = read_summary();
  ASSERT_EQ(summary.map().size(), service_ids().size());
  EXPECT_TRUE(std::is_sorted(service_ids().begin(), service_ids().end()));
  for (const ServiceHeader& header : service_headers()) {
    SCOPED_TRACE(header.id);
    const Service* service = find_service(header.id);
    ASSERT_NE(service, nullptr);
    const Value& counts = summary.at(header.id);
    std::int64_t members = 0, errors = 0, paginators = 0;
    for (const Shape& shape : service->shapes) {
      members += count_members(shape);
      errors += shape.error ? 1 : 0;
    }
    for (const Operation& operation : service->operations) paginators += operation.paginator ? 1 : 0;
    EXPECT_EQ(counts.at("operations").num(), static_cast<std::int64_t>(service->operations.size()));
    EXPECT_EQ(counts.at("operations").num(), header.operation_count);
    EXPECT_EQ(counts.at("shapes").num(), static_cast<std::int64_t>(service->shapes.size()));
    EXPECT_EQ(counts.at("members").num(), members);
    EXPECT_EQ(counts.at("errors").num(), errors);
    EXPECT_EQ(counts.at("paginators").num(), paginators);
    EXPECT_TRUE(ordered_by_name(service->operations));
    EXPECT_TRUE(ordered_by_name(service->shapes));
    EXPECT_FALSE(service->protocols.empty());
    EXPECT_FALSE(service->signing_name.empty());
    EXPECT_FALSE(service->api_version.empty());
  }
}

void expect_whole(const Service& service, const Shape& shape) {
  EXPECT_FALSE(shape.name.empty());
  EXPECT_EQ(service.find_shape(shape.name), &shape);
  for (const Member& member : shape.members) {
    EXPECT_FALSE(member.name.empty());
    ASSERT_NE(member.shape, nullptr);
    EXPECT_EQ(service.find_shape(member.shape->name), member.shape);
  }
  if (shape.kind == Kind::kList) {
    EXPECT_EQ(shape.members.size(), 1u);
  }
  if (shape.kind == Kind::kMap) {
    EXPECT_EQ(shape.members.size(), 2u);
  }
  if (!shape.payload.empty()) {
    EXPECT_NE(shape.find(shape.payload), nullptr);
  }
  if (shape.error) {
    EXPECT_FALSE(shape.error->code.empty());
  }
  if (shape.min && shape.max) {
    EXPECT_LE(*shape.min, *shape.max);
  }
}

TEST(Load, EveryReferenceResolves) {
  for (std::string_view id : service_ids()) {
    SCOPED_TRACE(id);
    const Service& service = *find_service(id);
    for (const Shape& shape : service.shapes) expect_whole(service, shape);
    for (const Operation& operation : service.operations) {
      SCOPED_TRACE(operation.name);
      EXPECT_EQ(service.find_operation(operation.name), &operation);
      EXPECT_EQ(operation.input->kind, Kind::kStructure);
      EXPECT_EQ(operation.output->kind, Kind::kStructure);
      EXPECT_TRUE(operation.method.empty() || operation.uri.starts_with("/"));
      for (const Shape* error : operation.errors) EXPECT_EQ(service.find_error(error->name), error);
    }
  }
}

TEST(Load, AbsentNamesAnswerNull) {
  EXPECT_EQ(find_service("no-such-service"), nullptr);
  const Service& sqs = *find_service("sqs");
  EXPECT_EQ(sqs.find_operation("Sendmessage"), nullptr);
  EXPECT_EQ(sqs.find_shape(""), nullptr);
  EXPECT_EQ(sqs.find_error("SendMessageRequest"), nullptr);
  EXPECT_EQ(sqs.find_operation("SendMessage")->input->find("Body"), nullptr);
  EXPECT_EQ(find_common_error("QueueDoesNotExist"), nullptr);
}

TEST(Load, CommonErrorsHaveStatusAndFault) {
  const CommonError* internal = find_common_error("InternalFailure");
  ASSERT_NE(internal, nullptr);
  EXPECT_EQ(internal->http_status, 500);
  EXPECT_FALSE(internal->sender_fault);
  EXPECT_EQ(find_common_error("AccessDenied")->http_status, 403);
  EXPECT_EQ(find_common_error("NotImplemented")->http_status, 501);
}

TEST(Load, TraitsOfKnownShapes) {
  const Service& s3 = *find_service("s3");
  EXPECT_EQ(s3.protocols, std::vector<Protocol>{Protocol::kRestXml});
  const Operation& put = *s3.find_operation("PutObject");
  EXPECT_EQ(put.method, "PUT");
  EXPECT_EQ(put.uri, "/{Bucket}/{Key+}");
  EXPECT_EQ(put.checksum_member, "ChecksumAlgorithm");
  EXPECT_EQ(put.input->payload, "Body");
  EXPECT_TRUE(put.input->find("Body")->streaming);
  EXPECT_EQ(put.input->find("Bucket")->location, Location::kUri);
  EXPECT_EQ(put.input->find("Metadata")->location, Location::kHeaders);
  EXPECT_EQ(put.input->find("Metadata")->wire_name(), "x-amz-meta-");
  EXPECT_TRUE(s3.find_shape("SelectObjectContentEventStream")->event_stream);
  EXPECT_TRUE(s3.find_shape("ListObjectsV2Output")->find("Contents")->flattened);

  const Service& ec2 = *find_service("ec2");
  EXPECT_EQ(ec2.protocols, std::vector<Protocol>{Protocol::kEc2});
  EXPECT_EQ(ec2.find_operation("DescribeInstances")->paginator->limit_key, "MaxResults");
  EXPECT_EQ(find_service("cloudwatch")->protocols,
            (std::vector<Protocol>{Protocol::kCbor, Protocol::kJson10, Protocol::kQuery}));
  EXPECT_TRUE(find_service("iam")->global);
  EXPECT_FALSE(find_service("sqs")->global);
  EXPECT_EQ(find_service("ses")->signing_name, "ses");
  EXPECT_EQ(find_service("secretsmanager")->service_id, "Secrets Manager");
  EXPECT_TRUE(find_service("sts")->find_operation("AssumeRoleWithWebIdentity")->no_auth);
  EXPECT_EQ(find_service("dynamodb")->find_shape("AttributeName")->max, 65535.0);
}

// What src/services/sqs/overlay.json adds for clients from before SQS spoke JSON.
TEST(Load, OverlaysAreApplied) {
  const Service& sqs = *find_service("sqs");
  EXPECT_EQ(sqs.protocols, (std::vector<Protocol>{Protocol::kJson10, Protocol::kQuery}));
  EXPECT_TRUE(sqs.query_compatible);
  EXPECT_EQ(sqs.error_namespace, "com.amazonaws.sqs");
  EXPECT_EQ(sqs.xml_namespace, "http://queue.amazonaws.com/doc/2012-11-05/");
  EXPECT_EQ(sqs.find_operation("SendMessage")->result_wrapper, "SendMessageResult");
  EXPECT_EQ(sqs.find_operation("DeleteMessage")->result_wrapper, "");

  const Member& attributes = *sqs.find_operation("SendMessage")->input->find("MessageAttributes");
  EXPECT_EQ(attributes.query_name, "MessageAttribute");
  EXPECT_EQ(attributes.wire_name(), "MessageAttributes");
  EXPECT_TRUE(attributes.flattened);
  EXPECT_EQ(attributes.shape->key().query_name, "Name");
  EXPECT_EQ(attributes.shape->value().query_name, "Value");
  EXPECT_EQ(sqs.find_shape("MessageList")->element().query_name, "Message");

  const Shape* missing = sqs.find_error("QueueDoesNotExist");
  ASSERT_NE(missing, nullptr);
  EXPECT_EQ(missing->error->code, "AWS.SimpleQueueService.NonExistentQueue");
  EXPECT_EQ(missing->error->http_status, 400);
  EXPECT_TRUE(missing->error->sender_fault);
  EXPECT_EQ(sqs.find_error("AWS.SimpleQueueService.NonExistentQueue"), missing);
  EXPECT_EQ(sqs.find_error("InvalidParameterValue")->error->http_status, 400);
}

TEST(Load, ManyThreadsMayAskFirst) {
  std::vector<std::thread> threads;
  std::vector<const Service*> found(8);
  for (const Service*& each : found) threads.emplace_back([&each] { each = find_service("iam"); });
  for (std::thread& thread : threads) thread.join();
  for (const Service* each : found) EXPECT_EQ(each, find_service("iam"));
}

}  // namespace
}  // namespace model
