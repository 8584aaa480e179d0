#include "base/gzip.h"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <cassert>
#include <memory>

namespace base {

namespace {

constexpr int kGzipWindow = 15 + 16;  // the largest window, and the gzip form instead of zlib's own

Bytef* as_bytef(std::string_view bytes) { return reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data())); }

uInt piece_size(std::size_t size) { return static_cast<uInt>(std::min<std::size_t>(size, 1 << 30)); }

}  // namespace

std::string gzip(std::string_view bytes) {
  z_stream stream{};
  [[maybe_unused]] int outcome =
      deflateInit2(&stream, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kGzipWindow, 8, Z_DEFAULT_STRATEGY);
  assert(outcome == Z_OK);
  std::unique_ptr<z_stream, decltype(&deflateEnd)> guard(&stream, deflateEnd);
  std::string text(deflateBound(&stream, bytes.size()), '\0');
  std::size_t read = 0, written = 0;
  do {
    uInt room = piece_size(text.size() - written);
    stream.next_in = as_bytef(bytes.substr(read));
    stream.avail_in = piece_size(bytes.size() - read);
    stream.next_out = as_bytef(text) + written;
    stream.avail_out = room;
    read += stream.avail_in;
    outcome = deflate(&stream, read == bytes.size() ? Z_FINISH : Z_NO_FLUSH);
    read -= stream.avail_in;
    written += room - stream.avail_out;
  } while (outcome == Z_OK);
  assert(outcome == Z_STREAM_END);
  text.resize(written);
  return text;
}

Result<std::string> gunzip(std::string_view text, std::size_t bytes_max) {
  z_stream stream{};
  [[maybe_unused]] int begun = inflateInit2(&stream, kGzipWindow);
  assert(begun == Z_OK);
  std::unique_ptr<z_stream, decltype(&inflateEnd)> guard(&stream, inflateEnd);
  std::string bytes;
  char buffer[16 * 1024];
  for (;;) {
    uInt offered = piece_size(text.size());
    stream.next_in = as_bytef(text);
    stream.avail_in = offered;
    stream.next_out = reinterpret_cast<Bytef*>(buffer);
    stream.avail_out = sizeof buffer;
    int outcome = inflate(&stream, Z_NO_FLUSH);
    text.remove_prefix(offered - stream.avail_in);
    std::size_t produced = sizeof buffer - stream.avail_out;
    if (outcome != Z_OK && outcome != Z_STREAM_END)
      return fail("InvalidGzip", "The gzip data is damaged or cut short.");
    if (produced > bytes_max - bytes.size())
      return fail("TooLarge", fmt::format("The gzip data holds more than {} bytes.", bytes_max));
    bytes.append(buffer, produced);
    if (outcome == Z_STREAM_END) {
      if (text.empty()) return bytes;
      inflateReset(&stream);
    }
  }
}

}  // namespace base
