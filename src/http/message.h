#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

#include "base/body_source.h"
#include "base/result.h"

namespace http {

// One header field as it stands in a message; views into the Headers it came from.
struct Field {
  std::string_view name;
  std::string_view value;
};

// Header fields in the order of arrival. Names are found in any case and keep the case they came in. All text lies in
// one buffer, so a copy is two allocations and reading never allocates. Views are good until the next change.
class Headers {
 public:
  // The value of the first field of that name.
  std::optional<std::string_view> get(std::string_view name) const;
  // The same, or "" where there is none.
  std::string_view value(std::string_view name) const { return get(name).value_or(std::string_view()); }
  bool has(std::string_view name) const { return get(name).has_value(); }

  // Appends a field. CR, LF and NUL in it become spaces: a value can never end its line.
  void add(std::string_view name, std::string_view value);
  // Replaces all fields of that name by one.
  void set(std::string_view name, std::string_view value);
  void remove(std::string_view name);
  void clear();

  std::size_t size() const { return spans_.size(); }
  bool empty() const { return spans_.empty(); }
  Field operator[](std::size_t index) const {
    const Span& span = spans_[index];
    return {std::string_view(text_).substr(span.name, span.name_size),
            std::string_view(text_).substr(span.value, span.value_size)};
  }

  class Iterator {
   public:
    Iterator(const Headers* headers, std::size_t index) : headers_(headers), index_(index) {}
    Field operator*() const { return (*headers_)[index_]; }
    Iterator& operator++() {
      ++index_;
      return *this;
    }
    friend bool operator==(const Iterator&, const Iterator&) = default;

   private:
    const Headers* headers_;
    std::size_t index_;
  };
  Iterator begin() const { return {this, 0}; }
  Iterator end() const { return {this, spans_.size()}; }

 private:
  friend class HeadParser;
  friend class ExchangePool;
  struct Span {
    std::uint32_t name;
    std::uint32_t name_size;
    std::uint32_t value;
    std::uint32_t value_size;
  };

  std::string text_;
  std::vector<Span> spans_;
};

struct Request {
  std::string method;     // as sent: "GET"
  std::string target;     // the raw request target: "/queue/a%20b?Action=x"
  int minor_version = 1;  // HTTP/1.<minor_version>
  Headers headers;
  Headers trailers;          // of a chunked body, there once the body is
  std::string body;          // empty where the body went to a BodySink
  std::string peer_address;  // "127.0.0.1"
  std::uint16_t peer_port = 0;
  std::uint16_t local_port = 0;
  bool secure = false;  // came over TLS

  // The target up to '?', still percent-encoded; an absolute target ("http://host/path") loses scheme and host.
  std::string_view path() const;
  // What follows '?', raw; empty where there is none.
  std::string_view query() const;
};

// A file open for reading, closed with its last owner.
class File {
 public:
  static base::Result<File> open(const std::string& path);
  // Takes over an open descriptor.
  explicit File(int descriptor) : descriptor_(descriptor) {}
  File(File&& other) noexcept : descriptor_(other.descriptor_) { other.descriptor_ = -1; }
  File& operator=(File&& other) noexcept {
    std::swap(descriptor_, other.descriptor_);
    return *this;
  }
  ~File();

  int descriptor() const { return descriptor_; }
  base::Result<std::uint64_t> size() const;

 private:
  int descriptor_;
};

// `length` bytes of a file from `offset`. They must be there and stay unchanged until sent: a file that turns out
// shorter cuts the connection, because the length has been promised by then.
struct FileRange {
  File file;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
};

using base::BodySource;
using Body = std::variant<std::string, FileRange, std::unique_ptr<BodySource>>;

// What goes back. The server itself writes Content-Length, Transfer-Encoding and Connection, and Date where `headers`
// has none; such fields in `headers` are dropped, except that `Connection: close` closes the connection after this
// answer, and that the answer to a HEAD request keeps the Content-Length given here (the body may then be left out).
struct Response {
  int status = 200;
  Headers headers;
  Body body;
};

// "Not Found" for 404; "Unknown" for what has no standard phrase.
std::string_view reason_phrase(int status);

}  // namespace http
