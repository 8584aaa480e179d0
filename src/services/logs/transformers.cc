// Transformers: what makes JSON of events as they come.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Transformation.html
#include "aws/log_transform.h"
#include "base/json.h"
#include "services/logs/group.h"

namespace logs {

namespace {

Result<OpenGroup> find_transformable_group(Call& call, In in) {
  OpenGroup group = TRY(find_group_named(call, in.str("logGroupIdentifier")));
  if (!is_class_standard(group))
    return error("InvalidOperationException",
                 "Log transformers are supported only for log groups of the Standard class.");
  return group;
}

// Its own, and else the account's.
std::optional<aws::LogTransformer> get_transformer(Call& call, const OpenGroup& group) {
  std::string config;
  if (group.row.has_transformer) {
    if (auto row = group.tx.get(kTransformers, store::key(group.row.id))) config = row->config;
  } else if (is_class_standard(group)) {
    each_account_policy(call, "TRANSFORMER_POLICY", group.row.name,
                        [&](const AccountPolicy& policy) { config = policy.document; });
  }
  if (config.empty()) return std::nullopt;
  const auto processors = base::parse_json(config);
  auto transformer = processors ? aws::LogTransformer::read(*processors) : base::fail("", "");
  // It was checked when it was put.
  return transformer ? std::optional(*std::move(transformer)) : std::nullopt;
}

}  // namespace

Result<void> check_transformer(const std::string& config) {
  const auto processors = base::parse_json(config);
  if (!processors) return error("InvalidParameterException", "The transformer's configuration is not valid JSON.");
  TRY(aws::LogTransformer::read(*processors));
  return {};
}

std::vector<std::string> transform_events(Call& call, const OpenGroup& group, const Stream& stream,
                                          std::vector<NewEvent>& events) {
  std::vector<std::string> texts;
  const auto transformer = get_transformer(call, group);
  if (!transformer) return texts;
  const aws::LogOrigin origin{.group = group.row.name,
                              .stream = stream.name,
                              .account = group.tx.place().account,
                              .region = group.tx.place().region};
  texts.reserve(events.size());  // the events look into them
  for (NewEvent& event : events)
    if (auto text = transformer->transform(event.message, origin))
      event.transformed = texts.emplace_back(*std::move(text));
  return texts;
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutTransformer.html
base::Result<Out> PutTransformer(Call& call, In in) {
  OpenGroup group = TRY(find_transformable_group(call, in));
  TRY(aws::LogTransformer::read(in["transformerConfig"]));
  const std::string key = store::key(group.row.id);
  const auto existing = group.tx.get(kTransformers, key);
  group.tx.put(kTransformers, key,
               {.config = base::to_json(in["transformerConfig"]),
                .created_ms = existing ? existing->created_ms : call.now_ms(),
                .modified_ms = call.now_ms()});
  group.row.has_transformer = true;
  put_group(group);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetTransformer.html
base::Result<Out> GetTransformer(Call& call, In in) {
  const OpenGroup group = TRY(find_transformable_group(call, in));
  const auto row = group.tx.get(kTransformers, store::key(group.row.id));
  // AWS answers nothing where there is none.
  if (!row) return Out{};
  return Out{{"logGroupIdentifier", group.arn()},
             {"creationTime", row->created_ms},
             {"lastModifiedTime", row->modified_ms},
             {"transformerConfig", TRY(base::parse_json(row->config))}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteTransformer.html
base::Result<Out> DeleteTransformer(Call& call, In in) {
  OpenGroup group = TRY(find_transformable_group(call, in));
  if (!group.row.has_transformer)
    return error("ResourceNotFoundException", "The specified log group has no transformer.");
  group.tx.erase(kTransformers, store::key(group.row.id));
  group.row.has_transformer = false;
  put_group(group);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_TestTransformer.html
base::Result<Out> TestTransformer(Call& call, In in) {
  const aws::LogTransformer transformer = TRY(aws::LogTransformer::read(in["transformerConfig"]));
  const aws::LogOrigin origin{.group = "", .stream = "", .account = call.place.account, .region = call.place.region};
  Value::List logs;
  std::int64_t number = 0;
  for (const Value& message : in.list("logEventMessages")) {
    Out shown{{"eventNumber", ++number}, {"eventMessage", message}};
    if (auto text = transformer.transform(message.str(), origin))
      shown.set("transformedEventMessage", *std::move(text));
    logs.push_back(std::move(shown));
  }
  return Out{{"transformedLogs", std::move(logs)}};
}

}  // namespace logs
