#include "http/connection.h"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cassert>

namespace http {

namespace {

constexpr int kReadsPerTurn = 8;
constexpr std::size_t kUnsentBytesMax = 1 << 20;    // with more unsent, further requests are not read
constexpr std::size_t kReservedBytesMax = 1 << 18;  // of a body announced but not yet seen

struct Address {
  std::string host;
  std::uint16_t port = 0;
};

Address to_address(const sockaddr_storage& storage) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  if (storage.ss_family == AF_INET) {
    const auto& address = reinterpret_cast<const sockaddr_in&>(storage);
    ::inet_ntop(AF_INET, &address.sin_addr, text.data(), text.size());
    return {text.data(), ntohs(address.sin_port)};
  }
  const auto& address = reinterpret_cast<const sockaddr_in6&>(storage);
  ::inet_ntop(AF_INET6, &address.sin6_addr, text.data(), text.size());
  return {text.data(), ntohs(address.sin6_port)};
}

}  // namespace

Connection::Connection(Worker& worker, int descriptor, std::size_t position)
    : index(position), worker_(worker), transport_(descriptor), parser_(worker.limits().head) {}

Connection::~Connection() = default;

bool Connection::start() {
  sockaddr_storage storage{};
  socklen_t size = sizeof storage;
  if (::getpeername(transport_.descriptor(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) return false;
  Address peer = to_address(storage);
  peer_address_ = std::move(peer.host);
  peer_port_ = peer.port;
  size = sizeof storage;
  if (::getsockname(transport_.descriptor(), reinterpret_cast<sockaddr*>(&storage), &size) != 0) return false;
  local_port_ = to_address(storage).port;
  int yes = 1;
  ::setsockopt(transport_.descriptor(), IPPROTO_TCP, TCP_NODELAY, &yes, sizeof yes);
  interest_ = EPOLLIN;
  if (!worker_.loop().watch(transport_.descriptor(), interest_, *this)) return false;
  settle_down();
  return true;
}

void Connection::on_ready(std::uint32_t events) {
  if (is_dead_) return;
  if ((events & (EPOLLERR | EPOLLHUP)) != 0) return close();
  bool can_write = (events & EPOLLOUT) != 0;
  if (can_write) {
    is_write_blocked_ = false;
    wake();
  }
  if (is_reading_paused_) {
    if ((events & EPOLLRDHUP) != 0 && !is_client_gone_) {
      is_client_gone_ = true;
      tell_aborted();
    }
  } else if ((events & EPOLLIN) != 0 || (can_write && transport_.reading_needs_write())) {
    if (phase_ != Phase::kFirstByte || choose_transport()) read();
  }
  if (!is_dead_) settle_down();
}

bool Connection::choose_transport() {
  unsigned char byte = 0;
  Transport::State state = transport_.peek(byte);
  if (state == Transport::State::kWait) return false;
  constexpr unsigned char kTlsHandshake = 0x16;
  if (state == Transport::State::kOk && byte == kTlsHandshake) {
    ssl_ctx_st* context = worker_.tls().get();
    if (context == nullptr || !transport_.start_tls(context)) state = Transport::State::kFailed;
  }
  if (state != Transport::State::kOk) {
    close();
    return false;
  }
  phase_ = Phase::kOpening;
  return true;
}

void Connection::read() {
  std::span<char> scratch = worker_.scratch();
  for (int round = 0; round < kReadsPerTurn; ++round) {
    Transport::Outcome outcome = transport_.read(scratch);
    if (outcome.state == Transport::State::kWait) return;
    if (outcome.state == Transport::State::kEnd) return on_end_of_input();
    if (outcome.state == Transport::State::kFailed) return close();
    has_progressed_ = true;
    take_input({scratch.data(), outcome.bytes});
    bool may_be_more = transport_.is_secure() ? transport_.has_pending() : outcome.bytes == scratch.size();
    if (is_dead_ || is_reading_paused_ || !may_be_more) return;
  }
  if (!is_resumable_) {
    is_resumable_ = true;
    worker_.add_resumable(*this);
  }
}

void Connection::take_input(std::string_view fresh) {
  if (!in_.empty()) {
    in_.append(fresh);
    return take_kept_input();
  }
  std::size_t used = consume(fresh);
  if (is_dead_ || phase_ == Phase::kDiscard || used == fresh.size()) return;
  in_ = worker_.take_buffer();
  in_.assign(fresh.substr(used));
}

void Connection::take_kept_input() {
  std::size_t used = consume(in_);
  if (is_dead_) return;
  if (phase_ == Phase::kDiscard) used = in_.size();
  in_.erase(0, used);
  if (in_.empty()) worker_.give_buffer(std::move(in_));
}

std::size_t Connection::consume(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size() && !is_dead_) {
    std::string_view rest = bytes.substr(used);
    switch (phase_) {
      case Phase::kDiscard: must_linger_ = true; return bytes.size();
      case Phase::kBody: used += consume_body(rest); continue;
      case Phase::kFirstByte:
      case Phase::kOpening:
      case Phase::kIdle:
        if (is_crowded()) {
          is_reading_paused_ = true;
          return used;
        }
        begin_head();
        break;
      case Phase::kHead: break;
    }
    switch (parser_.feed(rest, current_->request_)) {
      case Progress::kMore: return used;
      case Progress::kBad: refuse(parser_.refusal()); return bytes.size();
      case Progress::kDone:
        used += parser_.head_bytes();
        begin_request();
        break;
    }
  }
  return used;
}

bool Connection::is_crowded() const {
  return slots_.size() >= worker_.limits().pipelined_requests || out_.size() - out_sent_ > kUnsentBytesMax;
}

void Connection::begin_head() {
  phase_ = Phase::kHead;
  waiting_ = Waiting::kUnknown;  // the time for this head starts now
  parser_.reset();
  current_ = worker_.exchanges().take(worker_.loop());
}

void Connection::begin_request() {
  Request& request = current_->request_;
  request.peer_address = peer_address_;
  request.peer_port = peer_port_;
  request.local_port = local_port_;
  request.secure = transport_.is_secure();
  const Framing& framing = parser_.framing();
  slots_.push_back({.exchange = current_.get(),
                    .is_head = request.method == "HEAD",
                    .is_last = !framing.keep_alive,
                    .minor_version = request.minor_version,
                    .response = nullptr});
  current_->connection_ = this;
  body_left_ = framing.content_length;
  phase_ = Phase::kBody;
  worker_.handler().on_headers(*current_);
  if (phase_ != Phase::kBody || is_dead_) return;  // answered already
  if (!framing.has_body()) return end_body();
  std::size_t limit = worker_.limits().body_bytes;
  if (current_->sink_ == nullptr && framing.content_length > limit) return refuse({413, "The body is too large."});
  if (framing.chunked)
    chunks_ = std::make_unique<ChunkedReader>(worker_.limits().head);
  else if (current_->sink_ == nullptr)
    request.body.reserve(std::min(body_left_, kReservedBytesMax));
  if (framing.expects_continue) {
    continue_is_due_ = true;
    wake();
  }
}

std::size_t Connection::consume_body(std::string_view bytes) {
  continue_is_due_ = false;
  if (chunks_ != nullptr) return consume_chunks(bytes);
  std::size_t size = std::min(body_left_, bytes.size());
  body_left_ -= size;
  if (take_body(bytes.substr(0, size)) && body_left_ == 0) end_body();
  return size;
}

std::size_t Connection::consume_chunks(std::string_view bytes) {
  std::size_t used = 0;
  while (used < bytes.size()) {
    ChunkedReader::Step step = chunks_->step(bytes.substr(used), current_->request_.trailers);
    used += step.used;
    if (step.progress == Progress::kBad) {
      refuse(chunks_->refusal());
      return bytes.size();
    }
    if (!step.data.empty() && !take_body(step.data)) return used;
    if (step.progress == Progress::kDone) {
      end_body();
      return used;
    }
  }
  return used;
}

// Whether the request still wants the rest of its body.
bool Connection::take_body(std::string_view bytes) {
  if (current_->sink_ != nullptr) {
    base::Result<void> taken = current_->sink_->on_data(bytes);
    if (phase_ != Phase::kBody || is_dead_) return false;
    if (!taken) fail_body(std::move(taken).error());
    return taken.has_value();
  }
  std::string& body = current_->request_.body;
  if (body.size() + bytes.size() > worker_.limits().body_bytes) {
    refuse({413, "The body is too large."});
    return false;
  }
  body.append(bytes);
  return true;
}

void Connection::end_body() {
  if (current_->sink_ != nullptr) {
    base::Result<void> ended = current_->sink_->on_end();
    if (phase_ != Phase::kBody || is_dead_) return;
    if (!ended) current_->body_error_ = std::make_unique<base::Error>(std::move(ended).error());
  }
  hand_over();
}

void Connection::fail_body(base::Error error) {
  current_->body_error_ = std::make_unique<base::Error>(std::move(error));
  slots_.back().is_last = true;
  must_linger_ = true;
  hand_over();
}

void Connection::hand_over() {
  chunks_.reset();
  phase_ = slots_.back().is_last ? Phase::kDiscard : Phase::kIdle;
  worker_.handler().on_request(std::move(current_));
}

// Answers what cannot be understood or is not wanted, and reads no further.
void Connection::refuse(const Refusal& refusal) {
  Response response{.status = refusal.status, .headers = {}, .body = std::string(refusal.why) + "\n"};
  response.headers.add("Content-Type", "text/plain");
  if (phase_ != Phase::kBody) {
    const Request& request = current_->request_;
    slots_.push_back({.exchange = current_.get(),
                      .is_head = request.method == "HEAD",
                      .minor_version = request.minor_version,
                      .response = nullptr});
    current_->connection_ = this;
  }
  slots_.back().is_last = true;
  must_linger_ = true;
  current_->respond(std::move(response));
}

void Connection::on_end_of_input() {
  is_input_over_ = true;
  if (phase_ == Phase::kBody) {  // its request will never be whole, so nobody will answer it
    slots_.pop_back();
    continue_is_due_ = false;
    current_->connection_ = nullptr;
    current_->is_aborted_ = true;
    Loop::Task callback = std::exchange(current_->abort_, nullptr);
    current_.reset();
    if (callback) callback();
  }
  current_.reset();
  phase_ = Phase::kDiscard;
  bool is_endless = outgoing_ != nullptr && !outgoing_->has_length;
  if (is_dead_) return;
  if (is_lingering_ || is_endless || (slots_.empty() && !has_output())) return close();
  if (slots_.empty())
    is_closing_ = true;
  else
    slots_.back().is_last = true;
  tell_aborted();
}

// Tells those who wait for an answer's moment that the client seems to be gone. Each callback may answer its exchange,
// and even others.
void Connection::tell_aborted() {
  for (Slot& slot : slots_) {
    if (slot.exchange != nullptr) slot.exchange->is_aborted_ = true;
  }
  while (!is_dead_) {
    auto slot = std::find_if(slots_.begin(), slots_.end(),
                             [](const Slot& each) { return each.exchange != nullptr && each.exchange->abort_; });
    if (slot == slots_.end()) return;
    Loop::Task callback = std::exchange(slot->exchange->abort_, nullptr);
    callback();
  }
}

void Connection::resume_reading() {
  is_resumable_ = false;
  if (is_dead_) return;
  if (is_reading_paused_ && !is_body_paused_ && !is_crowded()) {
    is_reading_paused_ = false;
    if (!in_.empty()) take_kept_input();
  }
  if (!is_dead_ && !is_reading_paused_ && transport_.has_pending()) read();
  if (!is_dead_) settle_down();
}

void Connection::pause_body() { is_reading_paused_ = is_body_paused_ = true; }

void Connection::resume_body() {
  is_body_paused_ = false;
  if (is_dead_ || std::exchange(is_resumable_, true)) return;
  worker_.add_resumable(*this);
}

void Connection::wake() {
  if (is_dirty_ || is_dead_) return;
  is_dirty_ = true;
  worker_.add_dirty(*this);
}

void Connection::drain() {
  if (is_dead_) return;
  bool is_busy = phase_ == Phase::kBody || !slots_.empty() || has_output();
  if (!is_busy && !is_lingering_) close();
}

void Connection::close() {
  if (is_dead_) return;
  is_dead_ = true;
  worker_.loop().unwatch(transport_.descriptor());
  if (self_ != nullptr) *self_ = nullptr;
  std::vector<Loop::Task> callbacks;
  for (Slot& slot : slots_) {
    if (slot.exchange == nullptr) continue;
    slot.exchange->connection_ = nullptr;
    slot.exchange->is_aborted_ = true;
    if (slot.exchange->abort_) callbacks.push_back(std::exchange(slot.exchange->abort_, nullptr));
    slot.exchange = nullptr;
  }
  worker_.bury(*this);
  for (Loop::Task& callback : callbacks) callback();
}

void Connection::settle_down() {
  std::uint32_t interest = 0;
  if (!is_input_over_ && !is_reading_paused_) interest |= EPOLLIN;
  if (is_reading_paused_ && !is_client_gone_) interest |= EPOLLRDHUP;
  if (is_write_blocked_ || transport_.reading_needs_write()) interest |= EPOLLOUT;
  if (interest != interest_) worker_.loop().change(transport_.descriptor(), interest, *this);
  interest_ = interest;

  Waiting waiting = Waiting::kIdle;
  if (is_lingering_)
    waiting = Waiting::kLinger;
  else if (is_body_paused_)
    waiting = Waiting::kNothing;
  else if (is_write_blocked_ || phase_ == Phase::kBody)
    waiting = Waiting::kStall;
  else if (phase_ == Phase::kFirstByte || phase_ == Phase::kOpening || phase_ == Phase::kHead)
    waiting = Waiting::kHead;
  else if (!slots_.empty() || has_output())
    waiting = Waiting::kNothing;
  bool is_renewed = has_progressed_ && (waiting == Waiting::kIdle || waiting == Waiting::kStall);
  has_progressed_ = false;
  if (waiting == waiting_ && !is_renewed) return;
  waiting_ = waiting;
  const ServerLimits& limits = worker_.limits();
  Loop::TimePoint now = worker_.loop().now();
  switch (waiting) {
    case Waiting::kUnknown:
    case Waiting::kNothing: deadline_ = Loop::TimePoint::max(); break;
    case Waiting::kHead: deadline_ = now + limits.head_time; break;
    case Waiting::kIdle: deadline_ = now + limits.idle_time; break;
    case Waiting::kStall: deadline_ = now + limits.stall_time; break;
    case Waiting::kLinger: deadline_ = now + limits.linger_time; break;
  }
}

void Connection::check_deadline(Loop::TimePoint now) {
  if (is_dead_ || now < deadline_) return;
  bool is_request_slow = !is_write_blocked_ && !is_closing_ && (phase_ == Phase::kHead || phase_ == Phase::kBody);
  if (!is_request_slow) return close();
  refuse({408, "The request took too long to arrive."});
  settle_down();
}

}  // namespace http
