#include "services/s3/checksum.h"

#define XXH_INLINE_ALL
#include <openssl/evp.h>
#include <xxhash.h>

#include <array>
#include <cassert>
#include <concepts>

#include "base/bytes.h"
#include "base/crc.h"
#include "base/strings.h"

namespace s3 {

namespace {

struct AlgorithmNames {
  ChecksumAlgorithm algorithm;
  std::string_view name, member, header;
  std::size_t bytes;
};
constexpr AlgorithmNames kAlgorithms[] = {
    {ChecksumAlgorithm::kCrc32, "CRC32", "ChecksumCRC32", "x-amz-checksum-crc32", 4},
    {ChecksumAlgorithm::kCrc32c, "CRC32C", "ChecksumCRC32C", "x-amz-checksum-crc32c", 4},
    {ChecksumAlgorithm::kCrc64nvme, "CRC64NVME", "ChecksumCRC64NVME", "x-amz-checksum-crc64nvme", 8},
    {ChecksumAlgorithm::kSha1, "SHA1", "ChecksumSHA1", "x-amz-checksum-sha1", 20},
    {ChecksumAlgorithm::kSha256, "SHA256", "ChecksumSHA256", "x-amz-checksum-sha256", 32},
    {ChecksumAlgorithm::kSha512, "SHA512", "ChecksumSHA512", "x-amz-checksum-sha512", 64},
    {ChecksumAlgorithm::kMd5, "MD5", "ChecksumMD5", "x-amz-checksum-md5", 16},
    {ChecksumAlgorithm::kXxhash64, "XXHASH64", "ChecksumXXHASH64", "x-amz-checksum-xxhash64", 8},
    {ChecksumAlgorithm::kXxhash3, "XXHASH3", "ChecksumXXHASH3", "x-amz-checksum-xxhash3", 8},
    {ChecksumAlgorithm::kXxhash128, "XXHASH128", "ChecksumXXHASH128", "x-amz-checksum-xxhash128", 16},
};

const AlgorithmNames& names_of(ChecksumAlgorithm algorithm) {
  assert(algorithm != ChecksumAlgorithm::kNone);
  return kAlgorithms[std::size_t(algorithm) - 1];
}

template <std::unsigned_integral Number>
std::string big_endian(Number number) {
  return base::to_ordered(number).substr(8 - sizeof(Number));
}

template <std::unsigned_integral Number, Number (*Sum)(std::string_view, Number)>
class CrcHasher : public Hasher {
 public:
  void add(std::string_view bytes) override { crc_ = Sum(bytes, crc_); }
  std::string finish() override { return big_endian(crc_); }

 private:
  Number crc_ = 0;
};

// Found once: to find it for each text costs as much as a short text does.
const EVP_MD* found_digest(ChecksumAlgorithm algorithm) {
  static const EVP_MD* const kSha1 = EVP_MD_fetch(nullptr, "SHA1", nullptr);
  static const EVP_MD* const kSha256 = EVP_MD_fetch(nullptr, "SHA256", nullptr);
  static const EVP_MD* const kSha512 = EVP_MD_fetch(nullptr, "SHA512", nullptr);
  static const EVP_MD* const kMd5 = EVP_MD_fetch(nullptr, "MD5", nullptr);
  if (algorithm == ChecksumAlgorithm::kSha1) return kSha1;
  if (algorithm == ChecksumAlgorithm::kSha256) return kSha256;
  return algorithm == ChecksumAlgorithm::kSha512 ? kSha512 : kMd5;
}

class DigestHasher : public Hasher {
 public:
  explicit DigestHasher(const EVP_MD* digest) : context_(EVP_MD_CTX_new()) {
    EVP_DigestInit_ex(context_, digest, nullptr);
  }
  ~DigestHasher() override { EVP_MD_CTX_free(context_); }
  DigestHasher(const DigestHasher&) = delete;
  DigestHasher& operator=(const DigestHasher&) = delete;
  void add(std::string_view bytes) override { EVP_DigestUpdate(context_, bytes.data(), bytes.size()); }
  std::string finish() override {
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    EVP_DigestFinal_ex(context_, digest.data(), &size);
    return {reinterpret_cast<const char*>(digest.data()), size};
  }

