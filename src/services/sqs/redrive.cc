// Dead-letter queues: redrive policies, and messages that go their way.
// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-dead-letter-queues.html
#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"
#include "services/sqs/queue.h"

namespace sqs {

namespace {

constexpr std::int64_t kReceiveCountMax = 1'000;
constexpr std::size_t kAllowedSourcesMax = 10;
constexpr std::int64_t kListedSourcesMax = 1'000;

std::unexpected<base::Error> refuse_policy(std::string_view attribute, const std::string& text,
                                           std::string_view reason) {
  return error("InvalidParameterValue",
               fmt::format("Value {} for parameter {} is invalid. Reason: {}", text, attribute, reason));
}

// A number, or a text that is one: AWS takes both.
std::optional<std::int64_t> read_receive_count(const Value& count) {
  if (count.is_whole()) return count.num();
  return base::parse_number(count.str());
}

bool is_allowed_source(const std::string& allow_policy_text, const std::string& source_arn) {
  if (allow_policy_text.empty()) return true;
  auto policy = base::parse_json(allow_policy_text);
  const std::string permission = policy ? policy->at("redrivePermission").str() : "";
  if (permission != "byQueue") return permission == "allowAll";
  const Value::List& allowed = policy->at("sourceQueueArns").list();
  return std::ranges::find(allowed, Value(source_arn)) != allowed.end();
}

}  // namespace

base::Result<void> set_redrive_policy(Call& call, const std::string& text, OpenQueue& queue, Settings& settings) {
  auto refuse = [&](std::string_view reason) { return refuse_policy("RedrivePolicy", text, reason); };
  if (text.empty()) {
    settings.redrive_policy.clear();
    queue.row.dead_letter_queue.clear();
    queue.row.receive_count_max = 0;
    return {};
  }
  auto policy = base::parse_json(text);
  if (!policy || !policy->is_map()) return refuse("Redrive policy is not a valid JSON map.");
  if (!policy->has("deadLetterTargetArn"))
    return refuse("Redrive policy does not contain mandatory attribute: deadLetterTargetArn.");
  if (!policy->has("maxReceiveCount"))
    return refuse("Redrive policy does not contain mandatory attribute: maxReceiveCount.");
  auto receive_count_max = read_receive_count(policy->at("maxReceiveCount"));
  if (!receive_count_max || *receive_count_max < 1 || *receive_count_max > kReceiveCountMax) {
    const Value& given = policy->at("maxReceiveCount");
    return refuse(fmt::format("Invalid value for maxReceiveCount: {}, valid values are from 1 to 1000 both inclusive.",
                              given.is_text() ? given.str() : base::to_json(given)));
  }
  auto target_name = parse_arn(policy->at("deadLetterTargetArn").str());
  if (!target_name) return refuse("Dead letter target does not exist.");
  // "The dead-letter queue of a queue must be owned by the same account and reside in the same Region."
  if (target_name->place.account != queue.tx.place().account)
    return refuse("Dead-letter target owner should be same as the source.");
  auto target = target_name->place == queue.tx.place() ? get_queue(call, *target_name) : std::nullopt;
  if (!target) return refuse("Dead letter target does not exist.");
  if (target->row.is_fifo != queue.row.is_fifo)
    return refuse("Dead-letter queue must be same type of queue as the source.");
  if (!is_allowed_source(get_settings(*target).redrive_allow_policy, queue.arn()))
    return refuse("Source queue is not permitted by the redrive allow policy of the dead-letter queue.");
  settings.redrive_policy = text;
  // AWS: the count comes back as a number, however it was given.
  if (policy->at("maxReceiveCount").is_text()) {
    policy->set("maxReceiveCount", *receive_count_max);
    settings.redrive_policy = base::to_json(*policy);
  }
  queue.row.dead_letter_queue = target->row.name;
  queue.row.receive_count_max = *receive_count_max;
  return {};
}

base::Result<void> set_redrive_allow_policy(const std::string& text, Settings& settings) {
  auto refuse = [&](std::string_view reason) { return refuse_policy("RedriveAllowPolicy", text, reason); };
  constexpr std::string_view kNotSupported =
      "Amazon SQS can't create the redrive allow policy, as it's not in the supported format.";
  if (!text.empty()) {
    auto policy = base::parse_json(text);
    if (!policy || !policy->is_map()) return refuse(kNotSupported);
    const std::string& permission = policy->at("redrivePermission").str();
    const Value::List& sources = policy->at("sourceQueueArns").list();
    if (permission != "allowAll" && permission != "denyAll" && permission != "byQueue") return refuse(kNotSupported);
    // "You can specify this parameter only when the redrivePermission parameter is set to byQueue. You can specify up
    // to 10 source queue ARNs."
    if ((permission == "byQueue") == sources.empty() || sources.size() > kAllowedSourcesMax)
      return refuse(kNotSupported);
    for (const Value& source : sources)
      if (!parse_arn(source.str())) return refuse(kNotSupported);
  }
  settings.redrive_allow_policy = text;
  return {};
}

void enter_dead_letter_source(const OpenQueue& queue, std::string_view before) {
  if (before == queue.row.dead_letter_queue) return;
  if (!before.empty()) queue.tx.erase(kDeadLetterSources, store::key(before, queue.row.name));
  if (queue.has_dead_letter_queue())
    queue.tx.put(kDeadLetterSources, store::key(queue.row.dead_letter_queue, queue.row.name), {});
}

bool move_to_dead_letters(Call& call, const OpenQueue& queue, const Entry& entry) {
  auto target = get_queue(call, {queue.tx.place(), queue.row.dead_letter_queue});
  if (!target) return false;
  std::string body = read_body(queue, entry);
  Message message = entry.message;
  message.dead_letter_source = queue.arn();
  message.hiding = Hiding::kNone;
  message.visible_at_ms = call.now_ms();
  message.receive_count = 0;
  message.first_received_ms = 0;
  message.has_moved = false;
  // "For standard queues, the expiration of a message is always based on its original enqueue timestamp. […] For FIFO
  // queues, the enqueue timestamp resets when the message is moved to a dead-letter queue."
  if (target->row.is_fifo) message.kept_from_ms = call.now_ms();
  remove(queue, entry);
  deliver(call, *target, new_entry(call, std::move(message)), std::move(body));
  return true;
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListDeadLetterSourceQueues.html
base::Result<Out> ListDeadLetterSourceQueues(Call& call, In in) {
  OpenQueue queue = TRY(find_queue(call, in.str("QueueUrl")));
  const std::int64_t count_max = in.num("MaxResults", kListedSourcesMax);
  if (count_max < 1 || count_max > kListedSourcesMax)
    return error(
        "InvalidParameterValue",
        fmt::format("Value {} for parameter MaxResults is invalid. Reason: Must be between 1 and 1000, if provided.",
                    count_max));
  store::Scan scan{.prefix = store::key(queue.row.name)};
  if (const std::string& token = in.str("NextToken"); !token.empty()) {
    scan.after = base::from_base64(token);
    if (!scan.after) return error("InvalidParameterValue", "Invalid or expired next token.");
  }

  Value::List urls;
  std::string last, next_token;
  queue.tx.scan_keys(kDeadLetterSources, scan, [&](std::string_view key) {
    if (std::ssize(urls) == count_max) {
      next_token = base::to_base64(last);
      return false;
    }
    last = key;
    store::KeyReader parts(key);
    parts.text();
    urls.push_back(queue_url(call, {queue.tx.place(), parts.text()}));
    return true;
  });
  // The answer has the list also when it is empty: the model requires it.
  Out answer{{"queueUrls", std::move(urls)}};
  if (in.has("MaxResults") && !next_token.empty()) answer.set("NextToken", next_token);
  return answer;
}

}  // namespace sqs
