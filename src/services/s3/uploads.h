#pragma once

#include "services/s3/object_answer.h"

// Uploads in parts. https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html
namespace s3 {

inline constexpr std::int64_t kPartNumberMax = 10'000;
inline constexpr std::uint64_t kPartBytesMin = 5ULL << 20;  // but for the last one
inline constexpr std::uint64_t kPartBytesMax = 5ULL << 30;

// Errors: NoSuchUpload.
Result<Upload> find_upload(Call& call, const Bucket& bucket, std::string_view key, const std::string& id);
std::unexpected<base::Error> no_such_upload(const std::string& id);
// Errors: InvalidArgument.
Result<void> check_part_number(std::int64_t number);

}  // namespace s3
