// Torrents, which S3 gave up: "Amazon S3 no longer supports BitTorrent."
#include "services/s3/objects.h"

namespace s3 {

// https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObjectTorrent.html
Result<Out> GetObjectTorrent(Call& call, In in) {
  const Bucket bucket = TRY(find_bucket(call, in.str("Bucket")));
  TRY(find_object(call, bucket, in.str("Key"), Value()));
  return error("MethodNotAllowed", "The specified method is not allowed against this resource.");
}

}  // namespace s3
