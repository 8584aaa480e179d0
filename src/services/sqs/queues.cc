// Queues: making, finding, listing, emptying and deleting them.
#include "base/arn.h"
#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"
#include "services/sqs/queue.h"

namespace sqs {

namespace {

constexpr std::size_t kQueueNameCharactersMax = 80;
constexpr std::int64_t kListedQueuesMax = 1'000;
constexpr std::int64_t kCoolDownMs =
    60'000;  // between two purges, and between deleting a queue and creating another of its name

bool is_queue_name(std::string_view name) {
  auto is_allowed = [](char c) { return std::isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_'; };
  return !name.empty() && std::ranges::all_of(name, is_allowed);
}

base::Result<void> check_queue_name(const std::string& name, const Value& fifo_attribute) {
  if (fifo_attribute.str() == "true") {
    if (name.ends_with(".fifo") && name.size() <= kQueueNameCharactersMax &&
        is_queue_name(name.substr(0, name.size() - 5)))
      return {};
    return error("InvalidParameterValue",
                 "The name of a FIFO queue can only include alphanumeric characters, hyphens, or underscores, must end "
                 "with .fifo suffix "
                 "and be 1 to 80 in length.");
  }
  if (name.size() <= kQueueNameCharactersMax && is_queue_name(name)) return {};
  return error("InvalidParameterValue",
               "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 in length");
}

bool is_same_text_or_json(const std::string& left, const std::string& right) {
  if (left == right) return true;
  auto left_json = base::parse_json(left), right_json = base::parse_json(right);
  return left_json && right_json && *left_json == *right_json;
}

// "If you provide the name of an existing queue along with the exact names and values of all the queue's attributes,
// CreateQueue returns the queue URL for the existing queue." Attributes that are not given are not compared.
base::Result<void> compare_attributes(Call& call, const Value::Map& attributes, const OpenQueue& existing) {
  const Settings settings = get_settings(existing);
  OpenQueue wished = existing;
  Settings wished_settings = settings;
  TRY_VOID(apply_attributes(call, attributes, Purpose::kCreate, wished, wished_settings));
  for (const auto& [name, wanted] : attributes) {
    auto value = show_attribute(call, existing, settings, name),
         wish = show_attribute(call, wished, wished_settings, name);
    if (!is_same_text_or_json(value.value_or(""), wish.value_or("")))
      return error("QueueNameExists",
                   "A queue already exists with the same name and a different value for attribute " + name);
  }
  return {};
}

}  // namespace

std::string OpenQueue::arn() const {
  return fmt::format("arn:aws:sqs:{}:{}:{}", tx.place().region, tx.place().account, row.name);
}

std::string OpenQueue::topic() const { return aws::sqs::arrivals_topic(tx.place(), row.name); }

std::optional<QueueName> parse_arn(std::string_view arn) {
  const base::Arn parsed = base::Arn::parse(arn);
  if (parsed.service != "sqs" || parsed.resource.empty() || parsed.resource.contains(':')) return std::nullopt;
  return QueueName{{std::string(parsed.account), std::string(parsed.region)}, std::string(parsed.resource)};
}

base::Result<QueueName> parse_queue_url(const Call& call, std::string_view url) {
  std::string_view path = url;
  if (std::size_t scheme_end = path.find("://"); scheme_end != path.npos) {
    path.remove_prefix(scheme_end + 3);
    path.remove_prefix(std::min(path.find('/'), path.size()));
  }
  std::size_t slash = path.rfind('/');
  // AWS: a bare name stands for a queue of the caller's.
  if (slash == path.npos && !path.empty()) return QueueName{call.place, std::string(path)};
  std::string_view name = slash == path.npos ? "" : path.substr(slash + 1);
  std::string_view owner = slash == path.npos ? "" : path.substr(0, slash);
  owner.remove_prefix(owner.rfind('/') + 1);
  if (name.empty() || owner.empty())
    return error("InvalidAddress", fmt::format("The address {} is not valid for this endpoint.", url));
  return QueueName{{std::string(owner), call.place.region}, std::string(name)};
}

std::optional<OpenQueue> get_queue(Call& call, const QueueName& name) {
  OpenQueue queue{.tx = name.place == call.place ? call.tx : call.tx.at(name.place)};
  const auto row = queue.tx.get_shared(kQueues, name.name);
  if (!row) return std::nullopt;
  queue.row = *row;
  return queue;
}

base::Result<OpenQueue> find_queue(Call& call, std::string_view url) {
  auto queue = get_queue(call, TRY(parse_queue_url(call, url)));
  if (!queue) return error("QueueDoesNotExist", "The specified queue does not exist.");
  return *std::move(queue);
}

std::string queue_url(const Call& call, const QueueName& name) {
  return fmt::format("{}/{}/{}", call.request.base_url, name.place.account, name.name);
}

Settings get_settings(const OpenQueue& queue) { return queue.tx.get(kSettings, queue.row.name).value_or(Settings{}); }

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
base::Result<Out> CreateQueue(Call& call, In in) {
  const std::string& name = in.str("QueueName");
  TRY_VOID(check_queue_name(name, in["Attributes"].at("FifoQueue")));
  const Out answer{{"QueueUrl", queue_url(call, {call.place, name})}};
  if (auto existing = get_queue(call, {call.place, name})) {
    TRY_VOID(compare_attributes(call, in.map("Attributes"), *existing));
    return answer;
  }
  auto deleted = call.tx.get(kDeletedQueues, name);
  // "If you delete a queue, you must wait at least 60 seconds before creating a queue with the same name."
  if (deleted && call.now_ms() < deleted->time_ms + kCoolDownMs)
    return error("QueueDeletedRecently",
                 "You must wait 60 seconds after deleting a queue before you can create another with the same name.");

  OpenQueue queue{.tx = call.tx};
  queue.row.name = name;
  queue.row.incarnation = queue.row.generation = call.next_sequence();
  queue.row.created_ms = queue.row.modified_ms = call.now_ms();
  Settings settings;
  TRY_VOID(apply_attributes(call, in.map("Attributes"), Purpose::kCreate, queue, settings));
  TRY_VOID(set_tags(queue, in.map("tags"), settings));
  call.tx.put(kQueues, name, queue.row);
  call.tx.put(kSettings, name, settings);
  enter_dead_letter_source(queue, "");
  if (deleted) call.tx.erase(kDeletedQueues, name);
  begin_cleaning(call, queue);
  return answer;
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_DeleteQueue.html
base::Result<Out> DeleteQueue(Call& call, In in) {
  OpenQueue queue = TRY(find_queue(call, in.str("QueueUrl")));
  end_incarnation(call, queue);
  const std::string dead_letter_queue = std::exchange(queue.row.dead_letter_queue, "");
  enter_dead_letter_source(queue, dead_letter_queue);
  queue.tx.erase(kQueues, queue.row.name);
  queue.tx.erase(kSettings, queue.row.name);
  queue.tx.put(kDeletedQueues, queue.row.name, {call.now_ms()});
  call.wake(queue.topic(), std::numeric_limits<int>::max());  // to be told that there is nothing to wait for any more
  return Out{};
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_GetQueueUrl.html
base::Result<Out> GetQueueUrl(Call& call, In in) {
  QueueName name{call.place, in.str("QueueName")};
  if (const std::string& owner = in.str("QueueOwnerAWSAccountId"); !owner.empty()) name.place.account = owner;
  if (!get_queue(call, name)) return error("QueueDoesNotExist", "The specified queue does not exist.");
  return Out{{"QueueUrl", queue_url(call, name)}};
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_ListQueues.html
base::Result<Out> ListQueues(Call& call, In in) {
  const std::int64_t count_max = in.num("MaxResults", kListedQueuesMax);
  if (count_max < 1 || count_max > kListedQueuesMax)
    return error(
        "InvalidParameterValue",
        fmt::format("Value {} for parameter MaxResults is invalid. Reason: Must be between 1 and 1000, if provided.",
                    count_max));
  store::Scan scan{.prefix = in.str("QueueNamePrefix")};
  if (const std::string& token = in.str("NextToken"); !token.empty()) {
    scan.after = base::from_base64(token);
    if (!scan.after) return error("InvalidParameterValue", "Invalid or expired next token.");
  }

  Value::List urls;
  std::string last, next_token;
  call.tx.scan_keys(kQueues, scan, [&](std::string_view name) {
    if (std::ssize(urls) == count_max) {
      next_token = base::to_base64(last);
      return false;
    }
    last = name;
    urls.push_back(queue_url(call, {call.place, last}));
    return true;
  });
  Out answer;
  if (!urls.empty()) answer.set("QueueUrls", std::move(urls));
  // "You must set MaxResults to receive a value for NextToken in the response."
  if (in.has("MaxResults") && !next_token.empty()) answer.set("NextToken", next_token);
  return answer;
}

// https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_PurgeQueue.html
base::Result<Out> PurgeQueue(Call& call, In in) {
  OpenQueue queue = TRY(find_queue(call, in.str("QueueUrl")));
  Settings settings = get_settings(queue);
  if (settings.purged_ms != 0 && call.now_ms() < settings.purged_ms + kCoolDownMs)
    return error("PurgeQueueInProgress",
                 fmt::format("Only one PurgeQueue operation on {} is allowed every 60 seconds.", queue.row.name));
  settings.purged_ms = call.now_ms();
  queue.tx.put(kSettings, queue.row.name, settings);
  end_generation(call, queue);
  queue.row.generation = call.next_sequence();
  queue.tx.put(kQueues, queue.row.name, queue.row);
  begin_cleaning(call, queue);
  return Out{};
}

}  // namespace sqs
