#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "kernel/body.h"

namespace kernel {

// Bytes on their way from a thread that makes them to the lane that sends them: what is streamed by a function, or
// tailed from a log. Any thread may write; one reader, on its lane's thread.
//
//   auto pipe = Pipe::make();           // the writer keeps it
//   call.answer_with(pipe->reader());   // an AnswerBody; drops the rest when the client goes away
class Pipe : public std::enable_shared_from_this<Pipe> {
 public:
  static std::shared_ptr<Pipe> make() { return std::shared_ptr<Pipe>(new Pipe); }

  // Appends. False: the reader has gone, and nobody will read any of it.
  bool write(std::string_view bytes);
  // That was all.
  void end();
  // The rest cannot be had; `error` is for whoever can still tell the client.
  void fail(base::Error error);
  // Bytes written and not read yet: writers that can wait do so above some limit, until `on_drained` is called, from
  // the reader's thread, each time all has been read.
  std::size_t waiting_bytes() const;
  void on_drained(std::function<void()> callback);
  // Whether the reader has gone: long writers look now and then.
  bool is_unread() const;

  // What comes first and is read apart from the rest, up to and with `mark`: before the reader begins. `callback` is
  // called once, from any thread and perhaps before this returns, when the mark, `bytes_max` bytes or the end are
  // there.
  void await_head(std::string mark, std::size_t bytes_max, std::function<void()> callback);
  // Takes the head, without the mark; nothing when there is none.
  std::optional<std::string> take_head(std::string_view mark);

  // How bytes become those of the answer (frames of an event stream); `finish` gives the last ones, for an end or an
  // error. Without an encoder bytes go as they are, and an error cuts the connection.
  struct Encoder {
    std::function<std::string(std::string_view bytes)> encode;
    std::function<std::string(const base::Error* error)> finish;
  };
  // Once.
  std::unique_ptr<AnswerBody> reader(Encoder encoder = {});

 private:
  Pipe() = default;
  class Reader;

  mutable std::mutex mutex_;
  std::string bytes_;
  bool is_over_ = false;
  bool is_unread_ = false;  // the reader has gone
  std::unique_ptr<base::Error> error_;
  std::function<void()> resume_;  // from any thread
  std::function<void()> drained_;
  std::string head_mark_;
  std::size_t head_bytes_max_ = 0;
  std::function<void()> on_head_;

  std::function<void()> take_head_callback();  // under the lock: what is to be called now, if anything
};

}  // namespace kernel
