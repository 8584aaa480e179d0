// What decisions need to know of queues: their policies and tags.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-overview-of-managing-access.html
#include "kernel/cloud.h"
#include "services/sqs/queue.h"

namespace sqs {

namespace {

// "Cross-account permissions don't apply to the following actions".
constexpr std::string_view kOwnersActions[] = {
    "AddPermission",        "CancelMessageMoveTask", "CreateQueue", "DeleteQueue",
    "ListMessageMoveTasks", "ListQueueTags",         "ListQueues",  "RemovePermission",
    "SetQueueAttributes",   "StartMessageMoveTask",  "TagQueue",    "UntagQueue",
};

}  // namespace

std::string queue_policy(const store::Transaction& tx, std::string_view arn) {
  auto name = parse_arn(arn);
  if (!name) return "";
  const auto settings = name->place == tx.place() ? tx.get_shared(kSettings, name->name)
                                                  : tx.at(name->place).get_shared(kSettings, name->name);
  return settings ? settings->policy : "";
}

std::string policy_for(Call& call, std::string_view arn) {
  auto name = parse_arn(arn);
  bool is_owner = name && name->place.account == call.caller.account;
  if (!is_owner && call.operation && std::ranges::binary_search(kOwnersActions, call.operation->name)) return "";
  return queue_policy(call.tx, arn);
}

kernel::Tags tags_of(Call& call, std::string_view arn) {
  auto name = parse_arn(arn);
  const auto settings = name ? call.tx.at(name->place).get_shared(kSettings, name->name) : nullptr;
  return settings ? kernel::Tags(settings->tags.begin(), settings->tags.end()) : kernel::Tags();
}

base::Result<void> check_policy(Call& call, const std::string& document) {
  if (call.cloud().policies().compile(document, policy::Kind::kResource)) return {};
  return error("InvalidAttributeValue", "Invalid value for the parameter Policy.");
}

}  // namespace sqs
