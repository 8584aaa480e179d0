// Data protection policies of groups.
#include "base/json.h"
#include "services/logs/masking.h"

namespace logs {

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDataProtectionPolicy.html
base::Result<Out> PutDataProtectionPolicy(Call& call, In in) {
  OpenGroup group = TRY(find_group(call, in.value()));
  if (!is_class_standard(group))
    return error("InvalidParameterException",
                 "Data protection policies are supported only for the Standard log class.");
  TRY_VOID(check_data_protection_policy(in.str("policyDocument")));
  group.row.data_protection = in.str("policyDocument");
  for (const std::string& name : findings_groups(call, group)) {
    if (!get_group(call.tx, name))
      return error("ResourceNotFoundException", "The specified log group for findings does not exist.");
  }
  group.row.data_protection_ms = call.now_ms();
  put_group(group);
  return Out{{"logGroupIdentifier", in.str("logGroupIdentifier")},
             {"policyDocument", group.row.data_protection},
             {"lastUpdatedTime", group.row.data_protection_ms}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetDataProtectionPolicy.html
base::Result<Out> GetDataProtectionPolicy(Call& call, In in) {
  const OpenGroup group = TRY(find_group(call, in.value()));
  Out answer{{"logGroupIdentifier", in.str("logGroupIdentifier")}};
  if (group.row.data_protection.empty()) return answer;
  answer.set("policyDocument", group.row.data_protection);
  answer.set("lastUpdatedTime", group.row.data_protection_ms);
  return answer;
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteDataProtectionPolicy.html
base::Result<Out> DeleteDataProtectionPolicy(Call& call, In in) {
  OpenGroup group = TRY(find_group(call, in.value()));
  if (group.row.data_protection.empty())
    return error("ResourceNotFoundException", "The specified log group has no data protection policy.");
  group.row.data_protection.clear();
  put_group(group);
  return Out{};
}

}  // namespace logs
