#pragma once

#include "services/dynamodb/transfers.h"

namespace dynamodb {

// Writes the objects of one export: its data files, and at the end the manifests.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataExport.Output.html
class Exporter {
 public:
  Exporter(Call& call, const store::Place& place, Export& row);

  const Value& input() const { return input_; }
  // An empty object that shows whether the bucket can be written to at all; once.
  base::Result<void> start();
  base::Result<void> write_data(std::string_view lines, std::int64_t items);
  base::Result<void> write_manifests();

  // Lines of a full export: {"Item":…}; of an incremental one: {"Metadata":…,"Keys":…,"OldImage":…,"NewImage":…}.
  void append_item(std::string& lines, const Stored& item) const;
  struct Images {
    const Stored &keys, *before, *after;  // null where there is none to show
    std::int64_t at_ms = 0;
  };
  void append_change(std::string& lines, const Images& images) const;

 private:
  Value summary() const;
  base::Result<void> put_with_checksum(const std::string& name, const std::string& text);
  base::Result<std::string> put(const std::string& key, std::string_view bytes);  // answers its ETag, without quotes

  Call& call_;
  const store::Place& place_;
  Export& row_;
  Value input_;
  std::string folder_;       // of all that is of this export
  std::string data_folder_;  // "data files in incremental exports are all contained in a common data folder"
  bool is_ion_;
};

inline constexpr std::size_t kBytesPerFile = 4 * 1024 * 1024;  // of lines: a file ends with the one that exceeds it
inline constexpr std::int64_t kItemsPerFile = 2'000;

}  // namespace dynamodb
