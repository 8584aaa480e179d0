// Lookup tables of strangers: whatever they are, they are refused, or have rows as long as their first line.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "aws/log_lookup_table.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const auto table = aws::LogLookupTable::read({reinterpret_cast<const char*>(data), size});
  if (!table) {
    if (table.error().code != "InvalidParameterException") std::abort();
    return 0;
  }
  for (const auto& row : table->rows())
    if (row.size() != table->columns().size()) std::abort();
  for (std::size_t at = 0; at < table->columns().size(); ++at)
    if (table->column(table->columns()[at]) != at) std::abort();
  return 0;
}
