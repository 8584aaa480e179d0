#include "aws/ssh_keys.h"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "base/bytes.h"
#include "base/strings.h"

namespace aws {

namespace {

constexpr std::string_view kType = "ssh-rsa";
constexpr int kBitsMin = 512, kBitsMax = 16'384;

struct RsaFreer {
  void operator()(RSA* key) const { RSA_free(key); }
  void operator()(BIO* bio) const { BIO_free(bio); }
};
using RsaPtr = std::unique_ptr<RSA, RsaFreer>;
using BioPtr = std::unique_ptr<BIO, RsaFreer>;

std::string with_length(std::string_view field) { return base::to_ordered(field.size()).substr(4).append(field); }

// A positive number of SSH has a leading zero where its first bit is set.
std::string mpint(const BIGNUM* number) {
  std::string bytes(static_cast<std::size_t>(BN_num_bytes(number)), '\0');
  BN_bn2bin(number, reinterpret_cast<unsigned char*>(bytes.data()));
  if (!bytes.empty() && (bytes.front() & 0x80)) bytes.insert(0, 1, '\0');
  return bytes;
}

std::optional<std::vector<std::string>> split_blob(std::string_view blob) {
  std::vector<std::string> fields;
  while (!blob.empty()) {
    if (blob.size() < 4) return std::nullopt;
    const std::uint64_t size = base::from_ordered(std::string(4, '\0').append(blob.substr(0, 4)));
    blob.remove_prefix(4);
    if (size > blob.size()) return std::nullopt;
    fields.emplace_back(blob.substr(0, size));
    blob.remove_prefix(size);
  }
  return fields;
}

RsaPtr read_blob(std::string_view blob) {
  auto fields = split_blob(blob);
  if (!fields || fields->size() != 3 || (*fields)[0] != kType) return nullptr;
  auto number = [](const std::string& bytes) {
    return BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr);
  };
  RsaPtr key(RSA_new());
  RSA_set0_key(key.get(), number((*fields)[2]), number((*fields)[1]), nullptr);
  return key;
}

RsaPtr read_pem(std::string_view pem) {
  for (auto* read : {PEM_read_bio_RSA_PUBKEY, PEM_read_bio_RSAPublicKey}) {
    BioPtr bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
    RsaPtr key(read(bio.get(), nullptr, nullptr, nullptr));
    ERR_clear_error();
    if (key) return key;
  }
  return nullptr;
}

}  // namespace

std::string SshPublicKey::ssh_text() const { return std::string(kType) + " " + base::to_base64(blob); }

std::string SshPublicKey::pem_text() const {
  BioPtr bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_RSA_PUBKEY(bio.get(), read_blob(blob).get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return std::string(text, static_cast<std::size_t>(size));
}

std::string SshPublicKey::fingerprint() const {
  std::string text;
  const std::string hex = base::to_hex(base::md5(blob));
  for (std::size_t i = 0; i < hex.size(); i += 2) text.append(text.empty() ? "" : ":").append(hex, i, 2);
  return text;
}

std::optional<SshPublicKey> parse_ssh_public_key(std::string_view text) {
  text = base::trim(text);
  RsaPtr key;
  if (text.starts_with(kType)) {
    std::string_view rest = base::trim(text.substr(kType.size()));
    auto blob = base::from_base64(rest.substr(0, rest.find_first_of(" \t\r\n")));
    if (blob) key = read_blob(*blob);
  } else {
    key = read_pem(text);
  }
  if (!key) return std::nullopt;
  const int bits = RSA_bits(key.get());
  if (bits < kBitsMin || bits > kBitsMax || BN_is_zero(RSA_get0_e(key.get()))) return std::nullopt;
  return SshPublicKey{.blob = with_length(kType) + with_length(mpint(RSA_get0_e(key.get()))) +
                              with_length(mpint(RSA_get0_n(key.get()))),
                      .bits = bits};
}

bool looks_like_ssh_public_key(std::string_view text) {
  text = base::trim(text);
  return text.starts_with("ssh-") || text.starts_with("-----BEGIN");
}

}  // namespace aws
