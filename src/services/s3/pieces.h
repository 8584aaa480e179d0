#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "base/frames.h"
#include "kernel/service.h"
#include "services/s3/body.h"
#include "store/key.h"
#include "store/table.h"

// How the bytes of bodies are kept; body.h is what the rest of S3 sees.
namespace s3 {

// Up to here sealed bytes stand in their row; beyond, in a blob of their own.
inline constexpr std::uint64_t kInlineBytesMax = 32 * 1024;

// Bytes of a body that were sealed as one text (base/frames.h), or some of such bytes.
struct Piece {
  std::uint64_t size = 0;       // of the body's bytes in it
  std::uint64_t skip = 0;       // bytes of the text before them
  std::uint64_t text_size = 0;  // of all that was sealed
  // The keys of the text, under the object's key: 32 bytes, or twice 32 for what is sealed twice (DSSE-KMS).
  std::string sealed_keys;
  std::string bytes;  // sealed; or
  std::string blob;   // where they are

  static void fields(auto& self, auto& field) {
    field("size", self.size);
    field("skip", self.skip);
    field("text_size", self.text_size);
    field("sealed_keys", self.sealed_keys);
    field("bytes", self.bytes);
    field("blob", self.blob);
  }
};

// Key: key(body's id, where in the body the piece begins).
inline constexpr store::Table<Piece> kPieces{"s3.pieces", store::Scope::kGlobal};

// A blob that pieces are kept in. Copies of an object share blobs.
struct BlobRow {
  std::uint64_t pieces = 1;

  static void fields(auto& self, auto& field) { field("pieces", self.pieces); }
};

// Key: the blob's id. A blob without a row is nobody's.
inline constexpr store::Table<BlobRow> kBlobs{"s3.blobs", store::Scope::kGlobal};

// Blobs that nobody needs any more, until their files are gone. Key: key(when to remove them in seconds, blob's id).
struct DeadBlob {
  static void fields(auto&, auto&) {}
};
inline constexpr store::Table<DeadBlob> kDeadBlobs{"s3.dead_blobs", store::Scope::kGlobal};

// Removes the files of dead blobs.
Result<void> bury_blobs(Call& call, std::string_view key);
inline constexpr kernel::Timer kBuryBlobs{"s3.bury_blobs", bury_blobs};

// For Service::needs_blob.
bool needs_blob(const store::Transaction& tx, std::string_view blob);

void keep_blob(Call& call, std::string_view blob);   // a new one
void share_blob(Call& call, std::string_view blob);  // for one piece more
void leave_blob(Call& call, std::string_view blob);  // for one piece less

// What could not be read or written, logged and in S3's words.
std::unexpected<base::Error> refuse_storage(const kernel::Cloud& cloud, const base::Error& error);

// A blob that was written and is removed again unless a commit needs it.
class PendingBlob : public kernel::Attachment {
 public:
  PendingBlob(store::Blobs& blobs, store::BlobPin pin) : blobs_(blobs), pin_(std::move(pin)) {}
  ~PendingBlob() override;

  void on_commit() override { is_needed_ = true; }
  const std::string& id() const { return pin_.id(); }

 private:
  store::Blobs& blobs_;
  store::BlobPin pin_;
  bool is_needed_ = false;
};

// Bytes that have been sealed and belong to no object yet.
struct SealedBytes {
  std::uint64_t size = 0;
  std::string md5;  // raw; empty where it was not wanted
  Checksum checksum;
  std::string keys;                   // plain
  std::string bytes;                  // sealed, when there are few
  std::shared_ptr<PendingBlob> blob;  // else where they are
};

// What to learn of bytes while they are sealed.
struct Learn {
  bool md5 = true;
  ChecksumAlgorithm algorithm = ChecksumAlgorithm::kCrc64nvme;
};

// Seals bytes that come in pieces.
class BodySealer {
 public:
  enum class Layers { kOne = 1, kTwo = 2 };
  BodySealer(kernel::Cloud& cloud, const Learn& learn, Layers layers);

  Result<void> add(std::string_view bytes);
  Result<SealedBytes> finish();
  std::uint64_t size() const { return sealed_.size; }

 private:
  Result<void> write();

  kernel::Cloud& cloud_;
  std::unique_ptr<Hasher> md5_, hasher_;
  std::vector<base::FrameSealer> sealers_;
  std::unique_ptr<store::BlobWriter> writer_;
  std::string out_, inner_;
  SealedBytes sealed_;
};

// The key of a piece or of two, sealed under the object's and back.
std::string seal_piece_keys(kernel::Cloud& cloud, const ObjectKey& key, std::string_view piece_keys);
std::optional<std::string> open_piece_keys(const ObjectKey& key, const Piece& piece);

// Makes the rows of a body out of sealed bytes.
StoredBody store_sealed(Call& call, const ObjectKey& key, const SealedBytes& sealed);

// Visits the pieces that hold bytes of an extent, in order: visit(start, piece).
void each_piece(Call& call, const StoredBody& body, const Extent& extent,
                const std::function<void(std::uint64_t start, Piece& piece)>& visit);

}  // namespace s3
