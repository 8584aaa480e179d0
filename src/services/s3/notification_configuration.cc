// The notifications of a bucket, as they are configured.
#include "base/json.h"
#include "services/s3/bucket_checks.h"
#include "services/s3/over_time.h"

namespace s3 {

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_PutBucketNotificationConfiguration.html
Result<Out> PutBucketNotificationConfiguration(Call& call, In in) {
  Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const Value body = TRY(body_in(in.value(), "NotificationConfiguration"));
  const Destinations destinations = in.flag("SkipDestinationValidation") ? Destinations::kTrust : Destinations::kVerify;
  const Value configuration = TRY(check_notifications(call, bucket, body, destinations));
  // "To disable notifications, use this operation with an empty NotificationConfiguration element."
  if (configuration.map().empty())
    erase_configuration(call, bucket, Configuration::kNotification);
  else
    put_configuration(call, bucket, Configuration::kNotification, "", base::to_json(configuration));
  return Out{};
}

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetBucketNotificationConfiguration.html
Result<Out> GetBucketNotificationConfiguration(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  const Value configuration = get_configured(call.tx, bucket, Configuration::kNotification);
  Out out;
  if (configuration.has("QueueConfigurations")) out.set("QueueConfigurations", configuration.at("QueueConfigurations"));
  if (configuration.has("LambdaFunctionConfigurations"))
    out.set("LambdaFunctionConfigurations", configuration.at("LambdaFunctionConfigurations"));
  return out;
}

}  // namespace s3
