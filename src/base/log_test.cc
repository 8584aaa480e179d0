#include "base/log.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <thread>

#include "base/json.h"
#include "base/strings.h"

namespace base {
namespace {

// A pipe to log into and read from.
class Pipe {
 public:
  Pipe() { EXPECT_EQ(pipe(ends_), 0); }
  ~Pipe() {
    close(ends_[0]);
    close(ends_[1]);
  }

  Log::Options options(Log::Form form) {
    return {.form = form, .descriptor = ends_[1], .now_ms = [] { return std::int64_t{1'672'628'645'007}; }};
  }

  // Everything written since the last call.
  std::string read_all() {
    EXPECT_EQ(write(ends_[1], "#", 1), 1);
    std::string text;
    char buffer[4096];
    while (!text.ends_with('#')) text.append(buffer, static_cast<std::size_t>(read(ends_[0], buffer, sizeof buffer)));
    text.pop_back();
    return text;
  }

 private:
  int ends_[2];
};

TEST(Log, WritesTextLines) {
  Pipe pipe;
  Log log(pipe.options(Log::Form::kText));
  Logger logger = log.part("sqs");
  logger.info("{} queues", 3);
  logger.with("queue", "jobs").write(Level::kWarn, "slow", {{"took_ms", 1500}, {"why", "disk is \"full\""}});
  EXPECT_EQ(pipe.read_all(),
            "2023-01-02T03:04:05.007Z info  sqs      3 queues\n"
            "2023-01-02T03:04:05.007Z warn  sqs      slow queue=jobs took_ms=1500 why=\"disk is \\\"full\\\"\"\n");
}

TEST(Log, KeepsAMessageOnItsLine) {
  Pipe pipe;
  Log log(pipe.options(Log::Form::kText));
  log.part("http").error("path {}", "/\r\n2023 info fake\033[2J");
  EXPECT_EQ(pipe.read_all(), "2023-01-02T03:04:05.007Z error http     path /\\x0d\\x0a2023 info fake\\x1b[2J\n");
}

TEST(Log, WritesJsonLines) {
  Pipe pipe;
  Log log(pipe.options(Log::Form::kJson));
  log.part("http").with("id", 7).write(Level::kError, "bad \"line\"\n", {{"bytes", 3}});
  EXPECT_EQ(pipe.read_all(),
            "{\"time\":\"2023-01-02T03:04:05.007Z\",\"level\":\"error\",\"part\":\"http\",\"message\":\"bad "
            "\\\"line\\\"\\n\",\"id\":7,\"bytes\":3}\n");
}

TEST(Log, ColoursOnlyWhenTold) {
  Pipe pipe;
  Log log(pipe.options(Log::Form::kColouredText));
  log.part("http").info("x");
  EXPECT_NE(pipe.read_all().find("\033["), std::string::npos);
}

TEST(Log, HasALevelForEachPart) {
  Pipe pipe;
  Log log(pipe.options(Log::Form::kJson));
  Logger early = log.part("sqs");
  EXPECT_FALSE(early.is_on(Level::kDebug));
  ASSERT_TRUE(log.set_levels("warn, sqs=debug,http=off"));
  EXPECT_TRUE(early.is_on(Level::kDebug));
  EXPECT_FALSE(early.is_on(Level::kTrace));
  EXPECT_FALSE(log.part("http").is_on(Level::kError));
  EXPECT_FALSE(log.part("kernel").is_on(Level::kInfo));
  EXPECT_TRUE(log.part("kernel").is_on(Level::kWarn));
  for (std::string_view levels : {"loud", "sqs=loud", "sqs="}) {
    auto outcome = log.set_levels(levels);
    ASSERT_FALSE(outcome) << levels;
    EXPECT_EQ(outcome.error().code, "InvalidLogLevel");
  }
  EXPECT_TRUE(early.is_on(Level::kDebug));
  ASSERT_TRUE(log.set_levels(""));
  EXPECT_FALSE(early.is_on(Level::kDebug));
  log.part("kernel").debug("unseen");
  EXPECT_EQ(pipe.read_all(), "");
}

TEST(Log, ALoggerWithoutALogDropsEverything) {
  Logger logger;
  EXPECT_FALSE(logger.is_on(Level::kError));
  logger.with("a", 1).error("unseen {}", 1);
}

TEST(Log, LinesOfSeveralThreadsDoNotMix) {
  Pipe pipe;
  Log log(pipe.options(Log::Form::kJson));
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i)
    threads.emplace_back([&, i] {
      Logger logger = log.part(i % 2 ? "odd" : "even");
      for (int j = 0; j < 50; ++j) logger.info("message {} of thread {}", j, i);
    });
  for (auto& thread : threads) thread.join();
  std::string text = pipe.read_all();
  text.pop_back();
  auto lines = split(text, '\n');
  EXPECT_EQ(lines.size(), 200u);
  for (std::string_view line : lines) EXPECT_TRUE(parse_json(line)) << line;
}

}  // namespace
}  // namespace base
