#include "server/root_key.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <openssl/evp.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>

#include "base/bytes.h"
#include "base/random.h"
#include "base/seal.h"
#include "base/strings.h"

namespace server {

namespace {

using base::Result;
using base::Secret;

constexpr std::string_view kChecked = "virga root key";
constexpr std::size_t kSaltBytes = 16;
// What scrypt costs (RFC 7914): 64 MiB and a fifth of a second.
constexpr std::uint64_t kScryptCost = 1 << 16, kScryptBlock = 8, kScryptParallel = 1;
constexpr std::uint64_t kScryptBytesMax = 128 << 20;

std::string random_bytes(std::size_t count) {
  base::SecureDice dice;
  return base::random_bytes(dice, count);
}

// Whole and on the disk before anything can be sealed with it.
Result<void> write_file(const std::string& path, std::string_view bytes) {
  std::string beside = path + ".new";
  int file = ::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  bool written = file >= 0 && ::write(file, bytes.data(), bytes.size()) == ssize_t(bytes.size()) && ::fsync(file) == 0;
  if (file >= 0) ::close(file);
  if (!written || ::rename(beside.c_str(), path.c_str()) != 0)
    return base::fail("StorageFailure", fmt::format("Cannot write {}: {}.", path, std::strerror(errno)));
  return {};
}

// Nothing when there is no such file.
Result<std::optional<std::string>> read_file(const std::string& path) {
  if (!std::filesystem::exists(path)) return std::nullopt;
  std::ifstream file(path, std::ios::binary);
  if (!file) return base::fail("StorageFailure", fmt::format("Cannot read {}: {}.", path, std::strerror(errno)));
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

std::string key_path(const std::string& folder) { return folder + "/root.key"; }
std::string check_path(const std::string& folder) { return folder + "/root.check"; }

// root.check: the salt of passphrases, and a text that only the key can have sealed.
std::string make_check(const Secret& key, std::string_view salt) {
  return std::string(salt) + base::seal(key.bytes(), random_bytes(base::kSealNonceBytes), kChecked);
}

bool fits(const Secret& key, std::string_view check) {
  return check.size() > kSaltBytes && base::unseal(key.bytes(), check.substr(kSaltBytes)) == std::string(kChecked);
}

Secret from_passphrase(const std::string& passphrase, std::string_view salt) {
  std::string key(base::kSealKeyBytes, '\0');
  EVP_PBE_scrypt(passphrase.data(), passphrase.size(), reinterpret_cast<const unsigned char*>(salt.data()), salt.size(),
                 kScryptCost, kScryptBlock, kScryptParallel, kScryptBytesMax,
                 reinterpret_cast<unsigned char*>(key.data()), key.size());
  return Secret(std::move(key));
}

Result<Secret> read_passphrase(const Options& options, std::string_view salt) {
  Secret text(options.root_passphrase);
  if (!options.root_passphrase_file.empty()) {
    auto file = TRY(read_file(options.root_passphrase_file));
    if (!file) return base::fail("MissingRootKey", fmt::format("There is no file {}.", options.root_passphrase_file));
    text = Secret(*std::move(file));
  }
  std::string_view line = text.bytes();
  line = line.substr(0, line.find_first_of("\r\n"));
  if (line.empty()) return base::fail("InvalidRootKey", "The passphrase of the root key is empty.");
  return from_passphrase(std::string(line), salt);
}

// 32 bytes, or as many in hexadecimal.
Result<Secret> parse_key(const std::string& path, std::string bytes) {
  Secret given(std::move(bytes));
  if (given.bytes().size() == base::kSealKeyBytes) return given;
  auto decoded = base::from_hex(base::trim(given.bytes()));
  if (decoded && decoded->size() == base::kSealKeyBytes) return Secret(*std::move(decoded));
  return base::fail("InvalidRootKey", path + " does not hold a root key: it must be 32 bytes long, or 64 hex digits.");
}

// The key in the file, which is made when nothing can have been sealed yet.
Result<Secret> read_key(const std::string& path, bool is_first_start) {
  if (auto bytes = TRY(read_file(path))) return parse_key(path, *std::move(bytes));
  if (!is_first_start)
    return base::fail("MissingRootKey",
                      fmt::format("The root key {} is missing. What it has sealed cannot be read without it: put it "
                                  "back, or start with another data folder.",
                                  path));
  Secret key(random_bytes(base::kSealKeyBytes));
  TRY_VOID(write_file(path, key.bytes()));
  return key;
}

}  // namespace

Result<RootKey> RootKey::open(const Options& options) {
  bool has_passphrase = !options.root_passphrase.empty() || !options.root_passphrase_file.empty();
  if (has_passphrase && !options.root_key_file.empty())
    return base::fail("InvalidOption", "The root key comes from a file or from a passphrase, not from both.");
  const std::string& folder = options.data_folder;
  std::string check;
  if (!folder.empty()) check = TRY(read_file(check_path(folder))).value_or("");
  const bool is_first_start = check.empty();
  const std::string salt = is_first_start ? random_bytes(kSaltBytes) : check.substr(0, kSaltBytes);

  bool goes_along = !has_passphrase && options.root_key_file.empty();
  Secret key;
  if (has_passphrase)
    key = TRY(read_passphrase(options, salt));
  else if (!options.root_key_file.empty())
    key = TRY(read_key(options.root_key_file, is_first_start));
  else if (!folder.empty())
    key = TRY(read_key(key_path(folder), is_first_start));
  else
    key = Secret(random_bytes(base::kSealKeyBytes));

  if (is_first_start) {
    check = make_check(key, salt);
    if (!folder.empty()) TRY_VOID(write_file(check_path(folder), check));
  } else if (!fits(key, check)) {
    return base::fail("WrongRootKey", fmt::format("The data folder {} was sealed under another root key than the one "
                                                  "given; see docs/guide/encryption.md.",
                                                  folder));
  }
  return RootKey(std::move(key), std::move(check), goes_along);
}

Result<void> RootKey::copy_to(const std::string& folder) const {
  if (goes_along_) TRY_VOID(write_file(key_path(folder), key_.bytes()));
  return write_file(check_path(folder), check_);
}

}  // namespace server
