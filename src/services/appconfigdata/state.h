// What AWS AppConfig Data remembers: its rows, and the tables that hold them.
#pragma once

#include <string>

#include "api/appconfigdata.h"
#include "store/key.h"
#include "store/table.h"

namespace appconfigdata {

using base::Result;

// A session of an application. All names are ids.
struct Session {
  std::string application, environment, profile;
  std::int64_t poll_seconds_min = 0;  // 0: as often as it likes
  std::int64_t share = 0;             // its place among all applications, in hundredths of a percent
  std::int64_t deployment = 0;        // number of the one it has got; 0: none yet
  std::int64_t polled_ms = 0;

  static void fields(auto& self, auto& field) {
    field("application", self.application);
    field("environment", self.environment);
    field("profile", self.profile);
    field("poll_seconds_min", self.poll_seconds_min);
    field("share", self.share);
    field("deployment", self.deployment);
    field("polled_ms", self.polled_ms);
  }
};

inline constexpr store::Table<Session> kSessions{"appconfigdata.sessions"};  // key: when its token expires, a secret

std::string resource_of(Call& call, std::string_view operation, const base::Value& input);

}  // namespace appconfigdata
