// QR codes: bytes to codewords, codewords to modules, modules to a picture.
#include "base/qr_code.h"

#include <zlib.h>

#include "base/bytes.h"

namespace base {

namespace {

using Codewords = std::vector<std::uint8_t>;

constexpr int kVersionMax = 20;
// Of level L, by version: the error correction codewords of a block, and the number of blocks (table 9 of the
// standard).
constexpr int kCorrectionWords[] = {0, 7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28};
constexpr int kBlocks[] = {0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8};
constexpr int kQuietModules = 4;

int count_codewords(int version) {
  int modules = (16 * version + 128) * version + 64;
  if (version >= 2) {
    int alignments = version / 7 + 2;
    modules -= (25 * alignments - 10) * alignments - 55;
    if (version >= 7) modules -= 36;
  }
  return modules / 8;
}

int count_data_codewords(int version) {
  return count_codewords(version) - kCorrectionWords[version] * kBlocks[version];
}

int length_bits(int version) { return version <= 9 ? 8 : 16; }

// In the field of 256 elements with the polynomial 0x11D.
std::uint8_t multiply(std::uint8_t left, std::uint8_t right) {
  unsigned product = 0;
  for (int bit = 7; bit >= 0; --bit) {
    product = (product << 1) ^ ((product >> 7) * 0x11D);
    product ^= ((right >> bit) & 1u) * left;
  }
  return static_cast<std::uint8_t>(product);
}

// Reed-Solomon: the remainder of the data divided by the generator polynomial of this degree.
Codewords correction_of(const Codewords& data, int degree) {
  const auto size = static_cast<std::size_t>(degree);
  Codewords divisor(size, 0), remainder(size, 0);
  divisor.back() = 1;
  std::uint8_t root = 1;
  for (std::size_t i = 0; i < size; ++i) {
    for (std::size_t j = 0; j < size; ++j) {
      divisor[j] = multiply(divisor[j], root);
      if (j + 1 < size) divisor[j] = static_cast<std::uint8_t>(divisor[j] ^ divisor[j + 1]);
    }
    root = multiply(root, 2);
  }
  for (std::uint8_t word : data) {
    const auto factor = static_cast<std::uint8_t>(word ^ remainder.front());
    remainder.erase(remainder.begin());
    remainder.push_back(0);
    for (std::size_t i = 0; i < size; ++i)
      remainder[i] = static_cast<std::uint8_t>(remainder[i] ^ multiply(divisor[i], factor));
  }
  return remainder;
}

// The bytes behind mode and length, padded.
Codewords data_codewords(std::string_view bytes, int version) {
  std::vector<bool> bits;
  auto append = [&](unsigned value, int count) {
    for (int bit = count - 1; bit >= 0; --bit) bits.push_back((value >> bit) & 1);
  };
  const auto capacity = static_cast<std::size_t>(count_data_codewords(version)) * 8;
  append(4, 4);  // byte mode
  append(static_cast<unsigned>(bytes.size()), length_bits(version));
  for (char byte : bytes) append(static_cast<unsigned char>(byte), 8);
  append(0, static_cast<int>(std::min<std::size_t>(4, capacity - bits.size())));
  while (bits.size() % 8 != 0) bits.push_back(false);
  for (unsigned pad = 0xEC; bits.size() < capacity; pad ^= 0xEC ^ 0x11) append(pad, 8);

  Codewords words(bits.size() / 8, 0);
  for (std::size_t i = 0; i < bits.size(); ++i)
    words[i / 8] = static_cast<std::uint8_t>(words[i / 8] << 1 | (bits[i] ? 1 : 0));
  return words;
}

// The data cut into blocks, each with its correction, and the blocks interleaved.
Codewords interleave(const Codewords& data, int version) {
  const int blocks = kBlocks[version], words = count_codewords(version), correction = kCorrectionWords[version];
  const int short_blocks = blocks - words % blocks, short_size = words / blocks - correction;
  std::vector<Codewords> parts, corrections;
  auto begin = data.begin();
  for (int block = 0; block < blocks; ++block) {
    auto end = begin + short_size + (block < short_blocks ? 0 : 1);
    parts.emplace_back(begin, end);
    corrections.push_back(correction_of(parts.back(), correction));
    begin = end;
  }
  Codewords all;
  for (std::size_t i = 0; i <= static_cast<std::size_t>(short_size); ++i)
    for (const Codewords& part : parts)
      if (i < part.size()) all.push_back(part[i]);
  for (std::size_t i = 0; i < static_cast<std::size_t>(correction); ++i)
    for (const Codewords& part : corrections) all.push_back(part[i]);
  return all;
}

class Canvas {
 public:
  explicit Canvas(int version)
      : version_(version), size_(17 + 4 * version), dark_(row_count(), std::vector<bool>(row_count())), fixed_(dark_) {
    draw_timing();
    draw_finder(3, 3);
    draw_finder(size_ - 4, 3);
    draw_finder(3, size_ - 4);
    draw_alignments();
    draw_format();
    draw_version();
  }

  // Column pairs from right to left, in turns upwards and downwards.
  void draw_words(const Codewords& words) {
    std::size_t bit = 0;
    for (int right = size_ - 1; right >= 1; right -= 2) {
      if (right == 6) right = 5;
      for (int step = 0; step < size_; ++step) {
        const int y = ((right + 1) & 2) == 0 ? size_ - 1 - step : step;
        for (int x : {right, right - 1}) {
          if (is_fixed(x, y)) continue;
          const bool is_dark = bit < words.size() * 8 && ((words[bit / 8] >> (7 - bit % 8)) & 1);
          dark(x, y) = is_dark != ((x + y) % 2 == 0);  // mask 0
          ++bit;
        }
      }
    }
  }

