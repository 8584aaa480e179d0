// Tags of queues. https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-queue-tags.html
#include "base/strings.h"
#include "services/sqs/queue.h"

namespace sqs {

namespace {

constexpr std::size_t kTagsMax = 50;
constexpr std::size_t kTagKeyCharactersMax = 128;
constexpr std::size_t kTagValueCharactersMax = 256;

std::size_t count_characters(std::string_view text) {
  return static_cast<std::size_t>(
      std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

base::Result<void> check_tag_key(const std::string& key) {
  if (key.empty() || count_characters(key) > kTagKeyCharactersMax)
    return error("InvalidParameterValue", "Tag keys must be between 1 and 128 characters in length.");
  if (base::to_lower(key).starts_with("aws:"))
    return error("InvalidParameterValue", "Tag keys cannot start with the reserved prefix 'aws:'.");
  return {};
}

}  // namespace

base::Result<void> set_tags(const OpenQueue& queue, const Value::Map& tags, Settings& settings) {
  for (const auto& [key, value] : tags) {
    TRY_VOID(check_tag_key(key));
    if (count_characters(value.str()) > kTagValueCharactersMax)
      return error("InvalidParameterValue", "Tag values must be between 0 and 256 characters in length.");
    settings.tags[key] = value.str();
  }
  if (settings.tags.size() > kTagsMax)
    return error("InvalidParameterValue", fmt::format("Too many tags added for queue {}.", queue.row.name));
  return {};
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_TagQueue.html
base::Result<Out> TagQueue(Call& call, In in) {
  OpenQueue queue = TRY(find_queue(call, in.str("QueueUrl")));
  if (in.map("Tags").empty()) return error("MissingParameter", "The request must contain the parameter Tags.");
  Settings settings = get_settings(queue);
  TRY_VOID(set_tags(queue, in.map("Tags"), settings));
  queue.tx.put(kSettings, queue.row.name, settings);
  return Out{};
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_UntagQueue.html
base::Result<Out> UntagQueue(Call& call, In in) {
  OpenQueue queue = TRY(find_queue(call, in.str("QueueUrl")));
  if (in.list("TagKeys").empty())
    return error("InvalidParameterValue", "Tag keys must be between 1 and 128 characters in length.");
  Settings settings = get_settings(queue);
  for (const Value& key : in.list("TagKeys")) settings.tags.erase(key.str());
  queue.tx.put(kSettings, queue.row.name, settings);
  return Out{};
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueueTags.html
base::Result<Out> ListQueueTags(Call& call, In in) {
  OpenQueue queue = TRY(find_queue(call, in.str("QueueUrl")));
  Value tags{Value::Map{}};
  for (const auto& [key, value] : get_settings(queue).tags) tags.set(key, value);
  Out answer;
  if (!tags.map().empty()) answer.set("Tags", std::move(tags));
  return answer;
}

}  // namespace sqs
