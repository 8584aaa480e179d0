#include "runtime/sandbox.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include <algorithm>

#include "runtime/test_support.h"

namespace runtime {
namespace {

using Sandbox = EachTier;
using Access = ProcessSpec::Mount::Access;

TEST_P(Sandbox, ReadsItsCodeAndCannotChangeIt) {
  TestFolder code;
  std::string file = code.write("code.txt", "code");
  ProcessSpec::Mount mount{.from = code.path, .to = "/var/task"};
  std::string seen = seen_at(mount, tier);
  TestRun run =
      spawner.run({.command = {"/bin/sh", "-c", "cat code.txt; echo; echo x >code.txt; echo x >new; rm code.txt"},
                   .working_folder = seen,
                   .mounts = {mount}});
  EXPECT_EQ(run.output, "code\n");
  EXPECT_NE(run.errors.find("code.txt: "), std::string::npos) << run.errors;
  EXPECT_NE(run.errors.find("new: "), std::string::npos) << run.errors;
  EXPECT_NE(run.errors.find("cannot remove"), std::string::npos) << run.errors;
  EXPECT_TRUE(std::filesystem::exists(file));
}

TEST_P(Sandbox, WritesWhereItMay) {
  TestFolder folder;
  ProcessSpec::Mount mount{.from = folder.path, .to = "/mnt/data", .access = Access::kReadWrite};
  TestRun run = spawner.run(
      {.command = {"/bin/sh", "-c", "echo text >file"}, .working_folder = seen_at(mount, tier), .mounts = {mount}});
  EXPECT_EQ(run.errors, "");
  std::string text;
  std::ifstream(folder.path + "/file") >> text;
  EXPECT_EQ(text, "text");
}

TEST_P(Sandbox, HasATemporaryFolderOfItsOwn) {
  std::string script = "cd ${TMPDIR:-/tmp} && ls -A && echo mine >file && mkdir folder && ls && pwd";
  TestRun first = shell(script);
  TestRun second = shell(script);
  EXPECT_EQ(first.errors, "");
  EXPECT_EQ(first.output.substr(0, 12), "file\nfolder\n");
  EXPECT_EQ(second.output.substr(0, 12), "file\nfolder\n");
  EXPECT_FALSE(std::filesystem::exists("/tmp/file"));
  if (is_isolated())
    EXPECT_EQ(first.output.substr(12), "/tmp\n");
  else
    EXPECT_FALSE(std::filesystem::exists(first.output.substr(12, first.output.size() - 13)));
}

TEST_P(Sandbox, TakesATemporaryFolderThatIsGiven) {
  TestFolder folder;
  std::string own = folder.path + "/own";
  std::filesystem::create_directory(own);
  TestRun run = spawner.run({.command = {"/bin/sh", "-c", "echo x >${TMPDIR:-/tmp}/file"}, .temporary_folder = own});
  EXPECT_EQ(run.errors, "");
  EXPECT_TRUE(std::filesystem::exists(own + "/file"));
}

TEST_P(Sandbox, FindsNothingOfTheHost) {
  TestFolder data, other;
  std::string secret = data.write("root.key", "planted");
  std::string code = other.write("handler.py", "planted");
  std::string home = std::string(::getenv("HOME") ? ::getenv("HOME") : "/root");
  TestRun run = shell("cat " + secret + " " + code + " /etc/shadow /proc/1/environ; ls " + data.path + " " + home +
                      " /root /home /run /var/run /var/lib /mnt /media; true");
  EXPECT_EQ(run.output, "") << run.errors;
  TestRun changed = shell("echo x >" + secret + "; rm -f " + code + "; echo x >/etc/hosts; echo x >/usr/x; true");
  EXPECT_EQ(changed.output, "");
  std::string text;
  std::ifstream(secret) >> text;
  EXPECT_EQ(text, "planted");
  EXPECT_TRUE(std::filesystem::exists(code));
  EXPECT_FALSE(std::filesystem::exists("/usr/x"));
}

TEST_P(Sandbox, HasWhatProgramsNeed) {
  TestRun run = shell(
      "echo x >/dev/null && head -c 4 /dev/urandom | wc -c && test -r /etc/ssl/certs -o ! -e /etc/ssl && "
      "test -r /proc/self/status && grep -c ^processor /proc/cpuinfo >/dev/null && echo out >/dev/stdout && "
      "cat /etc/nsswitch.conf >/dev/null && echo fine");
  EXPECT_EQ(run.output, "4\nout\nfine\n") << run.errors;
  if (is_isolated()) {
    EXPECT_EQ(shell("id -un; hostname").output, "sbx_user1051\nsandbox\n");
  }
}

TEST_P(Sandbox, SeesAndReachesNoOtherProcess) {
  pid_t bystander = ::fork();
  if (bystander == 0) {
    ::execl("/bin/sleep", "sleep", "1000", nullptr);
    ::_exit(1);
  }
  EXPECT_EQ(outcome("signal", bystander), is_isolated() ? "ESRCH" : "EPERM");
  EXPECT_EQ(outcome("attach", bystander), "EPERM");
  TestRun run = shell("ls -d /proc/[2-9][0-9]*; cat /proc/" + std::to_string(bystander) + "/cmdline; cat /proc/" +
                      std::to_string(::getpid()) + "/environ; true");
  if (is_isolated()) {
    EXPECT_EQ(run.output, "") << run.errors;
  }
  EXPECT_EQ(run.output.find("sleep"), std::string::npos);
  EXPECT_EQ(run.output.find("PATH="), std::string::npos);
  EXPECT_EQ(::waitpid(bystander, nullptr, WNOHANG), 0) << "it was killed";
  ::kill(bystander, SIGKILL);
  ::waitpid(bystander, nullptr, 0);
}

TEST_P(Sandbox, IsRefusedWhatReachesTheMachine) {
  for (const char* what :
       {"ptrace", "mount", "unshare", "clone", "bpf", "keyctl", "module", "chroot", "crypto_socket", "terminal"})
    EXPECT_EQ(outcome(what), "EPERM") << what;
  EXPECT_NE(outcome("setuid"), "done");
  for (const char* what : {"clone3", "io_uring"}) EXPECT_EQ(outcome(what), "ENOSYS") << what;
  // Programs that gain rights where they are started gain none here.
  TestRun run = shell("while read -r line; do echo \"$line\"; done </proc/self/status");
  EXPECT_NE(run.output.find("CapEff:\t0000000000000000"), std::string::npos) << run.output;
  EXPECT_NE(run.output.find("CapPrm:\t0000000000000000"), std::string::npos) << run.output;
  EXPECT_NE(run.output.find("NoNewPrivs:\t1"), std::string::npos) << run.output;
  EXPECT_NE(run.output.find("Seccomp:\t2"), std::string::npos) << run.output;
}

TEST_P(Sandbox, IsEndedWhenItNeedsTooMuchMemory) {
  ProcessSpec spec = attempt("allocate", 400);
  spec.memory_mb = 64;
  TestRun run = spawner.run(spec);
  EXPECT_EQ(run.report.reason, ExitReport::Reason::kOutOfMemory);
  EXPECT_EQ(run.report.signal, SIGKILL);
  EXPECT_EQ(run.report.exit_status, 137);
  spec = attempt("allocate", 20);
  spec.memory_mb = 64;
  TestProcess within = spawner.start(spec);
  EXPECT_EQ(within.output.read_line(), "allocated");
}

TEST_P(Sandbox, HasSoManyFilesAndProcesses) {
  ProcessSpec spec = attempt("open_files");
  spec.open_files_max = 77;
  EXPECT_EQ(spawner.run(spec).output, "77\n");
  bool is_held = std::ranges::any_of(spawner->findings(), [](const Finding& finding) {
    return finding.name == "processes" && finding.state == Finding::State::kHeld;
  });
  spec = attempt("fork", 60);
  spec.pids_max = 20;
  int count = std::atoi(spawner.run(spec).output.c_str());
  if (is_held)
    EXPECT_LT(count, 20);
  else
    EXPECT_EQ(count, 60);
  spec.pids_max = 80;
  EXPECT_EQ(spawner.run(spec).output, "60\n");
}

TEST_P(Sandbox, HasANetworkOfItsOwnOrSaysThatItHasNot) {
  int outside = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  ASSERT_EQ(::bind(outside, reinterpret_cast<sockaddr*>(&address), size), 0);
  ASSERT_EQ(::listen(outside, 4), 0);
  ::getsockname(outside, reinterpret_cast<sockaddr*>(&address), &size);
  EXPECT_EQ(outcome("connect", ntohs(address.sin_port)), "done");

  ProcessSpec spec = attempt("connect", ntohs(address.sin_port));
  spec.network = ProcessSpec::Network::kOwn;
  if (!is_isolated()) {
    auto refused = spawner->spawn(spec, 1, 2, [](ExitReport) {});
    ASSERT_FALSE(refused);
    EXPECT_EQ(refused.error().code, "NotIsolated");
    ::close(outside);
    return;
  }
  EXPECT_EQ(spawner.run(spec).output, "ECONNREFUSED\n");
  spec = attempt("connect", 9001);
  spec.network = ProcessSpec::Network::kOwn;
  spec.own_network_ports = {9001, 80};
  TestProcess inside = spawner.start(spec);
  std::vector<Descriptor> sockets = inside->take_sockets();
  ASSERT_EQ(sockets.size(), 2);
  EXPECT_EQ(inside.output.read_line(), "done");
  EXPECT_GE(::accept(sockets[0].get(), nullptr, nullptr), 0);
  ::close(outside);
}

INSTANTIATE_TEST_SUITE_P(Tiers, Sandbox, testing::Values(Isolation::kIsolated, Isolation::kProcess), name_of_isolation);

}  // namespace
}  // namespace runtime
