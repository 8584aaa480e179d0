// What functions are given of queues, and how their answers are read.
#include <gtest/gtest.h>

#include "base/json.h"
#include "services/lambda/sources.h"

namespace lambda {
namespace {

using M = Value::Map;

// LAME.16 S63
TEST(SourceRecords, AMessageIsShownAsLambdaDoes) {
  const Mapping mapping{.source_arn = "arn:aws:sqs:us-east-1:000000000000:jobs"};
  const Value message(
      M{{"MessageId", "id"},
        {"ReceiptHandle", "handle"},
        {"Body", "hello"},
        {"MD5OfBody", "5d41402abc4b2a76b9719d911017c592"},
        {"MD5OfMessageAttributes", "digest"},
        {"Attributes", M{{"ApproximateReceiveCount", "1"}, {"SentTimestamp", "1767225600000"}}},
        {"MessageAttributes", M{{"text", M{{"DataType", "String"}, {"StringValue", "a"}}},
                                {"bytes", M{{"DataType", "Binary"}, {"BinaryValue", std::string("\0\1\xff", 3)}}}}}});
  EXPECT_EQ(sqs_record(mapping, "us-east-1", message),
            R"({"messageId":"id","receiptHandle":"handle","body":"hello",)"
            R"("attributes":{"ApproximateReceiveCount":"1","SentTimestamp":"1767225600000"},)"
            R"("messageAttributes":{"text":{"stringValue":"a","stringListValues":[],"binaryListValues":[],)"
            R"("dataType":"String"},"bytes":{"binaryValue":"AAH/","stringListValues":[],"binaryListValues":[],)"
            R"("dataType":"Binary"}},"md5OfMessageAttributes":"digest",)"
            R"("md5OfBody":"5d41402abc4b2a76b9719d911017c592","eventSource":"aws:sqs",)"
            R"("eventSourceARN":"arn:aws:sqs:us-east-1:000000000000:jobs","awsRegion":"us-east-1"})");
}

// S71
TEST(SourceRecords, AnswersSayWhichItemsFailed) {
  using Items = std::vector<std::string>;
  for (const char* good : {"", "null", "{}", R"({"batchItemFailures":[]})", R"({"batchItemFailures":null})"})
    EXPECT_EQ(failed_items(good), Items{}) << good;
  EXPECT_EQ(failed_items(R"({"batchItemFailures":[{"itemIdentifier":"a"},{"itemIdentifier":"b"}]})"),
            (Items{"a", "b"}));
  for (const char* bad :
       {"not JSON", R"("text")", R"({"batchItemFailures":7})", R"({"batchItemFailures":["a"]})",
        R"({"batchItemFailures":[{"itemIdentifier":""}]})", R"({"batchItemFailures":[{"itemIdentifier":null}]})",
        R"({"batchItemFailures":[{"id":"a"}]})"})
    EXPECT_EQ(failed_items(bad), std::nullopt) << bad;
}

TEST(SourceRecords, TryingAgainTakesLongerEachTime) {
  EXPECT_EQ(back_off_ms(1), 1'000);
  EXPECT_EQ(back_off_ms(2), 2'000);
  EXPECT_EQ(back_off_ms(6), 32'000);
  EXPECT_EQ(back_off_ms(7), 60'000);
  EXPECT_EQ(back_off_ms(1'000), 60'000);
}

}  // namespace
}  // namespace lambda
