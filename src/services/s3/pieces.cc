#include "services/s3/pieces.h"

#include "base/bytes.h"
#include "base/seal.h"
#include "base/strings.h"
#include "kernel/cloud.h"

namespace s3 {

namespace {

constexpr std::string_view kPiecePurpose = "s3.piece";

// Files of dead blobs stay for a while: removing them is cheapest done together, and never before the rows that no
// longer name them are on the disk.
constexpr std::int64_t kBurialSeconds = 10;
constexpr std::size_t kBuriedAtOnce = 1'000;

std::string new_blob_id(kernel::Cloud& cloud) { return "b-" + base::to_hex(base::random_bytes(cloud.dice(), 16)); }

}  // namespace

// ---- blobs

PendingBlob::~PendingBlob() {
  // What cannot be removed now is found by the collection at the next start.
  if (!is_needed_) static_cast<void>(blobs_.remove(pin_.id()));
}

void keep_blob(Call& call, std::string_view blob) { call.tx.put(kBlobs, blob, {}); }

void share_blob(Call& call, std::string_view blob) {
  auto row = call.tx.get(kBlobs, blob);
  assert(row);
  ++row->pieces;
  call.tx.put(kBlobs, blob, *row);
}

void leave_blob(Call& call, std::string_view blob) {
  auto row = call.tx.get(kBlobs, blob);
  if (!row) return;
  if (--row->pieces > 0) return call.tx.put(kBlobs, blob, *row);
  call.tx.erase(kBlobs, blob);
  // All that die within some seconds share a timer; who finds none of them yet arms it.
  std::int64_t due_s = (call.now_ms() / 1000 / kBurialSeconds + 2) * kBurialSeconds;
  std::string grave = store::key(due_s);
  bool is_armed = call.tx.unrecorded().scan_keys(kDeadBlobs, {.prefix = grave, .limit = 1}, [](auto) {}) > 0;
  if (!is_armed) call.arm(kBuryBlobs, kernel::from_ms(due_s * 1000), std::to_string(due_s));
  call.tx.put(kDeadBlobs, grave + store::key(blob), {});
}

bool needs_blob(const store::Transaction& tx, std::string_view blob) { return tx.has(kBlobs, blob); }

Result<void> bury_blobs(Call& call, std::string_view key) {
  std::int64_t due_s = base::parse_number(key).value_or(0);
  std::vector<std::string> rows;
  call.tx.scan_keys(kDeadBlobs, {.prefix = store::key(due_s), .limit = kBuriedAtOnce},
                    [&](std::string_view row) { rows.emplace_back(row); });
  if (rows.empty()) return {};
  // A crash must not bring back a row that names a file which is gone.
  TRY_VOID(call.cloud().store().flush());
  store::Blobs& blobs = call.cloud().store().blobs();
  bool are_left = rows.size() == kBuriedAtOnce;
  for (const std::string& row : rows) {
    store::KeyReader parts(row);
    parts.number();
    std::string blob = parts.text();
    if (blobs.is_pinned(blob)) {
      are_left = true;  // somebody still reads it
      continue;
    }
    TRY_VOID(blobs.remove(blob));
    call.tx.erase(kDeadBlobs, row);
  }
  if (are_left) call.arm(kBuryBlobs, call.now + kernel::Millis(1'000), key);
  return {};
}

std::unexpected<base::Error> refuse_storage(const kernel::Cloud& cloud, const base::Error& error) {
  cloud.log().error("The bytes of an object could not be kept or read: {}", error.message);
  return base::fail("InternalError", "We encountered an internal error. Please try again.");
}

// ---- sealing

BodySealer::BodySealer(kernel::Cloud& cloud, const Learn& learn, Layers layers) : cloud_(cloud) {
  if (learn.md5) md5_ = make_hasher(ChecksumAlgorithm::kMd5);
  if (learn.algorithm != ChecksumAlgorithm::kNone) hasher_ = make_hasher(learn.algorithm);
  sealed_.checksum.algorithm = learn.algorithm;
  sealed_.keys = base::random_bytes(cloud.dice(), base::kSealKeyBytes * std::size_t(layers));
  for (std::size_t at = 0; at < sealed_.keys.size(); at += base::kSealKeyBytes)
    sealers_.emplace_back(std::string_view(sealed_.keys).substr(at, base::kSealKeyBytes));
}

Result<void> BodySealer::add(std::string_view bytes) {
  sealed_.size += bytes.size();
  if (md5_) md5_->add(bytes);
  if (hasher_) hasher_->add(bytes);
  sealers_[0].add(bytes, sealers_.size() == 1 ? out_ : inner_);
  if (sealers_.size() > 1) sealers_[1].add(std::exchange(inner_, {}), out_);
  return out_.empty() ? Result<void>() : write();
}

Result<void> BodySealer::write() {
  if (!writer_) {
    auto writer = cloud_.store().blobs().create(new_blob_id(cloud_));
    if (!writer) return refuse_storage(cloud_, writer.error());
    writer_ = *std::move(writer);
  }
  if (auto written = writer_->append(out_); !written) return refuse_storage(cloud_, written.error());
  out_.clear();
  return {};
}

Result<SealedBytes> BodySealer::finish() {
  sealers_[0].finish(sealers_.size() == 1 ? out_ : inner_);
  if (sealers_.size() > 1) {
    sealers_[1].add(std::exchange(inner_, {}), out_);
    sealers_[1].finish(out_);
  }
  if (md5_) sealed_.md5 = md5_->finish();
  if (hasher_) sealed_.checksum.value = hasher_->finish();
  if (!writer_ && sealed_.size <= kInlineBytesMax) {
    sealed_.bytes = std::move(out_);
    return std::move(sealed_);
  }
  TRY_VOID(write());
  auto pin = writer_->finish();
  if (!pin) return refuse_storage(cloud_, pin.error());
  sealed_.blob = std::make_shared<PendingBlob>(cloud_.store().blobs(), *std::move(pin));
  return std::move(sealed_);
}

std::string seal_piece_keys(kernel::Cloud& cloud, const ObjectKey& key, std::string_view piece_keys) {
  return base::seal(key.bytes, base::random_bytes(cloud.dice(), base::kSealNonceBytes), piece_keys, kPiecePurpose);
}

std::optional<std::string> open_piece_keys(const ObjectKey& key, const Piece& piece) {
  return base::unseal(key.bytes, piece.sealed_keys, kPiecePurpose);
}

// ---- rows

StoredBody store_sealed(Call& call, const ObjectKey& key, const SealedBytes& sealed) {
  StoredBody body{.size = sealed.size, .checksum = sealed.checksum};
  bool tells_md5 = key.encryption.kind == EncryptionKind::kS3 && !sealed.md5.empty();
  body.tag = tells_md5 ? sealed.md5 : base::random_bytes(call.cloud().dice(), 16);
  if (sealed.size == 0) return body;
  body.id = base::random_bytes(call.cloud().dice(), 16);
  body.piece_count = 1;
  Piece piece{.size = sealed.size, .text_size = sealed.size, .bytes = sealed.bytes};
  piece.sealed_keys = seal_piece_keys(call.cloud(), key, sealed.keys);
  if (sealed.blob) {
    piece.blob = sealed.blob->id();
    keep_blob(call, piece.blob);
    call.attach(sealed.blob);
  }
  call.tx.put(kPieces, store::key(body.id, 0), piece);
  return body;
}

void each_piece(Call& call, const StoredBody& body, const Extent& extent,
                const std::function<void(std::uint64_t start, Piece& piece)>& visit) {
  if (body.id.empty() || extent.length == 0) return;
  if (body.piece_count == 1) {  // most are: no need to look for it
    if (auto piece = call.tx.get(kPieces, store::key(body.id, std::uint64_t{0}))) visit(0, *piece);
    return;
  }
  std::string prefix = store::key(body.id);
  auto start_in = [&](std::string_view key) { return store::KeyReader(key.substr(prefix.size())).unsigned_number(); };
  // The piece that the extent begins in is the last that begins no later.
  std::uint64_t first = 0;
  if (body.piece_count > 1)
    call.tx.scan_keys(kPieces,
                      {.prefix = prefix,
                       .from = prefix + store::key(extent.offset),
                       .direction = store::Direction::kReverse,
                       .limit = 1},
                      [&](std::string_view key) { first = start_in(key); });
  call.tx.scan(kPieces, {.prefix = prefix, .from = prefix + store::key(first)},
               [&](std::string_view key, Piece& piece) {
                 std::uint64_t start = start_in(key);
                 if (start >= extent.offset + extent.length) return store::Continue::kNo;
                 visit(start, piece);
                 return store::Continue::kYes;
               });
}

StoredBody join_bodies(Call& call, const std::vector<StoredBody>& parts) {
  StoredBody joined{.id = base::random_bytes(call.cloud().dice(), 16), .is_joined = true};
  for (const StoredBody& part : parts) {
    each_piece(call, part, {0, part.size}, [&](std::uint64_t start, Piece& piece) {
      call.tx.erase(kPieces, store::key(part.id, start));
      call.tx.put(kPieces, store::key(joined.id, joined.size + start), piece);
    });
    joined.size += part.size;
    joined.piece_count += part.piece_count;
  }
  if (joined.size == 0) joined.id.clear();
  return joined;
}

void drop_body(Call& call, const StoredBody& body) {
  each_piece(call, body, {0, body.size}, [&](std::uint64_t start, Piece& piece) {
    call.tx.erase(kPieces, store::key(body.id, start));
    if (!piece.blob.empty()) leave_blob(call, piece.blob);
  });
}

}  // namespace s3
