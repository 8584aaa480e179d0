#include "http/worker.h"

#include <algorithm>
#include <chrono>
#include <utility>

#include "http/connection.h"
#include "http/date.h"
#include "http/tls.h"

namespace http {

namespace {

constexpr std::size_t kScratchBytes = 128 * 1024;
constexpr std::size_t kBufferBytesMax = 80 * 1024;  // larger ones are not kept
constexpr std::size_t kBuffersKept = 64;

}  // namespace

ssl_ctx_st* LazyTls::get() {
  std::lock_guard lock(mutex_);
  if (context_ == nullptr && options_.make_tls) {
    if (auto made = options_.make_tls()) context_ = std::move(*made);
  }
  return context_ == nullptr ? nullptr : context_->get();
}

base::Result<std::unique_ptr<Worker>> Worker::create(const ServerOptions& options, Handler& handler,
                                                     std::shared_ptr<LazyTls> tls) {
  auto loop = TRY(Loop::create());
  return std::unique_ptr<Worker>(new Worker(options, handler, std::move(tls), std::move(loop)));
}

Worker::Worker(const ServerOptions& options, Handler& handler, std::shared_ptr<LazyTls> tls, std::unique_ptr<Loop> loop)
    : options_(options),
      handler_(handler),
      tls_(std::move(tls)),
      loop_(std::move(loop)),
      exchanges_(std::make_shared<ExchangePool>()) {
  loop_->set_turn_end(this);
}

Worker::~Worker() { stop(); }

void Worker::start() {
  thread_ = std::thread([this] { loop_->run(); });
}

std::future<void> Worker::drain() {
  loop_->post([this] {
    is_draining_ = true;
    handler_.on_stop(*loop_);
    for (std::size_t index = connections_.size(); index-- > 0;) {
      if (index < connections_.size()) connections_[index]->drain();
    }
  });
  return drained_.get_future();
}

void Worker::stop() {
  if (!thread_.joinable()) return;
  loop_->post([this] {
    is_draining_ = true;
    while (!connections_.empty()) connections_.back()->close();
    exchanges_->keep_nothing();
    loop_->stop();
  });
  thread_.join();
}

void Worker::close_port(std::uint16_t port) {
  for (std::size_t index = connections_.size(); index-- > 0;) {
    if (index < connections_.size() && connections_[index]->local_port() == port) connections_[index]->close();
  }
}

void Worker::adopt(int descriptor) {
  auto connection = std::make_unique<Connection>(*this, descriptor, connections_.size());
  if (is_draining_ || !connection->start()) return;
  connections_.push_back(std::move(connection));
  connection_count_.fetch_add(1, std::memory_order_relaxed);
  arm_sweep();
}

void Worker::bury(Connection& connection) {
  std::size_t index = connection.index;
  dead_.push_back(std::move(connections_[index]));
  if (index + 1 < connections_.size()) {
    connections_[index] = std::move(connections_.back());
    connections_[index]->index = index;
  }
  connections_.pop_back();
  connection_count_.fetch_sub(1, std::memory_order_relaxed);
}

std::span<char> Worker::scratch() {
  if (scratch_ == nullptr) scratch_ = std::make_unique_for_overwrite<char[]>(kScratchBytes);
  return {scratch_.get(), kScratchBytes};
}

const std::string& Worker::date_text() {
  std::time_t second = std::time(nullptr);
  if (second != date_second_) {
    date_second_ = second;
    date_text_ = format_date(second);
  }
  return date_text_;
}

std::string Worker::take_buffer() {
  if (buffers_.empty()) return {};
  std::string buffer = std::move(buffers_.back());
  buffers_.pop_back();
  return buffer;
}

void Worker::give_buffer(std::string&& buffer) {
  std::string given = std::exchange(buffer, std::string());
  bool is_worth_keeping = given.capacity() > std::string().capacity() && given.capacity() <= kBufferBytesMax;
  if (!is_worth_keeping || buffers_.size() >= kBuffersKept) return;
  given.clear();
  buffers_.push_back(std::move(given));
}

void Worker::on_turn_end() {
  handler_.on_tick(*loop_);
  flushing_.swap(dirty_);
  for (Connection* connection : flushing_) connection->flush();
  flushing_.clear();
  resuming_.swap(resumable_);
  for (Connection* connection : resuming_) connection->resume_reading();
  resuming_.clear();
  bury_dead();
  if (!dirty_.empty() || !resumable_.empty()) loop_->hurry();
  if (is_draining_ && connections_.empty() && !is_drained_) {
    is_drained_ = true;
    drained_.set_value();
  }
}

// The dead may still be listed as dirty or resumable for the next turn; then they stay until that is over.
void Worker::bury_dead() {
  if (dead_.empty() && doomed_.empty()) return;
  std::vector<std::unique_ptr<Connection>> gone = std::exchange(doomed_, {});
  std::vector<std::unique_ptr<Connection>> fresh = std::exchange(dead_, {});
  if (!dirty_.empty() || !resumable_.empty()) doomed_ = std::move(fresh);
}

// Time limits are coarse on purpose: one timer a loop looks at all connections, instead of one timer for each.
void Worker::arm_sweep() {
  if (is_sweep_armed_ || connections_.empty()) return;
  is_sweep_armed_ = true;
  const ServerLimits& limits = options_.limits;
  auto shortest = std::min({limits.head_time, limits.idle_time, limits.stall_time, limits.linger_time});
  using std::chrono::milliseconds;
  auto interval = std::clamp(shortest / 4, milliseconds(5), milliseconds(1000));
  loop_->post_after(interval, [this] {
    is_sweep_armed_ = false;
    sweep();
    arm_sweep();
  });
}

void Worker::sweep() {
  for (std::size_t index = connections_.size(); index-- > 0;) {
    if (index < connections_.size()) connections_[index]->check_deadline(loop_->now());
  }
}

}  // namespace http
