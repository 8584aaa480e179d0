#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/seal.h"
#include "kernel/cloud.h"
#include "kernel/function_rates.h"
#include "kernel/functions.h"
#include "store/memory_engine.h"

namespace kernel::testing {

// The root key of every test's vault.
inline constexpr std::string_view kRootKey = "a root key for tests, 32 bytes  ";
static_assert(kRootKey.size() == base::kSealKeyBytes);

// The world outside of a test's cloud: pages by URL. Nobody answers at other URLs.
struct Pages : Outbound {
  std::map<std::string, std::string> by_url;
  int sent = 0;  // requests so far

  void send(OutboundRequest request, Done done) override;
};

// Runs functions without running any: what one does is told by its handler.
//   echo            answers the event
//   answer          answers the text of its variable ANSWER
//   fail            fails: {"errorMessage":"failed","errorType":"Error"}
//   fail_times_<n>  fails so in its first n runs, and answers the event from then on
//   hang            never ends
//   stream          streams the text of its variable ANSWER, after that of PRELUDE as head of an answer, if it is set
//   script          answers what the test's `script` says of the request; nothing: fails
// Others cannot be run. Each run logs a line START, the text of the variable PRINT, END and REPORT.
class TestFunctions : public FunctionHost {
 public:
  std::shared_ptr<FunctionRun> prepare(FunctionRequest request) override;
  void provision(const std::string& environment_key, const std::string& function_key, int count,
                 std::function<base::Result<FunctionEnvironment>()> make_environment,
                 std::function<void()> on_change) override;
  FunctionCounts counts(const std::string& environment_key) const override;
  void retire(const std::string& function_key) override;
  // Such an ARN ends with the hash of the runtime's name; there is none for names that begin with "dotnet".
  std::string runtime_version_arn(const std::string& runtime, const std::string& region) const override;
  void supersede(const std::string&) override {}
  std::string tier() const override { return "none"; }

  using Script = std::function<std::optional<std::string>(const FunctionRequest& request)>;
  Script script = nullptr;                                  // stays over restarts and crashes
  int runs = 0;                                             // so far
  std::map<std::string, FunctionEnvironment> environments;  // made so far and not retired, by key

 private:
  class Run;
  base::Result<FunctionEnvironment*> ensure_environment(const FunctionRequest& request);
  FunctionOutcome run(const FunctionRequest& request, const FunctionEnvironment& environment);

  FunctionRates rates_;
  std::map<std::string, int> busy_;  // by function
  int unreserved_busy_ = 0;
  std::map<std::string, int> runs_of_;      // by function
  std::map<std::string, int> provisioned_;  // by environment
};

// A whole cloud in one thread, for tests: memory for a disk, a clock that only moves when told, dice that repeat.
class TestCloud {
 public:
  static constexpr Time kStart{std::chrono::sys_days{std::chrono::year{2026} / 1 / 1}};

  explicit TestCloud(std::vector<Service> services, std::uint64_t seed = 1);
  ~TestCloud();

  // Who calls, and where, from now on. At first the root of account 000000000000 in us-east-1.
  void become(Principal principal) { caller_ = std::move(principal); }
  void stand_in(Place place) { place_ = std::move(place); }
  // The scheme and authority by which clients reach the cloud, from now on: "http://localhost:4566".
  void reach_by(std::string base_url) { base_url_ = std::move(base_url); }
  const Principal& caller() const { return caller_; }
  const Place& place() const { return place_; }

  // Calls an operation and waits for the answer as a client would: while the call waits, time passes.
  Result<Value> call(std::string_view service, std::string_view operation, Value input);

  // The same in two halves: `start` answers at once, `answer` once there is one.
  using Handle = std::uint64_t;
  Handle start(std::string_view service, std::string_view operation, Value input);
  const Result<Value>* answer(Handle handle);  // null while the call waits
  bool wait(Handle handle);                    // lets time pass until there is an answer; false: there will be none
  void hang_up(Handle handle);                 // the client goes away

  void advance(Millis by);
  Time now() const { return clock_.now(); }
  std::uint64_t roll(std::uint64_t sides) { return dice_->below(sides); }

  // Who does long computations from now on; the cloud is restarted. Nobody at first: they are done where they are
  // asked.
  void employ(Workers* workers) {
    workers_ = workers;
    restart();
  }
  void restart();  // closes in order and opens again; waiting calls are dropped
  void crash();    // what was not flushed is gone
  store::MemoryDisk& disk() { return *disk_; }
  std::size_t count_rows(std::string_view table);  // over all accounts and regions; sums counters' rows, not values
  Cloud& cloud() { return *cloud_; }
  Pages& pages() { return pages_; }
  TestFunctions& functions() { return *functions_; }

 private:
  struct Waiting {
    Lane::Ticket ticket = 0;
    std::optional<Result<Value>> answer;
  };

  void open();
  void settle();

  std::vector<Service> services_;
  std::shared_ptr<store::MemoryDisk> disk_;
  ManualClock clock_{kStart};
  std::unique_ptr<base::Dice> dice_;
  Workers* workers_ = nullptr;
  Pages pages_;
  std::unique_ptr<TestFunctions> functions_ = std::make_unique<TestFunctions>();
  std::unique_ptr<store::Store> store_;
  std::unique_ptr<Cloud> cloud_;
  std::unique_ptr<Lane> lane_;
  Principal caller_ = Principal::root("000000000000");
  Place place_{"000000000000", "us-east-1"};
  std::string base_url_ = Request{}.base_url;
  std::map<Handle, std::shared_ptr<Waiting>> waiting_;
  Handle next_handle_ = 1;
};

}  // namespace kernel::testing
