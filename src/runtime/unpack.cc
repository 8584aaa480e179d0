#include "runtime/unpack.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <vector>

#include "base/strings.h"
#include "base/zip.h"
#include "runtime/descriptor.h"

namespace runtime {

namespace {

constexpr mode_t kFolderMode = 0755;
constexpr mode_t kFileMode = 0644;

std::unexpected<base::Error> bad_entry(std::string_view name, std::string_view why) {
  return base::fail("InvalidZipFile", fmt::format("The entry {} of the archive {}.", name, why));
}

std::unexpected<base::Error> not_written(std::string_view name) {
  return base::fail("CodeNotUnpacked", fmt::format("{} could not be written: {}.", name, std::strerror(errno)));
}

// Files that their owner alone may read are made readable for all, as AWS does: its documentation asks for mode 644,
// but functions whose files are packed with 600, as Python's zipfile.writestr does, run there.
mode_t readable(mode_t mode) { return mode | 0444 | ((mode & 0100) != 0 ? 0111 : 0); }

base::Result<std::vector<std::string>> parts_of(const std::string& name) {
  std::vector<std::string> parts;
  if (name.starts_with('/')) return bad_entry(name, "has an absolute path");
  for (std::string_view part : base::split(name, '/')) {
    if (part.empty() || part == ".") continue;
    if (part == "..") return bad_entry(name, "leads out of its folder");
    parts.emplace_back(part);
  }
  return parts;
}

// Where entries are written; each step of a path is opened by itself and never follows a link.
class Target {
 public:
  static base::Result<Target> open(const std::string& folder) {
    Descriptor root(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!root.is_open()) return not_written(folder);
    return Target(std::move(root));
  }

  base::Result<void> make_folder(const std::string& name) {
    std::vector<std::string> parts = TRY(parts_of(name));
    TRY(enter(parts, name));
    return {};
  }

  base::Result<void> write_file(base::ZipReader& reader, const base::ZipEntry& entry) {
    auto [parent, leaf] = TRY(parent_of(entry.name));
    ::unlinkat(parent.get(), leaf.c_str(), 0);
    mode_t mode = readable(entry.mode == 0 ? kFileMode : entry.mode & 0777);
    Descriptor file(::openat(parent.get(), leaf.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode));
    if (!file.is_open()) return not_written(entry.name);
    TRY_VOID(reader.read(entry, [&](std::string_view piece) -> base::Result<void> {
      while (!piece.empty()) {
        ssize_t count = ::write(file.get(), piece.data(), piece.size());
        if (count < 0 && errno != EINTR) return not_written(entry.name);
        if (count > 0) piece.remove_prefix(static_cast<std::size_t>(count));
      }
      return {};
    }));
    if (::fchmod(file.get(), mode) != 0) return not_written(entry.name);
    return {};
  }

  base::Result<void> make_link(base::ZipReader& reader, const base::ZipEntry& entry) {
    constexpr std::size_t kLinkBytesMax = 4096;
    if (entry.size > kLinkBytesMax) return bad_entry(entry.name, "is a link that leads too far");
    auto [parent, leaf] = TRY(parent_of(entry.name));
    std::string to = TRY(reader.read(entry));
    ::unlinkat(parent.get(), leaf.c_str(), 0);
    if (::symlinkat(to.c_str(), parent.get(), leaf.c_str()) != 0) return not_written(entry.name);
    return {};
  }

 private:
  explicit Target(Descriptor root) : root_(std::move(root)) {}

  base::Result<Descriptor> enter(const std::vector<std::string>& parts, const std::string& name) {
    Descriptor folder(::openat(root_.get(), ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    for (const std::string& part : parts) {
      if (::mkdirat(folder.get(), part.c_str(), kFolderMode) != 0 && errno != EEXIST) return not_written(name);
      Descriptor next(::openat(folder.get(), part.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC));
      if (!next.is_open()) return bad_entry(name, "lies in what is no folder");
      folder = std::move(next);
    }
    return folder;
  }

  base::Result<std::pair<Descriptor, std::string>> parent_of(const std::string& name) {
    std::vector<std::string> parts = TRY(parts_of(name));
    if (parts.empty()) return bad_entry(name, "has no name");
    std::string leaf = std::move(parts.back());
    parts.pop_back();
    return std::pair(TRY(enter(parts, name)), std::move(leaf));
  }

  Descriptor root_;
};

}  // namespace

base::Result<void> unpack_zip(std::string_view archive, const std::string& folder, std::uint64_t bytes_max) {
  auto reader = base::ZipReader::open(archive);
  if (!reader) return base::fail("InvalidZipFile", reader.error().message);
  if (reader->unpacked_bytes() > bytes_max)
    return base::fail("InvalidZipFile", fmt::format("Unzipped size must be smaller than {} bytes", bytes_max));
  Target target = TRY(Target::open(folder));
  // Links come last, so that no file goes through one.
  for (const base::ZipEntry& entry : reader->entries()) {
    if (entry.is_link()) continue;
    TRY_VOID(entry.is_folder() ? target.make_folder(entry.name) : target.write_file(*reader, entry));
  }
  for (const base::ZipEntry& entry : reader->entries())
    if (entry.is_link()) TRY_VOID(target.make_link(*reader, entry));
  return {};
}

}  // namespace runtime
