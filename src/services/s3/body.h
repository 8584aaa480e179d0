#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kernel/body.h"
#include "kernel/service.h"
#include "services/s3/checksum.h"
#include "services/s3/encryption.h"

// The bytes of objects, sealed: small ones in rows, bigger ones in blobs. What is written here belongs to the call's
// transaction like any other row: where it does not commit, nothing is left. How bytes are sealed is said in
// docs/design/2026-11-21-objects-at-rest.md.
namespace s3 {

inline constexpr std::uint64_t kSinglePutBytesMax = 5ULL << 30;  // "5 GB in a single PUT operation"

// Bytes that are kept, in one piece or many: part of the row of an object version or part, which owns them.
struct StoredBody {
  std::string id;  // names the pieces; empty: there are no bytes
  std::uint64_t size = 0;
  std::uint32_t piece_count = 0;
  // 16 bytes, in hex the ETag: the MD5, except of what is under keys of KMS or customers, whose ETags tell nothing.
  std::string tag;
  Checksum checksum;

  static void fields(auto& self, auto& field) {
    field("id", self.id);
    field("size", self.size);
    field("piece_count", self.piece_count);
    field("tag", self.tag);
    field("checksum", self.checksum);
  }
};

// For Service::make_intake: takes the bodies of PutObject and UploadPart.
Result<std::unique_ptr<kernel::BodyIntake>> make_body_intake(Call& call, const kernel::BodyAhead& ahead);

struct BodyRules {
  std::uint64_t bytes_max = kSinglePutBytesMax;
  // What to compute where the request does not say; the upload's, for parts.
  ChecksumAlgorithm algorithm = ChecksumAlgorithm::kCrc64nvme;
};
// Keeps the body of this request, streamed or not, and verifies what the request says of it. Errors: BadDigest,
// InvalidDigest, InvalidRequest (checksums), EntityTooLarge, IncompleteBody.
Result<StoredBody> take_request_body(Call& call, const ObjectKey& key, const BodyRules& rules = {});
// Keeps bytes of our own: logs, inventories, reports, replicas of what is small.
Result<StoredBody> store_bytes(Call& call, const ObjectKey& key, std::string_view bytes,
                               ChecksumAlgorithm algorithm = ChecksumAlgorithm::kCrc64nvme);

// Bytes [offset, offset + length) of something.
struct Extent {
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

// Reads bytes of a body in order. It has opened all it needs, so it may outlive the call.
class BodyReader {
 public:
  virtual ~BodyReader() = default;
  // The next bytes, as many as is good to read at once (about 64 KiB); none at the end.
  virtual Result<std::string> read() = 0;
};
Result<std::unique_ptr<BodyReader>> open_body(Call& call, const StoredBody& body, const ObjectKey& key,
                                              const Extent& extent);
// The bytes of a small extent at once.
Result<std::string> read_body(Call& call, const StoredBody& body, const ObjectKey& key, const Extent& extent);
// Answers the call with an extent: as the member Body of `output` when it is small, else streamed.
Result<void> answer_with_body(Call& call, Value& output, const StoredBody& body, const ObjectKey& key,
                              const Extent& extent);

// Makes a copy of an extent, under another key. Shares what is in blobs, so that it costs little; reads the bytes only
// where a checksum or an ETag needs it (a part of a body, several pieces, another algorithm, DSSE-KMS).
Result<StoredBody> copy_body(Call& call, const StoredBody& body, const ObjectKey& from, const ObjectKey& to,
                             const Extent& extent, ChecksumAlgorithm algorithm);
// Makes one body of parts that are all under the same object key; they become its pieces and are bodies no longer.
// No bytes are copied. Tag and checksum are the caller's to set.
StoredBody join_bodies(Call& call, const std::vector<StoredBody>& parts);
// Forgets a body; its row is the caller's to erase.
void drop_body(Call& call, const StoredBody& body);

}  // namespace s3
