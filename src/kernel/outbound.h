#pragma once

#include <cstdint>
#include <functional>
#include <mutex>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "kernel/clock.h"
#include "store/table.h"

// Requests to servers outside of this cloud: for the keys of an identity provider, and for whatever else an operation
// cannot answer without. Operations send nothing themselves; they ask, wait, and run again when the answer is there.
namespace kernel {

class Call;
class Cloud;

struct OutboundRequest {
  std::string method = "GET";
  std::string url;  // https, or http to this machine
  std::vector<std::pair<std::string, std::string>> headers;
  std::string body;
  // SHA-1 of certificates, in hex: one of them in the server's chain makes up for an authority this machine trusts.
  std::vector<std::string> thumbprints;
};

struct OutboundAnswer {
  int status = 0;  // 0: nobody answered, and `problem` says why
  std::string body;
  std::string problem;
  std::int64_t received_ms = 0;  // by the cloud's clock

  bool is_ok() const { return status >= 200 && status < 300; }

  static void fields(auto& self, auto& field) {
    field("status", self.status);
    field("body", self.body);
    field("problem", self.problem);
    field("received_ms", self.received_ms);
  }
};

// Who really sends; given to the cloud by what runs it.
class Outbound {
 public:
  using Done = std::move_only_function<void(OutboundAnswer)>;

  virtual ~Outbound() = default;
  // Answers at once; `done` is called exactly once, on any thread, perhaps before this returns. Gives up by itself
  // when a server does not answer.
  virtual void send(OutboundRequest request, Done done) = 0;
};

// The answer to `request`: a good one if it is no older than `fresh_for`, else one that came since this call did. While
// there is none the call is given up as by park_until, and run again with it; so this comes before any effect. Answers
// are kept for all calls, by request.
base::Result<OutboundAnswer> fetch(Call& call, const OutboundRequest& request, Millis fresh_for);

// The requests that are on their way, each once however many calls wait for it. Thread-safe. The cloud's own.
class Fetches {
 public:
  explicit Fetches(Cloud& cloud, Outbound* outbound) : cloud_(cloud), outbound_(outbound) {}
  void start(OutboundRequest request);

 private:
  void finish(const std::string& key, OutboundAnswer answer);

  Cloud& cloud_;
  Outbound* outbound_;  // null: nobody can be reached
  std::mutex mutex_;
  std::set<std::string> on_the_way_;
};

}  // namespace kernel
