// Queries and messages of strangers: whatever they are, a query is refused or runs to its end, twice with the same
// result. The input is a query, a zero byte, and messages, one a line.
#include <cstdint>
#include <cstdlib>

#include "aws/log_query.h"
#include "base/strings.h"

namespace {

aws::LogQueryResult run(const std::shared_ptr<const aws::LogQuery>& query, std::string_view messages) {
  aws::LogQueryGroup group{
      .log = "000000000000:g",
      .pointer_of = [](std::uint64_t, std::int64_t, std::uint64_t ordinal) { return std::to_string(ordinal); },
      .is_lambda = true};
  std::vector<aws::LogQueryResult> subqueries(query->subqueries().size());
  for (auto& result : subqueries) result.rows = {{{"a", "1"}, {"b", "2"}}};
  aws::LogQueryRun at_work(query, {.now_ms = 1'767'225'600'000, .limit = 100}, std::move(subqueries));
  std::uint64_t ordinal = 0;
  for (std::string_view message : base::split(messages, '\n')) {
    aws::LogQueryEvent event{.group = &group,
                             .timestamp_ms = 1'767'225'600'000 + static_cast<std::int64_t>(ordinal) * 1'000,
                             .ordinal = ordinal,
                             .stream = "s",
                             .message = message,
                             .is_earlier = ordinal % 5 == 4};
    ++ordinal;
    if (!at_work.add(event)) break;
  }
  return at_work.finish();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t zero = std::min(text.find('\0'), text.size());
  std::string_view messages = zero < size ? text.substr(zero + 1) : R"({"a":{"b":[1,"x"]},"c":"2"})";
  auto query = aws::LogQuery::read(text.substr(0, zero));
  if (!query) {
    const aws::LogQueryError& error = query.error();
    if (error.begin < 0 || error.end < error.begin || error.message.empty()) std::abort();
    return 0;
  }
  if (run(*query, messages).rows != run(*query, messages).rows) std::abort();
  return 0;
}
