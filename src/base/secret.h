#pragma once

#include <string>
#include <string_view>

namespace base {

// Overwrites the text, also where a compiler would see no use in it.
void wipe(std::string& secret);

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
