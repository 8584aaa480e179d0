#pragma once

#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "runtime/descriptor.h"
#include "runtime/machine.h"
#include "runtime/spawner.h"

namespace runtime {

// An interpreter that was started before anybody knew for which function: in a sandbox with that function's limits and
// none of its code, with the client loaded, it reads from its standard input which function it is.
class Spare {
 public:
  // The writing end of its output, and the reading end, until somebody reads it.
  Descriptor output_writing, output_reading;

  // Thaws it, mounts code and layers, and tells it who it is. `on_exit` is called as Spawner::spawn would; when this
  // fails, never. Keep the spare until it has shown that it has heard. Takes its time.
  base::Result<std::unique_ptr<Process>> become(const std::vector<ProcessSpec::Mount>& mounts, std::string_view told,
                                                std::function<void(ExitReport)> on_exit);

 private:
  friend class Spares;
  // Outlives the spare: the spawner may tell of the end at any time.
  struct End {
    std::mutex mutex;
    bool has_come = false;                    // guarded by mutex
    std::function<void(ExitReport)> on_exit;  // likewise
  };

  std::shared_ptr<End> end_ = std::make_shared<End>();
  std::unique_ptr<Process> process_;  // null until it has started
  Descriptor talk_;                   // the other end of its standard input
  bool is_frozen_ = false;
};

// The spares of a host: one for each form of interpreter and limits that functions were started in lately. On the
// loop's thread.
class Spares {
 public:
  explicit Spares(Machine& machine);
  ~Spares();

  // The spare of this form, when there is one; it is the caller's then.
  std::shared_ptr<Spare> take(const ProcessSpec& form);
  // A function was started in this form: soon there will be a spare of it.
  void want(const ProcessSpec& form);
  // Memory is short.
  void drop_all();
  // Nothing is run any more.
  void stop();

 private:
  class Watch;
  struct Place {
    ProcessSpec form;
    std::shared_ptr<Spare> spare;      // null: none yet, or it has been taken
    std::unique_ptr<Watch> readiness;  // while the spare gets ready
    bool is_starting = false;
    http::Loop::TimePoint wanted_at;
  };

  void start_soon(const std::string& key);
  void start(const std::string& key);
  void started(const std::string& key, std::shared_ptr<Spare> spare);
  void ready(const std::string& key);
  void drop(const std::string& key);
  void drop_unused();

  Machine& machine_;
  std::map<std::string, Place> places_;  // by what tells one form from another
  bool is_sweep_due_ = false;
  bool is_stopped_ = false;
};

}  // namespace runtime
