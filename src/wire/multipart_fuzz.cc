#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "wire/multipart.h"

// The first line is the content type, the rest the body. Whatever is read lies in the body.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view text(reinterpret_cast<const char*>(data), size);
  std::size_t line = text.find('\n');
  std::string_view type = text.substr(0, line);
  std::string_view body = line == text.npos ? std::string_view() : text.substr(line + 1);
  auto parts = wire::parse_multipart(type, body);
  if (!parts) return 0;
  for (const wire::FormPart& part : *parts) {
    bool is_inside =
        part.content.data() >= body.data() && part.content.data() + part.content.size() <= body.data() + body.size();
    if (!is_inside) std::abort();
  }
  return 0;
}
