#include <grp.h>
#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runtime/test_support.h"

namespace runtime {
namespace {

// Everything again as somebody without rights, who may only use what the kernel gives to all.
TEST(Unprivileged, AllWorksForNobodyToo) {
  if (::geteuid() != 0) GTEST_SKIP() << "we are unprivileged";
  constexpr unsigned kNobody = 65534;
  pid_t child = ::fork();
  if (child == 0) {
    // Its spawners must not outlive it, and the program may stand where nobody else may look.
    if (::setgroups(0, nullptr) != 0 || ::setresgid(kNobody, kNobody, kNobody) != 0 ||
        ::setresuid(kNobody, kNobody, kNobody) != 0)
      ::_exit(3);
    ::execl("/proc/self/exe", "runtime_test", "--gtest_filter=*Sandbox*:*Spawner*:*Lifetime*-*LeavesNothing*",
            "--gtest_brief=1", nullptr);
    ::_exit(4);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
}

}  // namespace
}  // namespace runtime

int main(int argument_count, char** arguments) {
  if (auto exit_code = runtime::run_as_spawner(argument_count, arguments)) return *exit_code;
  if (auto exit_code = runtime::run_as_attempt(argument_count, arguments)) return *exit_code;
  if (auto exit_code = runtime::run_as_parent(argument_count, arguments)) return *exit_code;
  testing::InitGoogleTest(&argument_count, arguments);
  return RUN_ALL_TESTS();
}
