#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "http/loop.h"
#include "http/message.h"
#include "http/parser.h"

namespace http {

class Connection;
class ExchangePool;
class TlsContext;
class Worker;

// Takes a request's body as it arrives, instead of having it gathered in memory. Nothing more is read from the client
// while a call runs. When the client goes away before the end, the sink is destroyed without `on_end`.
class BodySink {
 public:
  virtual ~BodySink() = default;
  virtual base::Result<void> on_data(std::string_view bytes) = 0;
  // The body is complete; `request().trailers` are there.
  virtual base::Result<void> on_end() = 0;
};

// One request, and the means to answer it, later and exactly once. Belongs to one loop: all of it, including letting go
// of the last reference, happens on that loop's thread. An exchange that is let go unanswered is answered 500.
class Exchange {
 public:
  Request& request() { return request_; }
  const Request& request() const { return request_; }
  Loop& loop() const { return *loop_; }

  // Queues the answer; it leaves at the end of this turn, after those to earlier requests of the same connection. When
  // the client is gone it is dropped. An answer given before the whole body has come makes the server discard the rest,
  // skip `on_request`, and close the connection.
  void respond(Response response);
  bool is_answered() const { return is_answered_; }

  // `callback` runs, once and as part of a turn, if the client goes away before the answer. A client that closed only
  // its sending side counts as gone too, but an answer given then still reaches it.
  void on_abort(Loop::Task callback);
  bool is_aborted() const { return is_aborted_; }

  // Only within Handler::on_headers: the body goes to `sink`.
  void stream_body(std::unique_ptr<BodySink> sink) { sink_ = std::move(sink); }
  // Nothing more of the body is read until resume_body, however long that takes: for sinks that are full.
  void pause_body();
  void resume_body();
  // That sink, for its results.
  BodySink* sink() const { return sink_.get(); }
  // Why the sink did not take the body; `on_request` follows at once, and the rest of the body is discarded.
  const base::Error* body_error() const { return body_error_.get(); }

  // Whatever the handler wants to keep with the exchange.
  std::shared_ptr<void> user_data;

 private:
  friend class Connection;
  friend class ExchangePool;
  Exchange() = default;

  Request request_;
  Loop* loop_ = nullptr;
  Connection* connection_ = nullptr;  // null once answered or once the client is gone
  bool is_answered_ = false;
  bool is_aborted_ = false;
  Loop::Task abort_;
  std::unique_ptr<BodySink> sink_;
  std::unique_ptr<base::Error> body_error_;
};

// What a server does with requests. Called on the loops' threads: with more than one loop, from several at once.
class Handler {
 public:
  virtual ~Handler() = default;
  // The head is there. By default the body, up to ServerLimits::body_bytes (beyond: 413), is gathered in
  // `request().body`; `stream_body` has it go elsewhere, `respond` refuses it unread.
  virtual void on_headers(Exchange& exchange) { static_cast<void>(exchange); }
  // The whole request is there. Requests of a connection come in order, without waiting for answers to earlier ones.
  virtual void on_request(std::shared_ptr<Exchange> exchange) = 0;
  // All ready work of this turn has been handled. Answers given here leave right after, with those given before.
  virtual void on_tick(Loop& loop) { static_cast<void>(loop); }
  // The server is stopping: requests that would wait long should be answered now.
  virtual void on_stop(Loop& loop) { static_cast<void>(loop); }
};

struct ServerLimits {
  HeadLimits head;
  std::size_t body_bytes = 16 * 1024 * 1024;  // of bodies gathered in memory
  std::size_t connections = 100'000;          // further ones wait in the kernel's queue
  std::size_t pipelined_requests = 64;        // unanswered ones of a connection; further ones are not read
  // How long a client may take. A request that waits for the handler's answer never times out.
  std::chrono::milliseconds head_time{20'000};   // from a head's first byte to its last; also for the TLS handshake
  std::chrono::milliseconds idle_time{75'000};   // between requests
  std::chrono::milliseconds stall_time{60'000};  // without progress in reading a body or writing an answer
  std::chrono::milliseconds linger_time{2'000};  // for reading an answer given before the request was read
};

struct ServerOptions {
  // Numeric addresses, or "localhost" for both loopback addresses; none: only listeners that are added later.
  std::vector<std::string> hosts = {"127.0.0.1"};
  std::uint16_t port = 0;  // 0: any free one, the same for all hosts
  int loops = 1;           // threads
  ServerLimits limits;
  // Makes what TLS connections need, when the first one comes; called once, from any loop. Without it, TLS is refused.
  // A TLS handshake is told from plain HTTP by the first byte of a connection, so one port serves both.
  std::function<base::Result<std::shared_ptr<TlsContext>>()> make_tls = nullptr;
};

// An HTTP/1.1 server.
class Server {
 public:
  // `handler` must outlive the server. The exchanges the handler keeps may outlive it, unanswered.
  Server(ServerOptions options, Handler& handler);
  // Stops at once, if still running.
  ~Server();
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  // The first half of `start`: the loops and the port are there, and nothing is served yet.
  base::Result<void> listen();
  // Listens and serves, on threads of its own. Fails ("AddressInUse", "AddressNotAvailable", …) where another process
  // listens on the port, or the address is not one of this machine. Ignores SIGPIPE and raises the soft limit of open
  // files to the hard one, for the whole process.
  base::Result<void> start();
  // The port listened on.
  std::uint16_t port() const { return port_; }

  // Serves one more address while the server runs, or takes over a listening socket, wherever it was made (in another
  // network namespace, say); answers its port, by which requests tell it (Request::local_port). From any thread, but
  // not together with `stop`.
  base::Result<std::uint16_t> add_listener(const std::string& host, std::uint16_t port = 0);
  base::Result<std::uint16_t> add_listener(int descriptor);
  // Soon closes what `add_listener` has added, and all connections that came by it.
  void remove_listener(std::uint16_t port);

  // Accepts nothing more, closes idle connections, tells the handler (`on_stop`), answers what is in progress, and
  // returns when that is done; what is not done within `patience` is cut. Not to be called from a loop's thread.
  void stop(std::chrono::milliseconds patience = std::chrono::seconds(5));

  std::size_t loop_count() const;
  Loop& loop(std::size_t index);
  // Connections open now; may be asked from any thread.
  std::size_t connection_count() const;

 private:
  class Acceptor;

  const ServerOptions options_;
  Handler& handler_;
  std::uint16_t port_ = 0;
  bool is_running_ = false;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::unique_ptr<Acceptor>> acceptors_;
  std::map<std::uint16_t, std::shared_ptr<Acceptor>> added_;  // belongs to the first loop's thread
};

}  // namespace http
