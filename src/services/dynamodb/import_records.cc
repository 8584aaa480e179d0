// Records of imported objects: where each ends, and the item in it.
// https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/S3DataImport.Format.html
#include "base/bytes.h"
#include "base/json.h"
#include "services/dynamodb/imports.h"
#include "services/dynamodb/ion.h"

namespace dynamodb {

namespace {

// Where the object that begins here ends; nothing when the text is over before.
std::optional<std::size_t> end_of_object(std::string_view text, std::size_t at) {
  const std::size_t end = std::min(text.size(), at + kRecordBytesMax);
  int depth = 0;
  bool in_text = false;
  for (; at < end; ++at) {
    const char c = text[at];
    if (in_text) {
      if (c == '\\') ++at;
      if (c == '"') in_text = false;
    } else if (c == '"') {
      in_text = true;
    } else if (c == '{') {
      ++depth;
    } else if (c == '}' && --depth == 0) {
      return at + 1;
    }
  }
  return std::nullopt;
}

// Likewise of a struct of Ion.
std::optional<std::size_t> end_of_struct(std::string_view text, std::size_t at) {
  text = text.substr(0, at + kRecordBytesMax);
  int depth = 0;
  while (at < text.size()) {
    const std::size_t past = skip_ion_quotes(text, at);
    if (past == std::string_view::npos) return std::nullopt;
    if (past != at) {
      at = past;
      continue;
    }
    if (text[at] == '{') ++depth;
    if (text[at] == '}' && --depth == 0) return at + 1;
    ++at;
  }
  return std::nullopt;
}

// Past what may stand between records: white space, comments, version markers, and the marks of a list of them.
std::size_t skip_between_structs(std::string_view text, std::size_t at) {
  for (;;) {
    at = std::min(text.find_first_not_of(" \t\r\n,[]", at), text.size());
    const std::string_view rest = text.substr(at);
    if (rest.starts_with(kIonMarker)) {
      at += kIonMarker.size();
    } else if (const std::size_t past = rest.starts_with("/") ? skip_ion_quotes(text, at) : at;
               past != at && past != std::string_view::npos) {
      at = past;
    } else {
      return at;
    }
  }
}

using EndOfRecord = std::optional<std::size_t> (*)(std::string_view text, std::size_t at);

bool is_cut(const Piece& piece) { return !piece.is_last && piece.text.size() - piece.at < kRecordBytesMax; }

// A record begins here, unless the text is over.
JsonRecord next_braced_record(Piece& piece, EndOfRecord end_of_record) {
  const std::string_view text = piece.text;
  if (piece.at == text.size()) return {};
  const std::size_t begin = piece.at;
  std::optional<std::size_t> end;
  if (text[begin] == '{') end = end_of_record(text, begin);
  if (!end && is_cut(piece)) return {.kind = RecordKind::kIncomplete, .text = {}};
  const bool is_broken = !end;
  if (is_broken) end = std::min(text.find('\n', begin), text.size());
  piece.at = *end;
  return {.kind = is_broken ? RecordKind::kBroken : RecordKind::kItem, .text = text.substr(begin, *end - begin)};
}

std::unexpected<base::Error> no_attribute() {
  return validation_error("Supplied AttributeValue is empty, must contain exactly one of the supported datatypes");
}

base::Result<Value> take_bytes(const Value& content) {
  auto bytes = base::from_base64(content.str());
  if (!content.is_text() || !bytes) return no_attribute();
  return Value(*std::move(bytes));
}

base::Result<Value> take_texts(const Value& content, bool are_bytes) {
  if (!content.is_list()) return no_attribute();
  Value::List taken;
  for (const Value& element : content.list()) {
    if (!element.is_text()) return no_attribute();
    taken.push_back(are_bytes ? TRY(take_bytes(element)) : element);
  }
  return Value(std::move(taken));
}

base::Result<Value> take_attribute(const Value& given);

base::Result<Value> take_members(const Value& given) {
  if (!given.is_map()) return no_attribute();
  Value::Map taken;
  for (const auto& [name, value] : given.map()) taken.emplace_back(name, TRY(take_attribute(value)));
  return Value(std::move(taken));
}

base::Result<Value> take_content(Type type, const Value& content) {
  switch (type) {
    case Type::kString:
    case Type::kNumber: return content.is_text() ? base::Result<Value>(content) : no_attribute();
    case Type::kBinary: return take_bytes(content);
    case Type::kBoolean:
    case Type::kNull: return content.is_flag() ? base::Result<Value>(content) : no_attribute();
    case Type::kMap: return take_members(content);
    case Type::kList: {
      if (!content.is_list()) return no_attribute();
      Value::List taken;
      for (const Value& element : content.list()) taken.push_back(TRY(take_attribute(element)));
      return Value(std::move(taken));
    }
    default: return take_texts(content, type == Type::kBinarySet);
  }
}

// {"B": "AQI="} as requests have it: of the right kind, and bytes as they are.
base::Result<Value> take_attribute(const Value& given) {
  if (!given.is_map() || given.map().size() != 1) return no_attribute();
  const auto& [name, content] = given.map().front();
  const auto type = parse_type(name);
  if (!type) return no_attribute();
  return Value(Value::Map{{name, TRY(take_content(*type, content))}});
}

}  // namespace

JsonRecord next_json_record(Piece& piece) {
  piece.at = std::min(piece.text.find_first_not_of(" \t\r\n", piece.at), piece.text.size());
  return next_braced_record(piece, end_of_object);
}

JsonRecord next_ion_record(Piece& piece) {
  piece.at = skip_between_structs(piece.text, piece.at);
  return next_braced_record(piece, end_of_struct);
}

CsvRecord next_csv_record(Piece& piece, char delimiter) {
  const std::string_view text = piece.text;
  piece.at = std::min(text.find_first_not_of("\r\n", piece.at), text.size());
  if (piece.at == text.size()) return {};
  CsvRecord record{.kind = RecordKind::kItem, .columns = {""}};
  const std::size_t end = std::min(text.size(), piece.at + kRecordBytesMax);
  bool in_quotes = false;
  std::size_t at = piece.at;
  for (; at < end; ++at) {
    const char c = text[at];
    if (in_quotes) {
      if (c != '"') {
        record.columns.back() += c;
      } else if (at + 1 < end && text[at + 1] == '"') {
        record.columns.back() += text[++at];
      } else {
        in_quotes = false;
      }
    } else if (c == '"' && record.columns.back().empty()) {
      in_quotes = true;
    } else if (c == delimiter && record.columns.size() <= kColumnsMax) {
      record.columns.emplace_back();
    } else if (c == '\n' || (c == '\r' && at + 1 < end && text[at + 1] == '\n')) {
      break;
    } else {
      record.columns.back() += c;
    }
  }
  const bool is_whole = !in_quotes && (at < end || (piece.is_last && at == text.size()));
  if (!is_whole && is_cut(piece)) return {.kind = RecordKind::kIncomplete, .columns = {}};
  if (!is_whole) {
    record.kind = RecordKind::kBroken;
    at = std::min(text.find('\n', piece.at), text.size());
  }
  piece.at = at;
  return record;
}

base::Result<Value> attributes_of_json(std::string_view record) {
  const Value value = TRY(base::parse_json(record));
  if (value.map().size() != 1 || !value.at("Item").is_map())
    return validation_error("A record must be an object with the one member Item");
  return take_members(value.at("Item"));
}

base::Result<Value> attributes_of_csv(const std::vector<std::string>& header, const std::vector<std::string>& columns,
                                      const std::vector<KeyPart>& definitions) {
  if (columns.size() != header.size()) return validation_error("A record must have as many columns as the header");
  Value attributes(Value::Map{});
  for (std::size_t i = 0; i < header.size(); ++i) {
    const auto part = std::ranges::find(definitions, header[i], &KeyPart::name);
    const Type type = part == definitions.end() ? Type::kString : part->type;
    Value content(columns[i]);
    if (type == Type::kBinary) content = TRY(take_bytes(content));
    attributes.set(header[i], Value::Map{{std::string(aws::dynamodb::type_name(type)), std::move(content)}});
  }
  return attributes;
}

}  // namespace dynamodb
