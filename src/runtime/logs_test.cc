#include <gtest/gtest.h>

#include "runtime/interpreters.h"
#include "runtime/log_format.h"
#include "runtime/log_pipe.h"

namespace runtime {
namespace {

std::vector<std::string> messages_of(const std::vector<std::string>& pieces) {
  std::vector<std::string> found;
  MessageSplitter splitter([&](std::string message) { found.push_back(std::move(message)); });
  for (const std::string& piece : pieces) splitter.feed(piece);
  splitter.finish();
  return found;
}

using Messages = std::vector<std::string>;

TEST(MessageSplitter, TakesLinesAndFrames) {
  EXPECT_EQ(messages_of({"a\nb", "c\r\n\n", "end"}), (Messages{"a", "bc", "end"}));
  std::string frame = std::string(MessageSplitter::kFrame) + std::string("\1\0\0\0\3", 5) + "x\ny";
  EXPECT_EQ(messages_of({"before\n" + frame + "after\n"}), (Messages{"before", "x\ny", "after"}));
  std::string with_time = std::string(MessageSplitter::kFrame) + std::string("\3\0\0\0\3", 5) + "12345678x\ny";
  EXPECT_EQ(messages_of({"no end" + with_time + "after\n"}), (Messages{"no end", "x\ny", "after"}));
  Messages pieces;
  for (char letter : frame + "z\n") pieces.emplace_back(1, letter);
  EXPECT_EQ(messages_of(pieces), (Messages{"x\ny", "z"}));
}

TEST(MessageSplitter, LosesNothingToBytesThatOnlyLookLikeAFrame) {
  EXPECT_EQ(messages_of({"\xa5\x5a other\n", "next\n"}), (Messages{"\xa5\x5a other", "next"}));
  std::string huge = std::string(MessageSplitter::kFrame) + "\1\xff\xff\xff\xff" + "text\n";
  EXPECT_EQ(messages_of({huge}).size(), 1U);
  EXPECT_EQ(messages_of({std::string(MessageSplitter::kFrame)}).size(), 1U);
}

TEST(MessageSplitter, CutsLongLines) {
  std::string line(MessageSplitter::kMessageBytesMax + 10, 'x');
  Messages found = messages_of({line.substr(0, 1000), line.substr(1000) + "\n"});
  ASSERT_EQ(found.size(), 2U);
  EXPECT_EQ(found[0].size(), MessageSplitter::kMessageBytesMax);
  EXPECT_EQ(found[1].size(), 10U);
}

TEST(LogFormat, ReportsAsAwsDoes) {
  Course course{.request_id = "id", .version = "7", .duration_ms = 1.234, .memory_mb = 128, .memory_used_mb = 36};
  EXPECT_EQ(start_event(course).text, "START RequestId: id Version: 7");
  EXPECT_EQ(end_text(course), "END RequestId: id");
  EXPECT_EQ(
      report_event(course).text,
      "REPORT RequestId: id\tDuration: 1.23 ms\tBilled Duration: 2 ms\tMemory Size: 128 MB\tMax Memory Used: 36 MB\t");
  course.init_ms = 100.1;
  course.trace_id = "Root=1-2-3;Parent=4;Sampled=1";
  EXPECT_EQ(
      report_event(course).text,
      "REPORT RequestId: id\tDuration: 1.23 ms\tBilled Duration: 102 ms\tMemory Size: 128 MB\tMax Memory Used: 36 "
      "MB\tInit Duration: 100.10 ms\t\nXRAY TraceId: 1-2-3\tSegmentId: 4\tSampled: true\t");
  course.status = "timeout";
  EXPECT_EQ(report_event(course).level, LogLevel::kWarn);
}

TEST(LogFormat, WritesEventsAsJson) {
  Course course{.request_id = "id", .version = "$LATEST"};
  EXPECT_EQ(json_line(start_event(course), 1'700'000'000'000),
            R"({"time":"2023-11-14T22:13:20.000Z","type":"platform.start",)"
            R"("record":{"requestId":"id","version":"$LATEST"}})");
}

TEST(Interpreters, TakesNamesApart) {
  auto parts = [](std::string_view name) {
    auto parsed = parse_runtime(name);
    return parsed ? parsed->language + " " + parsed->version : "";
  };
  EXPECT_EQ(parts("python3.12"), "python 3.12");
  EXPECT_EQ(parts("nodejs20.x"), "nodejs 20");
  EXPECT_EQ(parts("java8.al2"), "java 8");
  EXPECT_EQ(parts("provided.al2023"), "provided al2023");
  EXPECT_EQ(parts("go1.x"), "go 1");
  EXPECT_EQ(parts("basic"), "");
  EXPECT_TRUE(parse_runtime_option("python3.12=/a/b"));
  EXPECT_FALSE(parse_runtime_option("python3.12"));
  EXPECT_FALSE(parse_runtime_option("basic=/a"));
  EXPECT_FALSE(parse_runtime_option("python3.12=a"));
}

TEST(Interpreters, TakesTheNearestOnlyWhenTold) {
  Interpreters exact({.path = "/usr/bin"});
  EXPECT_FALSE(exact.find("python3.2"));
  EXPECT_FALSE(exact.find("go1.x"));
  EXPECT_FALSE(exact.find("provided.al2023"));
  Interpreters nearest({.match = Interpreters::Match::kNearest, .path = "/usr/bin"});
  auto choice = nearest.find("python3.2");
  if (!choice) GTEST_SKIP() << "no python here";
  EXPECT_FALSE(choice->is_exact);
}

}  // namespace
}  // namespace runtime
