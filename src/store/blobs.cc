#include "store/blobs.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <map>
#include <mutex>
#include <vector>

#include "base/bytes.h"
#include "store/files.h"

namespace store {

// A blob's file is its body and then kTrailerSize bytes: a mark, the size and the checksum. So a file tells by itself
// whether it is whole, and the body can be sent from the file as it stands.
struct BlobsState {
  std::string folder;
  Durability durability = Durability::kOs;
  std::mutex removal_mutex;  // held while blobs are removed, and by whoever needs that none are
  std::mutex mutex;          // guards what follows
  std::map<std::string, int, std::less<>> pins;
  std::uint64_t writers_made = 0;

  // Two levels of 256 folders, because a folder of a million files is slow everywhere. Ids often share their
  // beginnings, so the folders are named from a checksum.
  std::string folder_of(std::string_view id) const {
    std::string bytes = base::to_ordered(base::crc32(id));
    return folder + "/" + base::to_hex(bytes.substr(6, 1)) + "/" + base::to_hex(bytes.substr(7, 1));
  }
  std::string path_of(std::string_view id) const { return folder_of(id) + "/" + std::string(id); }
  std::string writing_folder() const { return folder + "/" + std::string(internal::kWritingFolder); }
};

namespace {

constexpr std::string_view kBlobMark = "VBLOB\r\n1";
constexpr std::size_t kTrailerSize = 24;

base::Result<void> check_blob_id(std::string_view id) {
  constexpr std::string_view kAllowed = "abcdefghijklmnopqrstuvwxyz0123456789-_";
  if (!id.empty() && id.size() <= 128 && id.find_first_not_of(kAllowed) == std::string_view::npos) return {};
  return base::fail("InvalidName", "A blob's id is 1 to 128 of a-z, 0-9, - and _.");
}

base::Result<void> write_all(int file, std::string_view bytes, const std::string& what) {
  while (!bytes.empty()) {
    ssize_t count = ::write(file, bytes.data(), bytes.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return internal::storage_failure("writing", what);
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return {};
}

base::Result<std::string> read_at(int file, std::uint64_t offset, std::size_t length, const std::string& what) {
  std::string bytes(length, '\0');
  std::size_t done = 0;
  while (done < length) {
    ssize_t count = ::pread(file, bytes.data() + done, length - done, static_cast<off_t>(offset + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return internal::storage_failure("reading", what);
    if (count == 0) break;
    done += static_cast<std::size_t>(count);
  }
  bytes.resize(done);
  return bytes;
}

std::unexpected<base::Error> blob_corrupt(std::string_view id, std::string_view why) {
  return base::fail("BlobCorrupt", "The blob " + std::string(id) + " is damaged: " + std::string(why) + ".");
}

}  // namespace

// ---- pins

BlobPin::BlobPin(BlobPin&& other) noexcept
    : state_(std::move(other.state_)), id_(std::move(other.id_)), size_(other.size_), checksum_(other.checksum_) {}

BlobPin& BlobPin::operator=(BlobPin&& other) noexcept {
  std::swap(state_, other.state_);
  std::swap(id_, other.id_);
  std::swap(size_, other.size_);
  std::swap(checksum_, other.checksum_);
  return *this;
}

BlobPin::~BlobPin() {
  if (!state_) return;
  std::lock_guard lock(state_->mutex);
  auto pin = state_->pins.find(id_);
  if (--pin->second == 0) state_->pins.erase(pin);
}

// ---- writing

BlobWriter::BlobWriter(std::shared_ptr<BlobsState> state, std::string id, std::string path, int file)
    : state_(std::move(state)), id_(std::move(id)), path_(std::move(path)), file_(file) {}

BlobWriter::~BlobWriter() {
  if (file_ < 0) return;
  ::close(file_);
  ::unlink(path_.c_str());
}

base::Result<void> BlobWriter::append(std::string_view bytes) {
  TRY_VOID(write_all(file_, bytes, path_));
  size_ += bytes.size();
  checksum_ = base::crc64nvme(bytes, checksum_);
  return {};
}

base::Result<BlobPin> BlobWriter::finish() {
  std::string trailer = std::string(kBlobMark) + base::to_ordered(size_) + base::to_ordered(checksum_);
  TRY_VOID(write_all(file_, trailer, path_));
  bool to_disk = state_->durability == Durability::kDisk;
  if (to_disk && ::fsync(file_) != 0) return internal::storage_failure("writing", path_);
  std::string folder = state_->folder_of(id_);
  TRY_VOID(internal::make_folder(folder));
  BlobPin pin = Blobs(state_).pin(id_);  // before the file can be seen
  pin.size_ = size_;
  pin.checksum_ = checksum_;
  // A link, unlike a rename, refuses to replace what is there.
  if (::link(path_.c_str(), state_->path_of(id_).c_str()) != 0) {
    if (errno == EEXIST) return base::fail("BlobExists", "There is a blob " + id_ + " already.");
    return internal::storage_failure("making", state_->path_of(id_));
  }
  ::close(std::exchange(file_, -1));
  ::unlink(path_.c_str());
  if (to_disk) TRY_VOID(internal::sync_folder(folder));
  return pin;
}

// ---- reading

BlobReader::BlobReader(std::string id, int file, std::uint64_t size, std::uint64_t checksum)
    : id_(std::move(id)), file_(file), size_(size), checksum_(checksum) {}

BlobReader::~BlobReader() { ::close(file_); }

base::Result<std::string> BlobReader::read(std::uint64_t offset, std::size_t length) {
  if (offset >= size_) return std::string();
  std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(length, size_ - offset));
  std::string bytes = TRY(read_at(file_, offset, wanted, "the blob " + id_));
  if (bytes.size() < wanted) return blob_corrupt(id_, "its file is too short");
  if (offset == 0) read_in_order_ = checksum_so_far_ = 0;
  if (offset != read_in_order_) return bytes;
  read_in_order_ += bytes.size();
  checksum_so_far_ = base::crc64nvme(bytes, checksum_so_far_);
  if (read_in_order_ == size_ && checksum_so_far_ != checksum_) return blob_corrupt(id_, "its checksum is wrong");
  return bytes;
}

base::Result<void> BlobReader::read_into(std::uint64_t offset, std::span<char> bytes) const {
  if (offset + bytes.size() > size_) return blob_corrupt(id_, "it has fewer bytes than were asked for");
  while (!bytes.empty()) {
    ssize_t count = ::pread(file_, bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return internal::storage_failure("reading", "the blob " + id_);
    if (count == 0) return blob_corrupt(id_, "its file is too short");
    bytes = bytes.subspan(static_cast<std::size_t>(count));
    offset += static_cast<std::uint64_t>(count);
  }
  return {};
}

// ---- all of them

Blobs::Blobs(std::shared_ptr<BlobsState> state) : state_(std::move(state)) {}

base::Result<std::unique_ptr<Blobs>> Blobs::open(const std::string& folder, Durability durability) {
  auto state = std::make_shared<BlobsState>();
  state->folder = folder;
  state->durability = durability;
  TRY_VOID(internal::remove_tree(state->writing_folder()));
  return std::unique_ptr<Blobs>(new Blobs(std::move(state)));
}

base::Result<std::unique_ptr<BlobWriter>> Blobs::create(std::string id) {
  TRY_VOID(check_blob_id(id));
  TRY_VOID(internal::make_folder(state_->writing_folder()));
  std::uint64_t number = 0;
  {
    std::lock_guard lock(state_->mutex);
    number = ++state_->writers_made;
  }
  std::string path = state_->writing_folder() + "/" + std::to_string(number);
  int file = ::open(path.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0644);
  if (file < 0) return internal::storage_failure("making", path);
  return std::unique_ptr<BlobWriter>(new BlobWriter(state_, std::move(id), std::move(path), file));
}

base::Result<std::unique_ptr<BlobReader>> Blobs::read(std::string_view id) const {
  TRY_VOID(check_blob_id(id));
  std::string path = state_->path_of(id);
  int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    if (errno == ENOENT) return base::fail("BlobNotFound", "There is no blob " + std::string(id) + ".");
    return internal::storage_failure("opening", path);
  }
  std::unique_ptr<BlobReader> reader(new BlobReader(std::string(id), file, 0, 0));  // owns the file from here on
  struct stat status{};
  if (::fstat(file, &status) != 0) return internal::storage_failure("reading", path);
  auto file_size = static_cast<std::uint64_t>(status.st_size);
  if (file_size < kTrailerSize) return blob_corrupt(id, "its file is too short");
  std::string trailer = TRY(read_at(file, file_size - kTrailerSize, kTrailerSize, path));
  if (trailer.size() < kTrailerSize || !trailer.starts_with(kBlobMark)) return blob_corrupt(id, "it has no proper end");
  reader->size_ = base::from_ordered(std::string_view(trailer).substr(8, 8));
  reader->checksum_ = base::from_ordered(std::string_view(trailer).substr(16, 8));
  if (reader->size_ != file_size - kTrailerSize) return blob_corrupt(id, "its size is wrong");
  return reader;
}

BlobPin Blobs::pin(std::string id) {
  BlobPin pin;
  pin.id_ = std::move(id);
  pin.state_ = state_;
  std::lock_guard lock(state_->mutex);
  ++state_->pins[pin.id_];
  return pin;
}

bool Blobs::is_pinned(std::string_view id) const {
  std::lock_guard lock(state_->mutex);
  return state_->pins.contains(id);
}

base::Result<void> Blobs::remove(std::string_view id) {
  TRY_VOID(check_blob_id(id));
  std::lock_guard removing(state_->removal_mutex);
  std::string path = state_->path_of(id);
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return internal::storage_failure("removing", path);
  return {};
}

std::unique_lock<std::mutex> Blobs::hold_removals() { return std::unique_lock(state_->removal_mutex); }

base::Result<Blobs::Collected> Blobs::collect(
    const std::function<base::Result<bool>(std::string_view id)>& is_referenced) {
  // Everything is listed before the first question. A blob that was pinned by then is left for another time; the row of
  // one that was no longer pinned had been committed by then, so that the answer is right.
  std::vector<std::string> candidates;
  Collected collected;
  std::error_code error;
  std::filesystem::recursive_directory_iterator entry(state_->folder, error), end;
  for (; !error && entry != end; entry.increment(error)) {
    std::error_code gone;
    if (entry.depth() != 2 || !entry->is_regular_file(gone)) continue;  // depth 1: bodies being written
    std::string id = entry->path().filename().string();
    std::lock_guard lock(state_->mutex);
    if (state_->pins.contains(id)) {
      ++collected.kept;
    } else {
      candidates.push_back(std::move(id));
    }
  }
  if (error) return base::fail("StorageFailure", "Failed listing " + state_->folder + ": " + error.message() + ".");
  for (const std::string& id : candidates) {
    if (TRY(is_referenced(id))) {
      ++collected.kept;
    } else {
      TRY_VOID(remove(id));
      ++collected.removed;
    }
  }
  return collected;
}

}  // namespace store
