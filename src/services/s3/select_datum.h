#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/value.h"

// The values that S3 Select's expressions are made of.
namespace s3::select {

using base::Result;

// A whole number, a decimal number of up to 38 digits, or a floating number where neither is enough.
class Number {
 public:
  Number() = default;
  static Number whole(std::int64_t value);
  static Number floating(double value);
  // "12", "-1.50", "1e3" (floating); nothing for other texts.
  static std::optional<Number> parse(std::string_view text);

  bool is_whole() const { return !is_floating_ && scale_ == 0; }
  bool is_floating() const { return is_floating_; }
  double real() const;
  // Without its fraction; nothing outside of 64 bits.
  std::optional<std::int64_t> truncated() const;
  Number as_decimal() const;  // a floating number in the digits it is written with
  std::string text() const;

  friend std::optional<Number> add(const Number& left, const Number& right);
  friend std::optional<Number> subtract(const Number& left, const Number& right);
  friend std::optional<Number> multiply(const Number& left, const Number& right);
  // Of whole numbers without the remainder. Nothing: division by zero.
  friend std::optional<Number> divide(const Number& left, const Number& right);
  friend std::optional<Number> remainder(const Number& left, const Number& right);
  friend int compare(const Number& left, const Number& right);

 private:
  __extension__ using Wide = __int128;
  static std::optional<std::pair<Wide, Wide>> align(const Number& left, const Number& right, int& scale);
  static std::optional<Number> decimal(Wide digits, int scale);

  Wide digits_ = 0;
  int scale_ = 0;  // digits after the point
  bool is_floating_ = false;
  double real_ = 0;
};

// A moment with the zone it was written in, as precisely as it was written.
struct Timestamp {
  enum class Precision : std::uint8_t { kYear, kMonth, kDay, kMinute, kSecond, kFraction };

  std::int64_t time_ms = 0;
  std::int64_t offset_minutes = 0;
  Precision precision = Precision::kFraction;

  // ISO 8601 as Ion has it: 2007T, 2007-02T, 2007-02-23, 2007-02-23T12:14Z, 2007-02-23T12:14:33.079-08:00.
  static std::optional<Timestamp> parse(std::string_view text);
  std::string text() const;
};

// The civil parts of a moment, in its zone.
struct Parts {
  std::int64_t year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0, millisecond = 0;
};
Parts parts_of(const Timestamp& time);
// Days of the month beyond its end become its last one.
std::int64_t time_of(Parts parts, std::int64_t offset_minutes);

// What an expression has as its value. Missing is what a record does not have at all; both it and null are unknown to
// comparisons.
struct Datum {
  enum class Kind : std::uint8_t { kMissing, kNull, kFlag, kNumber, kText, kTime, kNode };

  Kind kind = Kind::kMissing;
  bool flag = false;
  Number number = {};
  std::string text = {};
  Timestamp time = {};
  base::Value node = {};  // a list or a structure of JSON

  static Datum missing() { return {}; }
  static Datum null() { return {.kind = Kind::kNull}; }
  static Datum of(bool flag) { return {.kind = Kind::kFlag, .flag = flag}; }
  static Datum of(Number number) { return {.kind = Kind::kNumber, .number = number}; }
  static Datum of(std::string text) { return {.kind = Kind::kText, .text = std::move(text)}; }
  static Datum of(Timestamp time) { return {.kind = Kind::kTime, .time = time}; }
  static Datum of_json(const base::Value& value);

  bool is_unknown() const { return kind == Kind::kMissing || kind == Kind::kNull; }
  bool is_true() const { return kind == Kind::kFlag && flag; }
  // As CSV shows it.
  std::string shown() const;
  // As a part of a JSON record.
  base::Value json() const;
};

// Less than, equal to or greater than zero; nothing where the two cannot be compared. A text beside a number counts as
// the number it spells: all columns of CSV are texts.
std::optional<int> compare(const Datum& left, const Datum& right);

}  // namespace s3::select
