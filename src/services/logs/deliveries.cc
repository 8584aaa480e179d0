// Deliveries of vended logs. What writes such logs, a delivery source, is not there (see README.md), so no delivery can
// be made; destinations are kept for when it is.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/AWS-logs-and-resource-policy.html
#include "base/arn.h"
#include "base/json.h"
#include "kernel/cloud.h"
#include "services/logs/group.h"

namespace logs {

namespace {

constexpr std::int64_t kDeliveryPageMax = 50;
constexpr std::pair<std::string_view, std::string_view> kDeliveryTypes[] = {
    {"s3", "S3"}, {"logs", "CWL"}, {"firehose", "FH"}};

std::unexpected<base::Error> no_destination(const std::string& name) {
  return error("ResourceNotFoundException", fmt::format("Delivery destination {} does not exist.", name));
}

std::string delivery_destination_arn(const Call& call, const std::string& name) {
  return call.arn("logs", "delivery-destination:" + name);
}

Value show_delivery_destination(const Call& call, const DeliveryDestination& row) {
  Out shown{{"name", row.name},
            {"arn", delivery_destination_arn(call, row.name)},
            {"deliveryDestinationType", row.type},
            {"deliveryDestinationConfiguration", Out{{"destinationResourceArn", row.target_arn}}}};
  if (!row.format.empty()) shown.set("outputFormat", row.format);
  Value tags{Value::Map{}};
  for (const auto& [key, value] : row.tags) tags.set(key, value);
  if (!row.tags.empty()) shown.set("tags", std::move(tags));
  return shown;
}

Result<DeliveryDestination> find_delivery_destination(Call& call, const std::string& name) {
  auto row = call.tx.get(kDeliveryDestinations, name);
  if (!row) return no_destination(name);
  return *std::move(row);
}

// The type that a resource is as a destination. Errors: ValidationException.
Result<std::string> delivery_type_of(const Call& call, In in) {
  const std::string& type = in.str("deliveryDestinationType");
  if (type == "XRAY") return base::fail("NotImplemented", "Deliveries of traces to X-Ray are not implemented.");
  const std::string& target = in["deliveryDestinationConfiguration"].at("destinationResourceArn").str();
  const base::Arn arn = base::Arn::parse(target);
  for (const auto& [service, name] : kDeliveryTypes) {
    if (arn.service != service || (!type.empty() && type != name)) continue;
    // A log group is one of this account and region; buckets are named without either.
    const bool is_here =
        service == "s3" ? arn.region.empty() : (arn.account == call.place.account && arn.region == call.place.region);
    if (is_here && (service != "logs" || arn.resource.starts_with("log-group:"))) return std::string(name);
  }
  return error("ValidationException", fmt::format("The destination resource {} is not valid.", target));
}

}  // namespace

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliverySource.html
base::Result<Out> PutDeliverySource(Call& call, In in) {
  const base::Arn arn = base::Arn::parse(in.str("resourceArn"));
  const bool is_here = (arn.account.empty() || arn.account == call.place.account) &&
                       (arn.region.empty() || arn.region == call.place.region);
  if (!arn || !is_here)
    return error("ValidationException", fmt::format("The resource {} is not valid.", in.str("resourceArn")));
  return error("ResourceNotFoundException",
               fmt::format("The resource {} cannot be found, or does not deliver logs of the type {}.",
                           in.str("resourceArn"), in.str("logType")));
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetDeliverySource.html
base::Result<Out> GetDeliverySource(Call&, In in) {
  return error("ResourceNotFoundException", fmt::format("Delivery source {} does not exist.", in.str("name")));
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteDeliverySource.html
base::Result<Out> DeleteDeliverySource(Call& call, In in) { return GetDeliverySource(call, in); }

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeDeliverySources.html
base::Result<Out> DescribeDeliverySources(Call&, In in) {
  TRY(read_token(in.value()));
  return Out{{"deliverySources", Value::List{}}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliveryDestination.html
base::Result<Out> PutDeliveryDestination(Call& call, In in) {
  const auto existing = call.tx.get(kDeliveryDestinations, in.str("name"));
  DeliveryDestination row = existing.value_or(DeliveryDestination{.name = in.str("name")});
  row.type = TRY(delivery_type_of(call, in));
  row.target_arn = in["deliveryDestinationConfiguration"].at("destinationResourceArn").str();
  if (existing && existing->type != row.type)
    return error("ValidationException", "The type of a delivery destination cannot be changed.");
  if (existing && in.has("outputFormat") && in.str("outputFormat") != row.format)
    return error("ValidationException", "The output format of a delivery destination cannot be changed.");
  row.format = in.has("outputFormat") ? in.str("outputFormat") : row.format;
  if (existing && in.has("tags"))
    return error("ConflictException", "Tags of a delivery destination that is there are changed by TagResource.");
  TRY_VOID(add_tags(row.tags, in.map("tags")));
  call.tx.put(kDeliveryDestinations, row.name, row);
  return Out{{"deliveryDestination", show_delivery_destination(call, row)}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetDeliveryDestination.html
base::Result<Out> GetDeliveryDestination(Call& call, In in) {
  const DeliveryDestination row = TRY(find_delivery_destination(call, in.str("name")));
  return Out{{"deliveryDestination", show_delivery_destination(call, row)}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeDeliveryDestinations.html
base::Result<Out> DescribeDeliveryDestinations(Call& call, In in) {
  store::Scan scan;
  if (auto after = TRY(read_token(in.value()))) scan.after = *after;
  const auto count_max = static_cast<std::size_t>(in.has("limit") ? in.num("limit") : kDeliveryPageMax);
  Out answer;
  Value::List shown;
  std::string last;
  call.tx.scan(kDeliveryDestinations, scan, [&](std::string_view key, const DeliveryDestination& row) {
    if (shown.size() == count_max) {
      answer.set("nextToken", write_token(last));
      return false;
    }
    last = key;
    shown.push_back(show_delivery_destination(call, row));
    return true;
  });
  answer.set("deliveryDestinations", std::move(shown));
  return answer;
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteDeliveryDestination.html
base::Result<Out> DeleteDeliveryDestination(Call& call, In in) {
  const DeliveryDestination row = TRY(find_delivery_destination(call, in.str("name")));
  call.tx.erase(kDeliveryDestinations, row.name);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_PutDeliveryDestinationPolicy.html
base::Result<Out> PutDeliveryDestinationPolicy(Call& call, In in) {
  DeliveryDestination row = TRY(find_delivery_destination(call, in.str("deliveryDestinationName")));
  const std::string& policy = in.str("deliveryDestinationPolicy");
  if (!call.cloud().policies().compile(policy, policy::Kind::kResource))
    return error("ValidationException", "The delivery destination policy is not valid.");
  row.policy = policy;
  call.tx.put(kDeliveryDestinations, row.name, row);
  return Out{{"policy", Out{{"deliveryDestinationPolicy", row.policy}}}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetDeliveryDestinationPolicy.html
base::Result<Out> GetDeliveryDestinationPolicy(Call& call, In in) {
  const DeliveryDestination row = TRY(find_delivery_destination(call, in.str("deliveryDestinationName")));
  Out policy;
  if (!row.policy.empty()) policy.set("deliveryDestinationPolicy", row.policy);
  return Out{{"policy", std::move(policy)}};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteDeliveryDestinationPolicy.html
base::Result<Out> DeleteDeliveryDestinationPolicy(Call& call, In in) {
  DeliveryDestination row = TRY(find_delivery_destination(call, in.str("deliveryDestinationName")));
  if (row.policy.empty())
    return error("ResourceNotFoundException", fmt::format("Delivery destination {} has no policy.", row.name));
  row.policy.clear();
  call.tx.put(kDeliveryDestinations, row.name, row);
  return Out{};
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_CreateDelivery.html
base::Result<Out> CreateDelivery(Call&, In in) {
  return error("ResourceNotFoundException",
               fmt::format("Delivery source {} does not exist.", in.str("deliverySourceName")));
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_GetDelivery.html
base::Result<Out> GetDelivery(Call&, In in) {
  return error("ResourceNotFoundException", fmt::format("Delivery {} does not exist.", in.str("id")));
}

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_UpdateDeliveryConfiguration.html
base::Result<Out> UpdateDeliveryConfiguration(Call& call, In in) { return GetDelivery(call, in); }

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DeleteDelivery.html
base::Result<Out> DeleteDelivery(Call& call, In in) { return GetDelivery(call, in); }

// https://docs.aws.amazon.com/AmazonCloudWatchLogs/latest/APIReference/API_DescribeDeliveries.html
base::Result<Out> DescribeDeliveries(Call&, In in) {
  TRY(read_token(in.value()));
  return Out{{"deliveries", Value::List{}}};
}

}  // namespace logs
