#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>

#include "http/message.h"

struct ssl_st;
struct ssl_ctx_st;

namespace http {

// A connected non-blocking socket, plain or TLS. Nothing here waits.
class Transport {
 public:
  // What became of a read or write. kWait: not now, try again when the socket is ready.
  enum class State { kOk, kWait, kEnd, kFailed };
  struct Outcome {
    State state = State::kWait;
    std::size_t bytes = 0;  // above 0 exactly with kOk
  };
  // Whether more will be written right behind, so that the kernel may wait for it.
  enum class More { kNo, kYes };

  // Takes over the descriptor.
  explicit Transport(int descriptor) : descriptor_(descriptor) {}
  ~Transport();
  Transport(const Transport&) = delete;
  Transport& operator=(const Transport&) = delete;

  // From now on speaks TLS, as the server; the handshake happens within the first reads.
  bool start_tls(ssl_ctx_st* context);
  bool is_secure() const { return tls_ != nullptr; }
  // Whether the last read could not go on because the socket did not take what TLS had to write.
  bool reading_needs_write() const { return reading_needs_write_; }

  // Whether bytes already taken from the socket wait to be read, of which the socket will say nothing.
  bool has_pending() const;

  // The first byte of the stream, left in place: kOk with `byte` set, or why not.
  State peek(unsigned char& byte) const;
  Outcome read(std::span<char> buffer);
  Outcome write(std::string_view bytes, More more);
  // Sends part of a file. `scratch` is used where the kernel cannot copy by itself. kFailed also where the file is
  // shorter.
  Outcome send(const File& file, std::uint64_t offset, std::uint64_t length, std::span<char> scratch);
  // Says that nothing more will be written.
  void end_writing();

  int descriptor() const { return descriptor_; }

 private:
  Outcome tls_outcome(int result);

  const int descriptor_;
  bool reading_needs_write_ = false;
  struct TlsFree {
    void operator()(ssl_st* tls) const;
  };
  std::unique_ptr<ssl_st, TlsFree> tls_;
};

}  // namespace http
