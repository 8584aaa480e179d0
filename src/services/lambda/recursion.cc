// Loops of functions that go on invoking each other, told by the lineage in the trace header that travels with them.
// https://docs.aws.amazon.com/lambda/latest/dg/invocation-recursion.html
#include "base/bytes.h"
#include "base/random.h"
#include "base/strings.h"
#include "services/lambda/run.h"

namespace lambda {

namespace {

constexpr std::string_view kLineage = "Lineage=";
constexpr std::size_t kHashDigits = 8;

// A field of "Root=…;Parent=…;Sampled=…;Lineage=…".
std::string_view trace_field(std::string_view trace, std::string_view name) {
  for (std::string_view part : base::split(trace, ';'))
    if (base::trim(part).starts_with(name)) return base::trim(part).substr(name.size());
  return {};
}

std::string lineage_name(const std::string& function_arn) {
  return base::to_hex(base::sha256(function_arn)).substr(0, kHashDigits);
}

}  // namespace

// "…;Lineage=43e12f0f:5|0a1b2c3d:0": how often each function has been invoked before in this line.
int invocations_in_line(std::string_view trace, const std::string& function_arn) {
  const std::string name = lineage_name(function_arn);
  for (std::string_view entry : base::split(trace_field(trace, kLineage), '|')) {
    const std::size_t colon = entry.find(':');
    if (entry.substr(0, colon) != name || colon == entry.npos) continue;
    return base::parse_number<int>(entry.substr(colon + 1)).value_or(0) + 1;
  }
  return 0;
}

std::string continued_trace(Call& call, std::string_view trace, const Target& target) {
  const bool is_traced = target.version.tracing_mode == "Active";
  const std::string_view root = trace_field(trace, "Root="), sampled = trace_field(trace, "Sampled=");
  const std::string own = lineage_name(target.function.arn());
  std::string lineage = fmt::format("{}:{}", own, invocations_in_line(trace, target.function.arn()));
  for (std::string_view entry : base::split(trace_field(trace, kLineage), '|'))
    if (!entry.empty() && !entry.starts_with(own)) lineage += fmt::format("|{}", entry);
  return fmt::format("Root={};Parent={};Sampled={};{}{}",
                     root.empty()
                         ? fmt::format("1-{:08x}-{}", call.now_ms() / 1'000, call.random_text(24, base::kHexDigits))
                         : std::string(root),
                     call.random_text(16, base::kHexDigits), sampled == "1" || is_traced ? 1 : 0, kLineage, lineage);
}

}  // namespace lambda
