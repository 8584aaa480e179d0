#pragma once

#include "aws/access_points.h"
#include "services/s3/access.h"

// Requests that reach a bucket through one of its access points.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/access-points-policies.html
namespace s3 {

// The access point a request names as its bucket; nothing for buckets' own names.
std::optional<aws::AccessPoint> access_point_in(const Call& call, const Value& input);

// "For a request to succeed, both the access point policy and the bucket policy must permit it": what is needed of a
// bucket is needed of the access point, too.
std::vector<kernel::Need> needs_through(Call& call, std::string_view operation, const Value& input,
                                        const aws::AccessPoint& point);

// The same through an object lambda access point: what is needed of it, and where no function answers, of what supports
// it.
std::vector<kernel::Need> needs_of_transformed(Call& call, std::string_view operation, const Value& input,
                                               const aws::ObjectLambdaPoint& point);

// Errors: MethodNotAllowed, for operations that access points do not take.
Result<void> check_through_point(std::string_view operation);

// The policy that counts for what is reached through the access point.
std::string policy_of_point(const Call& call, const aws::AccessPoint& point);

// s3:DataAccessPointArn, s3:DataAccessPointAccount, s3:AccessPointNetworkOrigin. False: it is none of them, or the
// request comes through no access point.
bool find_point_key(const Call& call, std::string_view key, policy::Values& values);

}  // namespace s3
