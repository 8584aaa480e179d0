#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/value.h"
#include "http/server.h"
#include "runtime/machine.h"

namespace runtime {

// The Telemetry API (2022-07-01) and its elder, the Logs API (2020-08-15): extensions have what happens in their
// environment sent to a server of theirs, in batches. On the loop's thread; the sending is a job.
class Telemetry {
 public:
  enum class Type : std::uint8_t { kPlatform, kFunction, kExtension };

  explicit Telemetry(Machine& machine);
  ~Telemetry();

  void add(Type type, std::string_view name, const base::Value& record, std::int64_t time_ms);
  // Answers a subscription; one extension has one, the newest.
  http::Response subscribe(const std::string& extension_id, const std::string& body, bool is_telemetry, bool is_open);
  base::Value types_of(const std::string& extension_id) const;
  // Those who subscribed late have heard of what came before.
  void end_of_initialization();

 private:
  struct Subscriber;

  void add_to(Subscriber& subscriber, const std::string& item);
  void send(Subscriber& subscriber);

  Machine& machine_;
  std::vector<std::shared_ptr<Subscriber>> subscribers_;
  // Until initialization is over those who subscribe late hear of what came before.
  std::vector<std::pair<Type, std::string>> early_;
  std::size_t early_bytes_ = 0;
  bool is_early_ = true;
};

}  // namespace runtime
