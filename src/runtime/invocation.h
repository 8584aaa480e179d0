#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "http/server.h"
#include "kernel/functions.h"

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
  explicit AnswerSink(std::weak_ptr<Environment> environment) : environment_(std::move(environment)) {}
  base::Result<void> on_data(std::string_view bytes) override;
  base::Result<void> on_end() override { return {}; }

 private:
  std::weak_ptr<Environment> environment_;
};

}  // namespace runtime
