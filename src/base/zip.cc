#include "base/zip.h"

#include <minizip/unzip.h>
#include <minizip/zip.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace base {

namespace {

constexpr std::size_t kEntriesMax = 1'000'000;
constexpr std::size_t kPieceBytes = 64 * 1024;
constexpr std::uint32_t kUnixFile = 0100644;

}  // namespace

// What minizip reads and writes instead of a file.
struct ZipMemory {
  std::string_view read;
  std::string* written = nullptr;
  std::uint64_t position = 0;

  std::uint64_t size() const { return written != nullptr ? written->size() : read.size(); }
};

namespace {

voidpf open_memory(voidpf memory, const void*, int) {
  static_cast<ZipMemory*>(memory)->position = 0;
  return memory;
}

uLong read_memory(voidpf, voidpf stream, void* buffer, uLong size) {
  auto& memory = *static_cast<ZipMemory*>(stream);
  std::string_view all = memory.written != nullptr ? std::string_view(*memory.written) : memory.read;
  if (memory.position >= all.size()) return 0;
  std::string_view piece = all.substr(memory.position, size);
  std::memcpy(buffer, piece.data(), piece.size());
  memory.position += piece.size();
  return static_cast<uLong>(piece.size());
}

uLong write_memory(voidpf, voidpf stream, const void* buffer, uLong size) {
  auto& memory = *static_cast<ZipMemory*>(stream);
  if (memory.position + size > memory.written->size()) memory.written->resize(memory.position + size);
  std::memcpy(memory.written->data() + memory.position, buffer, size);
  memory.position += size;
  return size;
}

ZPOS64_T tell_memory(voidpf, voidpf stream) { return static_cast<ZipMemory*>(stream)->position; }

long seek_memory(voidpf, voidpf stream, ZPOS64_T offset, int origin) {
  auto& memory = *static_cast<ZipMemory*>(stream);
  std::uint64_t from = 0;
  if (origin == ZLIB_FILEFUNC_SEEK_CUR) from = memory.position;
  if (origin == ZLIB_FILEFUNC_SEEK_END) from = memory.size();
  if (offset > memory.size() || from + offset > memory.size()) return -1;
  memory.position = from + offset;
  return 0;
}

int close_memory(voidpf, voidpf) { return 0; }

int no_error(voidpf, voidpf) { return 0; }

zlib_filefunc64_def memory_functions(ZipMemory& memory) {
  return {.zopen64_file = open_memory,
          .zread_file = read_memory,
          .zwrite_file = write_memory,
          .ztell64_file = tell_memory,
          .zseek64_file = seek_memory,
          .zclose_file = close_memory,
          .zerror_file = no_error,
          .opaque = &memory};
}

std::unexpected<Error> not_a_zip(const char* why) { return fail("NotAZip", why); }

}  // namespace

struct ZipReader::Archive {
  ~Archive() {
    if (file != nullptr) ::unzClose(file);
  }

  Result<void> read_entry() {
    constexpr int kMadeOnUnix = 3;
    unz_file_info64 info{};
    if (::unzGetCurrentFileInfo64(file, &info, nullptr, 0, nullptr, 0, nullptr, 0) != UNZ_OK)
      return not_a_zip("An entry of the archive cannot be read.");
    ZipEntry entry;
    entry.name.resize(info.size_filename);
    if (::unzGetCurrentFileInfo64(file, &info, entry.name.data(), info.size_filename, nullptr, 0, nullptr, 0) != UNZ_OK)
      return not_a_zip("The name of an entry cannot be read.");
    if (entry.name.find('\0') != std::string::npos) return not_a_zip("The name of an entry holds a NUL.");
    entry.size = info.uncompressed_size;
    if (info.version >> 8 == kMadeOnUnix) entry.mode = static_cast<std::uint32_t>(info.external_fa >> 16);
    unz64_file_pos position{};
    if (::unzGetFilePos64(file, &position) != UNZ_OK) return not_a_zip("An entry of the archive cannot be found.");
    entry.position = position.pos_in_zip_directory;
    entry.number = position.num_of_file;
    bytes += entry.size;
    entries.push_back(std::move(entry));
    return {};
  }

  ZipMemory memory;
  unzFile file = nullptr;
  std::vector<ZipEntry> entries;
  std::uint64_t bytes = 0;
};

