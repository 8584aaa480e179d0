#include "runner/client_wire.h"

#include <gtest/gtest.h>

#include "base/json.h"

namespace {

using base::Value;
using model::Protocol;

Value json(std::string_view text) { return *base::parse_json(text); }

TEST(ClientForm, WritesFlattenedListsAndMapsAsOldSqsClientsDo) {
  const model::Service* sqs = model::find_service("sqs");
  const model::Operation* send = sqs->find_operation("SendMessageBatch");
  Value input = json(R"({"QueueUrl": "u", "Entries": [{"Id": "a", "MessageBody": "x y",
                         "MessageAttributes": {"k": {"DataType": "String", "StringValue": "v"}}}]})");
  std::string body = runner::form_body(*sqs, *send, Protocol::kQuery, input);
  EXPECT_EQ(body,
            "Action=SendMessageBatch&Version=2012-11-05&QueueUrl=u&SendMessageBatchRequestEntry.1.Id=a&"
            "SendMessageBatchRequestEntry.1.MessageBody=x%20y&SendMessageBatchRequestEntry.1.MessageAttribute.1.Name=k&"
            "SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.DataType=String&"
            "SendMessageBatchRequestEntry.1.MessageAttribute.1.Value.StringValue=v");
}

TEST(ClientXml, ReadsWhatQueryAnswers) {
  const model::Service* sqs = model::find_service("sqs");
  const model::Operation* receive = sqs->find_operation("ReceiveMessage");
  wire::Answer answer{
      .body =
          "<ReceiveMessageResponse xmlns=\"http://queue.amazonaws.com/doc/2012-11-05/\"><ReceiveMessageResult>"
          "<Message><MessageId>1</MessageId><Body>a &lt; b</Body>"
          "<Attribute><Name>SenderId</Name><Value>me</Value></Attribute></Message>"
          "<Message><MessageId>2</MessageId></Message>"
          "</ReceiveMessageResult></ReceiveMessageResponse>"};
  auto decoded = runner::decode_answer(*sqs, *receive, Protocol::kQuery, answer);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->output,
            json(R"({"Messages": [{"MessageId": "1", "Body": "a < b", "Attributes": {"SenderId": "me"}},
                                                   {"MessageId": "2"}]})"));
}

TEST(ClientXml, KnowsErrorsByTheirShape) {
  const model::Service* sqs = model::find_service("sqs");
  wire::Answer answer{
      .status = 400,
      .body =
          "<ErrorResponse><Error><Type>Sender</Type><Code>AWS.SimpleQueueService.NonExistentQueue</Code>"
          "<Message>no</Message></Error><RequestId>1</RequestId></ErrorResponse>"};
  auto decoded = runner::decode_answer(*sqs, *sqs->find_operation("SendMessage"), Protocol::kQuery, answer);
  ASSERT_TRUE(decoded) << decoded.error().message;
  EXPECT_EQ(decoded->error.code, "QueueDoesNotExist");
  EXPECT_EQ(decoded->error.message, "no");
}

TEST(ClientCbor, ReadsBackWhatItWrites) {
  const model::Shape shape{.kind = model::Kind::kDocument};
  Value value = json(R"({"a": [1, -7, 300, 70000, 1.5, true, null], "b": {"c": "text"}})");
  auto read = runner::read_cbor_body(shape, runner::cbor_body(shape, value));
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->at("a").list().size(), 7u);
  EXPECT_EQ(read->at("b"), value.at("b"));
  EXPECT_EQ(read->at("a").list()[3].num(), 70000);
}

TEST(ClientTime, ReadsBackWhatItWrites) {
  using model::TimestampFormat;
  for (auto format : {TimestampFormat::kIso8601, TimestampFormat::kUnix})
    EXPECT_EQ(runner::parse_time(runner::format_time(1'767'225'600'250, format), format)->num(), 1'767'225'600'250);
  auto text = runner::format_time(1'767'225'600'000, TimestampFormat::kRfc822);
  EXPECT_EQ(text, "Thu, 01 Jan 2026 00:00:00 GMT");
  EXPECT_EQ(runner::parse_time(text, TimestampFormat::kRfc822)->num(), 1'767'225'600'000);
}

}  // namespace