 private:
  EVP_MD_CTX* context_;
};

class Xxhash64Hasher : public Hasher {
 public:
  Xxhash64Hasher() { XXH64_reset(&state_, 0); }
  void add(std::string_view bytes) override { XXH64_update(&state_, bytes.data(), bytes.size()); }
  std::string finish() override { return big_endian(std::uint64_t{XXH64_digest(&state_)}); }

 private:
  XXH64_state_t state_;
};

// Both of the newer ones: they sum up alike, and differ in how much of it they tell.
class Xxhash3Hasher : public Hasher {
 public:
  explicit Xxhash3Hasher(ChecksumAlgorithm algorithm) : is_long_(algorithm == ChecksumAlgorithm::kXxhash128) {
    if (is_long_)
      XXH3_128bits_reset(&state_);
    else
      XXH3_64bits_reset(&state_);
  }
  void add(std::string_view bytes) override {
    if (is_long_)
      XXH3_128bits_update(&state_, bytes.data(), bytes.size());
    else
      XXH3_64bits_update(&state_, bytes.data(), bytes.size());
  }
  std::string finish() override {
    if (!is_long_) return big_endian(std::uint64_t{XXH3_64bits_digest(&state_)});
    XXH128_hash_t sum = XXH3_128bits_digest(&state_);
    return big_endian(std::uint64_t{sum.high64}) + big_endian(std::uint64_t{sum.low64});
  }

