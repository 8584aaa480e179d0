#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <charconv>
#include <iterator>

#include "base/strings.h"
#include "http/connection.h"

namespace http {

namespace {

constexpr std::size_t kTurnBytesMax = 4 << 20;
constexpr std::size_t kCopiedBodyBytesMax = 16 * 1024;  // up to here a body is copied behind its head, to be one write
constexpr std::size_t kPumpCost = 512;                  // so that even empty pieces come to an end this turn

// By hand, because every answer has it and formatting costs more than the rest of a small head.
void append_length(std::string& out, std::uint64_t length) {
  std::array<char, 20> digits;
  char* end = std::to_chars(digits.data(), digits.data() + digits.size(), length).ptr;
  out.append("Content-Length: ").append(digits.data(), end).append("\r\n");
}

bool has_no_body(int status) { return status < 200 || status == 204 || status == 304; }

// Fields that are the server's to write.
bool is_framing_field(std::string_view name) {
  switch (name.size()) {
    case 10: return base::equal_ignoring_case(name, "connection");
    case 14: return base::equal_ignoring_case(name, "content-length");
    case 17: return base::equal_ignoring_case(name, "transfer-encoding");
    default: return false;
  }
}

std::optional<std::uint64_t> body_length(const Body& body) {
  if (const auto* text = std::get_if<std::string>(&body)) return text->size();
  if (const auto* range = std::get_if<FileRange>(&body)) return range->length;
  const auto& source = std::get<std::unique_ptr<BodySource>>(body);
  return source == nullptr ? std::optional<std::uint64_t>(0) : source->length();
}

}  // namespace

void Connection::answer(Exchange& exchange, Response response) {
  exchange.connection_ = nullptr;
  auto slot = std::find_if(slots_.begin(), slots_.end(), [&](const Slot& each) { return each.exchange == &exchange; });
  assert(slot != slots_.end());
  slot->exchange = nullptr;
  if (current_.get() == &exchange) {  // its body has not come in full: current_ itself is let go in flush
    if (parser_.framing().has_body()) {
      slot->is_last = true;
      must_linger_ = true;
    }
    phase_ = slot->is_last ? Phase::kDiscard : Phase::kIdle;
    continue_is_due_ = false;
    chunks_.reset();
  }
  if (slot == slots_.begin() && outgoing_ == nullptr && !is_closing_) {
    Slot own = std::move(*slot);
    slots_.erase(slot);
    render(own, response);
    advance();
  } else {
    slot->response = std::make_unique<Response>(std::move(response));
  }
  wake();
}

void Connection::drop(Exchange& exchange) {
  exchange.is_answered_ = true;
  Response response{.status = 500, .headers = {}, .body = "The request was not answered.\n"};
  response.headers.add("Content-Type", "text/plain");
  answer(exchange, std::move(response));
}

// Renders the answers whose turn has come.
void Connection::advance() {
  while (outgoing_ == nullptr && !is_closing_ && !slots_.empty() && slots_.front().response != nullptr) {
    Slot own = std::move(slots_.front());
    slots_.erase(slots_.begin());
    render(own, *own.response);
  }
  if (continue_is_due_ && slots_.size() == 1 && outgoing_ == nullptr && !is_closing_) {
    continue_is_due_ = false;
    out_ += "HTTP/1.1 100 Continue\r\n\r\n";
  }
}

void Connection::render(const Slot& slot, Response& response) {
  if (out_.capacity() == std::string().capacity()) out_ = worker_.take_buffer();
  std::optional<std::uint64_t> length = body_length(response.body);
  bool is_bodiless = has_no_body(response.status);
  bool is_chunked = !length && !is_bodiless && slot.minor_version > 0;
  bool is_delimited_by_end = !length && !is_bodiless && slot.minor_version == 0;
  bool is_last =
      slot.is_last || is_delimited_by_end || (worker_.is_draining() && slots_.empty() && phase_ != Phase::kBody);
  is_closing_ = is_last || base::equal_ignoring_case(response.headers.value("Connection"), "close");
  if (is_closing_) phase_ = Phase::kDiscard;

  if (response.status == 200)
    out_ += "HTTP/1.1 200 OK\r\n";
  else
    fmt::format_to(std::back_inserter(out_), "HTTP/1.1 {} {}\r\n", response.status, reason_phrase(response.status));
  render_fields(response);
  std::string_view head_length = slot.is_head ? response.headers.value("Content-Length") : std::string_view();
  if (is_chunked)
    out_ += "Transfer-Encoding: chunked\r\n";
  else if (!head_length.empty())
    out_.append("Content-Length: ").append(head_length).append("\r\n");
  else if (length && !is_bodiless)
    append_length(out_, *length);
  if (is_closing_)
    out_ += "Connection: close\r\n";
  else if (slot.minor_version == 0)
    out_ += "Connection: keep-alive\r\n";
  out_ += "\r\n";
  if (slot.is_head || is_bodiless || length == 0) return;

  const auto* text = std::get_if<std::string>(&response.body);
  if (text != nullptr && text->size() <= kCopiedBodyBytesMax) {
    out_ += *text;
    return;
  }
  outgoing_ = std::make_unique<Outgoing>(Outgoing{.body = std::move(response.body),
                                                  .length = length.value_or(0),
                                                  .has_length = length.has_value(),
                                                  .is_chunked = is_chunked});
}

void Connection::render_fields(const Response& response) {
  bool has_date = false;
  for (Field field : response.headers) {
    if (is_framing_field(field.name)) continue;
    has_date = has_date || base::equal_ignoring_case(field.name, "date");
    out_.append(field.name).append(": ").append(field.value).append("\r\n");
  }
  if (!has_date) out_.append("Date: ").append(worker_.date_text()).append("\r\n");
}

void Connection::flush() {
  is_dirty_ = false;
  if (is_dead_) return;
  if (current_ != nullptr && current_->is_answered_) current_.reset();
  if (is_write_blocked_) return settle_down();
  advance();
  turn_bytes_left_ = kTurnBytesMax;
  while (write_out() && outgoing_ != nullptr) {
    if (turn_bytes_left_ == 0) {
      wake();
      break;
    }
    Pumped pumped = pump();
    if (pumped == Pumped::kBlocked) break;
    if (pumped == Pumped::kDone) {
      outgoing_.reset();
      advance();
    }
  }
  if (!is_dead_ && !has_output()) finish_output();
  if (!is_dead_) settle_down();
}

// Writes what stands in out_; whether all of it has gone.
bool Connection::write_out() {
  while (out_sent_ < out_.size()) {
    bool has_more = outgoing_ != nullptr && !std::holds_alternative<std::unique_ptr<BodySource>>(outgoing_->body);
    Transport::Outcome outcome = transport_.write(std::string_view(out_).substr(out_sent_),
                                                  has_more ? Transport::More::kYes : Transport::More::kNo);
    if (!settle(outcome)) return false;
    out_sent_ += outcome.bytes;
  }
  out_.clear();
  out_sent_ = 0;
  return !is_dead_;
}

// Notes what became of a write; whether to go on.
bool Connection::settle(Transport::Outcome outcome) {
  switch (outcome.state) {
    case Transport::State::kOk:
      has_progressed_ = true;
      turn_bytes_left_ -= std::min(turn_bytes_left_, outcome.bytes);
      return true;
    case Transport::State::kWait: is_write_blocked_ = true; return false;
    case Transport::State::kEnd:
    case Transport::State::kFailed: close(); return false;
  }
  return false;
}

// Sends the next part of the body. out_ is empty.
Connection::Pumped Connection::pump() {
  Outgoing& outgoing = *outgoing_;
  if (auto* source = std::get_if<std::unique_ptr<BodySource>>(&outgoing.body)) return pump_source(**source);
  Transport::Outcome outcome;
  if (const auto* text = std::get_if<std::string>(&outgoing.body)) {
    outcome = transport_.write(std::string_view(*text).substr(outgoing.position), Transport::More::kNo);
  } else {
    const auto& range = std::get<FileRange>(outgoing.body);
    outcome = transport_.send(range.file, range.offset + outgoing.position, outgoing.length - outgoing.position,
                              worker_.scratch());
  }
  if (!settle(outcome)) return Pumped::kBlocked;
  outgoing.position += outcome.bytes;
  return outgoing.position == outgoing.length ? Pumped::kDone : Pumped::kMore;
}

Connection::Pumped Connection::pump_source(BodySource& source) {
  if (!outgoing_->is_started) {
    outgoing_->is_started = true;
    self_ = std::make_shared<Connection*>(this);
    source.on_start([self = self_, loop = &worker_.loop()] {
      auto wake = [self] {
        if (*self != nullptr) (*self)->wake();
      };
      loop->is_current() ? wake() : loop->post(wake);
    });
  }
  std::string piece = worker_.take_buffer();
  BodySource::Next next = source.next(piece);
  bool is_empty = piece.empty();
  append_piece(piece);
  worker_.give_buffer(std::move(piece));
  turn_bytes_left_ -= std::min(turn_bytes_left_, kPumpCost);
  const Outgoing& outgoing = *outgoing_;
  bool is_wrong = outgoing.has_length && (outgoing.position > outgoing.length ||
                                          (next == BodySource::Next::kEnd && outgoing.position < outgoing.length));
  if (next == BodySource::Next::kFail || is_wrong) {
    close();
    return Pumped::kBlocked;
  }
  if (next == BodySource::Next::kLater && is_empty) return Pumped::kBlocked;
  if (next != BodySource::Next::kEnd) return Pumped::kMore;
  if (outgoing.is_chunked) out_ += "0\r\n\r\n";
  return Pumped::kDone;
}

// What is not chunked is sent as it was made, without a copy: out_ is empty.
void Connection::append_piece(std::string& piece) {
  if (piece.empty()) return;
  outgoing_->position += piece.size();
  if (!outgoing_->is_chunked) return std::swap(out_, piece);
  fmt::format_to(std::back_inserter(out_), "{:x}\r\n", piece.size());
  out_ += piece;
  out_ += "\r\n";
}

// Everything rendered has been written.
void Connection::finish_output() {
  worker_.give_buffer(std::move(out_));
  if (slots_.empty() && slots_.capacity() > 1) slots_.shrink_to_fit();
  if (is_closing_ && !is_lingering_) {
    transport_.end_writing();
    if (is_input_over_ || !must_linger_) return close();
    is_lingering_ = true;
    is_reading_paused_ = is_body_paused_ = false;
  }
  if (is_reading_paused_ && !is_body_paused_ && !is_crowded() && !is_resumable_) {
    is_resumable_ = true;
    worker_.add_resumable(*this);
  }
}

}  // namespace http
