#include "kernel/lane.h"

#include "kernel/cloud.h"
#include "kernel/usage.h"

namespace kernel {

namespace {

constexpr int kWokenPerTurn = 256;
constexpr std::int64_t kNoDeadline = std::numeric_limits<std::int64_t>::max();

}  // namespace

// A call that has been submitted and not answered yet.
struct Lane::Open {
  Invocation invocation;
  Completion done;
  std::optional<Chore> chore;  // in place of both
  Call::Errands errands;
  std::string topic;  // while it waits; empty: for an errand
  Time deadline;      // likewise
};

void Lane::Inbox::add(Ticket ticket) {
  std::lock_guard lock(mutex);
  if (!nudge) return;
  woken.push_back(ticket);
  nudge();
}

Lane::Lane(Cloud& cloud, std::function<void()> nudge)
    : cloud_(cloud),
      inbox_(std::make_shared<Inbox>()),
      index_(cloud.lanes_.size()),
      contents_epoch_(cloud.contents_epoch_.load()) {
  inbox_->nudge = std::move(nudge);
  recorders_.push_back(make_usage_recorder(cloud));
  for (const Service& service : cloud.services())
    if (service.make_recorder) recorders_.push_back(service.make_recorder(cloud));
  cloud_.lanes_.push_back(this);
}

Lane::~Lane() {
  {
    std::lock_guard lock(inbox_->mutex);
    inbox_->nudge = nullptr;
  }
  recorders_.clear();  // with a last word to the store
  for (auto& [ticket, call] : parked_)
    if (!call->topic.empty()) cloud_.waiting_.forget(call->topic, ticket);
  std::erase(cloud_.lanes_, this);
}

Lane::Ticket Lane::submit(Invocation invocation, Completion done) {
  Ticket ticket = cloud_.next_ticket_.fetch_add(1);
  attempt(ticket, {.invocation = std::move(invocation), .done = std::move(done)});
  return ticket;
}

void Lane::submit(Chore chore) {
  Invocation invocation{.request = {.id = base::random_uuid(cloud_.dice()), .received = cloud_.clock().now()}};
  attempt(cloud_.next_ticket_.fetch_add(1), {.invocation = std::move(invocation), .chore = std::move(chore)});
}

Result<std::shared_ptr<BodyIntake>> Lane::open_intake(const Invocation& invocation, const BodyAhead& ahead) {
  return cloud_.open_intake(invocation, ahead, *this);
}

void Lane::attempt(Ticket ticket, Open&& call) {
  for (;;) {
    Cloud::Attempt outcome = call.chore ? cloud_.run(*call.chore, call.invocation.request, call.errands, *this)
                                        : cloud_.run(call.invocation, call.errands, *this);
    if (!outcome.parked) {
      if (!call.chore)
        finished_.emplace_back(std::move(call.done), Answer{std::move(outcome.result), std::move(outcome.body)});
      else if (outcome.result)
        call.chore->done({});
      else
        call.chore->done(std::unexpected(std::move(outcome.result).error()));
      return;
    }
    const std::string& topic = outcome.parked->topic;
    if (!topic.empty() && !cloud_.waiting_.park(topic, ticket, this, [&] { return outcome.seen.validate(); })) continue;
    return park(ticket, std::move(call), *std::move(outcome.parked));
  }
}

// What is begun may be over at once, so the call waits before.
void Lane::park(Ticket ticket, Open&& call, Call::Parked parked) {
  call.topic = std::move(parked.topic);
  call.deadline = parked.deadline;
  deadlines_.emplace(call.deadline, ticket);
  parked_.emplace(ticket, std::make_unique<Open>(std::move(call)));
  note_deadline();
  if (parked.request) cloud_.fetches_.start(*std::move(parked.request));
  if (!parked.errand) return;
  std::shared_ptr<Errand> errand = parked.errand;
  cloud_.errands_running_->fetch_add(1);
  errand->start([inbox = inbox_, ticket, weak = std::weak_ptr(errand), running = cloud_.errands_running_] {
    running->fetch_sub(1);
    if (auto ended = weak.lock()) ended->set_over();
    inbox->add(ticket);
  });
}

std::unique_ptr<Lane::Open> Lane::take_parked(Ticket ticket) {
  auto found = parked_.find(ticket);
  if (found == parked_.end()) return nullptr;
  std::unique_ptr<Open> call = std::move(found->second);
  parked_.erase(found);
  auto [first, last] = deadlines_.equal_range(call->deadline);
  deadlines_.erase(std::find_if(first, last, [&](const auto& entry) { return entry.second == ticket; }));
  note_deadline();
  return call;
}

void Lane::cancel(Ticket ticket) {
  std::unique_ptr<Open> call = take_parked(ticket);
  if (!call) return;
  {
    std::lock_guard lock(inbox_->mutex);
    std::erase(inbox_->woken, ticket);
  }
  if (call->topic.empty()) return;
  cloud_.waiting_.forget(call->topic, ticket);
  // It may have been promised a chance, or have been the one that knew when to look next: the next in line takes over.
  cloud_.wake(call->topic, 1);
}

void Lane::nudge() {
  std::lock_guard lock(inbox_->mutex);
  inbox_->nudge();
}

void Lane::note_woken(Ticket ticket) { inbox_->add(ticket); }

bool Lane::run_woken() {
  std::vector<Ticket> woken;
  bool more = false;
  {
    std::lock_guard lock(inbox_->mutex);
    auto& all = inbox_->woken;
    more = all.size() > kWokenPerTurn;
    auto end = more ? all.begin() + kWokenPerTurn : all.end();
    woken.assign(all.begin(), end);
    all.erase(all.begin(), end);
  }
  for (Ticket ticket : woken)
    if (std::unique_ptr<Open> call = take_parked(ticket)) attempt(ticket, std::move(*call));
  return more;
}

void Lane::run_expired() {
  Time now = cloud_.clock().now();
  std::vector<Ticket> expired;
  for (auto entry = deadlines_.begin(); entry != deadlines_.end() && entry->first <= now; ++entry)
    expired.push_back(entry->second);
  for (Ticket ticket : expired) {
    std::unique_ptr<Open> call = take_parked(ticket);
    if (!call) continue;
    if (!call->topic.empty()) cloud_.waiting_.forget(call->topic, ticket);
    attempt(ticket, std::move(*call));
  }
}

void Lane::end_recording() {
  std::uint64_t epoch = cloud_.contents_epoch_.load();
  if (std::exchange(contents_epoch_, epoch) != epoch)
    for (auto& recorder : recorders_) recorder->on_contents_replaced();
  for (auto& recorder : recorders_) recorder->on_turn_end();
}

bool Lane::turn() {
  bool more = false;
  if (index_ == 0) {
    more |= cloud_.timers_.fire_due();
    cloud_.outbox_.deliver_ready(*this);
  }
  more |= run_woken();
  run_expired();
  end_recording();

  Result<void> flushed = cloud_.store().flush();
  if (!flushed)
    for (auto& [done, answer] : finished_) answer = {base::fail("InternalFailure", flushed.error().message)};
  auto finished = std::exchange(finished_, {});
  finished_.reserve(finished.size());  // the next turn will have about as many
  for (auto& [done, answer] : finished) done(std::move(answer));

  more |= index_ == 0 && cloud_.outbox_.is_ready();
  std::lock_guard lock(inbox_->mutex);
  return more || !inbox_->woken.empty();
}

void Lane::note_deadline() {
  next_deadline_ms_.store(deadlines_.empty() ? kNoDeadline : to_ms(deadlines_.begin()->first),
                          std::memory_order_relaxed);
}

std::optional<Time> Lane::next_deadline() const {
  std::int64_t deadline_ms = next_deadline_ms_.load(std::memory_order_relaxed);
  if (deadline_ms == kNoDeadline) return std::nullopt;
  return from_ms(deadline_ms);
}

std::optional<Time> Lane::next_due() {
  std::optional<Time> due = next_deadline();
  if (index_ != 0) return due;
  for (auto other : {cloud_.timers_.next_due(), cloud_.outbox_.next_due()})
    if (other && (!due || *other < *due)) due = other;
  return due;
}

}  // namespace kernel
