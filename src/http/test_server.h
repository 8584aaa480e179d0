// What the tests of this folder share: a server whose handler is made of functions.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <future>
#include <memory>
#include <string>
#include <utility>

#include "http/client.h"
#include "http/server.h"

namespace http {

inline Response text_response(std::string text, int status = 200) {
  return {.status = status, .headers = {}, .body = std::move(text)};
}

// Each function may be replaced before the server starts.
class TestHandler : public Handler {
 public:
  std::function<void(Exchange&)> headers = [](Exchange&) {};
  std::function<void(std::shared_ptr<Exchange>)> request = [](std::shared_ptr<Exchange> exchange) {
    const Request& asked = exchange->request();
    exchange->respond(text_response(asked.method + " " + asked.target + " " + asked.body));
  };
  std::function<void(Loop&)> tick = [](Loop&) {};
  std::function<void(Loop&)> stop = [](Loop&) {};

  void on_headers(Exchange& exchange) override { headers(exchange); }
  void on_request(std::shared_ptr<Exchange> exchange) override { request(std::move(exchange)); }
  void on_tick(Loop& loop) override { tick(loop); }
  void on_stop(Loop& loop) override { stop(loop); }
};

class TestServer {
 public:
  explicit TestServer(TestHandler& handler, ServerOptions options = {}) : server_(std::move(options), handler) {
    auto started = server_.start();
    EXPECT_TRUE(started) << started.error().message;
  }

  Client connect(ClientOptions options = {}) {
    options.port = server_.port();
    auto client = Client::connect(options);
    EXPECT_TRUE(client) << client.error().message;
    return std::move(*client);
  }

  // What comes back for these bytes, up to the end of the connection.
  std::string exchange_bytes(std::string_view bytes) {
    Client client = connect();
    EXPECT_TRUE(client.send(bytes));
    return client.receive_rest().value_or("(nothing)");
  }

  // Runs `task` on the server's (first) loop and waits for it.
  void on_loop(std::function<void()> task) {
    std::promise<void> done;
    server_.loop(0).post([&] {
      task();
      done.set_value();
    });
    done.get_future().wait();
  }

  Server& operator*() { return server_; }
  Server* operator->() { return &server_; }

 private:
  Server server_;
};

}  // namespace http
