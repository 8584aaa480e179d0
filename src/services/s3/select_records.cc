#include <algorithm>

#include "base/bytes.h"
#include "base/json.h"
#include "services/s3/select_input.h"

namespace s3::select {

namespace {

std::unexpected<base::Error> too_long_record() {
  return base::fail("OverMaxRecordSize",
                    "The length of a record in the input or result is greater than maxCharsPerRecord of 1 MB.");
}

// Bytes that are looked at from the front, and where the first of them stands in the object.
class Window {
 public:
  explicit Window(Pull pull) : pull_(std::move(pull)) {}

  // Whether there are more than `count` bytes.
  Result<bool> has(std::size_t count) {
    while (bytes_.size() - begin_ <= count && !is_end_) {
      std::string more = TRY(pull_());
      is_end_ = more.empty();
      if (begin_ > 0) bytes_.erase(0, begin_);
      begin_ = 0;
      bytes_ += more;
    }
    return bytes_.size() - begin_ > count;
  }
  std::string_view view() const { return std::string_view(bytes_).substr(begin_); }
  void drop(std::size_t count) {
    begin_ += count;
    offset_ += count;
  }
  std::uint64_t offset() const { return offset_; }

 private:
  Pull pull_;
  std::string bytes_;
  std::size_t begin_ = 0;
  std::uint64_t offset_ = 0;
  bool is_end_ = false;
};

class CsvReader : public RecordReader {
 public:
  CsvReader(Pull pull, const CsvForm& form, const ScanRange& range)
      : window_(std::move(pull)), form_(form), range_(range) {}

  Result<bool> next(Record& record) override {
    record.is_line = true;
    if (!has_read_header_) {
      has_read_header_ = true;
      if (form_.header != CsvForm::Header::kNone) {
        std::vector<std::string> names;
        std::uint64_t at = 0;
        if (TRY(line(names, at)) && form_.header == CsvForm::Header::kUse) columns_.names = std::move(names);
      }
    }
    record.columns = form_.header == CsvForm::Header::kUse ? &columns_ : nullptr;
    std::uint64_t at = 0;
    do {
      if (!TRY(line(record.fields, at))) return false;
      if (range_.last_byte && at > *range_.last_byte) return false;
    } while (at < range_.first_byte);
    return true;
  }
  std::uint64_t bytes_read() const override { return window_.offset(); }

 private:
  // The next line that is no comment and not empty; `at`: where it begins.
  Result<bool> line(std::vector<std::string>& fields, std::uint64_t& at) {
    while (true) {
      fields.clear();
      at = window_.offset();
      if (!TRY(window_.has(0))) return false;
      const bool is_comment = window_.view().front() == form_.comment && form_.comment != '\0';
      TRY_VOID(read_fields(fields, is_comment));
      if (is_comment || (fields.size() == 1 && fields.front().empty())) continue;
      for (const std::string& field : fields) {
        if (!base::is_utf8(field))
          return base::fail("InvalidTextEncoding", "Invalid encoding type. Only UTF-8 encoding is supported.");
      }
      return true;
    }
  }

  // Whether the record ends here; takes the delimiter away.
  Result<bool> at_record_end(std::size_t& at) {
    const std::string& delimiter = form_.record_delimiter;
    if (window_.view()[at] == '\r' && delimiter == "\n" && TRY(window_.has(at + 1)) && window_.view()[at + 1] == '\n') {
      at += 2;
      return true;
    }
    if (window_.view()[at] != delimiter.front()) return false;
    if (delimiter.size() > 1) {
      if (!TRY(window_.has(at + delimiter.size() - 1))) return false;
      if (!window_.view().substr(at).starts_with(delimiter)) return false;
    }
    at += delimiter.size();
    return true;
  }