ZipReader::ZipReader(std::unique_ptr<Archive> archive) : archive_(std::move(archive)) {}
ZipReader::ZipReader(ZipReader&&) noexcept = default;
ZipReader& ZipReader::operator=(ZipReader&&) noexcept = default;
ZipReader::~ZipReader() = default;

Result<ZipReader> ZipReader::open(std::string_view bytes) {
  auto archive = std::make_unique<Archive>();
  archive->memory.read = bytes;
  zlib_filefunc64_def functions = memory_functions(archive->memory);
  archive->file = ::unzOpen2_64("", &functions);
  if (archive->file == nullptr) return not_a_zip("The end of a zip archive is missing.");
  int state = ::unzGoToFirstFile(archive->file);
  while (state == UNZ_OK) {
    if (archive->entries.size() == kEntriesMax) return not_a_zip("The archive has too many entries.");
    TRY_VOID(archive->read_entry());
    state = ::unzGoToNextFile(archive->file);
  }
  unz_global_info64 info{};
  ::unzGetGlobalInfo64(archive->file, &info);
  if (archive->entries.size() != info.number_entry) return not_a_zip("The archive has fewer entries than it says.");
  return ZipReader(std::move(archive));
}

const std::vector<ZipEntry>& ZipReader::entries() const { return archive_->entries; }

std::uint64_t ZipReader::unpacked_bytes() const { return archive_->bytes; }

Result<void> ZipReader::read(const ZipEntry& entry, const std::function<Result<void>(std::string_view)>& take) {
  unzFile file = archive_->file;
  unz64_file_pos position{.pos_in_zip_directory = entry.position, .num_of_file = entry.number};
  if (::unzGoToFilePos64(file, &position) != UNZ_OK || ::unzOpenCurrentFile(file) != UNZ_OK)
    return not_a_zip("An entry of the archive cannot be opened.");
  std::string piece(kPieceBytes, '\0');
  Result<void> taken;
  int count = 0;
  while (taken && (count = ::unzReadCurrentFile(file, piece.data(), static_cast<unsigned>(piece.size()))) > 0)
    taken = take(std::string_view(piece).substr(0, static_cast<std::size_t>(count)));
  bool is_whole = ::unzCloseCurrentFile(file) == UNZ_OK;
  if (!taken) return taken;
  if (count < 0 || !is_whole) return not_a_zip("An entry of the archive is damaged.");
  return {};
}

Result<std::string> ZipReader::read(const ZipEntry& entry) {
  std::string content;
  TRY_VOID(read(entry, [&](std::string_view piece) -> Result<void> {
    content += piece;
    return {};
  }));
  return content;
}

Result<std::string> make_zip(const std::vector<ZipFile>& files) {
  constexpr uLong kMadeOnUnix = 3 << 8 | 20;
  std::string archive;
  ZipMemory memory{.read = {}, .written = &archive};
  zlib_filefunc64_def functions = memory_functions(memory);
  zipFile zip = ::zipOpen2_64("", APPEND_STATUS_CREATE, nullptr, &functions);
  if (zip == nullptr) return fail("ZipNotMade", "The archive could not be begun.");
  bool is_good = true;
  for (const ZipFile& file : files) {
    zip_fileinfo info{};
    info.tmz_date = {.tm_sec = 0, .tm_min = 0, .tm_hour = 0, .tm_mday = 1, .tm_mon = 0, .tm_year = 1980};
    info.external_fa = uLong{file.mode != 0 ? file.mode : kUnixFile} << 16;
    is_good = is_good && ::zipOpenNewFileInZip4_64(zip, file.name.c_str(), &info, nullptr, 0, nullptr, 0, nullptr,
                                                   Z_DEFLATED, Z_DEFAULT_COMPRESSION, 0, -MAX_WBITS, DEF_MEM_LEVEL,
                                                   Z_DEFAULT_STRATEGY, nullptr, 0, kMadeOnUnix, 0, 0) == ZIP_OK;
    is_good = is_good &&
              ::zipWriteInFileInZip(zip, file.content.data(), static_cast<unsigned>(file.content.size())) == ZIP_OK;
    is_good = is_good && ::zipCloseFileInZip(zip) == ZIP_OK;
  }
  is_good = ::zipClose(zip, nullptr) == ZIP_OK && is_good;
  if (!is_good) return fail("ZipNotMade", "The archive could not be written.");
  return archive;
}

}  // namespace base
