#pragma once

#include <map>
#include <optional>
#include <string>

#include "base/result.h"
#include "runtime/groups.h"
#include "runtime/messages.h"
#include "runtime/process_tree.h"
#include "runtime/sandbox.h"

namespace runtime {

inline constexpr int kMegabyteKb = 1'024;

// Rounded up.
inline int megabytes_of(std::int64_t kilobytes) {
  return static_cast<int>((kilobytes + kMegabyteKb - 1) / kMegabyteKb);
}

// The helper: one thread that starts sandboxes as the server asks for them, and ends when the server does.
class SpawnerProcess {
 public:
  explicit SpawnerProcess(Descriptor server) : server_(std::move(server)) {}
  ~SpawnerProcess();

  int run();

 private:
  struct Sandbox {
    ProcessSpec spec;
    Keeper keeper;
    Group group;
    pid_t command = -1;                // once it runs
    std::string own_temporary_folder;  // to be removed
    uid_t own_user = 0;
    bool is_started = false, has_ended = false, is_frozen = false, is_killed = false, is_out_of_memory = false;
    bool is_mounting = false;  // and somebody waits to hear of it
    std::string problem;       // why it did not start
    int status = 0;
    std::int64_t peak_kb = 0;
  };

  base::Result<void> prepare();
  base::Result<void> choose_ways(Isolation isolation);
  void wait();
  void read_server();
  void start(std::uint64_t id, ProcessSpec spec, const std::vector<Descriptor>& standard);
  base::Result<void> start_sandbox(std::uint64_t id, Sandbox& sandbox, const std::vector<Descriptor>& standard);
  void read_keeper(std::uint64_t id, Sandbox& sandbox);
  void freeze(Sandbox& sandbox);
  void thaw(Sandbox& sandbox);
  void kill(Sandbox& sandbox);
  void measure(std::uint64_t id);
  void mount(std::uint64_t id, const std::vector<std::string>& paths);
  void tell_mounted(std::uint64_t id, std::string_view problem);
  void reap();
  void finish(std::uint64_t id);
  void discard(const Sandbox& sandbox) const;
  bool is_watched(const Sandbox& sandbox) const;
  int watch_interval_ms() const;
  void watch_memory();
  uid_t free_user() const;

  Descriptor server_, signals_, poll_;
  std::string work_folder_;
  SandboxWays ways_;
  std::optional<Groups> groups_;
  Findings findings_;
  std::map<std::uint64_t, Sandbox> sandboxes_;
  bool is_over_ = false;
};

}  // namespace runtime
