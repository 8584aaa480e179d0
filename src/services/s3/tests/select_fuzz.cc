// Whatever an expression and an object hold, running one over the other ends with results or one of AWS's errors.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "services/s3/select_input.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace s3::select;
  const std::string_view all(reinterpret_cast<const char*>(data), size);
  if (all.empty()) return 0;
  const auto form = static_cast<unsigned char>(all.front());
  const std::size_t end = all.find('\0', 1);
  auto query = parse_query(all.substr(1, end == std::string_view::npos ? end : end - 1));
  if (!query) return 0;
  std::string object(end == std::string_view::npos ? std::string_view() : all.substr(end + 1));
  Pull pull = [&, at = std::size_t{0}]() mutable -> base::Result<std::string> {
    std::string piece = object.substr(at, 5);
    at += piece.size();
    return piece;
  };
  pull = unpacked(std::move(pull), static_cast<Compression>(form % 3));
  const bool is_json = (form & 0x80) != 0;
  CsvForm csv{.header = static_cast<CsvForm::Header>(form / 3 % 3)};
  csv.allows_quoted_record_delimiter = (form & 0x40) != 0;
  auto records = is_json ? make_json_reader(std::move(pull), JsonType::kDocument, {})
                         : make_csv_reader(std::move(pull), csv, {.first_byte = form / 9U % 4U});
  OutputForm output{.is_json = (form & 0x20) != 0};
  static_cast<void>(run_query(
      {.query = *query, .records = *records, .form = output, .flush = [](std::string& out) { out.clear(); }}));
  return 0;
}
