#include "http/transport.h"

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

namespace http {

namespace {

Transport::Outcome plain_outcome(ssize_t result) {
  using State = Transport::State;
  if (result > 0) return {State::kOk, static_cast<std::size_t>(result)};
  if (result == 0) return {State::kEnd, 0};
  bool is_later = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  return {is_later ? State::kWait : State::kFailed, 0};
}

}  // namespace

void Transport::TlsFree::operator()(ssl_st* tls) const { SSL_free(tls); }

Transport::~Transport() {
  tls_.reset();
  ::close(descriptor_);
}

bool Transport::start_tls(ssl_ctx_st* context) {
  tls_.reset(SSL_new(context));
  if (tls_ == nullptr || SSL_set_fd(tls_.get(), descriptor_) != 1) return false;
  SSL_set_accept_state(tls_.get());
  return true;
}

bool Transport::has_pending() const { return tls_ != nullptr && SSL_has_pending(tls_.get()) == 1; }

Transport::State Transport::peek(unsigned char& byte) const {
  return plain_outcome(::recv(descriptor_, &byte, 1, MSG_PEEK)).state;
}

Transport::Outcome Transport::tls_outcome(int result) {
  if (result > 0) return {State::kOk, static_cast<std::size_t>(result)};
  switch (SSL_get_error(tls_.get(), result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE: return {State::kWait, 0};
    case SSL_ERROR_ZERO_RETURN: return {State::kEnd, 0};
    default: return {State::kFailed, 0};
  }
}

Transport::Outcome Transport::read(std::span<char> buffer) {
  if (tls_ == nullptr) return plain_outcome(::recv(descriptor_, buffer.data(), buffer.size(), 0));
  ERR_clear_error();
  Outcome outcome = tls_outcome(SSL_read(tls_.get(), buffer.data(), static_cast<int>(buffer.size())));
  reading_needs_write_ = outcome.state == State::kWait && SSL_want_write(tls_.get());
  return outcome;
}

Transport::Outcome Transport::write(std::string_view bytes, More more) {
  if (tls_ == nullptr) {
    int flags = MSG_NOSIGNAL | (more == More::kYes ? MSG_MORE : 0);
    return plain_outcome(::send(descriptor_, bytes.data(), bytes.size(), flags));
  }
  ERR_clear_error();
  constexpr std::size_t kBytesMax = 1 << 30;
  return tls_outcome(SSL_write(tls_.get(), bytes.data(), static_cast<int>(std::min(bytes.size(), kBytesMax))));
}

Transport::Outcome Transport::send(const File& file, std::uint64_t offset, std::uint64_t length,
                                   std::span<char> scratch) {
  if (tls_ == nullptr) {
    auto position = static_cast<off_t>(offset);
    constexpr std::uint64_t kBytesMax = 1 << 20;
    ssize_t sent = ::sendfile(descriptor_, file.descriptor(), &position, std::min(length, kBytesMax));
    if (sent >= 0 || (errno != EINVAL && errno != ENOSYS)) {
      Outcome outcome = plain_outcome(sent);
      if (outcome.state == State::kEnd) outcome.state = State::kFailed;
      return outcome;
    }
  }
  auto wanted = static_cast<std::size_t>(std::min<std::uint64_t>(length, scratch.size()));
  ssize_t got = ::pread(file.descriptor(), scratch.data(), wanted, static_cast<off_t>(offset));
  if (got <= 0) return {State::kFailed, 0};
  return write({scratch.data(), static_cast<std::size_t>(got)}, More::kNo);
}

void Transport::end_writing() {
  if (tls_ != nullptr && SSL_is_init_finished(tls_.get())) {
    ERR_clear_error();
    SSL_shutdown(tls_.get());
  }
  ::shutdown(descriptor_, SHUT_WR);
}

}  // namespace http
