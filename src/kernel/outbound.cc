#include "kernel/outbound.h"

#include <limits>

#include "base/bytes.h"
#include "kernel/cloud.h"

namespace kernel {

namespace {

// How long a call waits, by the cloud's clock. Senders give up earlier, by that of the world.
constexpr Millis kFetchPatience{60'000};

// How long an answer is kept; nobody asks for older ones.
constexpr Millis kAnswerLife{24 * 3'600'000};

// Key: what key_of says.
constexpr store::Table<OutboundAnswer> kOutboundAnswers{"kernel.outbound", store::Scope::kGlobal};

// All of a request but whom to trust: that decides whether there is an answer, not which.
std::string key_of(const OutboundRequest& request) {
  std::string text = request.method + " " + request.url + "\n";
  for (const auto& [name, value] : request.headers) text.append(name).append(": ").append(value).append("\n");
  return base::to_hex(base::sha256(text + "\n" + request.body));
}

std::string topic_of(const std::string& key) { return "outbound/" + key; }

}  // namespace

Result<OutboundAnswer> fetch(Call& call, const OutboundRequest& request, Millis fresh_for) {
  std::string key = key_of(request);
  auto known = call.tx.get(kOutboundAnswers, key);
  if (known && (known->received_ms >= to_ms(call.request.received) ||
                (known->is_ok() && known->received_ms + fresh_for.count() > call.now_ms())))
    return *std::move(known);
  Time deadline = call.request.received + kFetchPatience;
  if (!call.can_wait() || call.now >= deadline)
    return OutboundAnswer{.problem = "There was no answer in time.", .received_ms = call.now_ms()};
  return call.park_for(request, deadline, topic_of(key));
}

void Fetches::start(OutboundRequest request) {
  std::string key = key_of(request);
  {
    std::lock_guard lock(mutex_);
    if (!on_the_way_.insert(key).second) return;
  }
  if (!outbound_) return finish(key, {.problem = "This cloud sends no requests to other servers."});
  outbound_->send(std::move(request), [this, key](OutboundAnswer answer) { finish(key, std::move(answer)); });
}

void Fetches::finish(const std::string& key, OutboundAnswer answer) {
  {
    // Before the answer can be seen: who finds it too old may then ask again.
    std::lock_guard lock(mutex_);
    on_the_way_.erase(key);
  }
  auto kept = cloud_.transact({}, [&](Call& call) -> Result<void> {
    answer.received_ms = call.now_ms();
    call.tx.scan(kOutboundAnswers, "", [&](std::string_view old_key, const OutboundAnswer& old) {
      if (old.received_ms + kAnswerLife.count() <= call.now_ms()) call.tx.erase(kOutboundAnswers, old_key);
    });
    call.tx.put(kOutboundAnswers, key, answer);
    call.wake(topic_of(key), std::numeric_limits<int>::max());
    return {};
  });
  if (!kept)
    cloud_.log().write(base::Level::kError, "An answer from outside could not be kept.",
                       {{"error", kept.error().message}});
}

}  // namespace kernel
