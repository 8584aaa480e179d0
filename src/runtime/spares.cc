#include "runtime/spares.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>

namespace runtime {

namespace {

std::string key_of(const ProcessSpec& form) {
  std::string key;
  for (const std::string& part : form.command) key += part + "\n";
  for (const std::string& part : form.environment) key += part + "\n";
  for (const ProcessSpec::Mount& mount : form.mounts) key += mount.from + "\n" + mount.to + "\n";
  return key + std::to_string(form.memory_mb) + "\n" + std::to_string(form.storage_mb) + "\n" +
         std::to_string(form.cpu_permille);
}

}  // namespace

// Hears that a spare is ready, or has gone.
class Spares::Watch final : public http::Loop::Watcher {
 public:
  Watch(http::Loop& loop, int descriptor, std::function<void()> then)
      : loop_(loop), descriptor_(descriptor), then_(std::move(then)) {
    is_watching_ = loop_.watch(descriptor_, EPOLLIN, *this).has_value();
  }
  void stop() {
    if (std::exchange(is_watching_, false)) loop_.unwatch(descriptor_);
  }

 private:
  void on_ready(std::uint32_t) override {
    if (!is_watching_) return;
    stop();
    then_();
  }

  http::Loop& loop_;
  const int descriptor_;
  const std::function<void()> then_;
  bool is_watching_ = false;
};

base::Result<std::unique_ptr<Process>> Spare::become(const std::vector<ProcessSpec::Mount>& mounts,
                                                     std::string_view told, std::function<void(ExitReport)> on_exit) {
  if (is_frozen_) process_->thaw();
  TRY_VOID(process_->mount(mounts));
  {
    std::lock_guard lock(end_->mutex);
    if (end_->has_come) return base::fail("NotStarted", "The spare has ended.");
    end_->on_exit = std::move(on_exit);
  }
  // Where nobody reads it any more, its end is about to be told.
  while (!told.empty()) {
    ssize_t count = ::send(talk_.get(), told.data(), told.size(), MSG_NOSIGNAL);
    if (count <= 0) break;
    told.remove_prefix(static_cast<std::size_t>(count));
  }
  // Closed with a word of its unread, it would look broken to it.
  ::shutdown(talk_.get(), SHUT_WR);
  return std::move(process_);
}

Spares::Spares(Machine& machine) : machine_(machine) {}
Spares::~Spares() = default;

std::shared_ptr<Spare> Spares::take(const ProcessSpec& form) {
  auto found = places_.find(key_of(form));
  if (found == places_.end() || found->second.spare == nullptr) return nullptr;
  std::shared_ptr<Spare> spare = found->second.spare;
  drop(found->first);
  std::lock_guard lock(spare->end_->mutex);
  return spare->end_->has_come ? nullptr : spare;
}

void Spares::want(const ProcessSpec& form) {
  if (is_stopped_ || machine_.settings.spares <= 0) return;
  std::string key = key_of(form);
  if (!places_.contains(key) && static_cast<int>(places_.size()) >= machine_.settings.spares) {
    auto oldest = std::ranges::min_element(
        places_, [](const auto& left, const auto& right) { return left.second.wanted_at < right.second.wanted_at; });
    drop(oldest->first);
    places_.erase(oldest);
  }
  Place& place = places_[key];
  place.form = form;
  place.wanted_at = machine_.loop.now();
  if (place.spare != nullptr || place.is_starting) return;
  place.is_starting = true;
  start_soon(key);
}

// Not at once: whoever has just been started has something to do.
void Spares::start_soon(const std::string& key) {
  constexpr std::chrono::milliseconds kSettlingTime{20};
  machine_.loop.post_after(kSettlingTime, [this, key] { start(key); });
  constexpr std::chrono::seconds kSweepEvery{15};
  if (!std::exchange(is_sweep_due_, true)) machine_.loop.post_after(kSweepEvery, [this] { drop_unused(); });
}

void Spares::start(const std::string& key) {
  auto found = places_.find(key);
  if (found == places_.end() || is_stopped_) return;
  machine_.starting.run([this, key, form = found->second.form] {
    auto spare = std::make_shared<Spare>();
    std::array<int, 2> output{}, talk{};
    bool has_descriptors = ::pipe2(output.data(), O_CLOEXEC) == 0;
    if (has_descriptors) {
      spare->output_reading = Descriptor(output[0]);
      spare->output_writing = Descriptor(output[1]);
      has_descriptors = ::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, talk.data()) == 0;
    }
    if (has_descriptors) {
      spare->talk_ = Descriptor(talk[0]);
      Descriptor theirs(talk[1]);
      auto process = machine_.spawner.spawn(
          form, output[1], output[1],
          [end = spare->end_](ExitReport report) {
            std::unique_lock lock(end->mutex);
            end->has_come = true;
            auto on_exit = std::exchange(end->on_exit, nullptr);
            lock.unlock();
            if (on_exit) on_exit(report);
          },
          theirs.get());
      if (process) spare->process_ = std::move(*process);
    }
    machine_.loop.post([this, key, spare] { started(key, spare); });
  });
}

void Spares::started(const std::string& key, std::shared_ptr<Spare> spare) {
  auto found = places_.find(key);
  if (found == places_.end() || is_stopped_) return;
  Place& place = found->second;
  place.is_starting = false;
  if (spare->process_ == nullptr) return;  // functions will tell why nothing can be started
  place.spare = std::move(spare);
  place.readiness = std::make_unique<Watch>(machine_.loop, place.spare->talk_.get(), [this, key] { ready(key); });
}

// It waits now, and needs no processor until it is told more; or it has ended, and nobody misses it.
void Spares::ready(const std::string& key) {
  Spare& spare = *places_.at(key).spare;
  char said = 0;
  if (::recv(spare.talk_.get(), &said, 1, MSG_DONTWAIT) != 1) return drop(key);
  spare.process_->freeze();
  spare.is_frozen_ = true;
}

void Spares::drop(const std::string& key) {
  Place& place = places_.at(key);
  if (place.readiness != nullptr) {
    place.readiness->stop();
    // The loop may still tell it of this turn's events.
    machine_.loop.post([gone = std::shared_ptr(std::move(place.readiness))] {});
  }
  place.spare.reset();
}

void Spares::drop_all() {
  for (auto& [key, place] : places_) drop(key);
  places_.clear();
}

void Spares::stop() {
  is_stopped_ = true;
  drop_all();
}

void Spares::drop_unused() {
  is_sweep_due_ = false;
  http::Loop::TimePoint since = machine_.loop.now() - machine_.settings.idle_time;
  for (auto each = places_.begin(); each != places_.end();) {
    bool is_unused = each->second.wanted_at < since;
    if (is_unused) drop(each->first);
    each = is_unused ? places_.erase(each) : std::next(each);
  }
  constexpr std::chrono::seconds kEvery{15};
  if (!places_.empty() && !is_stopped_ && !std::exchange(is_sweep_due_, true))
    machine_.loop.post_after(kEvery, [this] { drop_unused(); });
}

}  // namespace runtime
