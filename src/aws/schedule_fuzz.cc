// Schedules of strangers: whatever they are, they are read or refused, and what is read names moments ahead.
#include <cstdint>
#include <cstdlib>

#include "aws/schedule.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  if (auto rate = aws::parse_rate(text); rate && rate->period_ms() <= 0) std::abort();
  auto cron = aws::Cron::parse(text);
  if (!cron) return 0;
  constexpr std::int64_t kFrom = 1'767'225'600'000;
  auto next = cron->next_after(kFrom);
  if (next && *next <= kFrom) std::abort();
  return 0;
}
