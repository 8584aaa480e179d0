#include "wire/multipart.h"

#include <fmt/format.h>

#include "base/strings.h"

namespace wire {

namespace {

constexpr std::size_t kBoundaryBytesMax = 70;  // RFC 2046

std::unexpected<base::Error> malformed() {
  return base::fail("MalformedPOSTRequest", "The body of your POST request is not well-formed multipart/form-data.");
}

// The value of a parameter of a header: `form-data; name="key"; filename="a.jpg"`.
std::optional<std::string> find_header_parameter(std::string_view header, std::string_view wanted) {
  std::size_t at = header.find(';');
  while (at != header.npos) {
    header.remove_prefix(at + 1);
    std::size_t equals = header.find_first_of("=;");
    if (equals == header.npos) return std::nullopt;
    if (header[equals] == ';') {
      at = equals;
      continue;
    }
    std::string_view name = base::trim(header.substr(0, equals));
    header.remove_prefix(equals + 1);
    header.remove_prefix(std::min(header.find_first_not_of(" \t"), header.size()));
    std::string value;
    std::size_t end = 0;
    if (header.starts_with('"')) {
      // Browsers write a quote inside as %22 or \"; a backslash before anything else is itself.
      for (end = 1; end < header.size() && header[end] != '"'; ++end) {
        if (header[end] == '\\' && end + 1 < header.size() && header[end + 1] == '"') ++end;
        value += header[end];
      }
      if (end >= header.size()) return std::nullopt;
      ++end;
    } else {
      end = std::min(header.find(';'), header.size());
      value = base::trim(header.substr(0, end));
    }
    if (base::equal_ignoring_case(name, wanted)) return value;
    header.remove_prefix(end);
    at = header.find(';');
  }
  return std::nullopt;
}

// The header lines of a part; false where they are none.
bool read_part_headers(std::string_view text, FormPart& part) {
  bool has_name = false;
  while (!text.empty()) {
    std::size_t end = std::min(text.find("\r\n"), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 2, text.size()));
    std::size_t colon = line.find(':');
    if (colon == line.npos) return false;
    std::string_view name = base::trim(line.substr(0, colon)), value = base::trim(line.substr(colon + 1));
    if (base::equal_ignoring_case(name, "Content-Type")) part.content_type = value;
    if (!base::equal_ignoring_case(name, "Content-Disposition")) continue;
    auto field = find_header_parameter(value, "name");
    if (!field) return false;
    part.name = *std::move(field);
    part.file_name = find_header_parameter(value, "filename");
    has_name = true;
  }
  return has_name;
}

}  // namespace

base::Result<std::vector<FormPart>> parse_multipart(std::string_view content_type, std::string_view body) {
  auto boundary = find_header_parameter(content_type, "boundary");
  if (!base::to_lower(content_type).starts_with("multipart/form-data") || !boundary || boundary->empty() ||
      boundary->size() > kBoundaryBytesMax)
    return base::fail("RequestIsNotMultiPartContent", "Bucket POST must be of the enclosure-type multipart/form-data.");
  const std::string first = "--" + *boundary, next = "\r\n--" + *boundary;
  std::vector<FormPart> parts;
  // What stands before the first boundary says nothing.
  std::size_t at = body.starts_with(first) ? first.size() : body.find(next);
  if (at == body.npos) return malformed();
  if (!body.starts_with(first)) at += next.size();
  while (true) {
    std::string_view rest = body.substr(at);
    if (rest.starts_with("--")) return parts;
    std::size_t line = rest.find("\r\n");
    if (line == rest.npos || !base::trim(rest.substr(0, line)).empty()) return malformed();
    rest.remove_prefix(line + 2);
    std::size_t headers = rest.find("\r\n\r\n");
    if (headers == rest.npos || parts.size() == kFormPartsMax) return malformed();
    FormPart& part = parts.emplace_back();
    if (!read_part_headers(rest.substr(0, headers), part)) return malformed();
    rest.remove_prefix(headers + 4);
    std::size_t end = rest.find(next);
    if (end == rest.npos) return malformed();
    part.content = rest.substr(0, end);
    at = static_cast<std::size_t>(rest.data() - body.data()) + end + next.size();
  }
}

}  // namespace wire
