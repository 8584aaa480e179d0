#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "base/value.h"
#include "http/server.h"

namespace runtime {

// The extensions of one environment, external (processes of their own) and internal (threads of the runtime), and the
// Extensions API they speak. Knows nothing of processes.
class Extensions {
 public:
  struct Extension {
    enum class State { kStarted, kRegistered, kReady, kBusy, kFailed, kGone };

    std::string name;
    std::string id;  // empty until it has registered
    State state = State::kStarted;
    bool is_external = true;
    std::set<std::string> events;  // "INVOKE", "SHUTDOWN"
    std::string error_type;
    std::shared_ptr<http::Exchange> waiting = nullptr;  // its event/next
    std::string due = {};                               // an event it has not fetched yet, as JSON
  };
  // What registering answers besides the identifier.
  struct About {
    std::string function_name, version, handler, account;
  };
  static constexpr std::size_t kExtensionsMax = 10;

  void set_about(About about) { about_ = std::move(about); }
  // A program that will register under its file's name.
  void expect(const std::string& name);
  void set_gone(std::string_view name);
  // Registration ends with the initialization.
  void close_registration() { is_open_ = false; }
  void clear();

  http::Response register_one(const http::Request& request);
  void take_next(std::shared_ptr<http::Exchange> exchange);
  // init/error and exit/error.
  http::Response take_error(const http::Request& request);

  // Whether each external one has registered, or failed: then the runtime may start.
  bool has_registered() const;
  // Whether all wait for their next event.
  bool is_ready() const;
  bool has_external() const;
  bool wants(std::string_view event) const;
  // The first one that failed.
  const Extension* failed() const;
  // By Lambda-Extension-Identifier.
  const Extension* find(const http::Request& request) const;
  const std::vector<Extension>& all() const { return extensions_; }

  void send_invoke(const base::Value& event) { send("INVOKE", event); }
  void send_shutdown(const base::Value& event) { send("SHUTDOWN", event); }

 private:
  void send(std::string_view kind, const base::Value& event);
  static void deliver(Extension& extension);
  Extension* find_mutable(const http::Request& request);

  About about_;
  std::vector<Extension> extensions_;
  bool is_open_ = true;
};

}  // namespace runtime
