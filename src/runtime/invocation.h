#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/server.h"
#include "kernel/functions.h"
#include "runtime/gate.h"

namespace runtime {

// What the runtime answers to one invocation, while it arrives.
struct Answer {
  // "Invocation payload (request and response): 6 MB each", and what the platform grants beyond.
  static constexpr std::size_t kWholeBytesMax = 6'291'556;
  // "The maximum response payload size for streamed functions is 200 MB."
  static constexpr std::uint64_t kStreamedBytesMax = 200 * 1024 * 1024;

  std::string request_id;
  bool is_error = false;
  bool is_streamed = false;  // the runtime sends it piece by piece
  bool is_too_large = false;
  bool is_complete = false;
  std::uint64_t bytes = 0;
  std::string body;
  std::string error_type;                          // of an error, or of a stream that broke
  std::shared_ptr<kernel::Pipe> stream = nullptr;  // where the pieces go, when the caller takes them so

  void take(std::string_view piece);
};

class Environment;

// Hands the body of an answer to its environment.
class AnswerSink final : public http::BodySink {
 public:
  // Beyond this, a stream that is not read slows its function down.
  static constexpr std::size_t kWaitingBytesMax = 1024 * 1024;

  AnswerSink(std::weak_ptr<Environment> environment, http::Exchange& exchange);
  base::Result<void> on_data(std::string_view bytes) override;
  base::Result<void> on_end() override { return {}; }
  // The stream is read no faster than this sink takes bytes.
  void follow(std::shared_ptr<kernel::Pipe> stream, std::shared_ptr<Gate> gate);

 private:
  // Shared with the stream, whose reader is on another thread and may outlive the sink.
  struct Valve {
    std::atomic<bool> is_closed = false;
    http::Exchange* exchange = nullptr;  // on the loop's thread
  };

  std::weak_ptr<Environment> environment_;
  std::shared_ptr<Valve> valve_ = std::make_shared<Valve>();
  std::shared_ptr<kernel::Pipe> stream_;
};

}  // namespace runtime
