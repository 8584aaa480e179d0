#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace base {

// Overwrites the text, also where a compiler would see no use in it.
void wipe(std::string& secret);

// A secret for as long as it is needed: wiped when it goes.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string bytes) : bytes_(std::move(bytes)) {}
  Secret(Secret&& other) noexcept : bytes_(std::move(other.bytes_)) { other.forget(); }
  Secret& operator=(Secret&& other) noexcept {
    forget();
    bytes_ = std::move(other.bytes_);
    other.forget();
    return *this;
  }
  Secret(const Secret&) = delete;
  ~Secret() { forget(); }

  const std::string& bytes() const { return bytes_; }

 private:
  void forget() {
    wipe(bytes_);
    bytes_.clear();
  }

  std::string bytes_;
};

// A short secret in memory that is locked (as far as the system allows), left out of core dumps, and wiped when it
// goes. At most a page long.
class LockedSecret {
 public:
  explicit LockedSecret(std::string_view secret);
  ~LockedSecret();
  LockedSecret(const LockedSecret&) = delete;
  LockedSecret& operator=(const LockedSecret&) = delete;

  std::string_view bytes() const;

 private:
  void* page_;
  std::size_t size_;
};

}  // namespace base
