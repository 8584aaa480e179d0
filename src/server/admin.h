#pragma once

#include <atomic>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>

#include "base/value.h"
#include "http/message.h"
#include "kernel/cloud.h"
#include "server/options.h"

namespace server {

// The control paths: /_virga/* (health, explain, policy, clock, snapshots, fork, reset, stop), /_localstack/* (health,
// info, init, reset in the forms other tools know) and /_aws/* (looking into queues). Answers on the first loop's
// thread.
class Admin {
 public:
  struct Parts {
    kernel::Cloud& cloud;
    kernel::AdjustableClock& clock;
    const Options& options;
    std::function<void()> stop;                                                  // ends the server, after the answer
    std::function<base::Result<void>(const std::string& folder)> copy_root_key;  // to a fork's data folder
    std::function<base::Result<std::string>()> ca_certificate;                   // PEM
  };

  explicit Admin(Parts parts) : parts_(std::move(parts)) {}

  // Whether the path is ours.
  static bool serves(std::string_view path);
  // Nothing: it waits for functions that run, and is to be asked again with the same request when one has ended, or
  // after kPatience.
  std::optional<http::Response> answer(const http::Request& request);
  static constexpr std::chrono::milliseconds kPatience{3'000};

  // How the init hooks stand, for /_localstack/init. From any thread.
  void set_init_state(base::Value state);

 private:
  using Handler = base::Result<base::Value> (Admin::*)(const http::Request& request, std::string_view rest);
  struct Route {
    std::string_view method;
    std::string_view path;  // a trailing '/' takes any rest
    Handler handler;
  };
  static const Route kRoutes[];

  base::Result<base::Value> health(const http::Request& request, std::string_view rest);
  // The decisions made for `?request-id=…`, or the latest refusal, with their reasons.
  base::Result<base::Value> explain(const http::Request& request, std::string_view rest);
  base::Result<base::Value> known_health(const http::Request& request, std::string_view rest);
  base::Result<base::Value> known_info(const http::Request& request, std::string_view rest);
  base::Result<base::Value> init_state(const http::Request& request, std::string_view rest);
  base::Result<base::Value> show_clock(const http::Request& request, std::string_view rest);
  base::Result<base::Value> freeze_clock(const http::Request& request, std::string_view rest);
  base::Result<base::Value> resume_clock(const http::Request& request, std::string_view rest);
  base::Result<base::Value> advance_clock(const http::Request& request, std::string_view rest);
  base::Result<base::Value> list_snapshots(const http::Request& request, std::string_view rest);
  base::Result<base::Value> save_snapshot(const http::Request& request, std::string_view name);
  base::Result<base::Value> load_snapshot(const http::Request& request, std::string_view name);
  base::Result<base::Value> remove_snapshot(const http::Request& request, std::string_view name);
  base::Result<base::Value> fork(const http::Request& request, std::string_view rest);
  base::Result<base::Value> reset(const http::Request& request, std::string_view rest);
  base::Result<base::Value> stop(const http::Request& request, std::string_view rest);
  // What a principal has used, as a policy: ?principal=ARN&since=TIME. In used_policy.cc.
  base::Result<base::Value> policy(const http::Request& request, std::string_view rest);
  base::Result<base::Value> ca(const http::Request& request, std::string_view rest);

  base::Result<void> keep_clock();
  // /_aws/sqs/messages, in peek.cc; answers in XML or JSON like ReceiveMessage.
  http::Response peek_messages(const http::Request& request);
  // Code of functions and layers, by the links that Lambda answers. In code_download.cc.
  http::Response download_code(const http::Request& request);

  // A move of the clock that is not over.
  struct Advance {
    kernel::Time target;
    std::chrono::steady_clock::time_point patience_end;  // when what runs is no longer waited for
  };

  Parts parts_;
  std::map<const http::Request*, Advance> advances_;
  std::mutex mutex_;
  base::Value init_state_;  // guarded by mutex_
};

// Reads back the clock as `virga clock` left it.
kernel::AdjustableClock::State stored_clock(store::Store& store);

}  // namespace server
