#include "base/secret.h"

#include <openssl/crypto.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cassert>
#include <cstring>

namespace base {

namespace {

std::size_t page_bytes() { return std::size_t(::sysconf(_SC_PAGESIZE)); }

}  // namespace

void wipe(std::string& secret) { OPENSSL_cleanse(secret.data(), secret.size()); }

LockedSecret::LockedSecret(std::string_view secret) : size_(secret.size()) {
  assert(secret.size() <= page_bytes());
  page_ = ::mmap(nullptr, page_bytes(), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  assert(page_ != MAP_FAILED);
  // Where locking is not allowed the secret may be swapped out; it still stays out of core dumps.
  ::mlock(page_, page_bytes());
  ::madvise(page_, page_bytes(), MADV_DONTDUMP);
  std::memcpy(page_, secret.data(), secret.size());
}

LockedSecret::~LockedSecret() {
  OPENSSL_cleanse(page_, size_);
  ::munmap(page_, page_bytes());
}

std::string_view LockedSecret::bytes() const { return {static_cast<const char*>(page_), size_}; }

}  // namespace base
