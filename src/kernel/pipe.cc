#include "kernel/pipe.h"

namespace kernel {

class Pipe::Reader : public AnswerBody {
 public:
  Reader(std::shared_ptr<Pipe> pipe, Encoder encoder) : pipe_(std::move(pipe)), encoder_(std::move(encoder)) {}
  ~Reader() override {
    std::function<void()> drained;
    {
      std::lock_guard lock(pipe_->mutex_);
      pipe_->is_unread_ = true;
      pipe_->resume_ = nullptr;
      pipe_->bytes_.clear();
      drained = std::exchange(pipe_->drained_, nullptr);
    }
    if (drained) drained();  // who waits to write learns that nobody reads
  }

  void on_start(std::function<void()> resume) override {
    std::lock_guard lock(pipe_->mutex_);
    pipe_->resume_ = std::move(resume);
  }

  Next next(std::string& out) override {
    std::function<void()> drained;
    bool is_over = false, has_failed = false;
    {
      std::lock_guard lock(pipe_->mutex_);
      out.swap(pipe_->bytes_);
      is_over = pipe_->is_over_;
      has_failed = pipe_->error_ != nullptr;
      if (!is_over) drained = pipe_->drained_;
    }
    if (drained) drained();
    if (encoder_.encode && !out.empty()) out = encoder_.encode(out);
    if (!is_over) return out.empty() ? Next::kLater : Next::kData;
    if (encoder_.finish)
      out += encoder_.finish(pipe_->error_.get());
    else if (has_failed)
      return Next::kFail;
    return Next::kEnd;
  }

 private:
  std::shared_ptr<Pipe> pipe_;
  Encoder encoder_;
};

bool Pipe::write(std::string_view bytes) {
  std::function<void()> on_head;
  {
    std::lock_guard lock(mutex_);
    if (is_unread_) return false;
    bool was_empty = bytes_.empty();
    bytes_ += bytes;
    if (was_empty && resume_) resume_();
    on_head = take_head_callback();
  }
  if (on_head) on_head();
  return true;
}

void Pipe::end() {
  std::function<void()> on_head;
  {
    std::lock_guard lock(mutex_);
    is_over_ = true;
    if (resume_) resume_();
    on_head = take_head_callback();
  }
  if (on_head) on_head();
}

void Pipe::fail(base::Error error) {
  {
    std::lock_guard lock(mutex_);
    error_ = std::make_unique<base::Error>(std::move(error));
  }
  end();
}

std::function<void()> Pipe::take_head_callback() {
  if (!on_head_) return nullptr;
  if (!is_over_ && bytes_.size() < head_bytes_max_ && bytes_.find(head_mark_) == std::string::npos) return nullptr;
  return std::exchange(on_head_, nullptr);
}

void Pipe::await_head(std::string mark, std::size_t bytes_max, std::function<void()> callback) {
  std::function<void()> on_head;
  {
    std::lock_guard lock(mutex_);
    head_mark_ = std::move(mark);
    head_bytes_max_ = bytes_max;
    on_head_ = std::move(callback);
    on_head = take_head_callback();
  }
  if (on_head) on_head();
}

std::optional<std::string> Pipe::take_head(std::string_view mark) {
  std::lock_guard lock(mutex_);
  std::size_t end = bytes_.find(mark);
  if (end == std::string::npos) return std::nullopt;
  std::string head = bytes_.substr(0, end);
  bytes_.erase(0, end + mark.size());
  return head;
}

std::size_t Pipe::waiting_bytes() const {
  std::lock_guard lock(mutex_);
  return bytes_.size();
}

void Pipe::on_drained(std::function<void()> callback) {
  std::lock_guard lock(mutex_);
  drained_ = std::move(callback);
}

bool Pipe::is_unread() const {
  std::lock_guard lock(mutex_);
  return is_unread_;
}

std::unique_ptr<AnswerBody> Pipe::reader(Encoder encoder) {
  return std::make_unique<Reader>(shared_from_this(), std::move(encoder));
}

}  // namespace kernel
