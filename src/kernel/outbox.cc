#include "kernel/outbox.h"

#include "base/json.h"
#include "kernel/cloud.h"

namespace kernel {

namespace {

struct DeliveryRow {
  std::string listener, account, region;
  std::string source, type, key, detail;  // detail: JSON
  std::int64_t emitted_ms = 0;
  int attempts = 0;

  static void fields(auto& self, auto& field) {
    field("listener", self.listener);
    field("account", self.account);
    field("region", self.region);
    field("source", self.source);
    field("type", self.type);
    field("key", self.key);
    field("detail", self.detail);
    field("emitted_ms", self.emitted_ms);
    field("attempts", self.attempts);
  }
};

// Key: sequence.
constexpr store::Table<DeliveryRow> kDeliveries{"kernel.outbox", store::Scope::kGlobal};

constexpr int kDeliveredPerTurn = 64;

}  // namespace

std::vector<Delivery> Outbox::add(Call& call, const Event& event) {
  std::vector<Delivery> added;
  for (const Service& service : call.cloud().services())
    for (const Listener& listener : service.listeners) {
      if (listener.source != event.source) continue;
      std::uint64_t sequence = call.next_sequence();
      call.tx.put(kDeliveries, store::key(sequence),
                  {.listener = std::string(listener.name),
                   .account = call.place.account,
                   .region = call.place.region,
                   .source = event.source,
                   .type = event.type,
                   .key = event.key,
                   .detail = base::to_json(event.detail),
                   .emitted_ms = call.now_ms()});
      added.push_back({{std::string(listener.name), event.key}, sequence});
    }
  return added;
}

void Outbox::load() {
  ++generation_;
  lines_.clear();
  ready_.clear();
  later_.clear();
  std::vector<Delivery> found;
  cloud_.store().begin({}).unrecorded().scan(
      kDeliveries, store::Scan{}, [&](std::string_view key, DeliveryRow& delivery) {
        found.push_back({{delivery.listener, delivery.key}, store::KeyReader(key).unsigned_number()});
      });
  std::lock_guard lock(mutex_);
  added_ = std::move(found);
}

void Outbox::note_added(std::vector<Delivery> added) {
  std::lock_guard lock(mutex_);
  std::move(added.begin(), added.end(), std::back_inserter(added_));
}

void Outbox::take_in() {
  std::vector<Delivery> added;
  {
    std::lock_guard lock(mutex_);
    added.swap(added_);
  }
  for (Delivery& entry : added) {
    auto& line = lines_[entry.line];
    if (line.empty()) ready_.insert(entry.line);
    line.insert(entry.sequence);
  }
}

void Outbox::deliver_ready(Lane& lane) {
  take_in();
  Time now = cloud_.clock().now();
  while (!later_.empty() && later_.begin()->first <= now) {
    ready_.insert(later_.begin()->second);
    later_.erase(later_.begin());
  }
  for (int count = 0; count < kDeliveredPerTurn && !ready_.empty(); ++count) {
    Line line = *ready_.begin();
    ready_.erase(ready_.begin());
    deliver(lane, line, *lines_.at(line).begin());
  }
}

bool Outbox::is_ready() {
  take_in();
  return !ready_.empty();
}

std::optional<Time> Outbox::next_due() {
  if (is_ready()) return cloud_.clock().now();
  if (!later_.empty()) return later_.begin()->first;
  return std::nullopt;
}

void Outbox::deliver(Lane& lane, const Line& line, std::uint64_t sequence) {
  std::string key = store::key(sequence);
  auto row = cloud_.store().begin({}).get(kDeliveries, key);
  if (!row) return end_delivery(line, sequence);
  Place place{row->account, row->region};
  auto is_current = [this, generation = generation_] { return generation == generation_; };
  auto body = [this, is_current, key, row = *std::move(row)](Call& call) -> Result<void> {
    if (!is_current() || !call.tx.has(kDeliveries, key)) return {};
    call.tx.erase(kDeliveries, key);
    const Listener* listener = cloud_.find_listener(row.listener);
    if (!listener) return base::fail("UnknownListener", "No service has the listener " + row.listener + ".");
    Event event{.source = row.source, .type = row.type, .key = row.key, .detail = TRY(base::parse_json(row.detail))};
    return listener->deliver(call, event);
  };
  auto done = [this, is_current, line, sequence](Result<void> delivered) {
    if (is_current()) finish(line, sequence, delivered);
  };
  lane.submit({.place = std::move(place), .body = std::move(body), .done = std::move(done)});
}

void Outbox::finish(const Line& line, std::uint64_t sequence, const Result<void>& delivered) {
  if (delivered) return end_delivery(line, sequence);
  put_off(line, sequence, delivered.error());
}

void Outbox::end_delivery(const Line& line, std::uint64_t sequence) {
  auto found = lines_.find(line);
  found->second.erase(sequence);
  if (found->second.empty())
    lines_.erase(found);
  else
    ready_.insert(line);
}

void Outbox::put_off(const Line& line, std::uint64_t sequence, const base::Error& error) {
  std::string key = store::key(sequence);
  std::optional<Time> again;
  Result<void> noted = cloud_.transact({}, [&](Call& call) -> Result<void> {
    again.reset();
    auto row = call.tx.get(kDeliveries, key);
    if (!row) return {};
    if (call.now - from_ms(row->emitted_ms) >= kAgeMost) {
      call.tx.erase(kDeliveries, key);
      return {};
    }
    again = call.now + std::min(kBackOffMost, kBackOffFirst * (1 << std::min(row->attempts, 20)));
    row->attempts += 1;
    call.tx.put(kDeliveries, key, *row);
    return {};
  });
  cloud_.log().write(base::Level::kWarn,
                     again ? "A delivery failed and is tried again." : "A delivery failed for good and is dropped.",
                     {{"listener", line.first}, {"key", line.second}, {"error", error.code + ": " + error.message}});
  if (!noted) again = cloud_.clock().now() + kBackOffMost;  // the store is broken; nothing gets lost by waiting
  if (again) {
    later_.emplace(*again, line);
    return;
  }
  end_delivery(line, sequence);
}

}  // namespace kernel
