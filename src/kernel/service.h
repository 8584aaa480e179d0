#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/authorization.h"
#include "kernel/body.h"
#include "kernel/call.h"
#include "kernel/recorder.h"
#include "model/shape.h"

// What a service is to the kernel: its table of contents. Generated headers (gen/api/<service>.h) include this file.
namespace kernel {

// One implemented operation, its types erased.
struct Operation {
  std::string_view name;
  Result<Value> (*run)(Call& call, const Value& input);
};

// Named like the AWS operation, checked against the model: OPERATION(SendMessage) inside the service's namespace.
template <class Model, auto Function>
constexpr Operation make_operation(model::OperationName<Model> name) {
  return {name.text, [](Call& call, const Value& input) -> Result<Value> {
            auto output = Function(call, model::Input<Model>(input));
            if (!output) return std::unexpected(std::move(output).error());
            return Value(*std::move(output));
          }};
}
#define OPERATION(Name) kernel::make_operation<Model, &Name>(#Name)

// Runs once per event of `source`, after its commit, in a transaction of its own. An error is retried with back-off,
// except when `give_up` says the error will not go away.
struct Listener {
  std::string_view source;
  std::string_view name;  // unique: "s3.notifications"
  Result<void> (*deliver)(Call& call, const Event& event);
};

// The ARN an operation acts on, for authorisation; "*" where the operation has no resource (ListQueues).
using ResourceOf = std::string (*)(Call& call, std::string_view operation, const Value& input);

// Makes what takes the body of a call whose operation is `call.operation` with `call.input`, all but its body. An error
// refuses the call before its body is read.
using MakeIntake = Result<std::unique_ptr<BodyIntake>> (*)(Call& call, const BodyAhead& ahead);

struct Service {
  std::string_view id;  // of the model: "sqs"
  std::vector<Operation> operations;
  ResourceOf resource_of = nullptr;  // null: "*"
  AccessHooks access = {};           // what it knows that decisions need
  std::vector<const Timer*> timers = {};
  std::vector<Listener> listeners = {};
  std::vector<Limit> limits = {};
  // What listens to the calls of a lane; one is made for each lane, and runs on its thread. Null: nothing does.
  std::unique_ptr<Recorder> (*make_recorder)(Cloud& cloud) = nullptr;

  MakeIntake make_intake = nullptr;  // null: bodies are gathered, and members of the input
  // Whether some row needs the blob; null: the service keeps none. See Cloud::collect_blobs.
  bool (*needs_blob)(const store::Transaction& tx, std::string_view blob) = nullptr;

  const Operation* find(std::string_view operation) const;
};

// The operations a service implements; what the model has besides answers NotImplemented.
template <class Model>
Service make_service(std::initializer_list<Operation> operations) {
  return {.id = Model::id, .operations = operations};
}

}  // namespace kernel
