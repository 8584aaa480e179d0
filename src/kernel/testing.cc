#include "kernel/testing.h"

#include <cassert>

namespace kernel::testing {

void Pages::send(OutboundRequest request, Done done) {
  ++sent;
  auto page = by_url.find(request.url);
  if (page == by_url.end()) return done({.problem = "Nobody answers there."});
  done({.status = 200, .body = page->second});
}

TestCloud::TestCloud(std::vector<Service> services, std::uint64_t seed)
    : services_(std::move(services)),
      disk_(store::make_memory_disk()),
      dice_(std::make_unique<base::SeededDice>(seed)) {
  open();
}

TestCloud::~TestCloud() {
  lane_.reset();
  cloud_.reset();
}

void TestCloud::open() {
  // No environment outlives its server.
  TestFunctions::Script script = functions_ ? std::move(functions_->script) : nullptr;
  functions_ = std::make_unique<TestFunctions>();
  functions_->script = std::move(script);
  auto opened = store::Store::open(store::memory_home(disk_));
  assert(opened);
  store_ = *std::move(opened);
  cloud_ = std::make_unique<Cloud>(Cloud::Parts{.store = *store_,
                                                .clock = clock_,
                                                .dice = *dice_,
                                                .log = {},
                                                .root_key = kRootKey,
                                                .services = services_,
                                                .outbound = &pages_,
                                                .functions = functions_.get(),
                                                .workers = workers_});
  lane_ = std::make_unique<Lane>(*cloud_, [] {});
}

void TestCloud::settle() {
  while (lane_->turn()) continue;
}

TestCloud::Handle TestCloud::start(std::string_view service, std::string_view operation, Value input) {
  const model::Service* model = model::find_service(service);
  assert(model && "the service is not modelled");
  const model::Operation* modelled = model->find_operation(operation);
  assert(modelled && "the operation is not modelled");
  auto waiting = std::make_shared<Waiting>();
  Handle handle = next_handle_++;
  waiting_.emplace(handle, waiting);
  Request request{.id = base::random_uuid(*dice_), .base_url = base_url_, .received = clock_.now()};
  waiting->ticket = lane_->submit({.service = model,
                                   .operation = modelled,
                                   .input = std::move(input),
                                   .caller = caller_,
                                   .request = std::move(request),
                                   .place = place_},
                                  [waiting, modelled](Answer answer) {
                                    if (answer.body && answer.result) {
                                      auto gathered = gather_body(*modelled, *answer.body, *answer.result);
                                      if (!gathered) answer.result = std::unexpected(gathered.error());
                                    }
                                    waiting->answer = std::move(answer.result);
                                  });
  settle();
  return handle;
}

const Result<Value>* TestCloud::answer(Handle handle) {
  auto found = waiting_.find(handle);
  return found != waiting_.end() && found->second->answer ? &*found->second->answer : nullptr;
}

void TestCloud::hang_up(Handle handle) {
  auto found = waiting_.find(handle);
  if (found == waiting_.end()) return;
  lane_->cancel(found->second->ticket);
  waiting_.erase(found);
  settle();
}

bool TestCloud::wait(Handle handle) {
  while (!answer(handle)) {
    auto due = lane_->next_due();
    if (!due) return false;
    advance(std::max(*due - clock_.now(), Millis(0)));
  }
  return true;
}

Result<Value> TestCloud::call(std::string_view service, std::string_view operation, Value input) {
  Handle handle = start(service, operation, std::move(input));
  [[maybe_unused]] bool answered = wait(handle);
  assert(answered && "the call waits for something that nobody will do");
  Result<Value> result = *answer(handle);
  waiting_.erase(handle);
  return result;
}

void TestCloud::advance(Millis by) {
  cloud_->advance(clock_.now() + by, [this](Time time) { clock_.set(time); });
}

void TestCloud::restart() {
  waiting_.clear();
  lane_.reset();
  cloud_.reset();
  auto closed = store_->close();
  assert(closed);
  open();
}

void TestCloud::crash() {
  waiting_.clear();
  lane_.reset();
  cloud_.reset();
  disk_->fail_writes_after(0);  // closing would flush
  store_.reset();
  disk_->heal();
  open();
}

std::size_t TestCloud::count_rows(std::string_view table) {
  return store_->begin({}).dump(table, [](const store::RawRow&) {});
}

}  // namespace kernel::testing