  QrModules take() { return std::move(dark_); }

 private:
  std::size_t row_count() const { return static_cast<std::size_t>(size_); }
  std::vector<bool>::reference dark(int x, int y) {
    return dark_[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)];
  }
  bool is_fixed(int x, int y) const { return fixed_[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)]; }

  void fix(int x, int y, bool is_dark) {
    if (x < 0 || y < 0 || x >= size_ || y >= size_) return;
    dark(x, y) = is_dark;
    fixed_[static_cast<std::size_t>(y)][static_cast<std::size_t>(x)] = true;
  }

  void draw_timing() {
    for (int i = 0; i < size_; ++i) {
      fix(6, i, i % 2 == 0);
      fix(i, 6, i % 2 == 0);
    }
  }

  void draw_finder(int x, int y) {
    for (int dy = -4; dy <= 4; ++dy)
      for (int dx = -4; dx <= 4; ++dx) {
        const int ring = std::max(std::abs(dx), std::abs(dy));
        fix(x + dx, y + dy, ring != 2 && ring != 4);
      }
  }

  void draw_alignments() {
    if (version_ == 1) return;
    const int count = version_ / 7 + 2;
    const int step = (version_ * 4 + count * 2 + 1) / (count * 2 - 2) * 2;
    std::vector<int> places{6};
    for (int i = count - 2; i >= 0; --i) places.push_back(size_ - 7 - i * step);
    for (int y : places)
      for (int x : places) {
        const bool is_corner = (x == 6 && (y == 6 || y == places.back())) || (x == places.back() && y == 6);
        if (is_corner) continue;
        for (int dy = -2; dy <= 2; ++dy)
          for (int dx = -2; dx <= 2; ++dx) fix(x + dx, y + dy, std::max(std::abs(dx), std::abs(dy)) != 1);
      }
  }

  void draw_format() {
    constexpr unsigned kLevelAndMask = 1 << 3;  // L, mask 0
    unsigned rest = kLevelAndMask;
    for (int i = 0; i < 10; ++i) rest = (rest << 1) ^ ((rest >> 9) * 0x537);
    const unsigned bits = (kLevelAndMask << 10 | rest) ^ 0x5412;
    auto bit = [&](int i) { return ((bits >> i) & 1) != 0; };
    for (int i = 0; i <= 5; ++i) fix(8, i, bit(i));
    fix(8, 7, bit(6));
    fix(8, 8, bit(7));
    fix(7, 8, bit(8));
    for (int i = 9; i < 15; ++i) fix(14 - i, 8, bit(i));
    for (int i = 0; i < 8; ++i) fix(size_ - 1 - i, 8, bit(i));
    for (int i = 8; i < 15; ++i) fix(8, size_ - 15 + i, bit(i));
    fix(8, size_ - 8, true);
  }

  void draw_version() {
    if (version_ < 7) return;
    auto rest = static_cast<unsigned>(version_);
    for (int i = 0; i < 12; ++i) rest = (rest << 1) ^ ((rest >> 11) * 0x1F25);
    const unsigned bits = static_cast<unsigned>(version_) << 12 | rest;
    for (int i = 0; i < 18; ++i) {
      const int x = size_ - 11 + i % 3, y = i / 3;
      fix(x, y, ((bits >> i) & 1) != 0);
      fix(y, x, ((bits >> i) & 1) != 0);
    }
  }

  int version_, size_;
  QrModules dark_, fixed_;
};

std::string big_endian(std::size_t number) { return to_ordered(number).substr(4); }

void append_chunk(std::string& png, std::string type, std::string_view content) {
  png += big_endian(content.size());
  type += content;
  png += type + big_endian(crc32(type));
}

}  // namespace

std::optional<QrModules> qr_code(std::string_view bytes) {
  int version = 1;
  auto fits = [&] {
    return 4 + static_cast<std::size_t>(length_bits(version)) + bytes.size() * 8 <=
           static_cast<std::size_t>(count_data_codewords(version)) * 8;
  };
  while (version <= kVersionMax && !fits()) ++version;
  if (version > kVersionMax) return std::nullopt;
  Canvas canvas(version);
  canvas.draw_words(interleave(data_codewords(bytes, version), version));
  return canvas.take();
}

std::string qr_code_png(const QrModules& modules, int scale) {
  const auto size = static_cast<std::size_t>(scale) * (modules.size() + 2 * kQuietModules);
  std::string rows;
  for (std::size_t y = 0; y < size; ++y) {
    std::string row((size + 7) / 8, '\xFF');  // one bit a pixel, set for white
    for (std::size_t x = 0; x < size; ++x) {
      const std::size_t module_x = x / static_cast<std::size_t>(scale) - kQuietModules;
      const std::size_t module_y = y / static_cast<std::size_t>(scale) - kQuietModules;
      if (module_x < modules.size() && module_y < modules.size() && modules[module_y][module_x])
        row[x / 8] = static_cast<char>(row[x / 8] & ~(0x80 >> (x % 8)));
    }
    rows += '\0';  // no filter
    rows += row;
  }
  uLongf packed_size = compressBound(rows.size());
  std::string packed(packed_size, '\0');
  compress(reinterpret_cast<Bytef*>(packed.data()), &packed_size, reinterpret_cast<const Bytef*>(rows.data()),
           rows.size());
  packed.resize(packed_size);

  std::string png = "\x89PNG\r\n\x1A\n";
  append_chunk(png, "IHDR", big_endian(size) + big_endian(size) + std::string("\x01\x00\x00\x00\x00", 5));
  append_chunk(png, "IDAT", packed);
  append_chunk(png, "IEND", "");
  return png;
}

}  // namespace base
