// No text breaks the reading of imported objects, and it always comes to the end of it.
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "services/dynamodb/imports.h"
#include "services/dynamodb/ion.h"

namespace {

using dynamodb::Piece;
using dynamodb::RecordKind;

bool goes_on(RecordKind kind) { return kind == RecordKind::kItem || kind == RecordKind::kBroken; }

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  for (const bool is_last : {true, false}) {
    Piece piece{.text = text, .is_last = is_last};
    for (;;) {
      const std::size_t before = piece.at;
      const auto record = dynamodb::next_json_record(piece);
      if (!goes_on(record.kind)) break;
      if (piece.at <= before) __builtin_trap();
      auto attributes = dynamodb::attributes_of_json(record.text);
      if (attributes) (void)dynamodb::read_item(attributes->map());
    }
    if (is_last && piece.at != size) __builtin_trap();
    piece = {.text = text, .is_last = is_last};
    for (;;) {
      const std::size_t before = piece.at;
      const auto record = dynamodb::next_ion_record(piece);
      if (!goes_on(record.kind)) break;
      if (piece.at <= before) __builtin_trap();
      auto attributes = dynamodb::attributes_of_ion(record.text);
      auto item = attributes ? dynamodb::read_item(attributes->map()) : base::Result<dynamodb::Item>(dynamodb::Item{});
      if (!item) continue;
      // What is written of an item is read as the same.
      std::string written = "{Item:";
      dynamodb::append_ion(written, *item);
      auto again = dynamodb::attributes_of_ion(written + "}");
      auto read = again ? dynamodb::read_item(again->map()) : base::Result<dynamodb::Item>(dynamodb::Item{});
      if (!again || !read || *read != *item) __builtin_trap();
    }
    if (is_last && piece.at != size) __builtin_trap();
    piece = {.text = text, .is_last = is_last};
    const std::vector<std::string> header{"k", "n", "b"};
    const std::vector<dynamodb::KeyPart> definitions{{"n", dynamodb::Type::kNumber}, {"b", dynamodb::Type::kBinary}};
    for (;;) {
      const std::size_t before = piece.at;
      const auto record = dynamodb::next_csv_record(piece, ',');
      if (!goes_on(record.kind)) break;
      if (piece.at <= before) __builtin_trap();
      auto attributes = dynamodb::attributes_of_csv(header, record.columns, definitions);
      if (attributes) (void)dynamodb::read_item(attributes->map());
    }
    if (is_last && piece.at != size) __builtin_trap();
  }
  return 0;
}
