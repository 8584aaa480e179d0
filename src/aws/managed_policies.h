#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

// The policies that AWS keeps for everybody, "arn:aws:iam::aws:policy/…": packed into the program by
// tools/compile_managed_policies.py, and unpacked where they are asked for.
// https://docs.aws.amazon.com/aws-managed-policy/latest/reference/about-managed-policy-reference.html
namespace aws {

struct ManagedPolicy {
  struct Version {
    std::int64_t number = 0;  // 3 is "v3"; numbers have gaps
    std::int64_t created_ms = 0;
    std::size_t begin = 0, end = 0;  // in the block of old versions
  };

  std::string name;  // "AWSLambdaBasicExecutionRole"
  std::string path;  // "/service-role/"
  // LIMIT: AWS's own ids are not published with the policies; these are made from the ARNs and never change.
  std::string id;
  std::int64_t created_ms = 0;
  std::int64_t updated_ms = 0;
  std::int64_t default_version = 0;  // the newest
  std::vector<Version> versions;     // ascending

  std::size_t block = 0, begin = 0, end = 0;  // where the document in force stands
  std::size_t old_block = 0;                  // where the others stand

  std::string arn() const { return "arn:aws:iam::aws:policy" + path + name; }
};

// All of them, by name, ignoring case. The first call unpacks the index, in about a millisecond; thread-safe.
const std::vector<ManagedPolicy>& managed_policies();
// Null when AWS has no policy with this ARN.
const ManagedPolicy* find_managed_policy(std::string_view arn);
// The document of a version, compact JSON; nothing when there is no such version. Unpacked with each call.
std::optional<std::string> managed_policy_document(const ManagedPolicy& policy, std::int64_t version);

}  // namespace aws
