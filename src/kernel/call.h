#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/value.h"
#include "kernel/body.h"
#include "kernel/clock.h"
#include "kernel/errand.h"
#include "kernel/outbound.h"
#include "kernel/principal.h"
#include "model/names.h"
#include "model/shape.h"
#include "store/store.h"

namespace kernel {

using base::Result;
using base::Value;
using store::Place;

class Call;
class Cloud;
class FunctionHost;

// A row of the outbox: one event on its way to one listener.
struct Delivery {
  std::pair<std::string, std::string> line;  // listener name, event key: deliveries of a line happen in order
  std::uint64_t sequence;
};

// Something that happened and others may act on, after the transaction that says so has committed. It is delivered at
// least once to every listener of `source`; events with the same `key` in the order they were emitted.
struct Event {
  std::string source;  // the emitting service's id: "s3"
  std::string type;    // "ObjectCreated:Put"
  std::string key;     // what it is about; orders deliveries
  Value detail;        // for the listener

  static void fields(auto& self, auto& field) {
    field("source", self.source);
    field("type", self.type);
    field("key", self.key);
    field("detail", self.detail);
  }
};

// Work that must happen at a time. A timer is declared once, `inline constexpr kernel::Timer
// kScheduleDue{"scheduler.due", fire}`, listed in its service's table of contents, and armed by key.
struct Timer {
  std::string_view name;
  Result<void> (*fire)(Call& call, std::string_view key);
};

// A number AWS publishes as a quota and Service Quotas can change per account and region.
struct Limit {
  std::string_view service;  // "sqs"
  std::string_view code;     // quota code: "L-06F64D95", or a name of ours where AWS has none
  std::int64_t value;        // AWS's default
};

// One operation of one service, its name checked against the model: kernel::operation<sqs::Model>("SendMessage").
struct OperationId {
  std::string_view service;
  std::string_view name;
};
template <class Model>
constexpr OperationId operation(model::OperationName<Model> name) {
  return {Model::id, name.text};
}

// A call as it comes from outside, decoded: which operation, with what, by whom, where.
struct Invocation {
  const model::Service* service = nullptr;
  const model::Operation* operation = nullptr;
  Value input;
  Principal caller;
  Request request;
  Place place;
  std::shared_ptr<BodyIntake> intake = nullptr;  // of a body that was streamed, and then is no member of the input
};

// A call that a service made inside another: kept until the outer one is over, and then recorded once, however often
// that was attempted.
struct InnerCall {
  Invocation invocation;
  Result<Value> result;
  std::string action, resource;
  const model::Service* invoked_by = nullptr;
};

// Calls other services from inside a call, as somebody. The inner call is validated, authorised and recorded like one
// from outside and joins the transaction of the call that makes it: both commit, or neither. An error undoes the inner
// call's writes only, so the outer one may go on. Inner calls cannot wait (park).
class Client {
 public:
  // `via`: the services that the caller's own credentials pass through, first one first; none for other principals.
  Client(Call& outer, Principal principal, Place place, std::vector<std::string> via = {})
      : outer_(&outer), principal_(std::move(principal)), place_(std::move(place)), via_(std::move(via)) {}
  Result<Value> invoke(OperationId operation, Value input) const;
  Client in(Place place) const { return Client(*outer_, principal_, std::move(place), via_); }

 private:
  friend class Cloud;

  Call* outer_;
  Principal principal_;
  Place place_;
  std::vector<std::string> via_;
};

// One attempt at an operation (or listener, or timer): what it may see and do. An attempt is a pure function of its
// Call: it may be dropped and run again when what it read has changed, so all its effects go through here and happen on
// commit.
class Call {
 public:
  Call(Cloud& cloud, store::Transaction tx, const Principal& caller, const Request& request, Place place, Time now);
  Call(const Call&) = delete;

  store::Transaction tx;  // stands in `place`
  const Principal& caller;
  const Request& request;
  const Place place;  // the caller's account, the endpoint's region
  const Time now;     // of this attempt

  // The operation that runs, its service and what it was given; null in listeners and timers.
  const model::Service* service_model = nullptr;
  const model::Operation* operation = nullptr;
  const Value* input = nullptr;

  // What has taken the body of the request, where it was streamed; null: a body there may be stands in the input.
  BodyIntake* intake() const { return intake_; }
  // Answers with this body, in place of the streamed member of the output. With an error it is forgotten.
  void answer_with(std::unique_ptr<AnswerBody> body) { answer_body_ = std::move(body); }
  // Has it told when what this attempt writes has committed.
  void attach(std::shared_ptr<Attachment> made);

  std::int64_t now_ms() const { return to_ms(now); }
  Cloud& cloud() const { return *cloud_; }

