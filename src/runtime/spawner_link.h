#pragma once

#include <condition_variable>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string_view>
#include <thread>
#include <utility>

#include "runtime/messages.h"
#include "runtime/spawner.h"

namespace runtime {

// The hidden argument of a helper; the number of its socket follows.
inline constexpr std::string_view kSpawnerArgument = "--run-as-spawner";

// The server's end of the conversation with its helper. Processes keep it alive; it is over when the Spawner is.
class SpawnerLink {
 public:
  explicit SpawnerLink(SpawnerOptions options) : options_(std::move(options)) {}

  base::Result<void> start();
  // Everything has ended and been reported when this returns.
  void stop();

  // A sandbox to be, whose end is to be told once it has started. Answers its id.
  std::uint64_t add(std::function<void(ExitReport)> on_exit);
  void forget(std::uint64_t id);
  void tell(Word word, std::uint64_t id);
  // The answer to a question about a sandbox; nothing when nobody is there to answer.
  std::optional<Message> ask(std::uint64_t id, std::string_view bytes, std::span<const int> descriptors);
  std::pair<std::optional<int>, std::optional<int>> measure(std::uint64_t id);

  // What the first helper found; the later ones are asked for the same.
  Tier tier() const { return tier_; }
  const Findings& findings() const { return findings_; }
  int helper() const;

 private:
  struct Question {
    bool is_answered = false;
    std::optional<Message> answer;
  };
  struct Sandbox {
    std::function<void(ExitReport)> on_exit;
    bool is_started = false;
  };

  base::Result<void> start_helper();
  void read();
  void hear(Message& message);
  void lose_all();

  SpawnerOptions options_;
  Tier tier_ = Tier::kProcess;
  Findings findings_;
  std::thread reader_;

  mutable std::mutex mutex_;  // guards what follows; never held while a message is sent
  std::condition_variable changed_;
  std::shared_ptr<const Descriptor> socket_;  // none: the helper is gone
  int helper_ = -1;
  bool is_over_ = false;
  bool is_wanted_ = false;      // somebody asked while there was no helper
  std::uint64_t last_id_ = 15;  // lower ones have a meaning in the helper's poll
  std::map<std::uint64_t, Sandbox> sandboxes_;
  std::multimap<std::uint64_t, std::shared_ptr<Question>> questions_;
};

}  // namespace runtime
