#include "base/passwords.h"

#include <fmt/format.h>
#include <openssl/evp.h>

#include "base/bytes.h"
#include "base/strings.h"

namespace base {

namespace {

struct ScryptCost {
  std::uint64_t n, r, p;
};
// 4 MB and some 10 ms a password: IAM compares a new one with up to 24 older ones.
constexpr ScryptCost kCost{4'096, 8, 1};
constexpr std::uint64_t kMemoryBytesMax = 64 << 20;
constexpr std::size_t kHashBytes = 32;

std::string scrypt(std::string_view password, std::string_view salt, ScryptCost cost) {
  std::string hash(kHashBytes, '\0');
  const int done = EVP_PBE_scrypt(password.data(), password.size(), reinterpret_cast<const unsigned char*>(salt.data()),
                                  salt.size(), cost.n, cost.r, cost.p, kMemoryBytesMax,
                                  reinterpret_cast<unsigned char*>(hash.data()), hash.size());
  return done == 1 ? hash : std::string();
}

}  // namespace

std::string hash_password(std::string_view password, std::string_view salt) {
  return fmt::format("scrypt${}${}${}${}${}", kCost.n, kCost.r, kCost.p, to_base64(salt),
                     to_base64(scrypt(password, salt, kCost)));
}

bool is_password_of(std::string_view password, std::string_view hash) {
  const std::vector<std::string_view> parts = split(hash, '$');
  if (parts.size() != 6 || parts[0] != "scrypt") return false;
  auto n = parse_number<std::uint64_t>(parts[1]), r = parse_number<std::uint64_t>(parts[2]),
       p = parse_number<std::uint64_t>(parts[3]);
  auto salt = from_base64(parts[4]), wanted = from_base64(parts[5]);
  if (!n || !r || !p || !salt || !wanted || wanted->empty()) return false;
  return equal_in_constant_time(scrypt(password, *salt, {*n, *r, *p}), *wanted);
}

}  // namespace base
