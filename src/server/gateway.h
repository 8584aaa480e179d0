#pragma once

#include <memory>
#include <string>
#include <vector>

#include "auth/sigv4.h"
#include "http/server.h"
#include "kernel/cloud.h"
#include "kernel/credentials.h"
#include "wire/wire.h"

namespace server {

class Admin;

// The life of a request: bytes become a route, an identity, a typed input and a call; the answer becomes bytes again. Runs on
// the loops of the HTTP server, each with a lane of its own.
class Gateway : public http::Handler {
 public:
  struct Parts {
    kernel::Cloud& cloud;
    Admin& admin;
    kernel::CredentialRules rules;
    std::string host_name;  // a further host name that is ours
  };

  explicit Gateway(Parts parts) : parts_(std::move(parts)) {}
  ~Gateway() override;

  // Gives every loop of the server its lane; between the server's making and its start.
  void attach(http::Server& server);
  // Drops the lanes; after the server has stopped.
  void detach();

  void on_request(std::shared_ptr<http::Exchange> exchange) override;
  void on_tick(http::Loop& loop) override;
  void on_stop(http::Loop& loop) override;

 private:
  struct LoopState {
    http::Loop* loop = nullptr;
    std::unique_ptr<kernel::Lane> lane;
    http::Loop::TimerId timer;
    std::vector<std::weak_ptr<http::Exchange>> waiting;
  };
  struct Decoded;

  LoopState& state_of(http::Loop& loop);
  base::Result<void> decode(http::Exchange& exchange, Decoded& decoded);
  base::Result<void> read_body(http::Request& request, const Decoded& decoded);
  base::Result<kernel::Principal> authenticate(const http::Request& request, Decoded& decoded);
  void submit(const std::shared_ptr<http::Exchange>& exchange, Decoded decoded);
  void schedule(LoopState& state);

  Parts parts_;
  std::vector<LoopState> loops_;
};

}  // namespace server
