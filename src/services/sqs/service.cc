// Amazon SQS. Operations are listed here and written in the files named beside them; README.md tells how it all works.
#include "services/sqs/queue.h"

namespace sqs {

namespace {

// What a call is authorised on: the queue it names, whether there is one or not.
std::string resource_of(Call& call, std::string_view operation, const Value& input) {
  auto arn_of = [](const QueueName& queue) {
    return fmt::format("arn:aws:sqs:{}:{}:{}", queue.place.region, queue.place.account, queue.name);
  };
  if (operation == "ListQueues") return "*";
  if (operation == "CreateQueue") return arn_of({call.place, input.at("QueueName").str()});
  if (operation == "GetQueueUrl") {
    const std::string& owner = input.at("QueueOwnerAWSAccountId").str();
    return arn_of({{owner.empty() ? call.place.account : owner, call.place.region}, input.at("QueueName").str()});
  }
  if (input.has("SourceArn")) return input.at("SourceArn").str();
  if (input.has("TaskHandle")) return move_task_source(input.at("TaskHandle").str()).value_or("*");
  auto queue = parse_queue_url(call, input.at("QueueUrl").str());
  return queue ? arn_of(*queue) : "*";
}

}  // namespace

kernel::Service service() {
  auto service = kernel::make_service<Model>({
      // queues.cc
      OPERATION(CreateQueue),
      OPERATION(DeleteQueue),
      OPERATION(GetQueueUrl),
      OPERATION(ListQueues),
      OPERATION(PurgeQueue),
      // attributes.cc
      OPERATION(GetQueueAttributes),
      OPERATION(SetQueueAttributes),
      // messages.cc
      OPERATION(SendMessage),
      OPERATION(SendMessageBatch),
      // receive.cc
      OPERATION(ReceiveMessage),
      // visibility.cc
      OPERATION(ChangeMessageVisibility),
      OPERATION(ChangeMessageVisibilityBatch),
      OPERATION(DeleteMessage),
      OPERATION(DeleteMessageBatch),
      // redrive.cc
      OPERATION(ListDeadLetterSourceQueues),
      // moves.cc
      OPERATION(CancelMessageMoveTask),
      OPERATION(ListMessageMoveTasks),
      OPERATION(StartMessageMoveTask),
      // permissions.cc
      OPERATION(AddPermission),
      OPERATION(RemovePermission),
      // tags.cc
      OPERATION(ListQueueTags),
      OPERATION(TagQueue),
      OPERATION(UntagQueue),
  });
  service.resource_of = resource_of;
  service.access = {.policy_of = policy_for, .each_policy = each_policy, .tags_of = tags_of};
  service.timers = {&kClear, &kExpire, &kForget, &kMoveStep};
  service.limits = {kInFlightMax};
  return service;
}

}  // namespace sqs
