// Processors that parse what is configured: parseJSON, csv, parseKeyValue.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Transformation-Configurable.html
#include <fmt/format.h>

#include "aws/log_transform_step.h"
#include "base/json.h"
#include "base/strings.h"

namespace aws::log_transform {

namespace {

// Values between delimiters; a value in quotes may hold delimiters, and quotes twice.
std::vector<std::string> read_columns(std::string_view line, std::string_view delimiter, char quote) {
  std::vector<std::string> values(1);
  bool is_quoted = false;
  for (std::size_t at = 0; at < line.size();) {
    if (line[at] == quote) {
      const bool is_doubled = is_quoted && at + 1 < line.size() && line[at + 1] == quote;
      if (is_doubled) values.back() += quote;
      if (!is_doubled) is_quoted = !is_quoted;
      at += is_doubled ? 2 : 1;
    } else if (!is_quoted && line.substr(at).starts_with(delimiter)) {
      values.emplace_back();
      at += delimiter.size();
    } else {
      values.back() += line[at++];
    }
  }
  return values;
}

std::vector<std::string_view> split_text(std::string_view text, std::string_view delimiter) {
  std::vector<std::string_view> parts;
  while (true) {
    const std::size_t end = text.find(delimiter);
    parts.push_back(text.substr(0, end));
    if (end == text.npos) return parts;
    text.remove_prefix(end + delimiter.size());
  }
}

std::string delimiter_of(const Value& settings, std::string_view member, std::string_view fallback) {
  std::string text = settings.has(member) ? settings.at(member).str() : std::string(fallback);
  return text == "\\t" ? "\t" : text;
}

bool parse_json_field(Event& event, const Value& settings) {
  const auto text = event.text_at(source_of(settings));
  const auto parsed = text ? base::parse_json(*text) : base::fail("", "");
  if (!parsed || (!parsed->is_map() && !settings.has("destination"))) return false;
  place_fields(event, settings, *parsed);
  return true;
}

bool parse_columns(Event& event, const Value& settings) {
  const auto text = event.text_at(source_of(settings));
  if (!text) return false;
  const std::string quote = settings.has("quoteCharacter") ? settings.at("quoteCharacter").str() : "\"";
  const Value::List& names = settings.at("columns").list();
  Value fields{Value::Map{}};
  std::size_t index = 0;
  for (std::string& value : read_columns(*text, delimiter_of(settings, "delimiter", ","), quote.front())) {
    // "If you omit this, default column names (column_1, column_2, …) are used."
    std::string name = index < names.size() ? names[index].str() : fmt::format("column_{}", index + 1);
    fields.set(name, std::move(value));
    ++index;
  }
  place_fields(event, settings, fields);
  return true;
}

bool parse_pairs(Event& event, const Value& settings) {
  const auto text = event.text_at(source_of(settings));
  if (!text) return false;
  const std::string between = delimiter_of(settings, "fieldDelimiter", "&");
  const std::string within = delimiter_of(settings, "keyValueDelimiter", "=");
  const bool overwrites = settings.at("overwriteIfExists").flag();
  Value fields{Value::Map{}};
  for (std::string_view pair : split_text(*text, between)) {
    if (pair.empty()) continue;
    const std::size_t end = pair.find(within);
    const std::string name = settings.at("keyPrefix").str() + std::string(pair.substr(0, end));
    Value value = end == pair.npos ? settings.at("nonMatchValue") : Value(pair.substr(end + within.size()));
    if (overwrites || !fields.has(name)) fields.set(name, std::move(value));
  }
  if (settings.has("destination")) {
    put_field(event.root, settings.at("destination").str(), fields, existing_of(settings));
    return true;
  }
  for (const auto& [name, value] : fields.map())
    if (overwrites || !event.root.has(name)) event.root.set(name, value);
  return true;
}

}  // namespace

Result<Step> parser_step(std::string_view name, const Value& settings) {
  bool (*run)(Event&, const Value&) = name == "csv"         ? parse_columns
                                      : name == "parseJSON" ? parse_json_field
                                                            : parse_pairs;
  return Step([run, settings](Event& event) { return run(event, settings); });
}

}  // namespace aws::log_transform