  // --- identity and chance -----------------------------------------------------------------------------------------
  std::string uuid();                                            // "3f0c1b9e-…", version 4
  std::string new_id(std::string_view prefix, int digits = 17);  // AWS resource ids: "vpc-0a1b…", lower-case hex
  std::string random_text(int count, std::string_view alphabet);
  std::uint64_t dice(std::uint64_t sides);  // 0 … sides-1
  // Grows with every call, over the whole cloud, across restarts; never given twice. Not dense.
  std::uint64_t next_sequence();
  std::string arn(std::string_view service,
                  std::string_view resource) const;  // arn:aws:<service>:<region>:<account>:<resource>
  std::int64_t limit(const Limit& limit);            // today's value here: Service Quotas' or AWS's default

  // --- authorisation ------------------------------------------------------------------------------------------------
  // Dispatch has authorised the operation itself; this is for what its tables cannot know. Errors: AccessDenied.
  Result<void> authorize(std::string_view action, std::string_view resource_arn);

  // --- after commit -------------------------------------------------------------------------------------------------
  void emit(Event event);
  void wake(std::string topic,
            int count = 1);  // lets `count` calls parked on the topic try again, longest waiting first
  void arm(const Timer& timer, Time due, std::string_view key);  // replaces an earlier arming of the same timer and key
  void disarm(const Timer& timer, std::string_view key);

  // --- waiting -----------------------------------------------------------------------------------------------------
  // `return call.park_until(deadline, topic);` gives this attempt up and runs the operation again when the topic is
  // woken or the clock reaches `deadline`. Costs no thread. The attempt's writes are dropped.
  std::unexpected<base::Error> park_until(Time deadline, std::string topic);
  // The same, and sends `request` meanwhile; see kernel::fetch, which is the way to use it.
  std::unexpected<base::Error> park_for(OutboundRequest request, Time deadline, std::string topic);
  // Whether it may: calls from inside others must answer with what there is, and timers too.
  bool can_wait() const { return outer_ == nullptr && errands_ != nullptr; }
  // The errand that this call has begun under the name; null when none. Inner calls share their names with the outer
  // one, so a name says whose it is: "lambda/<request id>".
  template <class T>
  std::shared_ptr<T> errand(std::string_view name) const {
    return std::dynamic_pointer_cast<T>(find_errand(name));
  }
  // Gives this attempt, and those it is made inside of, up without effect, begins the errand, and runs the outermost
  // call again when it is over or the clock reaches `deadline`. Where can_run_errands is false: InternalFailure.
  std::unexpected<base::Error> begin_errand(std::string name, std::shared_ptr<Errand> errand, Time deadline);
  // The same for one that was begun and is not over.
  std::unexpected<base::Error> await_errand(std::string_view name, Time deadline);
  bool can_run_errands() const { return find_errands() != nullptr; }
  // What runs functions; null where nothing does.
  FunctionHost* functions() const;

  // --- other services ----------------------------------------------------------------------------------------------
  // With the caller's own permissions, on behalf of `service` ("cloudformation.amazonaws.com"): aws:CalledVia.
  Client as_caller(std::string_view service);
  // With the permissions of a role: `session` from kernel::assume_role.
  Client as_role(Principal session);
  // As the service itself. A resource of a service that has resource policies must admit it by its policy; elsewhere
  // services may do what they want inside the account they act for.
  Client as_service(std::string_view principal, std::string_view source_arn);
  // The services through which the caller's credentials came here, first one first.
  const std::vector<std::string>& called_via() const { return called_via_; }
  // Whether it is the client's own call, and not one that a service makes.
  bool is_from_outside() const { return outer_ == nullptr && operation != nullptr; }

 private:
  friend class Client;
  friend class Cloud;
  friend class Lane;

  using Errands = std::map<std::string, std::shared_ptr<Errand>, std::less<>>;
  struct Parked {
    Time deadline;
    std::string topic;                                      // empty: it waits for an errand
    std::optional<OutboundRequest> request = std::nullopt;  // to be sent
    std::shared_ptr<Errand> errand = nullptr;               // to be begun
  };
  Call& outermost();
  Errands* find_errands() const { return outer_ ? outer_->find_errands() : errands_; }
  std::shared_ptr<Errand> find_errand(std::string_view name) const;

  Cloud* cloud_;
  Call* outer_ = nullptr;  // the call whose transaction this one joined
  std::vector<std::string> called_via_;
  Errands* errands_ = nullptr;  // of all attempts; null where there is no waiting
  std::optional<Parked> parked_;
  // What the commit sets off; gathered by the outermost call.
  std::vector<std::pair<std::string, int>> wakes_;
  std::vector<Delivery> deliveries_;
  std::optional<Time> earliest_timer_;
  std::vector<InnerCall> inner_calls_;
  std::vector<std::shared_ptr<Attachment>> attachments_;
  BodyIntake* intake_ = nullptr;
  std::unique_ptr<AnswerBody> answer_body_;
  std::string action_, resource_;  // what dispatch has authorised
};

}  // namespace kernel
