#include "runtime/exit_text.h"

#include <fmt/format.h>
#include <signal.h>

namespace runtime {

namespace {

std::string signal_name(int number) {
  switch (number) {
    case SIGABRT: return "aborted";
    case SIGBUS: return "bus error";
    case SIGFPE: return "floating point exception";
    case SIGHUP: return "hangup";
    case SIGILL: return "illegal instruction";
    case SIGINT: return "interrupt";
    case SIGKILL: return "killed";
    case SIGPIPE: return "broken pipe";
    case SIGQUIT: return "quit";
    case SIGSEGV: return "segmentation fault";
    case SIGTERM: return "terminated";
    case SIGTRAP: return "trace/breakpoint trap";
    default: return fmt::format("signal {}", number);
  }
}

}  // namespace

std::string exit_text(const ExitReport& report) {
  switch (report.reason) {
    case ExitReport::Reason::kExited:
      if (report.exit_status == 0) return "Runtime exited without providing a reason";
      return fmt::format("Runtime exited with error: exit status {}", report.exit_status);
    case ExitReport::Reason::kSignalled: return "Runtime exited with error: signal: " + signal_name(report.signal);
    case ExitReport::Reason::kOutOfMemory:
    case ExitReport::Reason::kKilled:
    case ExitReport::Reason::kLost: return "Runtime exited with error: signal: killed";
  }
  return {};
}

std::string entrypoint_problem(const ProcessSpec& spec, const base::Error& error) {
  const std::string& program = spec.command.front();
  bool is_bootstrap = program.ends_with("/bootstrap");
  bool is_missing = error.message.find("No such file") != std::string::npos;
  if (is_bootstrap && is_missing) return "Couldn't find valid bootstrap(s): [/var/task/bootstrap /opt/bootstrap]";
  if (error.message.find("Permission denied") != std::string::npos)
    return fmt::format("fork/exec {}: permission denied", program);
  if (error.message.find("Exec format") != std::string::npos)
    return fmt::format("fork/exec {}: exec format error", program);
  if (is_missing) return fmt::format("fork/exec {}: no such file or directory", program);
  return error.message;
}

}  // namespace runtime
