#include "base/seal.h"
#include "kernel/cloud.h"
#include "services/s3/pieces.h"

namespace s3 {

namespace {

// Bytes at known places, sealed or not.
class Text {
 public:
  virtual ~Text() = default;
  // Appends all of these bytes; they are known to be there.
  virtual Result<void> read(std::uint64_t offset, std::uint64_t length, std::string& out) = 0;
};

class InlineText : public Text {
 public:
  explicit InlineText(std::string bytes) : bytes_(std::move(bytes)) {}
  Result<void> read(std::uint64_t offset, std::uint64_t length, std::string& out) override {
    if (offset + length > bytes_.size()) return base::fail("BlobCorrupt", "A row holds fewer bytes than it says.");
    out.append(bytes_, offset, length);
    return {};
  }

 private:
  std::string bytes_;
};

class BlobText : public Text {
 public:
  explicit BlobText(std::unique_ptr<store::BlobReader> reader) : reader_(std::move(reader)) {}
  Result<void> read(std::uint64_t offset, std::uint64_t length, std::string& out) override {
    std::size_t begin = out.size();
    const std::size_t whole = begin + std::size_t(length);
    out.resize_and_overwrite(whole, [whole](char*, std::size_t) { return whole; });
    return reader_->read_into(offset, {out.data() + begin, std::size_t(length)});
  }

 private:
  std::unique_ptr<store::BlobReader> reader_;
};

// What was sealed in another text.
class OpenedText : public Text {
 public:
  OpenedText(std::unique_ptr<Text> sealed, std::string_view key, std::uint64_t size)
      : sealed_(std::move(sealed)), opener_(key, size), size_(size) {}

  Result<void> read(std::uint64_t offset, std::uint64_t length, std::string& out) override {
    const std::size_t begin = out.size();
    std::uint64_t first = offset / base::kFrameBytes;
    for (std::uint64_t index = first; index * base::kFrameBytes < offset + length; ++index) {
      std::uint64_t text_left = size_ - index * base::kFrameBytes;
      std::uint64_t sealed_length = std::min<std::uint64_t>(text_left, base::kFrameBytes) + base::kFrameTagBytes;
      frame_.clear();
      TRY_VOID(sealed_->read(index * base::kSealedFrameBytes, sealed_length, frame_));
      if (!opener_.open(index, frame_, out))
        return base::fail("BlobCorrupt", "A frame of an object is not what was sealed there.");
    }
    out.erase(begin, std::size_t(offset - first * base::kFrameBytes));
    out.resize(begin + std::size_t(length));
    return {};
  }

 private:
  std::unique_ptr<Text> sealed_;
  base::FrameOpener opener_;
  std::uint64_t size_;
  std::string frame_;  // room for one, used again and again
};

// Bytes [offset, offset + length) of what a piece has sealed.
struct OpenedPiece {
  std::uint64_t offset = 0, length = 0, text_size = 0;
  std::string keys, bytes, blob;
  store::BlobPin pin = {};
};

class PiecesReader : public BodyReader {
 public:
  PiecesReader(kernel::Cloud& cloud, std::vector<OpenedPiece> parts) : cloud_(cloud), parts_(std::move(parts)) {}

  // Opens what the next bytes are in.
  Result<void> open() {
    if (text_ || part_ == parts_.size()) return {};
    OpenedPiece& part = parts_[part_];
    if (part.blob.empty()) {
      text_ = std::make_unique<InlineText>(std::move(part.bytes));
    } else {
      auto reader = cloud_.store().blobs().read(part.blob);
      if (!reader) return refuse_storage(cloud_, reader.error());
      text_ = std::make_unique<BlobText>(*std::move(reader));
    }
    // The outer layer first: its text is what the inner one has sealed.
    std::size_t layers = part.keys.size() / base::kSealKeyBytes;
    for (std::size_t layer = layers; layer-- > 0;) {
      std::string_view key = std::string_view(part.keys).substr(layer * base::kSealKeyBytes, base::kSealKeyBytes);
      std::uint64_t size = layer == 0 ? part.text_size : base::sealed_size(part.text_size);
      text_ = std::make_unique<OpenedText>(std::move(text_), key, size);
    }
    return {};
  }

