#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace base {

// A body made piece by piece while it is sent. All of it, but for `resume`, happens on one thread: that of
// the connection it answers.
class BodySource {
 public:
  enum class Next {
    kData,   // something was appended; ask again
    kLater,  // nothing now; `resume` will be called when there is more
    kEnd,    // that was all (what was appended in this call still counts)
    kFail,   // the rest cannot be had: the connection is cut so that the client notices
  };

  virtual ~BodySource() = default;
  // How many bytes there will be, if known; then the answer has a Content-Length, otherwise it is chunked.
  virtual std::optional<std::uint64_t> length() const { return std::nullopt; }
  // Appends the next piece (some 64 KiB is a good size) to `out`, which is empty.
  virtual Next next(std::string& out) = 0;
  // Handed over once, before the first `next`. Calling `resume` has the next piece asked for; it may be called at any
  // time and from any thread while the server is there, also when the connection is gone. The source is destroyed when
  // the client goes away.
  virtual void on_start(std::function<void()> resume) { static_cast<void>(resume); }
};

}  // namespace base
