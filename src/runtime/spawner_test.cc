#include "runtime/spawner.h"

#include <gtest/gtest.h>

#include "runtime/test_support.h"

namespace runtime {
namespace {

TEST(Spawner, RunsACommandAndTellsHowItEnded) {
  TestSpawner spawner;
  TestRun run = spawner.run({"/bin/sh", "-c", "echo out; echo err >&2; exit 7"});
  EXPECT_EQ(run.output, "out\n");
  EXPECT_EQ(run.errors, "err\n");
  EXPECT_EQ(run.report.reason, ExitReport::Reason::kExited);
  EXPECT_EQ(run.report.exit_status, 7);
}

TEST(Spawner, SaysWhyACommandDidNotStart) {
  TestSpawner spawner;
  auto started = spawner->spawn({.command = {"/no/such/program"}}, 1, 2, [](ExitReport) { FAIL(); });
  ASSERT_FALSE(started);
  EXPECT_EQ(started.error().code, "NotStarted");
  EXPECT_EQ(started.error().message, "/no/such/program could not be started: No such file or directory");
}

}  // namespace
}  // namespace runtime

int main(int argument_count, char** arguments) {
  if (auto exit_code = runtime::run_as_spawner(argument_count, arguments)) return *exit_code;
  testing::InitGoogleTest(&argument_count, arguments);
  return RUN_ALL_TESTS();
}
