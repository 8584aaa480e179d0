#pragma once

#include <memory>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "kernel/functions.h"
#include "runtime/host.h"
#include "runtime/spawner.h"
#include "server/options.h"

namespace server {

// What runs functions in this process, as its options say: the spawner of processes, and the host on top of it.
class Functions {
 public:
  // Early: the spawner is best started while this process is small. Where the machine lets nothing be started, the log
  // says so and there is no host; only what an option asks for is refused.
  static base::Result<std::unique_ptr<Functions>> start(const Options& options, const kernel::Clock& clock,
                                                        base::Logger log);

  kernel::FunctionHost* host() { return host_.get(); }
  void set_endpoint(std::string endpoint) {
    if (host_ != nullptr) host_->set_endpoint(std::move(endpoint));
  }
  // Before the server that answers those who wait for functions.
  void stop() {
    if (host_ != nullptr) host_->stop();
  }

 private:
  Functions() = default;

  std::unique_ptr<runtime::Spawner> spawner_;
  std::unique_ptr<runtime::Host> host_;
};

// Where to look for interpreters, and which to take.
base::Result<runtime::Interpreters::Options> interpreter_options(const Options& options);

// `virga runtimes`: the managed runtimes and what would run them here, as a table.
std::string runtimes_table(const runtime::Interpreters& interpreters);

}  // namespace server
