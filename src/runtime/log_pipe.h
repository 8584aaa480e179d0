#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "http/loop.h"
#include "runtime/descriptor.h"

namespace runtime {

// What a process writes, as messages: lines, cut at 256 KB, or frames. A frame is how runtime clients, ours and AWS's,
// say that several lines are one message: A5 5A 00, a byte of flags, the length in four bytes (big-endian), eight bytes
// of time where the flag of 2 is set, the message. No text in UTF-8 has these bytes.
class MessageSplitter {
 public:
  static constexpr std::size_t kMessageBytesMax = 256 * 1024;
  static constexpr std::string_view kFrame{"\xa5\x5a\x00", 3};
  using Take = std::function<void(std::string message)>;

  explicit MessageSplitter(Take take) : take_(std::move(take)) {}
  void feed(std::string_view bytes);
  // What is left is a message: its writer is gone, or has ended what it wrote of.
  void finish();
  // The same, unless it is the beginning of a frame.
  void finish_line();

 private:
  bool take_frame();
  bool take_line();
  void give(std::string_view message);

  Take take_;
  std::string kept_;
  std::size_t searched_ = 0;  // so many bytes of kept_ hold no end of line
};

// The reading end of a pipe, on the loop's thread. Hold it by a shared pointer, and `close` it before letting go.
class LogPipe : public std::enable_shared_from_this<LogPipe>, private http::Loop::Watcher {
 public:
  LogPipe(http::Loop& loop, Descriptor descriptor, MessageSplitter::Take take);
  // Begins to read.
  void start();
  // Reads all that has been written up to now; then also a line that has no end yet.
  void drain();
  void drain_line();
  // Reads what is there, then no more.
  void close();

 private:
  void on_ready(std::uint32_t events) override;

  http::Loop& loop_;
  Descriptor descriptor_;
  MessageSplitter splitter_;
  bool is_watched_ = false;
};

}  // namespace runtime
