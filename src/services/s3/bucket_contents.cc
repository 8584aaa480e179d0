#include "services/s3/buckets.h"
#include "services/s3/contents.h"

namespace s3 {

void add_buckets(kernel::Service& service) {
  std::vector<kernel::Operation> operations{
      // buckets.cc
      OPERATION(CreateBucket), OPERATION(DeleteBucket), OPERATION(GetBucketLocation),
      OPERATION(HeadBucket),   OPERATION(ListBuckets),
  };
  service.operations.insert(service.operations.end(), operations.begin(), operations.end());
  service.limits.push_back(kBucketsMax);
}

void add_configurations(kernel::Service&) {}

}  // namespace s3
