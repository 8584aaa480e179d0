#include "kernel/call.h"

#include <cassert>

#include "kernel/cloud.h"
#include "kernel/limits.h"

namespace kernel {

Call::Call(Cloud& cloud, store::Transaction transaction, const Principal& who, const Request& what, Place where,
           Time time)
    : tx(std::move(transaction)), caller(who), request(what), place(std::move(where)), now(time), cloud_(&cloud) {}

std::string Call::uuid() { return base::random_uuid(cloud_->dice()); }

std::string Call::new_id(std::string_view prefix, int digits) {
  return std::string(prefix) + random_text(digits, base::kHexDigits);
}

std::string Call::random_text(int count, std::string_view alphabet) {
  return base::random_text(cloud_->dice(), std::size_t(count), alphabet);
}

std::uint64_t Call::dice(std::uint64_t sides) { return cloud_->dice().below(sides); }

std::uint64_t Call::next_sequence() { return cloud_->next_sequence(); }

std::string Call::arn(std::string_view service, std::string_view resource) const {
  return fmt::format("arn:aws:{}:{}:{}:{}", service, place.region, place.account, resource);
}

std::int64_t Call::limit(const Limit& limit) {
  auto changed = tx.unrecorded().get(kLimits, store::key(limit.service, limit.code));
  return changed ? changed->value : limit.value;
}

Result<void> Call::authorize(std::string_view action, std::string_view resource_arn) {
  return cloud_->authorizer().authorize(*this, {.action = action, .resource = resource_arn});
}

Call& Call::outermost() { return outer_ ? outer_->outermost() : *this; }

void Call::emit(Event event) {
  auto& deliveries = outermost().deliveries_;
  for (Delivery& delivery : Outbox::add(*this, event)) deliveries.push_back(std::move(delivery));
}

void Call::wake(std::string topic, int count) { outermost().wakes_.emplace_back(std::move(topic), count); }

void Call::attach(std::shared_ptr<Attachment> made) { outermost().attachments_.push_back(std::move(made)); }

void Call::arm(const Timer& timer, Time due, std::string_view key) {
  Timers::arm(*this, timer, due, key);
  auto& earliest = outermost().earliest_timer_;
  earliest = std::min(earliest.value_or(due), due);
}

void Call::disarm(const Timer& timer, std::string_view key) { Timers::disarm(*this, timer, key); }

std::unexpected<base::Error> Call::park_until(Time deadline, std::string topic) {
  assert(can_wait());
  parked_ = Parked{deadline, std::move(topic)};
  return base::fail("Parked", "The call waits for " + parked_->topic + ".");
}

std::shared_ptr<Errand> Call::find_errand(std::string_view name) const {
  const Errands* errands = find_errands();
  if (!errands) return nullptr;
  auto found = errands->find(name);
  return found == errands->end() ? nullptr : found->second;
}

std::unexpected<base::Error> Call::begin_errand(std::string name, std::shared_ptr<Errand> errand, Time deadline) {
  Errands* errands = find_errands();
  if (!errands) return base::fail("InternalFailure", "This cannot wait for " + name + ".");
  outermost().parked_ = Parked{.deadline = deadline, .topic = {}, .errand = errand};
  (*errands)[name] = std::move(errand);
  return base::fail("Parked", "The call waits for " + name + ".");
}

std::unexpected<base::Error> Call::await_errand(std::string_view name, Time deadline) {
  assert(find_errand(name));
  outermost().parked_ = Parked{.deadline = deadline, .topic = {}};
  return base::fail("Parked", "The call waits for " + std::string(name) + ".");
}

FunctionHost* Call::functions() const { return cloud_->functions(); }

Workers* workers_of(const Call& call) { return call.cloud().workers(); }

Client Call::as_caller(std::string_view service) {
  std::vector<std::string> via = called_via_;
  via.emplace_back(service);
  return Client(*this, caller, place, std::move(via));
}

std::unexpected<base::Error> Call::park_for(OutboundRequest wanted, Time deadline, std::string topic) {
  auto parked = park_until(deadline, std::move(topic));
  parked_->request = std::move(wanted);
  return parked;
}

Client Call::as_role(Principal session) { return Client(*this, std::move(session), place); }

Client Call::as_service(std::string_view principal, std::string_view source_arn) {
  return Client(*this, Principal::service(std::string(principal), place.account, std::string(source_arn)), place);
}

Result<Value> Client::invoke(OperationId operation, Value input) const {
  return outer_->cloud().run_inner(*outer_, operation, std::move(input), *this);
}

}  // namespace kernel
