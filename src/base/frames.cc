#include "base/frames.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <utility>

#include "base/seal.h"

namespace base {

namespace {

using FrameNonce = std::array<unsigned char, kSealNonceBytes>;

FrameNonce nonce_of_frame(std::uint64_t index, bool is_last) {
  FrameNonce nonce{};
  nonce[0] = is_last ? 1 : 0;
  for (std::size_t i = 0; i < 8; ++i) nonce[4 + i] = static_cast<unsigned char>(index >> (56 - 8 * i));
  return nonce;
}

const unsigned char* frame_bytes(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// Lengthens the text; where the new bytes begin.
unsigned char* make_room(std::string& out, std::size_t size) {
  // They are about to be written, so nothing is put there first. The size that the library offers may be more than that
  // asked for.
  const std::size_t whole = out.size() + size;
  out.resize_and_overwrite(whole, [whole](char*, std::size_t) { return whole; });
  return reinterpret_cast<unsigned char*>(out.data() + out.size() - size);
}

// Found once: to find it for each text costs a third of what sealing a short one does.
const EVP_CIPHER* frame_algorithm() {
  static const EVP_CIPHER* const kAlgorithm = EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr);
  return kAlgorithm;
}

std::uint64_t last_frame_of(std::uint64_t text_size) { return text_size == 0 ? 0 : (text_size - 1) / kFrameBytes; }

}  // namespace

std::uint64_t sealed_size(std::uint64_t text_size) {
  return text_size + (last_frame_of(text_size) + 1) * kFrameTagBytes;
}

// The key is set once; each frame then costs its nonce and its bytes.
struct FrameSealer::Cipher {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  ~Cipher() { EVP_CIPHER_CTX_free(context); }

  void seal(std::uint64_t index, bool is_last, std::string_view text, std::string& out) {
    FrameNonce nonce = nonce_of_frame(index, is_last);
    int written = 0;
    unsigned char* sealed = make_room(out, text.size() + kFrameTagBytes);
    EVP_EncryptInit_ex(context, nullptr, nullptr, nullptr, nonce.data());
    EVP_EncryptUpdate(context, sealed, &written, frame_bytes(text), int(text.size()));
    EVP_EncryptFinal_ex(context, sealed + written, &written);
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, int(kFrameTagBytes), sealed + text.size());
  }
};

FrameSealer::FrameSealer(std::string_view key) : cipher_(std::make_unique<Cipher>()) {
  assert(key.size() == kSealKeyBytes);
  EVP_EncryptInit_ex(cipher_->context, frame_algorithm(), nullptr, frame_bytes(key), nullptr);
}
FrameSealer::~FrameSealer() = default;
FrameSealer::FrameSealer(FrameSealer&&) noexcept = default;
FrameSealer& FrameSealer::operator=(FrameSealer&&) noexcept = default;

// A frame is sealed when text behind it is there, because only then it is known not to be the last.
void FrameSealer::add(std::string_view text, std::string& out) {
  while (kept_.size() + text.size() > kFrameBytes) {
    if (kept_.empty()) {
      cipher_->seal(index_++, false, text.substr(0, kFrameBytes), out);
      text.remove_prefix(kFrameBytes);
      continue;
    }
    std::size_t missing = kFrameBytes - kept_.size();
    kept_.append(text.substr(0, missing));
    text.remove_prefix(missing);
    cipher_->seal(index_++, false, kept_, out);
    kept_.clear();
  }
  kept_.append(text);
}

void FrameSealer::finish(std::string& out) {
  cipher_->seal(index_, true, kept_, out);
  kept_.clear();
}

struct FrameOpener::Cipher {
  EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
  ~Cipher() { EVP_CIPHER_CTX_free(context); }
};

FrameOpener::FrameOpener(std::string_view key, std::uint64_t text_size)
    : cipher_(std::make_unique<Cipher>()), text_size_(text_size) {
  assert(key.size() == kSealKeyBytes);
  EVP_DecryptInit_ex(cipher_->context, frame_algorithm(), nullptr, frame_bytes(key), nullptr);
}
FrameOpener::~FrameOpener() = default;
FrameOpener::FrameOpener(FrameOpener&&) noexcept = default;
FrameOpener& FrameOpener::operator=(FrameOpener&&) noexcept = default;

bool FrameOpener::open(std::uint64_t index, std::string_view sealed, std::string& out) {
  std::uint64_t last = last_frame_of(text_size_);
  std::size_t size = index < last ? kFrameBytes : std::size_t(text_size_ - last * kFrameBytes);
  if (index > last || sealed.size() != size + kFrameTagBytes) return false;
  FrameNonce nonce = nonce_of_frame(index, index == last);
  std::array<unsigned char, kFrameTagBytes> tag;
  std::copy_n(frame_bytes(sealed) + size, kFrameTagBytes, tag.data());
  int written = 0;
  unsigned char* text = make_room(out, size);
  EVP_DecryptInit_ex(cipher_->context, nullptr, nullptr, nullptr, nonce.data());
  EVP_DecryptUpdate(cipher_->context, text, &written, frame_bytes(sealed), int(size));
  EVP_CIPHER_CTX_ctrl(cipher_->context, EVP_CTRL_GCM_SET_TAG, int(kFrameTagBytes), tag.data());
  if (EVP_DecryptFinal_ex(cipher_->context, text + written, &written) == 1) return true;
  out.resize(out.size() - size);
  return false;
}

std::string seal_frames(std::string_view key, std::string_view text) {
  std::string sealed;
  sealed.reserve(sealed_size(text.size()));
  FrameSealer sealer(key);
  sealer.add(text, sealed);
  sealer.finish(sealed);
  return sealed;
}

}  // namespace base
