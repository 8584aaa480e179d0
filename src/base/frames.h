#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

// Long texts sealed with AES-256-GCM, frame by frame, so that they can be sealed while they arrive and read from any
// place, and nobody without the key can change, swap, drop or append a byte unnoticed. Each text has a key of its own,
// which is never used for another; a frame's nonce is its place, and whether it is the last.
namespace base {

inline constexpr std::size_t kFrameBytes = 64 * 1024;  // of text; only the last frame is shorter
inline constexpr std::size_t kFrameTagBytes = 16;      // which a frame is longer when it is sealed
inline constexpr std::size_t kSealedFrameBytes = kFrameBytes + kFrameTagBytes;

// How long a text of this size is when it is sealed; the empty text has a frame, too.
std::uint64_t sealed_size(std::uint64_t text_size);

class FrameSealer {
 public:
  explicit FrameSealer(std::string_view key);  // 32 bytes
  ~FrameSealer();
  FrameSealer(FrameSealer&&) noexcept;
  FrameSealer& operator=(FrameSealer&&) noexcept;

  // Appends to `out` the frames that have become whole. Keeps back up to a frame of text.
  void add(std::string_view text, std::string& out);
  // Appends the last frame.
  void finish(std::string& out);

 private:
  struct Cipher;
  std::unique_ptr<Cipher> cipher_;
  std::string kept_;
  std::uint64_t index_ = 0;
};

class FrameOpener {
 public:
  FrameOpener(std::string_view key, std::uint64_t text_size);
  ~FrameOpener();
  FrameOpener(FrameOpener&&) noexcept;
  FrameOpener& operator=(FrameOpener&&) noexcept;

  // Appends the text of the frame in this place to `out`. `sealed` is the whole frame. False, and nothing appended,
  // where it is not what was sealed there.
  bool open(std::uint64_t index, std::string_view sealed, std::string& out);

 private:
  struct Cipher;
  std::unique_ptr<Cipher> cipher_;
  std::uint64_t text_size_;
};

// The whole of a short text.
std::string seal_frames(std::string_view key, std::string_view text);

}  // namespace base
