#include "kernel/cloud.h"

#include <cassert>

#include "base/strings.h"
#include "kernel/resources.h"
#include "model/authorization.h"
#include "model/validate.h"

namespace kernel {

namespace {

// An attempt that meets this many conflicts in a row has met a bug, not bad luck.
constexpr int kAttemptsMax = 1'000;

// Numbers handed out between two writes of how far they go.
constexpr std::uint64_t kSequenceBlock = 1'000'000;

struct SequenceRow {
  std::uint64_t end = 0;

  static void fields(auto& self, auto& field) { field("end", self.end); }
};

constexpr store::Table<SequenceRow> kSequence{"kernel.sequence", store::Scope::kGlobal};

base::Error not_implemented(const model::Service& service, const model::Operation& operation) {
  return {"NotImplemented", fmt::format("Virga does not implement {} of {} yet ({}:{}).", operation.name,
                                        service.full_name, service.id, operation.name)};
}

// Which actions an operation needs; the tables never change, so that each operation is looked up once.
const model::Authorization* authorization_of(std::string_view service_id, const model::Operation& operation) {
  thread_local std::unordered_map<const model::Operation*, const model::Authorization*> known;
  auto [found, is_new] = known.try_emplace(&operation, nullptr);
  if (is_new) found->second = model::find_authorization(service_id, operation.name);
  return found->second;
}

Cloud::Parts in_order(Cloud::Parts parts) {
  std::ranges::sort(parts.services, {}, &Service::id);
  return parts;
}

}  // namespace

const Operation* Service::find(std::string_view operation) const {
  auto found = std::ranges::find(operations, operation, &Operation::name);
  return found == operations.end() ? nullptr : &*found;
}

Cloud::Cloud(Parts parts)
    : parts_(in_order(std::move(parts))),
      vault_(parts_.root_key),
      authorizer_(parts_.services),
      outbox_(*this),
      timers_(*this),
      fetches_(*this, parts_.outbound) {
  for (const Service& service : parts_.services) services_by_id_.emplace(service.id, &service);
  outbox_.load();
}

Cloud::~Cloud() { assert(lanes_.empty()); }

const Service* Cloud::find_service(std::string_view id) const {
  auto found = services_by_id_.find(id);
  return found == services_by_id_.end() ? nullptr : found->second;
}

const Timer* Cloud::find_timer(std::string_view name) const {
  for (const Service& service : parts_.services)
    for (const Timer* timer : service.timers)
      if (timer->name == name) return timer;
  return nullptr;
}

const Listener* Cloud::find_listener(std::string_view name) const {
  for (const Service& service : parts_.services)
    for (const Listener& listener : service.listeners)
      if (listener.name == name) return &listener;
  return nullptr;
}

Result<void> Cloud::transact(const Place& place, const std::function<Result<void>(Call&)>& body) {
  const Principal caller = Principal::service("virga", place.account, "");
  const Request request{.id = base::random_uuid(dice()), .received = clock().now()};
  auto contents = hold_contents();
  for (int attempts = 0; attempts < kAttemptsMax; ++attempts) {
    Call call(*this, store().begin(place), caller, request, place, clock().now());
    Lane* lane = lanes_.empty() ? nullptr : lanes_[0];
    if (auto done = body(call); !done) {
      record(call.inner_calls_, lane);
      return done;
    }
    auto committed = store().commit(call.tx);
    if (committed) {
      record(call.inner_calls_, lane);
      after_commit(call);
      return {};
    }
    if (committed.error().code != "Conflict") return std::unexpected(committed.error());
  }
  return base::fail("InternalFailure", "The work met too many conflicting changes.");
}

Cloud::Attempt Cloud::run(const Chore& chore, const Request& request, Call::Errands& errands, Lane& lane) {
  const Principal caller = Principal::service("virga", chore.place.account, "");
  auto contents = hold_contents();
  for (int attempts = 0; attempts < kAttemptsMax; ++attempts) {
    Call call(*this, store().begin(chore.place), caller, request, chore.place, clock().now());
    call.errands_ = &errands;
    Result<void> done = chore.body(call);
    if (call.parked_) return {.result = Value(), .parked = std::move(call.parked_), .seen = call.tx};
    if (done) {
      auto committed = store().commit(call.tx);
      if (!committed && committed.error().code == "Conflict") continue;
      if (!committed) done = std::unexpected(std::move(committed).error());
    }
    record(call.inner_calls_, &lane);
    if (!done) return {.result = std::unexpected(std::move(done).error())};
    after_commit(call);
    return {.result = Value()};
  }
  return {.result = base::fail("InternalFailure", "The work met too many conflicting changes.")};
}

Cloud::Attempt Cloud::run(const Invocation& invocation, Call::Errands& errands, Lane& lane) {
  const Service* service = find_service(invocation.service->id);
  const Operation* operation = service ? service->find(invocation.operation->name) : nullptr;
  auto refuse = [&](base::Error error, int attempts) {
    Attempt refused{.result = std::unexpected(std::move(error))};
    record(invocation, refused, attempts, &lane);
    return refused;
  };
  if (!operation) return refuse(not_implemented(*invocation.service, *invocation.operation), 1);
  if (auto valid = model::validate(*invocation.service, *invocation.operation, invocation.input); !valid)
    return refuse(std::move(valid).error(), 1);
  auto contents = hold_contents();
  for (int attempts = 1; attempts <= kAttemptsMax; ++attempts) {
    Attempt outcome = attempt(invocation, *service, *operation, errands);
    if (outcome.conflict) continue;
    if (!outcome.parked) record(invocation, outcome, attempts, &lane);
    return outcome;
  }
  log().write(base::Level::kError, "An operation met a conflict at every attempt.",
              {{"operation", invocation.operation->name}});
  return refuse({"InternalFailure", "The request processing has failed because of an unknown error."}, kAttemptsMax);
}

Cloud::Attempt Cloud::attempt(const Invocation& invocation, const Service& service, const Operation& operation,
                              Call::Errands& errands) {
  Call call(*this, store().begin(invocation.place), invocation.caller, invocation.request, invocation.place,
            clock().now());
  call.errands_ = &errands;
  call.intake_ = invocation.intake.get();
  Attempt outcome{.result = run_operation(call, *invocation.service, service, operation, invocation.input)};
  outcome.action = std::move(call.action_);
  outcome.resource = std::move(call.resource_);
  outcome.inner_calls = std::move(call.inner_calls_);
  if (call.parked_) {
    outcome.parked = std::move(call.parked_);
    outcome.seen = call.tx;
    return outcome;
  }
  if (call.tx.error()) {
    log().write(base::Level::kError, "A row could not be read.",
                {{"operation", operation.name}, {"error", call.tx.error()->message}});
    outcome.result = base::fail("InternalFailure", call.tx.error()->message);
    return outcome;
  }
  if (!outcome.result) return outcome;  // drops the writes; what it read was true of one moment
  auto committed = store().commit(call.tx);
  if (committed) {
    after_commit(call);
    outcome.body = std::move(call.answer_body_);
  } else if (committed.error().code == "Conflict") {
    outcome.conflict = true;
  } else {
    log().write(base::Level::kError, "A commit was refused.",
                {{"operation", operation.name}, {"error", committed.error().message}});
    outcome.result = base::fail("InternalFailure", committed.error().message);
  }
  return outcome;
}

// Each action that the operation is authorised as. Who forgets the mapping of an operation has not implemented it.
Result<void> Cloud::authorize_operation(Call& call, const Service& service, const Operation& operation) {
  auto resource_of = [&](const model::Authorization::Part& part) {
    if (service.resource_of && part.arn.empty()) return service.resource_of(call, operation.name, *call.input);
    return resource_in(call, part, *call.input);
  };
  auto ask = [&](std::string_view action, std::string resource) {
    if (call.action_.empty()) {
      call.action_ = action;
      call.resource_ = resource;
    }
    return call.authorize(action, resource);
  };
  if (service.needs_of) {
    std::vector<Need> needs = service.needs_of(call, operation.name, *call.input);
    for (Need& need : needs) TRY_VOID(ask(need.action, std::move(need.resource)));
    if (!needs.empty()) return {};
  }
  const model::Authorization* authorization = call.operation ? authorization_of(service.id, *call.operation) : nullptr;
  if (!authorization)
    return base::fail("InternalFailure",
                      fmt::format("Nothing says how {} of {} is authorised.", operation.name, service.id));
  for (const model::Authorization::Part& part : authorization->parts)
    TRY_VOID(ask(part.action->name, resource_of(part)));
  return {};
}

Result<void> Cloud::admit(Call& call, const model::Service& model, const Service& service, const Operation& operation,
                          const Value& input) {
  call.service_model = &model;
  call.operation = model.find_operation(operation.name);
  call.input = &input;
  if (service.access.admit) TRY_VOID(service.access.admit(call, operation.name));
  return authorize_operation(call, service, operation);
}

Result<Value> Cloud::run_operation(Call& call, const model::Service& model, const Service& service,
                                   const Operation& operation, const Value& input) {
  TRY_VOID(admit(call, model, service, operation, input));
  return operation.run(call, input);
}

// The operation will be authorised again when it runs, with its whole input: this keeps those out who may not call it
// before they send gigabytes.
Result<std::shared_ptr<BodyIntake>> Cloud::open_intake(const Invocation& invocation, const BodyAhead& ahead,
                                                       Lane& lane) {
  const Service* service = find_service(invocation.service->id);
  const Operation* operation = service ? service->find(invocation.operation->name) : nullptr;
  if (!operation || !service->make_intake) return std::shared_ptr<BodyIntake>();
  auto contents = hold_contents();
  Call call(*this, store().begin(invocation.place), invocation.caller, invocation.request, invocation.place,
            clock().now());
  Attempt outcome{.result = Value()};
  auto intake = [&]() -> Result<std::unique_ptr<BodyIntake>> {
    TRY_VOID(model::validate(*invocation.service, *invocation.operation, invocation.input));
    TRY_VOID(admit(call, *invocation.service, *service, *operation, invocation.input));
    return service->make_intake(call, ahead);
  }();
  if (intake) return std::shared_ptr<BodyIntake>(*std::move(intake));
  outcome.result = std::unexpected(intake.error());
  outcome.action = std::move(call.action_);
  outcome.resource = std::move(call.resource_);
  record(invocation, outcome, 1, &lane);
  return std::unexpected(std::move(intake).error());
}

Result<Value> Cloud::run_inner(Call& outer, OperationId id, Value input, const Client& client) {
  const Service* service = find_service(id.service);
  const model::Service* model = model::find_service(id.service);
  assert(model);
  Invocation invocation{.service = model,
                        .operation = model->find_operation(id.name),
                        .input = std::move(input),
                        .caller = client.principal_,
                        .request = outer.request,
                        .place = client.place_};
  const Operation* operation = service ? service->find(id.name) : nullptr;
  Call& outermost = outer.outermost();
  auto note = [&](Result<Value> result, std::string action, std::string resource) {
    outermost.inner_calls_.push_back({.invocation = std::move(invocation),
                                      .result = result,
                                      .action = std::move(action),
                                      .resource = std::move(resource),
                                      .invoked_by = outer.service_model});
    return result;
  };
  if (!operation) return note(std::unexpected(not_implemented(*model, *invocation.operation)), {}, {});

  store::Savepoint before = outer.tx.savepoint();
  const std::size_t wakes_before = outermost.wakes_.size(), deliveries_before = outermost.deliveries_.size();
  const std::size_t attachments_before = outermost.attachments_.size();
  Call call(*this, outer.tx.at(client.place_), client.principal_, outer.request, client.place_, outer.now);
  call.outer_ = &outer;
  call.called_via_ = client.via_;
  Result<Value> result = [&]() -> Result<Value> {
    TRY_VOID(model::validate(*model, *invocation.operation, invocation.input));
    Value output = TRY(run_operation(call, *model, *service, *operation, invocation.input));
    if (call.answer_body_) TRY_VOID(gather_body(*invocation.operation, *call.answer_body_, output));
    return output;
  }();
  if (outermost.parked_) return result;  // all of it is given up
  if (!result) {
    outer.tx.rollback_to(before);
    outermost.wakes_.resize(wakes_before);
    outermost.deliveries_.resize(deliveries_before);
    outermost.attachments_.resize(attachments_before);
  }
  return note(std::move(result), std::move(call.action_), std::move(call.resource_));
}

void Cloud::record(const Invocation& invocation, const Attempt& outcome, int attempts, Lane* lane) {
  record(outcome.inner_calls, lane);
  record({.service = *invocation.service,
          .operation = *invocation.operation,
          .input = invocation.input,
          .result = outcome.result,
          .caller = invocation.caller,
          .request = invocation.request,
          .place = invocation.place,
          .finished = clock().now(),
          .attempts = attempts,
          .action = outcome.action,
          .resource = outcome.resource},
         lane);
}

void Cloud::record(const std::vector<InnerCall>& calls, Lane* lane) {
  for (const InnerCall& call : calls) {
    record({.service = *call.invocation.service,
            .operation = *call.invocation.operation,
            .input = call.invocation.input,
            .result = call.result,
            .caller = call.invocation.caller,
            .request = call.invocation.request,
            .place = call.invocation.place,
            .finished = clock().now(),
            .attempts = 1,
            .action = call.action,
            .resource = call.resource,
            .invoked_by = call.invoked_by,
            .is_inner = true},
           lane);
  }
}

void Cloud::record(const Record& record, Lane* lane) {
  for (Recorder* recorder : parts_.recorders) recorder->on_call(record);
  if (!lane) return;
  for (auto& recorder : lane->recorders_) recorder->on_call(record);
}

void Cloud::after_commit(Call& call) {
  for (auto& attachment : call.attachments_) attachment->on_commit();
  bool has_chores = !call.deliveries_.empty() || call.earliest_timer_;
  if (call.earliest_timer_) timers_.note_armed(*call.earliest_timer_);
  if (!call.deliveries_.empty()) outbox_.note_added(std::move(call.deliveries_));
  for (const auto& [topic, count] : call.wakes_) wake(topic, count);
  if (has_chores && !lanes_.empty()) lanes_[0]->nudge();
}

void Cloud::wake(const std::string& topic, int count) {
  for (const Waiting::Woken& woken : waiting_.wake(topic, count)) woken.lane->note_woken(woken.ticket);
}

std::uint64_t Cloud::next_sequence() {
  std::uint64_t number = sequence_.fetch_add(1);
  while (number >= sequence_end_.load()) {
    std::lock_guard lock(sequence_mutex_);
    if (number < sequence_end_.load()) break;
    reserve_sequence(number);
    number = sequence_.fetch_add(1);
  }
  return number;
}

// The row says how far numbers may have been given out. It is committed before any of them is used, and flushes keep
// the order of commits, so no number that has reached the disk is ever given again.
void Cloud::reserve_sequence(std::uint64_t from) {
  std::uint64_t end = 0;
  for (bool committed = false; !committed;) {
    store::Transaction tx = store().begin({});
    SequenceRow row = tx.get(kSequence, "").value_or(SequenceRow{});
    std::uint64_t start = std::max(row.end, from);
    end = start + kSequenceBlock;
    tx.put(kSequence, "", {end});
    auto result = store().commit(tx);
    committed = result.has_value();
    if (committed && sequence_.load() < start) sequence_.store(start);
    // A broken store refuses every later commit as well; numbers no longer matter then.
    if (!committed && result.error().code != "Conflict") break;
  }
  sequence_end_.store(end);
}

Result<void> Cloud::replace_contents(const std::function<Result<void>()>& replace) {
  is_replacing_.store(true);
  std::unique_lock lock(contents_mutex_);
  is_replacing_.store(false);
  TRY_VOID(replace());
  contents_epoch_.fetch_add(1);
  sequence_end_.store(0);
  authorizer_.clear();
  outbox_.load();
  timers_.reload();
  for (const Waiting::Woken& woken : waiting_.wake_all()) woken.lane->note_woken(woken.ticket);
  return {};
}

Result<store::Blobs::Collected> Cloud::collect_blobs(const std::function<bool()>& is_stopping) {
  auto contents = hold_contents();
  return store().blobs().collect([&](std::string_view blob) -> Result<bool> {
    if (is_stopping() || is_replacing_.load()) return base::fail("Stopping", "Blobs are no longer collected.");
    store::Transaction tx = store().begin({}).unrecorded();
    for (const Service& service : parts_.services)
      if (service.needs_blob && service.needs_blob(tx, blob)) return true;
    return false;
  });
}

void Cloud::clock_moved() {
  for (Lane* lane : lanes_) lane->nudge();
}

std::optional<Time> Cloud::next_due() {
  std::optional<Time> earliest;
  auto consider = [&](std::optional<Time> time) {
    if (time && (!earliest || *time < *earliest)) earliest = time;
  };
  consider(timers_.next_due());
  consider(outbox_.next_due());
  for (Lane* lane : lanes_) consider(lane->next_deadline());
  return earliest;
}

bool Cloud::advance_once(Time target, const std::function<void(Time)>& move) {
  assert(!lanes_.empty());
  Lane& lane = *lanes_[0];
  while (lane.turn()) continue;
  auto due = next_due();
  bool is_last = !due || *due > target;
  move(is_last ? target : std::max(*due, clock().now()));
  clock_moved();
  while (lane.turn()) continue;
  return is_last;
}

void Cloud::advance(Time target, const std::function<void(Time)>& move) {
  while (!advance_once(target, move)) continue;
}

}  // namespace kernel
