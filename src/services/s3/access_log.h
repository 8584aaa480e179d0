#pragma once

#include <memory>

#include "kernel/recorder.h"
#include "services/s3/over_time.h"

// Server access logs: a line for each request to a bucket, delivered now and then into another one.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/ServerLogs.html
namespace s3 {

// A bucket whose requests are logged.
struct LoggedBucket {
  std::string account, region;
  std::int64_t due_ms = 0;  // of the next delivery; 0: no line waits

  static void fields(auto& self, auto& field) {
    field("account", self.account);
    field("region", self.region);
    field("due_ms", self.due_ms);
  }
};
// Key: bucket name.
inline constexpr store::Table<LoggedBucket> kLoggedBuckets{"s3.logged_buckets", store::Scope::kGlobal};

struct LogLine {
  std::string text;

  static void fields(auto& self, auto& field) { field("text", self.text); }
};
// Lines that wait for their delivery. Key: bucket name, sequence.
inline constexpr store::Table<LogLine> kLogLines{"s3.log_lines", store::Scope::kGlobal};

// Logging has been configured, or is no more.
void note_logging(Call& call, const Bucket& bucket);

// The line of a call, with its end; the owner is an account. access_log_line.cc
std::string line_of(const kernel::Record& record, std::string_view bucket, std::string_view owner);

}  // namespace s3
