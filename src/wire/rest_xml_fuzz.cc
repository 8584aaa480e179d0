#include "wire/fuzz_support.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static constexpr std::string_view kServices[] = {"s3", "route53", "s3control"};
  wire::fuzz_protocol({reinterpret_cast<const char*>(data), size}, kServices, model::Protocol::kRestXml);
  return 0;
}
