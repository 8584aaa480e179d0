#include "wire/scalar.h"

#include <cmath>
#include <limits>

#include <fmt/format.h>

#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace wire {

namespace {

using model::Kind;
using model::TimestampFormat;

std::optional<std::int64_t> time_from_text(std::string_view text, TimestampFormat format) {
  switch (format) {
    case TimestampFormat::kIso8601: return base::parse_iso8601(text);
    case TimestampFormat::kRfc822: return base::parse_http_date(text);
    case TimestampFormat::kUnix: return base::parse_epoch_seconds(text);
    case TimestampFormat::kDefault: break;
  }
  return std::nullopt;
}

}  // namespace

TimestampFormat timestamp_format(const model::Member& member, TimestampFormat of_place) {
  if (member.timestamp_format != TimestampFormat::kDefault) return member.timestamp_format;
  if (member.shape->timestamp_format != TimestampFormat::kDefault) return member.shape->timestamp_format;
  return of_place;
}

bool is_scalar(Kind kind) {
  return kind != Kind::kStructure && kind != Kind::kUnion && kind != Kind::kList && kind != Kind::kMap &&
         kind != Kind::kDocument;
}

std::string_view name_of(Kind kind) {
  switch (kind) {
    case Kind::kStructure: return "Structure";
    case Kind::kUnion: return "Union";
    case Kind::kList: return "List";
    case Kind::kMap: return "Map";
    case Kind::kString: return "String";
    case Kind::kInteger: return "Integer";
    case Kind::kLong: return "Long";
    case Kind::kFloat: return "Float";
    case Kind::kDouble: return "Double";
    case Kind::kBoolean: return "Boolean";
    case Kind::kBlob: return "Blob";
    case Kind::kTimestamp: return "Timestamp";
    case Kind::kDocument: return "Document";
  }
  return "";
}

std::optional<double> float_from_text(std::string_view text) {
  if (text == "NaN") return std::numeric_limits<double>::quiet_NaN();
  if (text == "Infinity") return std::numeric_limits<double>::infinity();
  if (text == "-Infinity") return -std::numeric_limits<double>::infinity();
  auto number = base::parse_number<double>(text);
  return number && std::isfinite(*number) ? number : std::nullopt;
}

std::optional<Value> timestamp_from_seconds(double seconds) {
  auto milliseconds = base::seconds_to_ms(seconds);
  return milliseconds ? std::optional<Value>(*milliseconds) : std::nullopt;
}

std::optional<Value> scalar_from_text(const model::Member& member, std::string_view text, TimestampFormat of_place) {
  switch (member.shape->kind) {
    case Kind::kString: return Value(text);
    case Kind::kInteger: {
      auto number = base::parse_number<std::int32_t>(text);
      return number ? std::optional<Value>(std::int64_t{*number}) : std::nullopt;
    }
    case Kind::kLong: {
      auto number = base::parse_number<std::int64_t>(text);
      return number ? std::optional<Value>(*number) : std::nullopt;
    }
    case Kind::kFloat:
    case Kind::kDouble: {
      auto number = float_from_text(text);
      return number ? std::optional<Value>(*number) : std::nullopt;
    }
    case Kind::kBoolean:
      if (base::equal_ignoring_case(text, "true")) return Value(true);
      if (base::equal_ignoring_case(text, "false")) return Value(false);
      return std::nullopt;
    case Kind::kBlob: {
      auto bytes = base::from_base64(text);
      return bytes ? std::optional<Value>(*std::move(bytes)) : std::nullopt;
    }
    case Kind::kTimestamp: {
      auto time = time_from_text(text, timestamp_format(member, of_place));
      if (!time) time = base::parse_timestamp(text);
      return time ? std::optional<Value>(*time) : std::nullopt;
    }
    default: return std::nullopt;
  }
}

void append_float(std::string& out, double number) {
  if (std::isnan(number))
    out += "NaN";
  else if (std::isinf(number))
    out += number > 0 ? "Infinity" : "-Infinity";
  else
    base::append_json_number(out, number);
}

void append_timestamp(std::string& out, std::int64_t milliseconds, TimestampFormat format, Fraction fraction) {
  switch (format) {
    case TimestampFormat::kRfc822: out += base::format_http_date(milliseconds); return;
    case TimestampFormat::kUnix: out += base::format_epoch_seconds(milliseconds); return;
    default: break;
  }
  std::string text = base::format_iso8601(milliseconds);
  if (fraction == Fraction::kAlways && text.find('.') == std::string::npos) text.insert(text.size() - 1, ".000");
  out += text;
}

void append_scalar(std::string& out, const model::Member& member, const Value& value, TimestampFormat of_place,
                   Fraction fraction) {
  switch (member.shape->kind) {
    case Kind::kString: out += value.str(); return;
    case Kind::kInteger:
    case Kind::kLong: fmt::format_to(std::back_inserter(out), "{}", value.num()); return;
    case Kind::kFloat:
    case Kind::kDouble: return append_float(out, value.real());
    case Kind::kBoolean: out += value.flag() ? "true" : "false"; return;
    case Kind::kBlob: out += base::to_base64(value.str()); return;
    case Kind::kTimestamp:
      if (!value.is_null()) append_timestamp(out, value.num(), timestamp_format(member, of_place), fraction);
      return;
    default: return;
  }
}

}  // namespace wire
