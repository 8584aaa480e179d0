#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "http/loop.h"
#include "http/parser.h"
#include "http/server.h"
#include "http/transport.h"
#include "http/worker.h"

namespace http {

// One client's connection: turns bytes into exchanges (connection.cc) and answers into bytes (connection_output.cc).
// It holds buffers only while it has bytes to keep, so thousands of idle or waiting connections are cheap.
class Connection final : private Loop::Watcher {
 public:
  Connection(Worker& worker, int descriptor, std::size_t index);
  ~Connection();
  // Begins to watch the socket.
  bool start();

  std::uint16_t local_port() const { return local_port_; }

  // Position in the worker's list.
  std::size_t index;

  // Called by the worker at the end of a turn: writes what there is to write.
  void flush();
  // Called by the worker: goes on with input left alone because too many requests waited, or because it was much.
  void resume_reading();
  // Closes when its time is over.
  void check_deadline(Loop::TimePoint now);
  // The server stops: closes unless a request is in progress.
  void drain();
  // Drops everything at once.
  void close();

  // Called by exchanges.
  void answer(Exchange& exchange, Response response);
  void drop(Exchange& exchange);  // it is being let go unanswered
  void pause_body();
  void resume_body();
  void wake();  // something happened that `flush` has to look at

 private:
  enum class Phase : std::uint8_t {
    kFirstByte,  // plain or TLS is not yet known
    kOpening,    // the first request has not begun
    kIdle,       // between requests
    kHead,
    kBody,
    kDiscard,  // what comes is thrown away: no further request will be answered
  };
  // A request that has not been answered in full, in the order of arrival.
  struct Slot {
    Exchange* exchange;  // null once answered
    bool is_head = false;
    bool is_last = false;  // the connection closes after its answer
    int minor_version = 1;
    std::unique_ptr<Response> response;  // waits for earlier answers
  };
  // The body being sent after what stands in out_.
  struct Outgoing {
    Body body;
    std::uint64_t length = 0;    // unless chunked or delimited by the end of the connection
    std::uint64_t position = 0;  // bytes of it written (a source: appended to out_)
    bool has_length = true;
    bool is_chunked = false;
    bool is_started = false;
  };
  enum class Pumped { kMore, kBlocked, kDone };

  // Input.
  void on_ready(std::uint32_t events) override;
  bool choose_transport();
  void read();
  void take_input(std::string_view fresh);
  void take_kept_input();
  std::size_t consume(std::string_view bytes);
  bool is_crowded() const;
  void begin_head();
  void begin_request();
  std::size_t consume_body(std::string_view bytes);
  std::size_t consume_chunks(std::string_view bytes);
  bool take_body(std::string_view bytes);
  void end_body();
  void fail_body(base::Error error);
  void hand_over();
  void refuse(const Refusal& refusal);
  void on_end_of_input();
  void tell_aborted();

  // Output.
  void advance();
  void render(const Slot& slot, Response& response);
  void render_fields(const Response& response);
  bool write_out();
  Pumped pump();
  Pumped pump_source(BodySource& source);
  void append_piece(std::string& piece);
  bool settle(Transport::Outcome outcome);
  void finish_output();
  bool has_output() const { return out_.size() > out_sent_ || outgoing_ != nullptr; }

  // After whatever happened: has the loop watch for what matters next, and sets the time for it.
  void settle_down();

  Worker& worker_;
  Transport transport_;
  HeadParser parser_;
  Phase phase_ = Phase::kFirstByte;
  bool is_dead_ = false;
  bool is_dirty_ = false;
  bool is_resumable_ = false;
  bool is_input_over_ = false;   // the client has closed its side, and all it sent has been read
  bool is_client_gone_ = false;  // the client has closed its side while reading was paused
  bool is_reading_paused_ = false;
  bool is_body_paused_ = false;  // by its exchange
  bool is_write_blocked_ = false;
  bool is_closing_ = false;       // close once everything rendered is written
  bool is_lingering_ = false;     // all is written and our side closed; waiting for the client to have read it
  bool must_linger_ = false;      // there may be input that was not read, which makes closing destroy our answer
  bool continue_is_due_ = false;  // the newest request waits for "100 Continue"
  bool has_progressed_ = false;   // bytes have moved since settle_down
  std::uint32_t interest_ = 0;
  std::uint16_t local_port_ = 0;
  std::uint16_t peer_port_ = 0;
  std::string peer_address_;

  std::string in_;                     // bytes of an incomplete head, or of requests not yet looked at
  std::shared_ptr<Exchange> current_;  // its head or body is being read
  std::uint64_t body_left_ = 0;
  std::unique_ptr<ChunkedReader> chunks_;
  std::vector<Slot> slots_;

  std::string out_;
  std::size_t out_sent_ = 0;
  std::size_t turn_bytes_left_ = 0;  // may be written this turn, for fairness among connections
  std::unique_ptr<Outgoing> outgoing_;
  std::shared_ptr<Connection*> self_;  // for sources to find the way back; made when needed, emptied on close

  // What time limit applies now, and since when.
  enum class Waiting : std::uint8_t { kUnknown, kNothing, kHead, kIdle, kStall, kLinger };
  Waiting waiting_ = Waiting::kUnknown;
  Loop::TimePoint deadline_ = Loop::TimePoint::max();
};

}  // namespace http
