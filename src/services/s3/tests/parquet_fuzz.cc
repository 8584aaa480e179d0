// Whatever a file holds, reading it as Parquet ends with its values or an error.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "services/s3/parquet.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace s3::parquet;
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  std::size_t used = 0;
  static_cast<void>(read_thrift(bytes, used));
  auto file = read_file(bytes);
  if (!file) return 0;
  for (const RowGroup& group : file->groups) {
    // More would take the fuzzer's memory, not tell more.
    if (group.row_count > 100'000) continue;
    std::uint64_t bytes_left = 16'777'216;
    for (std::size_t column = 0; column < file->columns.size() && column < 8; ++column)
      static_cast<void>(read_column(bytes, *file, group, column, bytes_left));
  }
  return 0;
}
