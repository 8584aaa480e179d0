// What authorisation needs to know of tables.
#include "services/dynamodb/table.h"

namespace dynamodb {

std::string resource_of(Call& call, std::string_view operation, const Value& input) {
  if (input.has("TableName")) {
    std::string arn = table_arn(parse_table_name(call, input.at("TableName").str()));
    if (input.has("IndexName") && (operation == "Query" || operation == "Scan"))
      arn += "/index/" + input.at("IndexName").str();
    return arn;
  }
  // The first table of a batch; the operation asks for the others.
  if (!input.at("RequestItems").map().empty())
    return table_arn(parse_table_name(call, input.at("RequestItems").map().front().first));
  if (input.has("ResourceArn")) return input.at("ResourceArn").str();
  return "*";
}

std::string policy_of(Call& call, std::string_view arn) {
  auto table = get_table(call, parse_table_name(call, arn));
  return table ? get_details(*table).policy : "";
}

kernel::Tags tags_of(Call& call, std::string_view arn) {
  auto table = get_table(call, parse_table_name(call, arn));
  return table ? get_details(*table).tags : kernel::Tags{};
}

bool find_condition_key(Call&, std::string_view, policy::Values&) { return false; }

}  // namespace dynamodb
