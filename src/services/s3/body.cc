#include "services/s3/body.h"

#include "base/bytes.h"
#include "base/seal.h"
#include "kernel/cloud.h"
#include "services/s3/pieces.h"

namespace s3 {

namespace {

std::unexpected<base::Error> refuse_size(std::uint64_t proposed, std::uint64_t allowed) {
  return std::unexpected(
      base::Error{"EntityTooLarge", "Your proposed upload exceeds the maximum allowed size",
                  std::make_shared<const Value>(Value::Map{{"ProposedSize", std::to_string(proposed)},
                                                           {"MaxSizeAllowed", std::to_string(allowed)}})});
}

// The checksum that the request will be found to have when its trailers are there; none: it has none.
ChecksumAlgorithm expected_algorithm(const Value& input, const std::vector<std::string>& trailers) {
  for (const std::string& trailer : trailers)
    if (auto algorithm = algorithm_of_header(trailer)) return *algorithm;
  if (auto asked = algorithm_named(input.at("ChecksumAlgorithm").str())) return *asked;
  auto claim = claimed_checksum(input);
  return claim ? claim->algorithm : ChecksumAlgorithm::kNone;
}

// ETags of what is under keys of KMS or of customers are no MD5, so it need not be known.
bool needs_md5(const Value& input) {
  return input.has("ContentMD5") ||
         !(input.has("SSECustomerKey") || input.at("ServerSideEncryption").str().starts_with("aws:kms"));
}

class RequestIntake : public kernel::BodyIntake {
 public:
  // `length`: nothing where nobody says it.
  RequestIntake(kernel::Cloud& cloud, const Learn& learn, std::optional<std::uint64_t> length)
      : sealer_(std::make_unique<BodySealer>(cloud, learn, BodySealer::Layers::kOne)), length_(length) {}

  Result<void> take(std::string_view bytes) override {
    if (length_ && sealer_->size() + bytes.size() > *length_) return refuse_length();
    return sealer_->add(bytes);
  }
  Result<void> end() override {
    if (length_ && sealer_->size() != *length_) return refuse_length();
    sealed_ = TRY(sealer_->finish());
    sealer_.reset();
    return {};
  }
  const SealedBytes& sealed() const { return sealed_; }

 private:
  static std::unexpected<base::Error> refuse_length() {
    return base::fail("IncompleteBody",
                      "You did not provide the number of bytes specified by the Content-Length HTTP header");
  }

