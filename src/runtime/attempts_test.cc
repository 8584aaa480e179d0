// What the code in a sandbox tries, in tests: the test program runs itself there, as `--attempt WHAT [NUMBER]`, and
// prints what came of it.
#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <sched.h>
#include <signal.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <vector>

#include "runtime/test_support.h"

namespace runtime {

namespace {

// "0" or the name of what errno says.
void print_outcome(long answer) { std::printf("%s\n", answer < 0 ? strerrorname_np(errno) : "done"); }

void connect_to(int port) {
  int socket = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  print_outcome(::connect(socket, reinterpret_cast<sockaddr*>(&address), sizeof address));
}

// Starts processes that wait until it is refused or there are as many as were asked for; prints how many.
void fork_often(int most) {
  int count = 0;
  std::vector<pid_t> children;
  while (count < most) {
    pid_t child = ::fork();
    if (child < 0) break;
    if (child == 0) {
      ::pause();
      ::_exit(0);
    }
    children.push_back(child);
    ++count;
  }
  for (pid_t child : children) ::kill(child, SIGKILL);
  std::printf("%d\n", count);
}

void allocate_megabytes(int count) {
  for (int i = 0; i < count; ++i) {
    char* megabyte = static_cast<char*>(std::malloc(1 << 20));
    if (!megabyte) break;
    for (int at = 0; at < 1 << 20; at += 512) megabyte[at] = static_cast<char>(at + i);
  }
  std::printf("allocated\n");
  std::fflush(stdout);
  ::pause();
}

void print_limit(int) {
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  std::printf("%lu\n", static_cast<unsigned long>(limit.rlim_cur));
}

using Attempt = void (*)(int number);

const std::map<std::string, Attempt>& attempts() {
  static const std::map<std::string, Attempt> known = {
      {"ptrace", [](int) { print_outcome(::ptrace(PTRACE_TRACEME, 0, nullptr, nullptr)); }},
      {"attach", [](int pid) { print_outcome(::ptrace(PTRACE_SEIZE, pid, nullptr, nullptr)); }},
      {"mount", [](int) { print_outcome(::mount("none", "/tmp", "tmpfs", 0, nullptr)); }},
      {"unshare", [](int) { print_outcome(::unshare(CLONE_NEWUSER)); }},
      {"clone",
       [](int) { print_outcome(::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, nullptr, nullptr, nullptr, 0)); }},
      {"clone3", [](int) { print_outcome(::syscall(SYS_clone3, nullptr, 0)); }},
      {"bpf", [](int) { print_outcome(::syscall(SYS_bpf, BPF_MAP_CREATE, nullptr, 0)); }},
      {"keyctl", [](int) { print_outcome(::syscall(SYS_keyctl, 0, -3, 0, 0, 0)); }},
      {"io_uring", [](int) { print_outcome(::syscall(SYS_io_uring_setup, 1, nullptr)); }},
      {"module", [](int) { print_outcome(::syscall(SYS_finit_module, 0, "", 0)); }},
      {"chroot", [](int) { print_outcome(::chroot("/")); }},
      {"crypto_socket", [](int) { print_outcome(::socket(AF_ALG, SOCK_SEQPACKET, 0)); }},
      {"terminal", [](int) { print_outcome(::ioctl(0, TIOCSTI, "x")); }},
      {"setuid", [](int) { print_outcome(::setresuid(0, 0, 0)); }},
      {"signal", [](int pid) { print_outcome(::kill(pid, SIGKILL)); }},
      {"fork", fork_often},
      {"allocate", allocate_megabytes},
      {"connect", connect_to},
      {"open_files", print_limit},
  };
  return known;
}

}  // namespace

std::optional<int> run_as_attempt(int argument_count, char** arguments) {
  if (argument_count < 3 || std::strcmp(arguments[1], "--attempt") != 0) return std::nullopt;
  auto attempt = attempts().find(arguments[2]);
  if (attempt == attempts().end()) return 2;
  attempt->second(argument_count > 3 ? std::atoi(arguments[3]) : 0);
  return 0;
}

}  // namespace runtime
