#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"
#include "base/value.h"

namespace server {

// A running cloud, as the commands that talk to one see it.
class Remote {
 public:
  // `endpoint`: "http://127.0.0.1:4566"; https is not needed on one's own machine and is refused.
  static base::Result<Remote> at(const std::string& endpoint);

  // One control request; the answer's JSON, or its text as a text value. Errors: "NotRunning" (nobody answers there),
  // else what the cloud answered.
  base::Result<base::Value> ask(const std::string& method, const std::string& path, const base::Value& body = {}) const;
  const std::string& endpoint() const { return endpoint_; }

 private:
  std::string endpoint_;
  std::string host_;
  std::uint16_t port_ = 0;
};

// Whether a process with this id exists.
bool process_exists(std::int64_t process_id);

}  // namespace server
