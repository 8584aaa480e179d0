#include "services/s3/buckets.h"
#include "services/s3/contents.h"

namespace s3 {

void add_buckets(kernel::Service& service) {
  std::vector<kernel::Operation> operations{
      // buckets.cc
      OPERATION(CreateBucket),
      OPERATION(DeleteBucket),
      OPERATION(GetBucketLocation),
      OPERATION(HeadBucket),
      OPERATION(ListBuckets),
      // directory_buckets.cc
      OPERATION(CreateSession),
      OPERATION(ListDirectoryBuckets),
      // bucket_settings.cc
      OPERATION(DeleteBucketOwnershipControls),
      OPERATION(DeleteBucketTagging),
      OPERATION(GetBucketAbac),
      OPERATION(GetBucketAccelerateConfiguration),
      OPERATION(GetBucketOwnershipControls),
      OPERATION(GetBucketRequestPayment),
      OPERATION(GetBucketTagging),
      OPERATION(GetBucketVersioning),
      OPERATION(PutBucketAbac),
      OPERATION(PutBucketAccelerateConfiguration),
      OPERATION(PutBucketOwnershipControls),
      OPERATION(PutBucketRequestPayment),
      OPERATION(PutBucketTagging),
      OPERATION(PutBucketVersioning),
      // bucket_protection.cc
      OPERATION(DeleteBucketEncryption),
      OPERATION(DeleteBucketPolicy),
      OPERATION(DeletePublicAccessBlock),
      OPERATION(GetBucketAcl),
      OPERATION(GetBucketEncryption),
      OPERATION(GetBucketPolicy),
      OPERATION(GetBucketPolicyStatus),
      OPERATION(GetObjectLockConfiguration),
      OPERATION(GetPublicAccessBlock),
      OPERATION(PutBucketAcl),
      OPERATION(PutBucketEncryption),
      OPERATION(PutBucketPolicy),
      OPERATION(PutObjectLockConfiguration),
      OPERATION(PutPublicAccessBlock),
  };
  service.operations.insert(service.operations.end(), operations.begin(), operations.end());
  service.limits.push_back(kBucketsMax);
}

void add_configurations(kernel::Service& service) {
  std::vector<kernel::Operation> operations{
      // cors.cc
      OPERATION(DeleteBucketCors),
      OPERATION(GetBucketCors),
      OPERATION(PutBucketCors),
      // website_configuration.cc
      OPERATION(DeleteBucketWebsite),
      OPERATION(GetBucketWebsite),
      OPERATION(PutBucketWebsite),
      // lifecycle_configuration.cc
      OPERATION(DeleteBucketLifecycle),
      OPERATION(GetBucketLifecycleConfiguration),
      OPERATION(PutBucketLifecycleConfiguration),
      // replication_configuration.cc
      OPERATION(DeleteBucketReplication),
      OPERATION(GetBucketReplication),
      OPERATION(PutBucketReplication),
      // report_configurations.cc
      OPERATION(DeleteBucketAnalyticsConfiguration),
      OPERATION(DeleteBucketIntelligentTieringConfiguration),
      OPERATION(DeleteBucketInventoryConfiguration),
      OPERATION(DeleteBucketMetricsConfiguration),
      OPERATION(GetBucketAnalyticsConfiguration),
      OPERATION(GetBucketIntelligentTieringConfiguration),
      OPERATION(GetBucketInventoryConfiguration),
      OPERATION(GetBucketLogging),
      OPERATION(GetBucketMetricsConfiguration),
      OPERATION(ListBucketAnalyticsConfigurations),
      OPERATION(ListBucketIntelligentTieringConfigurations),
      OPERATION(ListBucketInventoryConfigurations),
      OPERATION(ListBucketMetricsConfigurations),
      OPERATION(PutBucketAnalyticsConfiguration),
      OPERATION(PutBucketIntelligentTieringConfiguration),
      OPERATION(PutBucketInventoryConfiguration),
      OPERATION(PutBucketLogging),
      OPERATION(PutBucketMetricsConfiguration),
  };
  service.operations.insert(service.operations.end(), operations.begin(), operations.end());
}

}  // namespace s3
