#pragma once

#include "services/s3/access.h"

// Directory buckets, of the storage class S3 Express One Zone: each in one Availability Zone, reached by sessions.
// https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-buckets-overview.html
namespace s3 {

// The zone in "logs--use1-az4--x-s3"; empty for other names.
std::string_view zone_of_name(std::string_view name);
// "us-east-1" for "use1-az4"; empty for zones that no region has.
std::string_view region_of_zone(std::string_view zone);
// Whether the request makes such a bucket: by its name, or because it says so.
bool makes_directory_bucket(const Value& input);
Result<Out> create_directory_bucket(Call& call, In in);

// What directory buckets do not take: other operations, and most parameters. Errors: MethodNotAllowed, NotImplemented,
// InvalidArgument, AccessDenied (a session for reading that writes).
Result<void> check_directory(const Call& call, std::string_view operation, const Value& input);
// Who may do it: "you need only s3express:CreateSession" for what is in the bucket. Nothing for requests of other
// buckets.
std::optional<std::vector<kernel::Need>> needs_of_directory(Call& call, std::string_view operation, const Value& input);
// Renames are remembered by their tokens for a while (rename.cc).
Result<void> forget_rename(Call& call, std::string_view row);
inline constexpr kernel::Timer kForgetRename{"s3.rename_token", forget_rename};

// s3express:SessionMode. False: it is another key.
bool find_directory_key(const Call& call, std::string_view key, policy::Values& values);

}  // namespace s3
