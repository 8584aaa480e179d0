#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/log.h"
#include "base/result.h"
#include "kernel/functions.h"
#include "runtime/machine.h"

namespace runtime {

class HostWorks;

struct HostOptions {
  Spawner& spawner;            // outlives the host
  const kernel::Clock& clock;  // likewise
  base::Logger log = {};
  // Everything is kept below it; made, and removed at the end. Empty: virga-<pid>-functions in the host's temporary
  // folder, where those that crashes have left are removed too.
  std::string work_folder = {};
  Interpreters::Options interpreters = {};
  HostSettings settings = {};
};

// Runs functions on this machine, in processes of their own.
class Host final : public kernel::FunctionHost {
 public:
  static base::Result<std::unique_ptr<Host>> start(HostOptions options);
  ~Host() override;

  // Where functions find the cloud, as AWS_ENDPOINT_URL. Before the first run.
  void set_endpoint(std::string endpoint);

  std::shared_ptr<kernel::FunctionRun> prepare(kernel::FunctionRequest request) override;
  void provision(const std::string& environment_key, const std::string& function_key, int count,
                 std::function<base::Result<kernel::FunctionEnvironment>()> make_environment,
                 std::function<void()> on_change) override;
  kernel::FunctionCounts counts(const std::string& environment_key) const override;
  void retire(const std::string& function_key) override;
  std::string runtime_version_arn(const std::string& runtime, const std::string& region) const override;
  void supersede(const std::string& environment_key) override;
  std::string tier() const override;

  // Ends all environments and hands over what they have logged. Runs under way are never over: what waits for them is
  // about to stop as well. The host outlives whoever may still ask it for something.
  void stop();

 private:
  explicit Host(std::unique_ptr<HostWorks> works);

  const std::unique_ptr<HostWorks> works_;
};

}  // namespace runtime