 private:
  bool is_long_;
  XXH3_state_t state_;
};

std::unexpected<base::Error> refuse_request(std::string message) {
  return base::fail("InvalidRequest", std::move(message));
}

bool is_joinable(ChecksumAlgorithm algorithm) {
  return algorithm == ChecksumAlgorithm::kCrc32 || algorithm == ChecksumAlgorithm::kCrc32c ||
         algorithm == ChecksumAlgorithm::kCrc64nvme;
}

std::uint64_t crc_number(std::string_view big_endian_bytes) {
  return base::from_ordered(std::string(8 - big_endian_bytes.size(), '\0') + std::string(big_endian_bytes));
}

std::string joined_crc(ChecksumAlgorithm algorithm, std::span<const PartChecksum> parts) {
  std::uint64_t sum = 0;
  for (const PartChecksum& part : parts) {
    std::uint64_t own = crc_number(part.value);
    if (algorithm == ChecksumAlgorithm::kCrc64nvme)
      sum = base::join_crc64nvme(sum, own, part.size);
    else if (algorithm == ChecksumAlgorithm::kCrc32)
      sum = base::join_crc32(std::uint32_t(sum), std::uint32_t(own), part.size);
    else
      sum = base::join_crc32c(std::uint32_t(sum), std::uint32_t(own), part.size);
  }
  return base::to_ordered(sum).substr(8 - names_of(algorithm).bytes);
}

}  // namespace

std::string_view name_of(ChecksumAlgorithm algorithm) { return names_of(algorithm).name; }
std::string_view name_of(ChecksumType type) { return type == ChecksumType::kComposite ? "COMPOSITE" : "FULL_OBJECT"; }
std::string_view member_of(ChecksumAlgorithm algorithm) { return names_of(algorithm).member; }
std::string_view header_of(ChecksumAlgorithm algorithm) { return names_of(algorithm).header; }

std::optional<ChecksumAlgorithm> algorithm_named(std::string_view name) {
  for (const AlgorithmNames& each : kAlgorithms)
    if (each.name == name) return each.algorithm;
  return std::nullopt;
}

std::optional<ChecksumAlgorithm> algorithm_of_header(std::string_view lower_case_name) {
  for (const AlgorithmNames& each : kAlgorithms)
    if (each.header == lower_case_name) return each.algorithm;
  return std::nullopt;
}

bool is_allowed(ChecksumAlgorithm algorithm, ChecksumType type) {
  if (type == ChecksumType::kFullObject) return is_joinable(algorithm);
  return algorithm != ChecksumAlgorithm::kCrc64nvme;
}

ChecksumType usual_type(ChecksumAlgorithm algorithm) {
  return algorithm == ChecksumAlgorithm::kCrc64nvme ? ChecksumType::kFullObject : ChecksumType::kComposite;
}

std::string text_of(const Checksum& checksum) {
  std::string text = base::to_base64(checksum.value);
  if (checksum.type == ChecksumType::kComposite) text += fmt::format("-{}", checksum.part_count);
  return text;
}

void add_checksum(base::Value& output, const Checksum& checksum) {
  if (checksum.algorithm == ChecksumAlgorithm::kNone) return;
  output.set(member_of(checksum.algorithm), text_of(checksum));
  output.set("ChecksumType", name_of(checksum.type));
}

base::Result<ChecksumClaim> claimed_checksum(const base::Value& input) {
  ChecksumClaim claim;
  for (const AlgorithmNames& each : kAlgorithms) {
    const base::Value& given = input.at(each.member);
    if (given.is_null()) continue;
    if (claim.value)
      return refuse_request("Expecting a single x-amz-checksum- header. Multiple checksum Types are not allowed.");
    std::string_view text = given.str();
    auto dash = text.find('-');
    claim.value = base::from_base64(text.substr(0, dash));
    auto parts = dash == std::string_view::npos ? 0 : base::parse_number(text.substr(dash + 1)).value_or(-1);
    if (!claim.value || claim.value->size() != each.bytes || parts < 0 || parts > 10'000)
      return refuse_request(fmt::format("Value for {} header is invalid.", each.header));
    claim.algorithm = each.algorithm;
    claim.part_count = std::uint32_t(parts);
  }
  const std::string& asked = input.at("ChecksumAlgorithm").str();
  if (asked.empty()) return claim;
  auto algorithm = algorithm_named(asked);
  if (!algorithm || (claim.value && *algorithm != claim.algorithm))
    return refuse_request("Value for x-amz-sdk-checksum-algorithm header is invalid.");
  if (!claim.value)
    return refuse_request(
        "x-amz-sdk-checksum-algorithm specified, but no corresponding x-amz-checksum-* or x-amz-trailer headers were "
        "found.");
  return claim;
}

std::unexpected<base::Error> refuse_checksum(ChecksumAlgorithm algorithm) {
  return base::fail("BadDigest",
                    fmt::format("The {} you specified did not match the calculated checksum.", name_of(algorithm)));
}

std::unique_ptr<Hasher> make_hasher(ChecksumAlgorithm algorithm) {
  switch (algorithm) {
    case ChecksumAlgorithm::kNone: break;
    case ChecksumAlgorithm::kCrc32: return std::make_unique<CrcHasher<std::uint32_t, base::crc32>>();
    case ChecksumAlgorithm::kCrc32c: return std::make_unique<CrcHasher<std::uint32_t, base::crc32c>>();
    case ChecksumAlgorithm::kCrc64nvme: return std::make_unique<CrcHasher<std::uint64_t, base::crc64nvme>>();
    case ChecksumAlgorithm::kSha1:
    case ChecksumAlgorithm::kSha256:
    case ChecksumAlgorithm::kSha512:
    case ChecksumAlgorithm::kMd5: return std::make_unique<DigestHasher>(found_digest(algorithm));
    case ChecksumAlgorithm::kXxhash64: return std::make_unique<Xxhash64Hasher>();
    case ChecksumAlgorithm::kXxhash3:
    case ChecksumAlgorithm::kXxhash128: return std::make_unique<Xxhash3Hasher>(algorithm);
  }
  assert(false && "nothing is not an algorithm");
  return nullptr;
}

Checksum join_checksums(ChecksumAlgorithm algorithm, ChecksumType type, std::span<const PartChecksum> parts) {
  assert(is_allowed(algorithm, type));
  Checksum joined{.algorithm = algorithm, .type = type};
  if (type == ChecksumType::kFullObject) {
    joined.value = joined_crc(algorithm, parts);
    return joined;
  }
  auto hasher = make_hasher(algorithm);
  for (const PartChecksum& part : parts) hasher->add(part.value);
  joined.value = hasher->finish();
  joined.part_count = std::uint32_t(parts.size());
  return joined;
}

}  // namespace s3
