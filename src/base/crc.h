#pragma once

#include <cstdint>

// Cyclic checksums of two texts joined, told from those of each (base/bytes.h computes them): what of a text is summed
// up in parts need not be read again.
namespace base {

// The checksum of A and B joined; `second_size` is how long B is.
std::uint32_t join_crc32(std::uint32_t first, std::uint32_t second, std::uint64_t second_size);
std::uint32_t join_crc32c(std::uint32_t first, std::uint32_t second, std::uint64_t second_size);
std::uint64_t join_crc64nvme(std::uint64_t first, std::uint64_t second, std::uint64_t second_size);

}  // namespace base
