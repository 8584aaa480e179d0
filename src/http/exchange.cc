#include <cassert>

#include "http/connection.h"
#include "http/server.h"
#include "http/worker.h"

namespace http {

namespace {

// Memory an unused exchange may keep for each of its texts.
constexpr std::size_t kKeptTextBytes = 4096;
constexpr std::size_t kKeptExchanges = 256;

void empty_text(std::string& text) {
  if (text.capacity() > kKeptTextBytes) text = std::string();
  text.clear();
}

}  // namespace

void Exchange::respond(Response response) {
  assert(loop_->is_current());
  assert(!is_answered_);
  is_answered_ = true;
  abort_ = nullptr;
  if (connection_ != nullptr) connection_->answer(*this, std::move(response));
}

void Exchange::on_abort(Loop::Task callback) {
  if (is_answered_) return;
  if (is_aborted_)
    loop_->post(std::move(callback));
  else
    abort_ = std::move(callback);
}

void Exchange::pause_body() {
  if (connection_ != nullptr) connection_->pause_body();
}

void Exchange::resume_body() {
  if (connection_ != nullptr) connection_->resume_body();
}

std::shared_ptr<Exchange> ExchangePool::take(Loop& loop) {
  std::unique_ptr<Exchange> exchange;
  if (free_.empty()) {
    exchange.reset(new Exchange);
  } else {
    exchange = std::move(free_.back());
    free_.pop_back();
  }
  exchange->loop_ = &loop;
  Exchange* taken = exchange.release();
  return std::shared_ptr<Exchange>(taken, [pool = shared_from_this()](Exchange* used) { pool->put_back(used); });
}

void ExchangePool::put_back(Exchange* exchange) {
  std::unique_ptr<Exchange> owned(exchange);
  if (owned->connection_ != nullptr) owned->connection_->drop(*owned);
  owned->user_data.reset();
  owned->abort_ = nullptr;
  owned->sink_.reset();
  owned->body_error_.reset();
  if (!is_keeping_ || free_.size() >= kKeptExchanges) return;
  owned->connection_ = nullptr;
  owned->is_answered_ = owned->is_aborted_ = false;
  Request& request = owned->request_;
  request.method.clear();
  empty_text(request.target);
  empty_text(request.body);
  empty_text(request.headers.text_);
  empty_text(request.trailers.text_);
  request.headers.spans_.clear();
  request.trailers.spans_.clear();
  free_.push_back(std::move(owned));
}

}  // namespace http
