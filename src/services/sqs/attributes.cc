// Queue attributes: what they may be, and how they are shown.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SetQueueAttributes.html
#include "base/json.h"
#include "base/strings.h"
#include "services/sqs/queue.h"

namespace sqs {

namespace {

struct WholeAttribute {
  std::string_view name;
  std::int64_t Queue::* field;
  std::int64_t min, max;
};

constexpr WholeAttribute kWholeAttributes[] = {
    {"DelaySeconds", &Queue::delay_seconds, 0, 900},
    {"MaximumMessageSize", &Queue::message_bytes_max, 1'024, 1'048'576},
    {"MessageRetentionPeriod", &Queue::retention_seconds, 60, 1'209'600},
    {"ReceiveMessageWaitTimeSeconds", &Queue::receive_wait_seconds, 0, 20},
    {"VisibilityTimeout", &Queue::visibility_timeout_seconds, 0, 43'200},
};

constexpr std::string_view kAttributeNames[] = {
    "ApproximateNumberOfMessages",
    "ApproximateNumberOfMessagesDelayed",
    "ApproximateNumberOfMessagesNotVisible",
    "ContentBasedDeduplication",
    "CreatedTimestamp",
    "DeduplicationScope",
    "DelaySeconds",
    "FifoQueue",
    "FifoThroughputLimit",
    "KmsDataKeyReusePeriodSeconds",
    "KmsMasterKeyId",
    "LastModifiedTimestamp",
    "MaximumMessageSize",
    "MessageRetentionPeriod",
    "Policy",
    "QueueArn",
    "ReceiveMessageWaitTimeSeconds",
    "RedriveAllowPolicy",
    "RedrivePolicy",
    "SqsManagedSseEnabled",
    "VisibilityTimeout",
};

const WholeAttribute* find_whole_attribute(std::string_view name) {
  auto found = std::ranges::find(kWholeAttributes, name, &WholeAttribute::name);
  return found == std::end(kWholeAttributes) ? nullptr : &*found;
}

std::unexpected<base::Error> invalid_value(std::string_view name) {
  return error("InvalidAttributeValue", fmt::format("Invalid value for the parameter {}.", name));
}

std::unexpected<base::Error> unknown_attribute(std::string_view name) {
  return error("InvalidAttributeName", fmt::format("Unknown Attribute {}.", name));
}

base::Result<std::int64_t> read_whole(std::string_view name, const std::string& text, std::int64_t min,
                                      std::int64_t max) {
  auto number = base::parse_number(text);
  if (!number || *number < min || *number > max) return invalid_value(name);
  return *number;
}

base::Result<bool> read_flag(std::string_view name, const std::string& text) {
  if (text != "true" && text != "false") return invalid_value(name);
  return text == "true";
}

// One of two words; answers whether it is the second.
base::Result<bool> read_choice(std::string_view name, const std::string& text, std::string_view first,
                               std::string_view second) {
  if (text != first && text != second) return invalid_value(name);
  return text == second;
}

base::Result<void> set_queue_type(const std::string& value, Purpose purpose, Queue& queue) {
  bool is_fifo = TRY(read_flag("FifoQueue", value));
  if (purpose == Purpose::kChange && is_fifo != queue.is_fifo)
    return error("InvalidAttributeValue",
                 "Invalid value for the parameter FifoQueue. Reason: Modifying queue type is not supported.");
  // AWS: a standard queue does not know the attribute, not even with the value false.
  if (!is_fifo) return unknown_attribute("FifoQueue");
  queue.is_fifo = true;
  return {};
}

base::Result<void> set_fifo_attribute(std::string_view name, const std::string& value, Queue& queue) {
  if (!queue.is_fifo && name == "ContentBasedDeduplication") return unknown_attribute(name);
  if (!queue.is_fifo)
    return error("InvalidAttributeName",
                 fmt::format("You can specify the {} only when FifoQueue is set to true.", name));
  if (name == "ContentBasedDeduplication") queue.deduplicates_by_content = TRY(read_flag(name, value));
  if (name == "DeduplicationScope")
    queue.deduplicates_per_group = TRY(read_choice(name, value, "queue", "messageGroup"));
  if (name == "FifoThroughputLimit")
    queue.limits_per_group = TRY(read_choice(name, value, "perQueue", "perMessageGroupId"));
  return {};
}

base::Result<void> set_encryption_attribute(std::string_view name, const std::string& value, Settings& settings) {
  if (name == "KmsMasterKeyId") {
    settings.kms_master_key_id = value;
    if (!value.empty()) settings.has_managed_encryption = false;
  } else if (name == "KmsDataKeyReusePeriodSeconds") {
    settings.kms_data_key_reuse_seconds = TRY(read_whole(name, value, 60, 86'400));
  } else {
    settings.has_managed_encryption = TRY(read_flag(name, value));
    if (settings.has_managed_encryption) settings.kms_master_key_id.clear();
  }
  return {};
}

base::Result<void> set_policy(Call& call, const std::string& value, Settings& settings) {
  if (!value.empty()) TRY_VOID(check_policy(call, value));
  settings.policy = value;
  return {};
}

base::Result<void> apply_attribute(Call& call, std::string_view name, const std::string& value, OpenQueue& queue,
                                   Settings& settings) {
  if (const WholeAttribute* whole = find_whole_attribute(name)) {
    queue.row.*whole->field = TRY(read_whole(name, value, whole->min, whole->max));
    return {};
  }
  if (name == "Policy") return set_policy(call, value, settings);
  if (name == "RedrivePolicy") return set_redrive_policy(call, value, queue, settings);
  if (name == "RedriveAllowPolicy") return set_redrive_allow_policy(value, settings);
  if (name == "ContentBasedDeduplication" || name == "DeduplicationScope" || name == "FifoThroughputLimit")
    return set_fifo_attribute(name, value, queue.row);
  if (name == "KmsMasterKeyId" || name == "KmsDataKeyReusePeriodSeconds" || name == "SqsManagedSseEnabled")
    return set_encryption_attribute(name, value, settings);
  return unknown_attribute(name);
}

std::optional<std::string> show_fifo_attribute(const Queue& queue, std::string_view name) {
  if (!queue.is_fifo) return std::nullopt;
  if (name == "FifoQueue") return "true";
  if (name == "ContentBasedDeduplication") return queue.deduplicates_by_content ? "true" : "false";
  if (name == "DeduplicationScope") return queue.deduplicates_per_group ? "messageGroup" : "queue";
  if (name == "FifoThroughputLimit") return queue.limits_per_group ? "perMessageGroupId" : "perQueue";
  return std::nullopt;
}

std::optional<std::string> text_if_set(const std::string& text) {
  return text.empty() ? std::nullopt : std::optional<std::string>(text);
}

std::optional<std::string> show_setting(const Settings& settings, std::string_view name) {
  if (name == "Policy") return text_if_set(settings.policy);
  if (name == "RedrivePolicy") return text_if_set(settings.redrive_policy);
  if (name == "RedriveAllowPolicy") return text_if_set(settings.redrive_allow_policy);
  if (name == "KmsMasterKeyId") return text_if_set(settings.kms_master_key_id);
  if (name == "SqsManagedSseEnabled") return settings.has_managed_encryption ? "true" : "false";
  if (name == "KmsDataKeyReusePeriodSeconds" && !settings.kms_master_key_id.empty())
    return std::to_string(settings.kms_data_key_reuse_seconds);
  return std::nullopt;
}

std::optional<std::string> show_count(Call& call, const OpenQueue& queue, std::string_view name) {
  Counts counts = count_messages(queue, call.now_ms());
  if (name == "ApproximateNumberOfMessages") return std::to_string(counts.visible);
  if (name == "ApproximateNumberOfMessagesNotVisible") return std::to_string(counts.in_flight);
  return std::to_string(counts.delayed);
}

}  // namespace

base::Result<void> apply_attributes(Call& call, const Value::Map& attributes, Purpose purpose, OpenQueue& queue,
                                    Settings& settings) {
  const Value given(attributes);
  // The kind of the queue decides which of the others it may have.
  if (given.has("FifoQueue")) TRY_VOID(set_queue_type(given.at("FifoQueue").str(), purpose, queue.row));
  if (!given.at("KmsMasterKeyId").str().empty() && given.at("SqsManagedSseEnabled").str() == "true")
    return error(
        "InvalidAttributeValue",
        "You can use one type of server-side encryption (SSE) at one time. You can either enable KMS SSE or SQS SSE.");
  for (const auto& [name, value] : attributes)
    if (name != "FifoQueue") TRY_VOID(apply_attribute(call, name, value.str(), queue, settings));
  queue.row.sealing = !settings.kms_master_key_id.empty() ? Sealing::kKms
                      : settings.has_managed_encryption   ? Sealing::kManaged
                                                          : Sealing::kNone;
  queue.row.kms_key = settings.kms_master_key_id;
  queue.row.data_key_reuse_seconds = settings.kms_data_key_reuse_seconds;
  // "The perMessageGroupId value is allowed only when the value for DeduplicationScope is messageGroup."
  if (queue.row.limits_per_group && !queue.row.deduplicates_per_group) return invalid_value("FifoThroughputLimit");
  return {};
}

std::optional<std::string> show_attribute(Call& call, const OpenQueue& queue, const Settings& settings,
                                          std::string_view name) {
  if (const WholeAttribute* whole = find_whole_attribute(name)) return std::to_string(queue.row.*whole->field);
  if (name == "QueueArn") return queue.arn();
  if (name == "CreatedTimestamp") return std::to_string(queue.row.created_ms / 1'000);
  if (name == "LastModifiedTimestamp") return std::to_string(queue.row.modified_ms / 1'000);
  if (name.starts_with("ApproximateNumberOfMessages")) return show_count(call, queue, name);
  if (auto shown = show_setting(settings, name)) return shown;
  return show_fifo_attribute(queue.row, name);
}

base::Result<Out> SetQueueAttributes(Call& call, In in) {
  OpenQueue queue = TRY(find_queue(call, in.str("QueueUrl")));
  Settings settings = get_settings(queue);
  const std::string dead_letter_queue = queue.row.dead_letter_queue;
  TRY_VOID(apply_attributes(call, in.map("Attributes"), Purpose::kChange, queue, settings));
  queue.row.modified_ms = call.now_ms();
  queue.tx.put(kQueues, queue.row.name, queue.row);
  queue.tx.put(kSettings, queue.row.name, settings);
  enter_dead_letter_source(queue, dead_letter_queue);
  begin_cleaning(call, queue);  // the retention period may have become another
  return Out{};
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueAttributes.html
base::Result<Out> GetQueueAttributes(Call& call, In in) {
  OpenQueue queue = TRY(find_queue(call, in.str("QueueUrl")));
  std::vector<std::string_view> names;
  for (const Value& wanted : in.list("AttributeNames")) {
    const std::string& name = wanted.str();
    if (name == "All") {
      names.assign(std::begin(kAttributeNames), std::end(kAttributeNames));
      break;
    }
    if (!std::ranges::binary_search(kAttributeNames, std::string_view(name))) return unknown_attribute(name);
    names.push_back(name);
  }

  const Settings settings = get_settings(queue);
  Value attributes{Value::Map{}};
  for (std::string_view name : names)
    if (auto shown = show_attribute(call, queue, settings, name)) attributes.set(name, *shown);
  Out answer;
  if (!attributes.map().empty()) answer.set("Attributes", std::move(attributes));
  return answer;
}

}  // namespace sqs
