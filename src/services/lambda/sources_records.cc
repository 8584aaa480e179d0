// What functions are given of their sources, and what they answer.
#include "aws/envelope.h"
#include "base/bytes.h"
#include "base/json.h"
#include "base/seal.h"
#include "base/secret.h"
#include "kernel/cloud.h"
#include "services/lambda/sources.h"

namespace lambda {

namespace {

constexpr std::string_view kRecordsPurpose = "lambda.records";
constexpr std::string_view kFiltersPurpose = "lambda.filters";

Value show_message_attributes(const Value& attributes) {
  Value shown{Value::Map{}};
  for (const auto& [name, attribute] : attributes.map()) {
    Value each(Value::Map{});
    if (attribute.has("StringValue")) each.set("stringValue", attribute.at("StringValue"));
    if (attribute.has("BinaryValue")) each.set("binaryValue", base::to_base64(attribute.at("BinaryValue").str()));
    each.set("stringListValues", Value::List{});
    each.set("binaryListValues", Value::List{});
    each.set("dataType", attribute.at("DataType"));
    shown.set(name, std::move(each));
  }
  return shown;
}

// What filters are matched against: the body of a message as JSON, where it is an object.
Value for_filters(const Mapping& mapping, const std::string& text) {
  auto parsed = base::parse_json(text);
  Value record = parsed ? *std::move(parsed) : Value();
  if (mapping.is_stream()) return record;
  if (auto body = base::parse_json(record.at("body").str()); body && (body->is_map() || body->is_list()))
    record.set("body", *std::move(body));
  return record;
}

}  // namespace

// https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
std::string sqs_record(const Mapping& mapping, std::string_view region, const Value& message) {
  Value record(Value::Map{{"messageId", message.at("MessageId")},
                          {"receiptHandle", message.at("ReceiptHandle")},
                          {"body", message.at("Body")},
                          {"attributes", message.has("Attributes") ? message.at("Attributes") : Value(Value::Map{})},
                          {"messageAttributes", show_message_attributes(message.at("MessageAttributes"))}});
  if (message.has("MD5OfMessageAttributes")) record.set("md5OfMessageAttributes", message.at("MD5OfMessageAttributes"));
  record.set("md5OfBody", message.at("MD5OfBody"));
  record.set("eventSource", "aws:sqs");
  record.set("eventSourceARN", mapping.source_arn);
  record.set("awsRegion", region);
  return base::to_json(record);
}

bool Filters::wants(const Mapping& mapping, const std::string& record) const {
  if (any.empty()) return true;
  const Value event = for_filters(mapping, record);
  return std::ranges::any_of(any, [&](const aws::EventPattern& pattern) { return pattern.matches(event); });
}

Result<Filters> open_filters(Call& call, const Mapping& mapping) {
  Filters filters;
  for (const std::string& text :
       TRY(read_filters(call, mapping, call.as_service("lambda.amazonaws.com", mapping_arn(call, mapping.uuid))))) {
    auto pattern = aws::EventPattern::parse(text);
    if (!pattern) return refuse("InvalidParameterValueException", "Invalid filter pattern definition.");
    filters.any.push_back(*std::move(pattern));
  }
  return filters;
}

Result<std::vector<std::string>> read_filters(Call&, const Mapping& mapping, const kernel::Client& as) {
  if (mapping.sealed_key.empty()) return mapping.filters;
  const base::Secret key(
      TRY(aws::open_data_key(as, mapping.sealed_key, {{"aws:lambda:EventSourceMappingUUID", mapping.uuid}})));
  auto text = base::unseal(key.bytes(), mapping.sealed_filters, kFiltersPurpose);
  if (!text) return refuse("ServiceException", "The service encountered an internal error.");
  const Value list = TRY(base::parse_json(*text));
  std::vector<std::string> filters;
  for (const Value& each : list.list()) filters.push_back(each.str());
  return filters;
}

Result<void> seal_filters(Call& call, std::string kms_key, Mapping& mapping) {
  Value::List list;
  for (const std::string& filter : mapping.filters) list.push_back(filter);
  aws::DataKey key = TRY(aws::generate_data_key(call.as_caller("lambda.amazonaws.com"), kms_key,
                                                {{"aws:lambda:EventSourceMappingUUID", mapping.uuid}}));
  const base::Secret plain(std::move(key.plaintext));
  mapping.sealed_key = std::move(key.sealed);
  mapping.sealed_filters = base::seal(plain.bytes(), base::random_bytes(call.cloud().dice(), base::kSealNonceBytes),
                                      base::to_json(Value(std::move(list))), kFiltersPurpose);
  mapping.kms_key = std::move(kms_key);
  mapping.filters.clear();
  return {};
}

// "Lambda treats a batch as a complete success if your function returns … an empty batchItemFailures list, a null
// batchItemFailures list, an empty EventResponse, a null EventResponse", "as a complete failure … an invalid JSON
// response, an empty string itemIdentifier, a null itemIdentifier, an itemIdentifier with a bad key name".
std::optional<std::vector<std::string>> failed_items(const std::string& answer) {
  if (answer.empty()) return std::vector<std::string>{};
  auto response = base::parse_json(answer);
  if (!response) return std::nullopt;
  if (response->is_null()) return std::vector<std::string>{};
  const Value& failures = response->at("batchItemFailures");
  if (!response->is_map() || (!failures.is_null() && !failures.is_list())) return std::nullopt;
  std::vector<std::string> items;
  for (const Value& failure : failures.list()) {
    const Value& item = failure.at("itemIdentifier");
    if (!item.is_text() || item.str().empty()) return std::nullopt;
    items.push_back(item.str());
  }
  return items;
}

std::string seal_records(Call& call, const std::string& text) {
  return call.cloud().vault().seal(call.cloud().dice(), text, kRecordsPurpose);
}

std::string open_records(Call& call, const std::string& sealed) {
  return sealed.empty() ? std::string() : call.cloud().vault().open(sealed, kRecordsPurpose).value_or("");
}

}  // namespace lambda
