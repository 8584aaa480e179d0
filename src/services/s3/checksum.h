#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "base/value.h"

// The checksums of objects: https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity-upload.html
namespace s3 {

enum class ChecksumAlgorithm : std::uint8_t {
  kNone = 0,
  kCrc32 = 1,
  kCrc32c = 2,
  kCrc64nvme = 3,
  kSha1 = 4,
  kSha256 = 5,
  kSha512 = 6,
  kMd5 = 7,
  kXxhash64 = 8,
  kXxhash3 = 9,
  kXxhash128 = 10,
};
// Of the whole object, or of the checksums of its parts.
enum class ChecksumType : std::uint8_t { kFullObject = 1, kComposite = 2 };

struct Checksum {
  ChecksumAlgorithm algorithm = ChecksumAlgorithm::kNone;
  ChecksumType type = ChecksumType::kFullObject;
  std::string value;             // raw bytes, highest first
  std::uint32_t part_count = 0;  // of a composite one

  static void fields(auto& self, auto& field) {
    field("algorithm", self.algorithm);
    field("type", self.type);
    field("value", self.value);
    field("part_count", self.part_count);
  }
};

std::string_view name_of(ChecksumAlgorithm algorithm);    // "CRC64NVME"
std::string_view name_of(ChecksumType type);              // "FULL_OBJECT"
std::string_view member_of(ChecksumAlgorithm algorithm);  // "ChecksumCRC64NVME"
std::string_view header_of(ChecksumAlgorithm algorithm);  // "x-amz-checksum-crc64nvme"
std::optional<ChecksumAlgorithm> algorithm_named(std::string_view name);
std::optional<ChecksumAlgorithm> algorithm_of_header(std::string_view lower_case_name);
// Whether uploads in parts may have checksums of this algorithm and type: CRC64NVME is of the whole only, and what
// cannot be put together from parts is composite only.
bool is_allowed(ChecksumAlgorithm algorithm, ChecksumType type);
// The type of an upload in parts that asks for none.
ChecksumType usual_type(ChecksumAlgorithm algorithm);

// "NhCmhg==", with "-3" behind it for a composite one of three parts.
std::string text_of(const Checksum& checksum);
// Sets the checksum's member ("ChecksumCRC32"), and ChecksumType with it; nothing where there is no checksum.
void add_checksum(base::Value& output, const Checksum& checksum);

// What a request says about the checksum of its body, or (of uploads' ends) of the object.
struct ChecksumClaim {
  ChecksumAlgorithm algorithm = ChecksumAlgorithm::kNone;  // asked for or given
  std::optional<std::string> value;                        // raw; nothing: not given
  std::uint32_t part_count = 0;                            // of "…-3"
};
// Errors: InvalidRequest, where more than one is given, or one that cannot be of its algorithm.
base::Result<ChecksumClaim> claimed_checksum(const base::Value& input);
// The error of a body that has another checksum than was claimed: BadDigest.
std::unexpected<base::Error> refuse_checksum(ChecksumAlgorithm algorithm);

// Computes a checksum of bytes that come in pieces.
class Hasher {
 public:
  virtual ~Hasher() = default;
  virtual void add(std::string_view bytes) = 0;
  virtual std::string finish() = 0;  // once
};
std::unique_ptr<Hasher> make_hasher(ChecksumAlgorithm algorithm);

// A part's checksum and how many bytes it is of.
struct PartChecksum {
  std::string value;
  std::uint64_t size = 0;
};
// The checksum of an object made of these parts, in order; without reading them. `type` must be allowed.
Checksum join_checksums(ChecksumAlgorithm algorithm, ChecksumType type, std::span<const PartChecksum> parts);

}  // namespace s3
