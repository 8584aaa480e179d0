#pragma once

#include <atomic>
#include <ctime>
#include <functional>
#include <future>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <thread>
#include <vector>

#include "http/loop.h"
#include "http/server.h"

struct ssl_ctx_st;

namespace http {

class Connection;

// Exchanges no longer in use, kept so that the next requests need not allocate their texts anew. Lives as long as the
// last exchange taken from it.
class ExchangePool : public std::enable_shared_from_this<ExchangePool> {
 public:
  std::shared_ptr<Exchange> take(Loop& loop);
  void keep_nothing() { is_keeping_ = false; }

 private:
  void put_back(Exchange* exchange);

  std::vector<std::unique_ptr<Exchange>> free_;
  bool is_keeping_ = true;
};

// Makes the TLS context when it is first wanted; shared by the workers.
class LazyTls {
 public:
  explicit LazyTls(const ServerOptions& options) : options_(options) {}
  // Null where there is none.
  ssl_ctx_st* get();

 private:
  const ServerOptions& options_;
  std::mutex mutex_;
  std::shared_ptr<TlsContext> context_;  // guarded by mutex_
};

// One loop of a server: its thread, its connections, and what they share.
class Worker final : private Loop::TurnEnd {
 public:
  static base::Result<std::unique_ptr<Worker>> create(const ServerOptions& options, Handler& handler,
                                                      std::shared_ptr<LazyTls> tls);
  ~Worker();

  void start();
  // Asks the loop to wind up, once: idle connections go, the others after their answers; tells when all are gone.
  std::future<void> drain();
  // Ends the thread, cutting what is left.
  void stop();
  Loop& loop() { return *loop_; }
  std::size_t connection_count() const { return connection_count_.load(std::memory_order_relaxed); }

  // Takes over an accepted socket.
  void adopt(int descriptor);
  // Closes the connections that came by this port. On the loop's thread.
  void close_port(std::uint16_t port);

  // For connections.
  Handler& handler() { return handler_; }
  const ServerLimits& limits() const { return options_.limits; }
  LazyTls& tls() { return *tls_; }
  ExchangePool& exchanges() { return *exchanges_; }
  bool is_draining() const { return is_draining_; }
  // Scratch memory, good until the next call into the loop.
  std::span<char> scratch();
  // "Sun, 06 Nov 1994 08:49:37 GMT", of now.
  const std::string& date_text();
  // Buffers that connections hold only while they have something to keep.
  std::string take_buffer();
  void give_buffer(std::string&& buffer);
  // The connection's `flush` is to be called at the end of this turn.
  void add_dirty(Connection& connection) { dirty_.push_back(&connection); }
  // The connection's `resume_reading` is to be called after the flushes.
  void add_resumable(Connection& connection) { resumable_.push_back(&connection); }
  // The connection has closed; it is destroyed at the end of the turn.
  void bury(Connection& connection);

 private:
  Worker(const ServerOptions& options, Handler& handler, std::shared_ptr<LazyTls> tls, std::unique_ptr<Loop> loop);
  void on_turn_end() override;
  void bury_dead();
  void arm_sweep();
  void sweep();

  const ServerOptions& options_;
  Handler& handler_;
  std::shared_ptr<LazyTls> tls_;
  std::unique_ptr<Loop> loop_;
  std::thread thread_;
  std::shared_ptr<ExchangePool> exchanges_;
  std::vector<std::unique_ptr<Connection>> connections_;  // each knows its index
  std::atomic<std::size_t> connection_count_ = 0;
  std::vector<std::unique_ptr<Connection>> dead_;    // closed in this turn
  std::vector<std::unique_ptr<Connection>> doomed_;  // closed in the last turn
  std::vector<Connection*> dirty_;
  std::vector<Connection*> flushing_;
  std::vector<Connection*> resumable_;
  std::vector<Connection*> resuming_;
  std::vector<std::string> buffers_;
  std::unique_ptr<char[]> scratch_;
  std::string date_text_;
  std::time_t date_second_ = 0;
  std::promise<void> drained_;
  bool is_draining_ = false;
  bool is_drained_ = false;
  bool is_sweep_armed_ = false;
};

}  // namespace http
