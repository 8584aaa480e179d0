// Files of Parquet as records.
#include "services/s3/parquet.h"
#include "services/s3/select_input.h"

namespace s3::select {

namespace {

class ParquetReader : public RecordReader {
 public:
  ParquetReader(std::string bytes, parquet::File file) : bytes_(std::move(bytes)), file_(std::move(file)) {}

  Result<bool> next(Record& record) override {
    record.is_line = false;
    while (row_ >= row_count_) {
      if (group_ >= file_.groups.size()) return false;
      TRY_VOID(open_group(file_.groups[group_++]));
    }
    base::Value row = base::Value::Map{};
    for (std::size_t each = 0; each < columns_.size(); ++each)
      row.map_to_change().emplace_back(file_.columns[each].name, std::move(columns_[each][row_]));
    ++row_;
    record.value = Datum::of_json(row);
    return true;
  }
  std::uint64_t bytes_read() const override { return bytes_.size(); }

 private:
  Result<void> open_group(const parquet::RowGroup& group) {
    std::uint64_t bytes_left = parquet::kRowGroupBytesMax;
    columns_.clear();
    for (std::size_t each = 0; each < file_.columns.size(); ++each)
      columns_.push_back(TRY(parquet::read_column(bytes_, file_, group, each, bytes_left)));
    row_ = 0;
    row_count_ = static_cast<std::size_t>(group.row_count);
    return {};
  }

  std::string bytes_;
  parquet::File file_;
  std::vector<std::vector<base::Value>> columns_;  // of the group that is read
  std::size_t group_ = 0, row_ = 0, row_count_ = 0;
};

}  // namespace

Result<std::unique_ptr<RecordReader>> make_parquet_reader(const Pull& pull) {
  std::string bytes;
  while (true) {
    const std::string piece = TRY(pull());
    if (piece.empty()) break;
    bytes += piece;
    if (bytes.size() > kParquetBytesMax)
      return base::fail("OverMaxParquetBlockSize", "The Parquet file is above the max row group size.");
  }
  parquet::File file = TRY(parquet::read_file(bytes));
  return std::make_unique<ParquetReader>(std::move(bytes), std::move(file));
}

}  // namespace s3::select
