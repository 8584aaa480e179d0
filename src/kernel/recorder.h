#pragma once

#include <string_view>

#include "kernel/call.h"

namespace kernel {

// What a call came to, handed to every recorder (CloudTrail, metrics, traces): once per call, from outside and between
// services alike, those refused by validation or not implemented included. Holds during on_call only.
struct Record {
  const model::Service& service;
  const model::Operation& operation;
  const Value& input;
  const Result<Value>& result;
  const Principal& caller;
  const Request& request;
  const Place& place;
  Time finished;
  int attempts;
  std::string_view action = {};    // what IAM was asked, "sqs:SendMessage"; empty when it never came to that
  std::string_view resource = {};  // on which ARN, "*" for none
  // The service inside whose operation the call was made; null for calls from outside, timers and listeners.
  const model::Service* invoked_by = nullptr;
  bool is_inner = false;  // made by a service
};

class Recorder {
 public:
  virtual ~Recorder() = default;
  // Called on the thread that ran the call, before its effects are flushed.
  virtual void on_call(const Record& record) = 0;
  // At the end of a lane's turn, on its thread: rows committed here reach the disk with the turn's, before any of its
  // calls is answered. Only of recorders that belong to a lane (Service::make_recorder).
  virtual void on_turn_end() {}
  // The store holds other contents now; what was noted about the old ones is to be forgotten. Likewise.
  virtual void on_contents_replaced() {}
};

}  // namespace kernel
