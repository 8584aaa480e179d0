#include "aws/log_lookup_table.h"

#include <fmt/format.h>

#include <algorithm>

namespace aws {

namespace {

constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";

std::unexpected<base::Error> invalid_table(std::string why) {
  return base::fail("InvalidParameterException", "The lookup table is not valid: " + std::move(why));
}

// Takes the next line off: values in quotes may hold commas, ends of lines, and quotes twice.
std::vector<std::string> take_table_line(std::string_view& rest) {
  std::vector<std::string> values(1);
  bool is_quoted = false;
  while (!rest.empty()) {
    const char c = rest.front();
    rest.remove_prefix(1);
    if (c == '"' && is_quoted && rest.starts_with('"')) {
      values.back() += '"';
      rest.remove_prefix(1);
    } else if (c == '"') {
      is_quoted = !is_quoted;
    } else if (c == ',' && !is_quoted) {
      values.emplace_back();
    } else if (c == '\n' && !is_quoted) {
      break;
    } else if (c != '\r' || is_quoted || !rest.starts_with('\n')) {
      values.back() += c;
    }
  }
  return values;
}

}  // namespace

base::Result<LogLookupTable> LogLookupTable::read(std::string_view text) {
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  LogLookupTable table;
  table.columns_ = take_table_line(text);
  for (std::size_t at = 0; at < table.columns_.size(); ++at) {
    const std::string& name = table.columns_[at];
    if (name.empty()) return invalid_table("A column has no name.");
    if (table.column(name) != at) return invalid_table(fmt::format("Two columns have the name {}.", name));
  }
  while (!text.empty()) {
    std::vector<std::string> values = take_table_line(text);
    if (values.size() == 1 && values[0].empty()) continue;
    if (values.size() > table.columns_.size())
      return invalid_table(fmt::format("Row {} has more values than there are columns.", table.rows_.size() + 1));
    values.resize(table.columns_.size());
    table.rows_.push_back(std::move(values));
  }
  return table;
}

std::optional<std::size_t> LogLookupTable::column(std::string_view name) const {
  auto found = std::ranges::find(columns_, name);
  return found == columns_.end() ? std::nullopt : std::optional<std::size_t>(found - columns_.begin());
}

}  // namespace aws
