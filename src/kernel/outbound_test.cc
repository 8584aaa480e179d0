#include "kernel/outbound.h"

#include <gtest/gtest.h>

#include "kernel/testing.h"

namespace kernel::testing {
namespace {

using namespace std::chrono_literals;

// Answers with the page at the topic's "ARN".
Result<Value> read_page(Call& call, const Value& input) {
  OutboundAnswer answer = TRY(fetch(call, {.url = input.at("TopicArn").str()}, 1h));
  return Value(Value::Map{{"MessageId", answer.body}});
}

class Fetching : public ::testing::Test {
 protected:
  Fetching() { cloud.pages().by_url = {{"https://a.example", "a"}, {"https://b.example", "b"}}; }
  std::string read(const std::string& url) {
    auto page = cloud.call("sns", "Publish", Value::Map{{"TopicArn", url}, {"Message", "x"}});
    return page ? page->at("MessageId").str() : page.error().code;
  }

  TestCloud cloud{{{.id = "sns", .operations = {{"Publish", read_page}}}}};
};

TEST_F(Fetching, AsksOnceWhileTheAnswerIsFresh) {
  EXPECT_EQ(read("https://a.example"), "a");
  cloud.advance(59min);
  EXPECT_EQ(read("https://a.example"), "a");
  EXPECT_EQ(cloud.pages().sent, 1);
  cloud.advance(1min);
  EXPECT_EQ(read("https://a.example"), "a");
  EXPECT_EQ(cloud.pages().sent, 2);
}

TEST_F(Fetching, ForgetsAnswersAfterADay) {
  EXPECT_EQ(read("https://a.example"), "a");
  cloud.advance(24h - 1ms);
  EXPECT_EQ(read("https://b.example"), "b");
  EXPECT_EQ(cloud.count_rows("kernel.outbound"), 2u);
  cloud.advance(1h);
  EXPECT_EQ(read("https://b.example"), "b");
  EXPECT_EQ(cloud.count_rows("kernel.outbound"), 1u);
}

}  // namespace
}  // namespace kernel::testing