  Result<void> read_fields(std::vector<std::string>& fields, bool is_comment) {
    fields.emplace_back();
    bool is_quoted = false, may_quote = !is_comment;
    std::size_t at = 0;
    while (TRY(window_.has(at))) {
      if (at > kRecordBytesMax) return too_long_record();
      const char letter = window_.view()[at];
      if (is_quoted) {
        if (letter == form_.quote_escape && TRY(window_.has(at + 1)) && window_.view()[at + 1] == form_.quote) {
          fields.back().push_back(form_.quote);
          at += 2;
          continue;
        }
        if (letter == form_.quote) {
          is_quoted = false;
          ++at;
          continue;
        }
        std::size_t end = at;
        if (!form_.allows_quoted_record_delimiter && TRY(at_record_end(end)))
          return base::fail("CSVUnescapedQuote",
                            "An unescaped quote was found while parsing the CSV file. To allow quoted record "
                            "delimiters, set AllowQuotedRecordDelimiter to 'TRUE'.");
        fields.back().push_back(letter);
        ++at;
        continue;
      }
      if (TRY(at_record_end(at))) {
        window_.drop(at);
        return {};
      }
      ++at;
      if (letter == form_.field_delimiter && !is_comment) {
        fields.emplace_back();
        may_quote = true;
      } else if (letter == form_.quote && may_quote) {
        is_quoted = true;
        may_quote = false;
      } else {
        fields.back().push_back(letter);
        may_quote = false;
      }
    }
    if (is_quoted)
      return base::fail("CSVParsingError", "Encountered an error parsing the CSV file. Check the file and try again.");
    window_.drop(window_.view().size());
    return {};
  }

  Window window_;
  CsvForm form_;
  ScanRange range_;
  Columns columns_;
  bool has_read_header_ = false;
};

class JsonReader : public RecordReader {
 public:
  JsonReader(Pull pull, JsonType type, const ScanRange& range)
      : window_(std::move(pull)),
        bytes_max_(type == JsonType::kLines ? kRecordBytesMax : kDocumentBytesMax),
        range_(range) {}

  Result<bool> next(Record& record) override {
    record.is_line = false;
    while (true) {
      while (TRY(window_.has(0)) && is_blank(window_.view().front())) window_.drop(1);
      if (!TRY(window_.has(0))) return false;
      const std::uint64_t at = window_.offset();
      if (range_.last_byte && at > *range_.last_byte) return false;
      // A range may begin inside of a record, which belongs to the range before.
      const std::size_t size = TRY(value_size());
      const std::string_view text = window_.view().substr(0, size);
      if (at >= range_.first_byte) {
        auto value = base::parse_json(text);
        if (!value)
          return base::fail("JSONParsingError",
                            "Encountered an error parsing the JSON file. Check the file and try again.");
        record.value = Datum::of_json(*value);
      }
      window_.drop(size);
      if (at >= range_.first_byte) return true;
    }
  }
  std::uint64_t bytes_read() const override { return window_.offset(); }

 private:
  static bool is_blank(char letter) { return letter == ' ' || letter == '\n' || letter == '\r' || letter == '\t'; }

  // How long the value is that begins here.
  Result<std::size_t> value_size() {
    std::size_t at = 0;
    int depth = 0;
    bool is_text = false;
    while (TRY(window_.has(at))) {
      if (at > bytes_max_) return too_long_record();
      const char letter = window_.view()[at++];
      if (is_text) {
        if (letter == '\\' && TRY(window_.has(at))) ++at;
        if (letter == '"') is_text = false;
        if (letter == '"' && depth == 0) return at;
        continue;
      }
      if (letter == '"') is_text = true;
      if (letter == '{' || letter == '[') ++depth;
      if ((letter == '}' || letter == ']') && --depth <= 0) return at;
      if (depth == 0 && !is_text && is_blank(letter)) return at;
    }
    return at;
  }

  Window window_;
  std::size_t bytes_max_;
  ScanRange range_;
};

}  // namespace

std::unique_ptr<RecordReader> make_csv_reader(Pull pull, const CsvForm& form, const ScanRange& range) {
  return std::make_unique<CsvReader>(std::move(pull), form, range);
}

std::unique_ptr<RecordReader> make_json_reader(Pull pull, JsonType type, const ScanRange& range) {
  return std::make_unique<JsonReader>(std::move(pull), type, range);
}

}  // namespace s3::select
