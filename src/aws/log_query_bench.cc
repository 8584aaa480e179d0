// What queries of logs cost: events a second of CPU, single-threaded. build/release/log_query_bench
#include <fmt/format.h>

#include <time.h>

#include "aws/log_query.h"

namespace {

double cpu_seconds() {
  timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return double(now.tv_sec) + double(now.tv_nsec) / 1e9;
}

void measure(std::string_view text, const std::vector<std::string>& messages) {
  constexpr int kEvents = 2'000'000;
  aws::LogQueryGroup group{.log = "000000000000:app", .pointer_of = nullptr};
  auto query = aws::LogQuery::read(text);
  if (!query) {
    fmt::print("{}: {}\n", text, query.error().message);
    return;
  }
  aws::LogQueryRun run(*query, {}, {});
  double began = cpu_seconds();
  for (int i = 0; i < kEvents; ++i)
    run.add({.group = &group,
             .timestamp_ms = 1'767'225'600'000 + i,
             .stream = "s",
             .message = messages[static_cast<std::size_t>(i) % messages.size()]});
  auto result = run.finish();
  fmt::print("{:6.2f} million/s  {} rows  {}\n", kEvents / (cpu_seconds() - began) / 1e6, result.rows.size(), text);
}

}  // namespace

int main() {
  constexpr std::string_view kLevels[] = {"INFO", "WARN", "ERROR", "DEBUG"};
  std::vector<std::string> json, text;
  for (int i = 0; i < 1000; ++i) {
    json.push_back(fmt::format(R"({{"time":"2026-01-01T00:00:00.{:03}Z","level":"{}","request":"r-{}","path":"/api/)"
                               R"(items/{}","status":200,"took":{},"user":{{"name":"ann"}}}})",
                               i, kLevels[i % 4], i * 7919, i, i % 300));
    text.push_back(fmt::format("2026-01-01T00:00:00.{:03}Z [{}] request r-{} of /api/items/{} took {} ms", i,
                               kLevels[i % 4], i * 7919, i, i % 300));
  }
  measure("stats count(*)", json);
  measure("stats count(*) by level", json);
  measure("stats count(*), avg(took), pct(took, 99) by level, bin(5m)", json);
  measure("filter level = 'ERROR' and took > 250 | stats count(*)", json);
  measure("stats count(*) by user.name", json);
  measure("parse @message '[*] request * of *' as level, request, path | stats count(*) by level", text);
  measure("parse @message /\\[(?<level>\\w+)\\]/ | stats count(*) by level", text);
  measure("filter @message like /ERROR.*items/ | stats count(*)", text);
  measure("filter @message like 'ERROR' | sort @timestamp desc | limit 20", text);
  measure("fields @timestamp, @message | sort @timestamp desc", text);
  measure("pattern @message", text);
}
