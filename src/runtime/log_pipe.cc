#include "runtime/log_pipe.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>

namespace runtime {

void MessageSplitter::feed(std::string_view bytes) {
  kept_ += bytes;
  while (!kept_.empty() && (kept_.front() == kFrame.front() ? take_frame() : take_line())) searched_ = 0;
}

void MessageSplitter::finish() {
  if (!kept_.empty()) give(kept_);
  kept_.clear();
  searched_ = 0;
}

void MessageSplitter::finish_line() {
  if (!kept_.empty() && kept_.front() != kFrame.front()) finish();
}

// Whether there may be more to take.
bool MessageSplitter::take_frame() {
  constexpr unsigned char kHasTime = 2;
  std::size_t head_bytes = 8;
  std::size_t common = std::min(kept_.size(), kFrame.size());
  if (kept_.compare(0, common, kFrame.substr(0, common)) != 0) return take_line();  // bytes that are no frame of ours
  if (kept_.size() < head_bytes) return false;
  std::size_t length = 0;
  for (std::size_t index = 4; index < head_bytes; ++index)
    length = length << 8 | static_cast<unsigned char>(kept_[index]);
  if (length > kMessageBytesMax) return take_line();
  if (static_cast<unsigned char>(kept_[3]) & kHasTime) head_bytes += 8;
  if (kept_.size() < head_bytes + length) return false;
  give(std::string_view(kept_).substr(head_bytes, length));
  kept_.erase(0, head_bytes + length);
  return true;
}

bool MessageSplitter::take_line() {
  std::size_t end = kept_.find('\n', searched_);
  if (end == std::string::npos) {
    searched_ = kept_.size();
    if (kept_.size() < kMessageBytesMax) return false;
    give(std::string_view(kept_).substr(0, kMessageBytesMax));
    kept_.erase(0, kMessageBytesMax);
    return true;
  }
  std::string_view line = std::string_view(kept_).substr(0, end);
  // A frame may follow what was printed without an end of line.
  if (std::size_t frame = line.find(kFrame); frame != line.npos && frame > 0) {
    give(line.substr(0, frame));
    kept_.erase(0, frame);
    return true;
  }
  while (line.size() > kMessageBytesMax) {
    give(line.substr(0, kMessageBytesMax));
    line.remove_prefix(kMessageBytesMax);
  }
  if (line.ends_with('\r')) line.remove_suffix(1);
  give(line);
  kept_.erase(0, end + 1);
  return true;
}

// Empty lines are no messages: CloudWatch Logs refuses them.
void MessageSplitter::give(std::string_view message) {
  while (message.ends_with('\n')) message.remove_suffix(1);
  if (!message.empty()) take_(std::string(message));
}

LogPipe::LogPipe(http::Loop& loop, Descriptor descriptor, MessageSplitter::Take take)
    : loop_(loop), descriptor_(std::move(descriptor)), splitter_(std::move(take)) {
  ::fcntl(descriptor_.get(), F_SETFL, ::fcntl(descriptor_.get(), F_GETFL) | O_NONBLOCK);
}

void LogPipe::start() { is_watched_ = loop_.watch(descriptor_.get(), EPOLLIN, *this).has_value(); }

void LogPipe::drain() {
  std::array<char, 16 * 1024> buffer;
  while (descriptor_.is_open()) {
    ssize_t count = ::read(descriptor_.get(), buffer.data(), buffer.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return;  // nothing more now
    if (count == 0) {       // nobody can write any more
      splitter_.finish();
      if (is_watched_) loop_.unwatch(descriptor_.get());
      is_watched_ = false;
      descriptor_.reset();
      return;
    }
    splitter_.feed({buffer.data(), static_cast<std::size_t>(count)});
  }
}

void LogPipe::drain_line() {
  drain();
  splitter_.finish_line();
}

void LogPipe::close() {
  drain();
  splitter_.finish();
  if (is_watched_) loop_.unwatch(descriptor_.get());
  is_watched_ = false;
  descriptor_.reset();
  loop_.post([self = shared_from_this()] {});  // the loop may still tell it of this turn's events
}

void LogPipe::on_ready(std::uint32_t) { drain(); }

}  // namespace runtime
