#include "http/message.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/strings.h"

namespace http {

std::optional<std::string_view> Headers::get(std::string_view name) const {
  for (const Span& span : spans_) {
    if (span.name_size != name.size()) continue;
    std::string_view text(text_);
    if (base::equal_ignoring_case(text.substr(span.name, span.name_size), name))
      return text.substr(span.value, span.value_size);
  }
  return std::nullopt;
}

void Headers::add(std::string_view name, std::string_view value) {
  if (spans_.empty()) {  // an answer's few fields without growing step by step
    spans_.reserve(4);
    text_.reserve(160);
  }
  Span span;
  span.name = static_cast<std::uint32_t>(text_.size());
  span.name_size = static_cast<std::uint32_t>(name.size());
  text_.append(name);
  span.value = static_cast<std::uint32_t>(text_.size());
  span.value_size = static_cast<std::uint32_t>(value.size());
  text_.append(value);
  constexpr std::string_view kLineEnds("\r\n\0", 3);
  for (char end : kLineEnds) {
    if (std::memchr(text_.data() + span.name, end, text_.size() - span.name) != nullptr)
      std::replace(text_.begin() + span.name, text_.end(), end, ' ');
  }
  spans_.push_back(span);
}

void Headers::set(std::string_view name, std::string_view value) {
  remove(name);
  add(name, value);
}

void Headers::remove(std::string_view name) {
  std::erase_if(spans_, [&](const Span& span) {
    return base::equal_ignoring_case(std::string_view(text_).substr(span.name, span.name_size), name);
  });
}

void Headers::clear() {
  text_.clear();
  spans_.clear();
}

namespace {

// The target without the scheme and host of its absolute form.
std::string_view origin_form(std::string_view target) {
  if (target.starts_with('/')) return target;
  std::size_t scheme_end = target.find("://");
  if (scheme_end == std::string_view::npos) return target;
  std::size_t start = target.find_first_of("/?", scheme_end + 3);
  return start == std::string_view::npos ? std::string_view("/") : target.substr(start);
}

}  // namespace

std::string_view Request::path() const {
  std::string_view origin = origin_form(target);
  std::string_view path = origin.substr(0, origin.find('?'));
  return path.empty() ? std::string_view("/") : path;
}

std::string_view Request::query() const {
  std::string_view origin = origin_form(target);
  std::size_t mark = origin.find('?');
  return mark == std::string_view::npos ? std::string_view() : origin.substr(mark + 1);
}

base::Result<File> File::open(const std::string& path) {
  int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (descriptor < 0) return base::fail("FileNotOpened", fmt::format("{}: {}", path, std::strerror(errno)));
  return File(descriptor);
}

File::~File() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

base::Result<std::uint64_t> File::size() const {
  struct stat status{};
  if (::fstat(descriptor_, &status) != 0) return base::fail("FileNotRead", std::strerror(errno));
  return static_cast<std::uint64_t>(status.st_size);
}

std::string_view reason_phrase(int status) {
  switch (status) {
    case 100: return "Continue";
    case 101: return "Switching Protocols";
    case 200: return "OK";
    case 201: return "Created";
    case 202: return "Accepted";
    case 204: return "No Content";
    case 206: return "Partial Content";
    case 207: return "Multi-Status";
    case 301: return "Moved Permanently";
    case 302: return "Found";
    case 303: return "See Other";
    case 304: return "Not Modified";
    case 307: return "Temporary Redirect";
    case 308: return "Permanent Redirect";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 402: return "Payment Required";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 406: return "Not Acceptable";
    case 408: return "Request Timeout";
    case 409: return "Conflict";
    case 410: return "Gone";
    case 411: return "Length Required";
    case 412: return "Precondition Failed";
    case 413: return "Content Too Large";
    case 414: return "URI Too Long";
    case 415: return "Unsupported Media Type";
    case 416: return "Range Not Satisfiable";
    case 417: return "Expectation Failed";
    case 422: return "Unprocessable Content";
    case 424: return "Failed Dependency";
    case 429: return "Too Many Requests";
    case 431: return "Request Header Fields Too Large";
    case 500: return "Internal Server Error";
    case 501: return "Not Implemented";
    case 502: return "Bad Gateway";
    case 503: return "Service Unavailable";
    case 504: return "Gateway Timeout";
    case 505: return "HTTP Version Not Supported";
    default: return "Unknown";
  }
}

}  // namespace http
