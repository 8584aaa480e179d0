#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "runtime/descriptor.h"
#include "runtime/findings.h"

// Processes in sandboxes. A helper process, the spawner, starts them and knows all that they start in turn; the server
// itself never forks, which would copy its page tables. The helper is this program once more, without the server's
// memory: programs that use it begin their main with run_as_spawner.
namespace runtime {

enum class Isolation : std::uint8_t { kAuto, kIsolated, kProcess };

// "auto", "isolated", "process"; anything else is refused with code "InvalidOption".
base::Result<Isolation> parse_isolation(std::string_view text);

struct SpawnerOptions {
  // kAuto takes the best tier the host has. Another one is taken or refused, with code "NotIsolated".
  Isolation isolation = Isolation::kAuto;
  std::string work_folder;  // made, and removed at the end; empty: virga-<pid>-sandboxes in the host's temporary folder
  std::string program = "/proc/self/exe";
};

struct ProcessSpec {
  struct Mount {
    enum class Access : std::uint8_t { kReadOnly, kReadWrite };
    std::string from, to;  // absolute; a folder or a file. `to` is made where it is missing
    Access access = Access::kReadOnly;
  };
  enum class Network : std::uint8_t {
    kHost,
    kOwn,  // nothing but a loopback of its own; where the tier or the host cannot, spawn fails with "NotIsolated"
  };

  std::vector<std::string> command;      // the first is a path as the sandbox sees it; none is searched
  std::vector<std::string> environment;  // "NAME=value", all of it: nothing of the server's gets in
  std::string working_folder = "/";      // as the sandbox sees it
  // In tier kProcess nothing is mounted: `from` is where it is (seen_at says which), and only that may be reached.
  std::vector<Mount> mounts;
  // Becomes /tmp in tier kIsolated; in tier kProcess TMPDIR names it, unless the environment has one. Must exist;
  // anybody may write into it from then on when the server is root. Empty: in tier kIsolated a tmpfs of storage_mb,
  // whose contents count as memory; in tier kProcess a folder that is removed after the end.
  std::string temporary_folder;
  int memory_mb = 0;  // of all its processes together, without tmpfs where that is only watched; 0: no limit
  int storage_mb = 512;
  int pids_max = 1'024;  // processes and threads
  int open_files_max = 1'024;
  int cpu_permille = 0;  // 1000: one CPU; 0: no limit
  Network network = Network::kHost;
  // Of one that is given more while it runs (Process::mount), in tier kIsolated: the folder of the host that all of it
  // is in, and folders for it to be put over, made empty.
  std::string later_from;
  std::vector<std::string> later_places;
  std::vector<std::uint16_t> own_network_ports;  // made listening on 127.0.0.1 in a network of its own, and handed back
};

// Where the sandbox finds what was mounted.
inline const std::string& seen_at(const ProcessSpec::Mount& mount, Tier tier) {
  return tier == Tier::kIsolated ? mount.to : mount.from;
}

struct ExitReport {
  enum class Reason : std::uint8_t {
    kExited,       // with exit_status
    kSignalled,    // by `signal`, whoever sent it
    kOutOfMemory,  // more than memory_mb
    kKilled,       // by Process::kill or the end of the Spawner
    kLost,         // the spawner itself was killed, and everything with it
  };
  Reason reason = Reason::kExited;
  int exit_status = 0;  // as a shell would see it: 128 + signal where there was one
  int signal = 0;
  int memory_peak_mb = 0;
};

class SpawnerLink;

// A command that was started, and whatever it has started since. Any thread.
class Process {
 public:
  // Kills it, if it is still there.
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  int pid() const { return pid_; }  // of the command, as the host counts
  // The sockets of own_network_ports, in their order; handed over once.
  std::vector<Descriptor> take_sockets() { return std::move(sockets_); }
  // All its processes stand still, or go on. In order with what is asked before and after.
  void freeze();
  void thaw();
  // Puts folders from below its spec's later_from over its later_places, to be read; once. Waits until that is done.
  base::Result<void> mount(const std::vector<ProcessSpec::Mount>& mounts);
  // It and all that it started; on_exit follows when they are gone.
  void kill();
  // Of all its processes together; nothing once it is gone. The peak is that since the start, of a watched sandbox as
  // far as it was seen.
  std::optional<int> memory_used_mb();
  std::optional<int> memory_peak_mb();

 private:
  friend class Spawner;
  Process(std::shared_ptr<SpawnerLink> link, std::uint64_t id, int pid, std::vector<Descriptor> sockets);

  const std::shared_ptr<SpawnerLink> link_;
  const std::uint64_t id_;
  const int pid_;
  std::vector<Descriptor> sockets_;
};

// Any thread. Should the helper be killed, everything it started dies, is reported as kLost, and another one is
// started.
class Spawner {
 public:
  // Starts the helper and finds out what the host offers, by trying: some milliseconds.
  static base::Result<std::unique_ptr<Spawner>> start(SpawnerOptions options);
  // Kills everything, and returns when that has been reported.
  ~Spawner();

  // Starts a command; it runs, that is its program was found and executed, when this returns. The descriptors are
  // duplicated; standard input is empty where there is none for it. `on_exit` is called once, on a thread of the
  // spawner's, when the command has ended and all that it started is gone, perhaps before this returns; it must neither
  // wait nor call spawn, memory_… or the destructor of the Spawner. Errors: "NotStarted" with the reason,
  // "InvalidSpec", "NotIsolated".
  base::Result<std::unique_ptr<Process>> spawn(const ProcessSpec& spec, int stdout_descriptor, int stderr_descriptor,
                                               std::function<void(ExitReport)> on_exit, int stdin_descriptor = -1);

  Tier tier() const;
  // What sandboxes hold here and what they do not.
  const Findings& findings() const;
  int pid() const;  // of the helper as it is now

 private:
  explicit Spawner(std::shared_ptr<SpawnerLink> link) : link_(std::move(link)) {}

  const std::shared_ptr<SpawnerLink> link_;
};

// Whether these are the arguments of a spawner, and then the exit code once it is over: for the first line of main.
std::optional<int> run_as_spawner(int argument_count, char** arguments);

}  // namespace runtime
