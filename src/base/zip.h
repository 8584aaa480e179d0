#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace base {

// One entry of a zip archive. Nothing of it has been checked: a name may be absolute or climb with "..".
struct ZipEntry {
  std::string name;            // with '/' between its parts, and at the end of a folder's
  std::uint64_t size = 0;      // unpacked, as the archive says; reading never gives more
  std::uint32_t mode = 0;      // st_mode of the system it was made on; 0: that was no Unix
  std::uint64_t position = 0;  // within the archive; for ZipReader
  std::uint64_t number = 0;

  bool is_folder() const { return !name.empty() && name.back() == '/'; }
  bool is_link() const { return (mode & 0170000) == 0120000; }  // its content is where it leads
};

// Reads a zip archive in memory: stored and deflated entries, zip64 too. Errors: "NotAZip", for whatever is wrong.
class ZipReader {
 public:
  // `archive` must outlive the reader.
  static Result<ZipReader> open(std::string_view archive);
  ZipReader(ZipReader&&) noexcept;
  ZipReader& operator=(ZipReader&&) noexcept;
  ~ZipReader();

  const std::vector<ZipEntry>& entries() const;
  // What all entries take when unpacked, as the archive says.
  std::uint64_t unpacked_bytes() const;
  // Hands over the content piece by piece and verifies its checksum.
  Result<void> read(const ZipEntry& entry, const std::function<Result<void>(std::string_view piece)>& take);
  // The same, in one.
  Result<std::string> read(const ZipEntry& entry);

 private:
  struct Archive;
  explicit ZipReader(std::unique_ptr<Archive> archive);

  std::unique_ptr<Archive> archive_;
};

// One archive of these files, for tests and for what the cloud itself packs. `mode` as in ZipEntry; 0: a plain file
// that everybody may read.
struct ZipFile {
  std::string name;
  std::string content;
  std::uint32_t mode = 0;
};
Result<std::string> make_zip(const std::vector<ZipFile>& files);

}  // namespace base
