#include "server/nothing.h"

#include "http/server.h"
#include "server/signals.h"
#include "server/start.h"

namespace server {

namespace {

class NothingHandler : public http::Handler {
 public:
  void on_request(std::shared_ptr<http::Exchange> exchange) override {
    http::Response response;
    response.headers.add("Content-Type", "application/x-amz-json-1.0");
    response.headers.add("x-amzn-RequestId", "00000000-0000-4000-8000-000000000000");
    response.body = std::string(200, ' ');
    exchange->respond(std::move(response));
  }
};

}  // namespace

base::Result<void> serve_nothing(const Options& options) {
  keep_freed_memory();
  Signals signals;
  NothingHandler handler;
  http::Server server({.hosts = {"127.0.0.1"}, .port = options.port, .loops = loop_count(options)}, handler);
  TRY_VOID(server.start());
  TRY_VOID(announce(options, server.port()));
  signals.wait();
  server.stop();
  return {};
}

}  // namespace server