  std::unique_ptr<BodySealer> sealer_;
  std::optional<std::uint64_t> length_;
  SealedBytes sealed_;
};

Result<SealedBytes> seal_bytes(Call& call, std::string_view bytes, const Learn& learn,
                               BodySealer::Layers layers = BodySealer::Layers::kOne) {
  BodySealer sealer(call.cloud(), learn, layers);
  TRY_VOID(sealer.add(bytes));
  return sealer.finish();
}

BodySealer::Layers layers_of(const ObjectKey& key) {
  return key.encryption.kind == EncryptionKind::kKmsTwice ? BodySealer::Layers::kTwo : BodySealer::Layers::kOne;
}

// Reads a body and seals it anew, or (`resealed` null) only for what is to be learnt of it.
Result<SealedBytes> read_through(Call& call, const StoredBody& body, const ObjectKey& key, const Extent& extent,
                                 const Learn& learn, const ObjectKey* resealed) {
  std::optional<BodySealer> sealer;
  std::unique_ptr<Hasher> md5, hasher;
  if (resealed) {
    sealer.emplace(call.cloud(), learn, layers_of(*resealed));
  } else {
    if (learn.md5) md5 = make_hasher(ChecksumAlgorithm::kMd5);
    if (learn.algorithm != ChecksumAlgorithm::kNone) hasher = make_hasher(learn.algorithm);
  }
  auto reader = TRY(open_body(call, body, key, extent));
  std::string bytes;
  for (std::uint64_t left = extent.length; left > 0; left -= bytes.size()) {
    bytes.clear();
    TRY_VOID(reader->read_to(bytes));
    if (sealer) TRY_VOID(sealer->add(bytes));
    if (md5) md5->add(bytes);
    if (hasher) hasher->add(bytes);
  }
  if (sealer) return sealer->finish();
  SealedBytes learnt{.size = extent.length, .checksum = {.algorithm = learn.algorithm}};
  if (md5) learnt.md5 = md5->finish();
  if (hasher) learnt.checksum.value = hasher->finish();
  return learnt;
}

Result<void> verify_md5(const Value& input, const SealedBytes& sealed) {
  const std::string& given = input.at("ContentMD5").str();
  if (!input.has("ContentMD5")) return {};
  auto claimed = base::from_base64(given);
  if (!claimed || claimed->size() != 16)
    return std::unexpected(base::Error{"InvalidDigest", "The Content-MD5 you specified was invalid.",
                                       std::make_shared<const Value>(Value::Map{{"Content-MD5", given}})});
  if (*claimed == sealed.md5) return {};
  return std::unexpected(
      base::Error{"BadDigest", "The Content-MD5 you specified did not match what we received.",
                  std::make_shared<const Value>(Value::Map{{"ExpectedDigest", base::to_hex(*claimed)},
                                                           {"CalculatedDigest", base::to_base64(sealed.md5)}})});
}

// Makes the pieces of a copy: the same bytes, and their keys under the key of the copy.
StoredBody share_pieces(Call& call, const StoredBody& body, const ObjectKey& from, const ObjectKey& to,
                        const Extent& extent) {
  StoredBody copy{.id = base::random_bytes(call.cloud().dice(), 16), .size = extent.length};
  each_piece(call, body, extent, [&](std::uint64_t start, Piece& piece) {
    std::uint64_t begin = std::max(start, extent.offset);
    std::uint64_t end = std::min(start + piece.size, extent.offset + extent.length);
    auto keys = open_piece_keys(from, piece);
    assert(keys);  // the body has just been opened with this key
    piece.sealed_keys = seal_piece_keys(call.cloud(), to, *keys);
    piece.skip += begin - start;
    piece.size = end - begin;
    if (!piece.blob.empty()) share_blob(call, piece.blob);
    call.tx.put(kPieces, store::key(copy.id, begin - extent.offset), piece);
    ++copy.piece_count;
  });
  return copy;
}

}  // namespace

Result<std::unique_ptr<kernel::BodyIntake>> make_body_intake(Call& call, const kernel::BodyAhead& ahead) {
  // A body in chunks of HTTP, whose length nobody says; a function may say its answer so.
  const bool is_length_free = call.operation->name == "WriteGetObjectResponse";
  if (!ahead.length && !is_length_free)
    return std::unexpected(base::Error{"NotImplemented",
                                       "A header you provided implies functionality that is not implemented",
                                       std::make_shared<const Value>(Value::Map{{"Header", "Transfer-Encoding"}})});
  if (ahead.length.value_or(0) > kSinglePutBytesMax) return refuse_size(*ahead.length, kSinglePutBytesMax);
  Learn learn{.md5 = needs_md5(*call.input), .algorithm = expected_algorithm(*call.input, ahead.trailers)};
  if (learn.algorithm == ChecksumAlgorithm::kNone) learn.algorithm = ChecksumAlgorithm::kCrc64nvme;
  return std::make_unique<RequestIntake>(call.cloud(), learn, ahead.length);
}

Result<StoredBody> take_request_body(Call& call, const ObjectKey& key, const BodyRules& rules) {
  const Value& input = *call.input;
  ChecksumClaim claim = TRY(claimed_checksum(input));
  Learn learn{.md5 = needs_md5(input),
              .algorithm = claim.algorithm != ChecksumAlgorithm::kNone ? claim.algorithm : rules.algorithm};
  SealedBytes sealed;
  if (auto* intake = static_cast<RequestIntake*>(call.intake())) {
    sealed = intake->sealed();
  } else {
    sealed = TRY(seal_bytes(call, input.at("Body").str(), learn, layers_of(key)));
  }
  if (sealed.size > rules.bytes_max) return refuse_size(sealed.size, rules.bytes_max);
  TRY_VOID(verify_md5(input, sealed));
  StoredBody body = store_sealed(call, key, sealed);
  // What came as a stream was sealed once, and for a checksum that may turn out to be another.
  bool has_layers = sealed.keys.size() == base::kSealKeyBytes * std::size_t(layers_of(key));
  if (!has_layers || sealed.checksum.algorithm != learn.algorithm) {
    Extent whole{0, body.size};
    sealed = TRY(read_through(call, body, key, whole, learn, has_layers ? nullptr : &key));
    if (!has_layers) {
      drop_body(call, body);
      body = store_sealed(call, key, sealed);
    }
    body.checksum = sealed.checksum;
  }
  if (claim.value && *claim.value != body.checksum.value) return refuse_checksum(claim.algorithm);
  return body;
}

Result<StoredBody> store_bytes(Call& call, const ObjectKey& key, std::string_view bytes, ChecksumAlgorithm algorithm) {
  return store_sealed(call, key, TRY(seal_bytes(call, bytes, {.algorithm = algorithm}, layers_of(key))));
}

Result<StoredBody> copy_body(Call& call, const StoredBody& body, const ObjectKey& from, const ObjectKey& to,
                             const Extent& extent, ChecksumAlgorithm algorithm) {
  bool is_whole = extent.offset == 0 && extent.length == body.size;
  bool tells_md5 = to.encryption.kind == EncryptionKind::kS3;
  bool knows_md5 = is_whole && !body.is_joined && from.encryption.kind == EncryptionKind::kS3;
  bool knows_checksum = is_whole && algorithm == body.checksum.algorithm &&
                        (body.checksum.type == ChecksumType::kFullObject || algorithm == ChecksumAlgorithm::kNone);
  Learn learn{.md5 = tells_md5, .algorithm = algorithm};
  if (layers_of(from) != layers_of(to) || extent.length == 0) {
    auto sealed = TRY(read_through(call, body, from, extent, learn, &to));
    return store_sealed(call, to, sealed);
  }
  SealedBytes learnt{.md5 = body.tag, .checksum = body.checksum};
  if (!knows_checksum || (tells_md5 && !knows_md5))
    learnt = TRY(read_through(call, body, from, extent, learn, nullptr));
  else
    TRY(open_body(call, body, from, extent));  // that it can be read at all
  StoredBody copy = share_pieces(call, body, from, to, extent);
  copy.tag = tells_md5 ? learnt.md5 : base::random_bytes(call.cloud().dice(), 16);
  copy.checksum = learnt.checksum;
  return copy;
}

}  // namespace s3
