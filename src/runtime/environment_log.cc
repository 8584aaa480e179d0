#include "base/json.h"
#include "runtime/environment.h"
#include "runtime/environment_part.h"

namespace runtime {

// An event of the platform: into the log as far as its format and level let it, and to whoever has subscribed.
void Environment::tell(const PlatformEvent& event) {
  if (phase_ == Phase::kGone) return;
  std::int64_t now_ms = machine_.now_ms();
  telemetry_->add(Telemetry::Type::kPlatform, event.type, event.record, now_ms);
  const kernel::FunctionEnvironment& environment = launch_.environment;
  if (environment.log_format != "JSON") {
    if (!event.text.empty()) add_line(event.text);
  } else if (event.level >= parse_log_level(environment.system_log_level)) {
    add_line(json_line(event, now_ms));
  }
}

void Environment::add_line(std::string text) {
  if (run_ != nullptr || phase_ == Phase::kExtensions || phase_ == Phase::kInitializing) {
    constexpr std::size_t kTailKeptBytes = 64 * 1024;
    tail_ += text;
    tail_ += '\n';
    if (tail_.size() > kTailKeptBytes) tail_.erase(0, tail_.size() - kTailKeptBytes / 2);
  }
  log_->add({machine_.now_ms(), std::move(text)});
  flush_logs_soon();
}

// What the function or an extension has written.
void Environment::take_message(const Part& part, std::string message) {
  if (phase_ == Phase::kGone) return;
  telemetry_->add(part.is_runtime ? Telemetry::Type::kFunction : Telemetry::Type::kExtension,
                  part.is_runtime ? "function" : "extension", message, machine_.now_ms());
  add_line(std::move(message));
}

void Environment::drain_logs() {
  for (auto& part : parts_) part->log->drain_line();
}

void Environment::flush_logs_soon() {
  // A busy function's runs are written together: each batch is a transaction and some calls.
  constexpr std::chrono::milliseconds kFlushTime{25};
  if (is_flush_due_ || log_ == nullptr) return;
  is_flush_due_ = true;
  flush_timer_ = machine_.loop.post_after(kFlushTime, [self = shared_from_this()] {
    self->is_flush_due_ = false;
    self->log_->flush();
  });
}

}  // namespace runtime
