#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kernel/testing.h"
#include "runner/client_wire.h"
#include "runner/script.h"

namespace runner {

// What scripts have shown of an operation: that it works, and which errors it raises.
struct Shown {
  bool works = false;
  std::set<std::string> errors;
};
using Coverage = std::map<std::pair<std::string, std::string>, Shown>;  // by service and operation

struct Failure {
  int line = 0;
  std::string text;  // several lines, for a person
};

// Plays one case over one protocol against a cloud of its own.
class Player {
 public:
  Player(std::vector<kernel::Service> services, model::Protocol protocol, std::uint64_t seed, Coverage& coverage);

  // Nothing when every expectation held.
  std::optional<Failure> play(const Case& script);

 private:
  struct Started {
    const model::Service* service = nullptr;
    const model::Operation* operation = nullptr;
    model::Protocol protocol = model::Protocol::kJson10;
    wire::Route route;
    std::string shown;                              // the call, for failures
    std::optional<wire::Answer> answer;             // already answered: refused while it was read
    kernel::testing::TestCloud::Handle handle = 0;  // otherwise
  };
  using Problem = std::optional<std::string>;

  std::optional<Failure> run_steps(const std::vector<Step>& steps);
  Problem run_step(const Step& step);
  Problem run_repeat(const Step& step, std::optional<Failure>& inner);
  Problem run_call(const Step& step);
  Problem run_started(const Step& step);
  Problem put_page(const Step& step);
  Problem become(const std::vector<std::string>& words);
  Problem take_key(const std::vector<std::string>& words);
  base::Result<void> identify();
  Problem stand_in(const std::vector<std::string>& words);
  Problem arm_fault(const Step& step);

  base::Result<Started> start(const Step& step);
  void submit(Started& call, const Value& input);
  void submit_internal(Started& call, const Value& input);
  wire::Answer take_answer(Started& call);
  Problem check(Started& call, const Expectation& expected);
  Problem check_answer(const Expectation& expected, const ClientAnswer& answer);
  model::Protocol protocol_for(const model::Service& service) const;

  kernel::testing::TestCloud cloud_;
  model::Protocol protocol_;
  Coverage& coverage_;
  Scope scope_;
  std::map<std::string, Started> started_;
  struct AccessKey {
    std::string id, secret, session_token;
  };
  std::optional<AccessKey> key_;  // what calls are signed with, when the script says so
  int request_count_ = 0;
};

}  // namespace runner
