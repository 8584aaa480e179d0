// Reads managed_policies.bin, as tools/compile_managed_policies.py (`pack`) writes it.
#include "aws/managed_policies.h"

#include <zstd.h>

#include <algorithm>
#include <cassert>
#include <unordered_map>

#include "base/bytes.h"
#include "base/strings.h"

extern "C" const unsigned char virga_managed_policies_begin[];  // in the generated managed_policies_data.cc

namespace aws {

namespace {

constexpr std::uint32_t kManagedPoliciesFormat = 1;
constexpr std::size_t kIdCharacters = 17;
constexpr std::size_t kHeadBytes = 16;
constexpr std::size_t kBlockSizesBytes = 8;

std::uint32_t read_number(const unsigned char* at) {
  return at[0] | static_cast<std::uint32_t>(at[1]) << 8 | static_cast<std::uint32_t>(at[2]) << 16 |
         static_cast<std::uint32_t>(at[3]) << 24;
}

std::string unpack(const unsigned char* at, std::size_t packed_bytes, std::size_t plain_bytes) {
  std::string plain(plain_bytes, '\0');
  [[maybe_unused]] std::size_t size = ZSTD_decompress(plain.data(), plain.size(), at, packed_bytes);
  assert(size == plain_bytes);  // the program carries what the tool wrote
  return plain;
}

struct Block {
  const unsigned char* at = nullptr;
  std::size_t packed_bytes = 0;
  std::size_t plain_bytes = 0;
};

struct Catalogue {
  std::vector<ManagedPolicy> policies;
  std::vector<Block> blocks;
  std::unordered_map<std::string, std::size_t> place_by_arn;
};

ManagedPolicy read_policy(std::string_view line) {
  std::vector<std::string_view> words = base::split(line, ' ');
  auto number = [&](std::size_t word) { return base::parse_number<std::int64_t>(words[word]).value_or(0); };
  auto size = [&](std::size_t word) { return base::parse_number<std::size_t>(words[word]).value_or(0); };
  std::size_t name_at = words[0].rfind('/') + 1;
  ManagedPolicy policy{.name = std::string(words[0].substr(name_at)),
                       .path = std::string(words[0].substr(0, name_at)),
                       .created_ms = number(1),
                       .updated_ms = number(2),
                       .default_version = number(3),
                       .block = size(4),
                       .begin = size(5),
                       .end = size(6),
                       .old_block = size(7)};
  policy.id = "ANPA" + base::to_base32(base::sha256(policy.arn())).substr(0, kIdCharacters);
  for (std::size_t word = 8; word + 3 < words.size(); word += 4)
    policy.versions.push_back({number(word), number(word + 1), size(word + 2), size(word + 3)});
  return policy;
}

Catalogue read_catalogue() {
  const unsigned char* at = virga_managed_policies_begin;
  assert(read_number(at) == kManagedPoliciesFormat);
  const std::size_t packed_bytes = read_number(at + 4), plain_bytes = read_number(at + 8),
                    blocks = read_number(at + 12);
  Catalogue catalogue;
  const std::string index = unpack(at + kHeadBytes, packed_bytes, plain_bytes);
  for (std::string_view line : base::split(index, '\n')) {
    catalogue.policies.push_back(read_policy(line));
    catalogue.place_by_arn.emplace(catalogue.policies.back().arn(), catalogue.policies.size() - 1);
  }
  const unsigned char* sizes = at + kHeadBytes + packed_bytes;
  const unsigned char* block_at = sizes + blocks * kBlockSizesBytes;
  for (std::size_t i = 0; i < blocks; ++i, sizes += kBlockSizesBytes) {
    catalogue.blocks.push_back({block_at, read_number(sizes), read_number(sizes + 4)});
    block_at += catalogue.blocks.back().packed_bytes;
  }
  return catalogue;
}

const Catalogue& catalogue() {
  static const Catalogue kCatalogue = read_catalogue();
  return kCatalogue;
}

}  // namespace

const std::vector<ManagedPolicy>& managed_policies() { return catalogue().policies; }

const ManagedPolicy* find_managed_policy(std::string_view arn) {
  if (!arn.starts_with("arn:aws:iam::aws:policy/")) return nullptr;
  auto found = catalogue().place_by_arn.find(std::string(arn));
  return found == catalogue().place_by_arn.end() ? nullptr : &catalogue().policies[found->second];
}

std::optional<std::string> managed_policy_document(const ManagedPolicy& policy, std::int64_t version) {
  auto found = std::ranges::find(policy.versions, version, &ManagedPolicy::Version::number);
  if (found == policy.versions.end()) return std::nullopt;
  const bool in_force = version == policy.default_version;
  const Block& block = catalogue().blocks[in_force ? policy.block : policy.old_block];
  const std::string plain = unpack(block.at, block.packed_bytes, block.plain_bytes);
  return in_force ? plain.substr(policy.begin, policy.end - policy.begin)
                  : plain.substr(found->begin, found->end - found->begin);
}

}  // namespace aws
