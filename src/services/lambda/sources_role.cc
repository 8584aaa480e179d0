// As whom an event source mapping reads its source and writes to its destination: as its function's execution role.
#include "base/arn.h"
#include "services/lambda/sources.h"

namespace lambda {

store::Place source_place(const Mapping& mapping) {
  const base::Arn arn = base::Arn::parse(mapping.source_arn);
  return {std::string(arn.account), std::string(arn.region)};
}

FunctionName mapped_function(Call& call, const Mapping& mapping) {
  auto name = parse_function_name(call, mapping.function_arn);
  return name ? *std::move(name) : FunctionName{.place = call.place, .name = {}, .qualifier = {}};
}

Result<SourceRole> source_role(Call& call, const Mapping& mapping) {
  Target target = TRY(find_target(call, mapped_function(call, mapping), Routing::kPrimary));
  auto session = TRY(assume_execution_role(call, target.function.row.name, target.function.arn(), target.version.role));
  return SourceRole{std::move(target), std::move(session)};
}

}  // namespace lambda
