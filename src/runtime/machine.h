#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>

#include "base/jobs.h"
#include "base/log.h"
#include "http/server.h"
#include "kernel/clock.h"
#include "runtime/code_store.h"
#include "runtime/gate.h"
#include "runtime/interpreters.h"
#include "runtime/spawner.h"

namespace runtime {

struct HostSettings {
  // "The Init phase is limited to 10 seconds."
  std::chrono::milliseconds init_time{10'000};
  std::chrono::milliseconds idle_time{10 * 60'000};  // then an environment ends
  std::chrono::milliseconds freeze_after{10};        // of being idle
  // By the cloud's clock: an environment's credentials are good for longer, by more than a function's longest run.
  std::chrono::milliseconds lifetime{2 * 3'600'000};
  int spares = 4;          // interpreters started ahead, for the forms of functions started last; 0: none
  int starts_at_once = 8;  // more only make each other slow
  enum class Processor : std::uint8_t { kUnlimited, kByMemory };
  Processor processor = Processor::kUnlimited;  // kByMemory: a CPU for each 1,769 MB, as AWS
};

class Spares;

// What all environments of a host share. Everything but the code store, the jobs and the spawner belongs to the loop's
// thread.
struct Machine {
  http::Server& server;
  http::Loop& loop;
  std::shared_ptr<Gate> gate;  // to that loop
  Spawner& spawner;
  const kernel::Clock& clock;     // the cloud's: log lines carry its time
  kernel::AdjustableClock world;  // what processes see
  base::Logger log;
  HostSettings settings;
  Interpreters interpreters;
  CodeStore code;
  base::Jobs starting;           // prepare and start environments
  base::Jobs log_thread;         // one thread: hands lines over, in order
  base::Jobs telemetry_thread;   // sends to extensions
  std::string clients_folder;    // our runtime clients
  std::string temporary_folder;  // for the /tmp of those that share one
  Spares* spares = nullptr;
  std::string endpoint;  // of the cloud, for the SDKs in functions; empty: none yet

  std::int64_t now_ms() const { return kernel::to_ms(clock.now()); }
};

}  // namespace runtime
