#include "wire/event_stream.h"

#include <gtest/gtest.h>

#include "base/bytes.h"
#include "wire/wire.h"

namespace wire {
namespace {

// The message without headers and payload: length 16, no headers, and the two checksums.
TEST(EventStream, WritesTheEmptyMessage) {
  EXPECT_EQ(base::to_hex(encode_message({})), "000000100000000005c248eb7d98c8ff");
}

// A message with the payload {'foo':'bar'} and without headers, as published with the format.
TEST(EventStream, WritesAPayload) {
  EXPECT_EQ(base::to_hex(encode_message({.headers = {}, .payload = "{'foo':'bar'}"})),
            "0000001d00000000fd528c5a7b27666f6f273a27626172277dc3653936");
}

TEST(EventStream, ReadsWhatItWritesByteByByte) {
  EventMessage message;
  message.headers = {{"true", EventHeaderType::kTrue, Value(true)},
                     {"false", EventHeaderType::kFalse, Value(false)},
                     {"byte", EventHeaderType::kByte, Value(-7)},
                     {"short", EventHeaderType::kShort, Value(-300)},
                     {"int", EventHeaderType::kInteger, Value(-70000)},
                     {"long", EventHeaderType::kLong, Value(std::int64_t{-5000000000})},
                     {"bytes", EventHeaderType::kBytes, Value(std::string("\0\1", 2))},
                     {"text", EventHeaderType::kText, Value("héllo")},
                     {"time", EventHeaderType::kTimestamp, Value(std::int64_t{8675309})},
                     {"uuid", EventHeaderType::kUuid, Value("0123456789abcdef")}};
  message.payload = "payload";
  std::string bytes = encode_message(message) + encode_message({.headers = {}, .payload = "second"});
  EventDecoder decoder;
  std::vector<EventMessage> found;
  for (char byte : bytes) {
    decoder.feed({&byte, 1});
    auto next = decoder.next();
    ASSERT_TRUE(next) << next.error().message;
    if (*next) found.push_back(**next);
  }
  ASSERT_EQ(found.size(), 2u);
  EXPECT_FALSE(decoder.is_inside_message());
  EXPECT_EQ(found[0].payload, "payload");
  EXPECT_EQ(found[1].payload, "second");
  ASSERT_EQ(found[0].headers.size(), message.headers.size());
  for (std::size_t i = 0; i < message.headers.size(); ++i) {
    EXPECT_EQ(found[0].headers[i].name, message.headers[i].name);
    EXPECT_EQ(found[0].headers[i].type, message.headers[i].type);
    EXPECT_EQ(found[0].headers[i].value, message.headers[i].value) << message.headers[i].name;
  }
}

TEST(EventStream, RefusesBrokenMessages) {
  std::string good = encode_message({.headers = {{"a", EventHeaderType::kText, Value("b")}}, .payload = "x"});
  for (std::size_t i = 0; i < good.size(); ++i) {
    std::string bad = good;
    bad[i] = static_cast<char>(bad[i] ^ 1);
    EventDecoder decoder;
    decoder.feed(bad);
    EXPECT_FALSE(decoder.next()) << "byte " << i;
  }
}

TEST(EventStream, SendsRecordsOfKinesis) {
  const model::Service& kinesis = *model::find_service("kinesis");
  Route route{.service = &kinesis,
              .operation = kinesis.find_operation("SubscribeToShard"),
              .protocol = model::Protocol::kJson11};
  Value record(Value::Map{{"SequenceNumber", "1"}, {"Data", "hi"}, {"PartitionKey", "k"}});
  Value event(Value::Map{{"SubscribeToShardEvent", Value(Value::Map{{"Records", Value(Value::List{record})},
                                                                    {"ContinuationSequenceNumber", "1"},
                                                                    {"MillisBehindLatest", 0}})}});
  Answer answer = write_output(route, Value(Value::Map{{"EventStream", Value(Value::List{event})}}), "id");
  EventDecoder decoder;
  decoder.feed(answer.body);
  auto first = decoder.next();
  ASSERT_TRUE(first && *first);
  EXPECT_EQ((*first)->text(":event-type"), "initial-response");
  EXPECT_EQ((*first)->payload, "{}");
  auto second = decoder.next();
  ASSERT_TRUE(second && *second);
  EXPECT_EQ((*second)->text(":message-type"), "event");
  EXPECT_EQ((*second)->text(":event-type"), "SubscribeToShardEvent");
  EXPECT_EQ((*second)->text(":content-type"), "application/json");
  EXPECT_EQ((*second)->payload, R"({"Records":[{"SequenceNumber":"1","Data":"aGk=","PartitionKey":"k"}],)"
                                R"("ContinuationSequenceNumber":"1","MillisBehindLatest":0})");
  const model::Shape& stream = *event_stream_member(*route.operation->output)->shape;
  auto back = event_of(route.protocol, stream, **second);
  ASSERT_TRUE(back && *back);
  EXPECT_EQ(**back, event);
}

TEST(EventStream, SendsRowsOfS3Select) {
  const model::Service& s3 = *model::find_service("s3");
  const model::Shape& stream = *s3.find_shape("SelectObjectContentEventStream");
  auto message = [&](const Value& event) {
    EventDecoder decoder;
    decoder.feed(encode_event(model::Protocol::kRestXml, stream, event));
    return **decoder.next();
  };
  EventMessage records = message(Value(Value::Map{{"Records", Value(Value::Map{{"Payload", "a,b\n"}})}}));
  EXPECT_EQ(records.text(":content-type"), "application/octet-stream");
  EXPECT_EQ(records.payload, "a,b\n");
  EventMessage stats =
      message(Value(Value::Map{{"Stats", Value(Value::Map{{"Details", Value(Value::Map{{"BytesScanned", 4}})}})}}));
  EXPECT_EQ(stats.text(":content-type"), "text/xml");
  EXPECT_EQ(stats.payload, "<Stats><BytesScanned>4</BytesScanned></Stats>");
  EventMessage end = message(Value(Value::Map{{"End", Value(Value::Map{})}}));
  EXPECT_EQ(end.text(":event-type"), "End");
  EXPECT_EQ(end.payload, "");
}

TEST(EventStream, EndsWithModelledAndOtherErrors) {
  const model::Service& kinesis = *model::find_service("kinesis");
  const model::Shape& stream = *kinesis.find_shape("SubscribeToShardEventStream");
  auto message = [&](const base::Error& error) {
    EventDecoder decoder;
    decoder.feed(encode_event_error(model::Protocol::kJson11, stream, error));
    return **decoder.next();
  };
  EventMessage modelled = message({"ResourceNotFoundException", "No stream."});
  EXPECT_EQ(modelled.text(":message-type"), "exception");
  EXPECT_EQ(modelled.text(":exception-type"), "ResourceNotFoundException");
  EXPECT_EQ(modelled.payload, R"({"message":"No stream."})");
  EventMessage other = message({"SomethingElse", "Oops."});
  EXPECT_EQ(other.text(":message-type"), "error");
  EXPECT_EQ(other.text(":error-code"), "SomethingElse");
  EXPECT_EQ(other.text(":error-message"), "Oops.");
}

}  // namespace
}  // namespace wire