  Result<void> read_to(std::string& out) override {
    TRY_VOID(open());
    if (!text_) return {};
    OpenedPiece& piece = parts_[part_];
    // To the end of a frame, so that none is opened twice.
    std::uint64_t to_frame_end = base::kFrameBytes - piece.offset % base::kFrameBytes;
    std::uint64_t length = std::min(piece.length, to_frame_end);
    if (auto read = text_->read(piece.offset, length, out); !read) return refuse_storage(cloud_, read.error());
    piece.offset += length;
    piece.length -= length;
    if (piece.length == 0) {
      text_.reset();
      piece = {};
      ++part_;
    }
    return {};
  }

 private:
  kernel::Cloud& cloud_;
  std::vector<OpenedPiece> parts_;
  std::size_t part_ = 0;
  std::unique_ptr<Text> text_;
};

class BodyAnswer : public kernel::AnswerBody {
 public:
  BodyAnswer(std::unique_ptr<BodyReader> reader, std::uint64_t length) : reader_(std::move(reader)), left_(length) {
    length_ = length;
  }

  std::optional<std::uint64_t> length() const override { return length_; }
  Next next(std::string& out) override {
    auto read = reader_->read_to(out);
    if (!read || out.size() > left_ || out.empty() != (left_ == 0)) return Next::kFail;
    left_ -= out.size();
    return left_ == 0 ? Next::kEnd : Next::kData;
  }

 private:
  std::unique_ptr<BodyReader> reader_;
  std::uint64_t length_, left_;
};

}  // namespace

Result<std::string> BodyReader::read() {
  std::string bytes;
  TRY_VOID(read_to(bytes));
  return bytes;
}

Result<std::unique_ptr<BodyReader>> open_body(Call& call, const StoredBody& body, const ObjectKey& key,
                                              const Extent& extent) {
  assert(extent.offset + extent.length <= body.size);
  std::vector<OpenedPiece> parts;
  std::uint64_t found = 0;
  bool are_keys_right = true;
  each_piece(call, body, extent, [&](std::uint64_t start, Piece& piece) {
    std::uint64_t begin = std::max(start, extent.offset);
    std::uint64_t end = std::min(start + piece.size, extent.offset + extent.length);
    auto keys = open_piece_keys(key, piece);
    are_keys_right = are_keys_right && keys.has_value();
    found += end - begin;
    OpenedPiece part{.offset = piece.skip + begin - start, .length = end - begin, .text_size = piece.text_size};
    part.keys = std::move(keys).value_or(std::string());
    part.bytes = std::move(piece.bytes);
    part.blob = std::move(piece.blob);
    parts.push_back(std::move(part));
  });
  if (!are_keys_right) return refuse_storage(call.cloud(), {"BlobCorrupt", "A key is not under the object's key."});
  if (found != extent.length) return refuse_storage(call.cloud(), {"BlobCorrupt", "Pieces of an object are missing."});
  // One file is simply open; of many, each waits for its turn.
  for (std::size_t i = 1; i < parts.size(); ++i)
    if (!parts[i].blob.empty()) parts[i].pin = call.cloud().store().blobs().pin(parts[i].blob);
  auto reader = std::make_unique<PiecesReader>(call.cloud(), std::move(parts));
  TRY_VOID(reader->open());
  return std::unique_ptr<BodyReader>(std::move(reader));
}

Result<std::string> read_body(Call& call, const StoredBody& body, const ObjectKey& key, const Extent& extent) {
  auto reader = TRY(open_body(call, body, key, extent));
  std::string bytes;
  bytes.reserve(std::size_t(extent.length));
  while (bytes.size() < extent.length) TRY_VOID(reader->read_to(bytes));
  return bytes;
}

Result<void> answer_with_body(Call& call, Value& output, const StoredBody& body, const ObjectKey& key,
                              const Extent& extent) {
  if (extent.length <= kInlineBytesMax) {
    output.set("Body", TRY(read_body(call, body, key, extent)));
    return {};
  }
  call.answer_with(std::make_unique<BodyAnswer>(TRY(open_body(call, body, key, extent)), extent.length));
  return {};
}

}  // namespace s3
