#include <bzlib.h>
#include <zlib.h>

#include <array>

#include "services/s3/select_input.h"

namespace s3::select {

namespace {

using Piece = std::array<char, 65'536>;

// What a decompressor has made of what it was given.
struct Progress {
  bool is_wrong = false;
  bool is_end = false;  // of a member; another one may follow
  std::size_t made = 0;
};

class GzipStream {
 public:
  GzipStream() { inflateInit2(&stream_, MAX_WBITS + 16); }
  ~GzipStream() { inflateEnd(&stream_); }
  GzipStream(const GzipStream&) = delete;
  GzipStream& operator=(const GzipStream&) = delete;

  void give(std::string& input) {
    stream_.next_in = reinterpret_cast<Bytef*>(input.data());
    stream_.avail_in = static_cast<uInt>(input.size());
  }
  bool has_input() const { return stream_.avail_in > 0; }
  Progress step(Piece& out) {
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int result = inflate(&stream_, Z_NO_FLUSH);
    return {.is_wrong = result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR,
            .is_end = result == Z_STREAM_END,
            .made = out.size() - stream_.avail_out};
  }
  void restart() { inflateReset(&stream_); }

 private:
  z_stream stream_{};
};

class Bzip2Stream {
 public:
  Bzip2Stream() { BZ2_bzDecompressInit(&stream_, 0, 0); }
  ~Bzip2Stream() { BZ2_bzDecompressEnd(&stream_); }
  Bzip2Stream(const Bzip2Stream&) = delete;
  Bzip2Stream& operator=(const Bzip2Stream&) = delete;

  void give(std::string& input) {
    stream_.next_in = input.data();
    stream_.avail_in = static_cast<unsigned>(input.size());
  }
  bool has_input() const { return stream_.avail_in > 0; }
  Progress step(Piece& out) {
    stream_.next_out = out.data();
    stream_.avail_out = static_cast<unsigned>(out.size());
    const int result = BZ2_bzDecompress(&stream_);
    return {.is_wrong = result != BZ_OK && result != BZ_STREAM_END,
            .is_end = result == BZ_STREAM_END,
            .made = out.size() - stream_.avail_out};
  }
  void restart() {
    const bz_stream before = stream_;
    BZ2_bzDecompressEnd(&stream_);
    stream_ = {};
    BZ2_bzDecompressInit(&stream_, 0, 0);
    stream_.next_in = before.next_in;
    stream_.avail_in = before.avail_in;
  }

 private:
  bz_stream stream_{};
};

std::unexpected<base::Error> wrong_format() {
  return base::fail("InvalidCompressionFormat",
                    "The file is not in a supported compression format. Only GZIP and BZIP2 are supported.");
}

template <class Stream>
class Unpacker {
 public:
  explicit Unpacker(Pull packed) : packed_(std::move(packed)) {}

  Result<std::string> next() {
    while (true) {
      if (!stream_.has_input() && !is_full_) {
        input_ = TRY(packed_());
        if (input_.empty()) return end();
        stream_.give(input_);
      }
      if (is_between_) {
        stream_.restart();
        is_between_ = false;
      }
      const Progress progress = stream_.step(piece_);
      if (progress.is_wrong) return wrong_format();
      is_full_ = progress.made == piece_.size();
      is_between_ = progress.is_end;
      if (progress.is_end) is_full_ = false;
      has_begun_ = true;
      if (progress.made > 0) return std::string(piece_.data(), progress.made);
    }
  }

 private:
  Result<std::string> end() const {
    if (is_between_ || !has_begun_) return std::string();
    return base::fail("TruncatedInput",
                      "Object decompression failed. Check that the object is properly compressed using the format "
                      "specified in the request.");
  }

  Pull packed_;
  Stream stream_;
  std::string input_;
  Piece piece_{};
  bool is_full_ = false;     // there may be more to come of the same input
  bool is_between_ = false;  // of two members
  bool has_begun_ = false;
};

}  // namespace

Pull unpacked(Pull packed, Compression compression) {
  if (compression == Compression::kNone) return packed;
  if (compression == Compression::kGzip) {
    auto unpacker = std::make_shared<Unpacker<GzipStream>>(std::move(packed));
    return [unpacker] { return unpacker->next(); };
  }
  auto unpacker = std::make_shared<Unpacker<Bzip2Stream>>(std::move(packed));
  return [unpacker] { return unpacker->next(); };
}

}  // namespace s3::select
