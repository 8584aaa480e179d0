// Arbitrary bytes as a row: an error or a row, never worse; and a row that decodes encodes to bytes that decode to the
// same.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "store/key.h"
#include "store/row.h"
#include "store/row_sample.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes(reinterpret_cast<const char*>(data), size);
  store::SampleRow row, again;
  if (store::decode_row(bytes, row)) {
    std::string encoded = store::encode_row(row);
    if (!store::decode_row(encoded, again) || store::encode_row(again) != encoded) std::abort();
    (void)store::row_to_value(row);
  }
  store::KeyReader reader(bytes);
  std::string text = reader.text();
  std::int64_t number = reader.number();
  if (reader.ok() && !std::string_view(store::key(text, number)).starts_with(store::key(text))) std::abort();
  return 0;
}
