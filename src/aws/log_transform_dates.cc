// The processor dateTimeConverter: times in one format are written in another. Formats are those of Java.
// https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/CloudWatch-Logs-Transformation-Datatype.html
#include <fmt/format.h>

#include <algorithm>
#include <cctype>
#include <cstdlib>
#include <span>

#include "aws/log_transform_step.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace aws::log_transform {

namespace {

constexpr std::string_view kTargetFormat = "yyyy-MM-dd'T'HH:mm:ss.SSS'Z'";
constexpr std::string_view kMonths[] = {"January", "February", "March",     "April",   "May",      "June",
                                        "July",    "August",   "September", "October", "November", "December"};
constexpr std::string_view kDays[] = {"Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"};
constexpr std::size_t kShortName = 3;

// One letter of a format so often, or a text as it is.
struct FormatPart {
  char letter = 0;  // 0: a text
  std::size_t count = 0;
  std::string text;
};

Result<std::vector<FormatPart>> read_format(std::string_view format) {
  constexpr std::string_view kKnown = "yuMdHhKkmsSaEZXxzDn";
  std::vector<FormatPart> parts;
  auto add_text = [&](std::string_view text) {
    if (parts.empty() || parts.back().letter != 0) parts.emplace_back();
    parts.back().text += text;
  };
  for (std::size_t at = 0; at < format.size();) {
    const char c = format[at];
    if (c == '\'') {
      std::size_t end = format.find('\'', at + 1);
      // AWS's own default has one that is not closed.
      if (end == format.npos) end = format.size();
      add_text(end == at + 1 ? "'" : format.substr(at + 1, end - at - 1));
      at = std::min(end + 1, format.size());
    } else if (std::isalpha(static_cast<unsigned char>(c))) {
      if (kKnown.find(c) == kKnown.npos)
        return invalid_transformer(fmt::format("The letter {} in a date format is not supported.", c));
      const std::size_t end = std::min(format.find_first_not_of(c, at), format.size());
      parts.push_back({.letter = c, .count = end - at, .text = {}});
      at = end;
    } else {
      add_text(format.substr(at++, 1));
    }
  }
  return parts;
}

// "UTC", "Z", "GMT+2", "+02:00" as minutes east of it; nothing for regions.
std::optional<int> read_zone(std::string_view name) {
  for (std::string_view same : {"UTC", "GMT", "UT", "Etc/UTC", "Zulu"})
    if (name == same) return 0;
  if (name == "Z") return 0;
  for (std::string_view prefix : {"UTC", "GMT", "UT"})
    if (name.starts_with(prefix) && name.size() > prefix.size()) {
      name.remove_prefix(prefix.size());
      break;
    }
  if (name.size() < 2 || (name[0] != '+' && name[0] != '-')) return std::nullopt;
  const int sign = name[0] == '-' ? -1 : 1;
  std::string digits;
  for (char c : name.substr(1))
    if (c != ':') digits += c;
  const auto number = base::parse_number<int>(digits);
  if (!number || digits.size() > 4) return std::nullopt;
  const int minutes = digits.size() <= 2 ? *number * 60 : *number / 100 * 60 + *number % 100;
  return minutes > 18 * 60 ? std::nullopt : std::optional(sign * minutes);
}

// What is read of a time.
struct Fields {
  int year = 1970, month = 1, day = 1, hour = 0, minute = 0, second = 0, millisecond = 0;
  std::optional<bool> is_afternoon = std::nullopt;
  std::optional<int> zone_minutes = std::nullopt;
};

class TimeReader {
 public:
  explicit TimeReader(std::string_view text) : rest_(text) {}

  bool read(const std::vector<FormatPart>& format) {
    for (std::size_t i = 0; i < format.size(); ++i) {
      // Numbers that touch have as many digits as letters.
      const bool touches = i + 1 < format.size() && format[i + 1].letter != 0;
      if (!read_part(format[i], touches)) return false;
    }
    return rest_.empty();
  }
  const Fields& fields() const { return fields_; }

 private:
  bool read_part(const FormatPart& part, bool touches) {
    switch (part.letter) {
      case 0:
        if (!rest_.starts_with(part.text)) return false;
        rest_.remove_prefix(part.text.size());
        return true;
      case 'y':
      case 'u': return number(part, touches, 9, fields_.year) && fix_year(part);
      case 'M': return part.count < 3 ? number(part, touches, 2, fields_.month) : name(kMonths, fields_.month, 1);
      case 'd': return number(part, touches, 2, fields_.day);
      case 'E': {
        int day = 0;
        return name(kDays, day, 0);
      }
      case 'H':
      case 'h':
      case 'K':
      case 'k': return number(part, touches, 2, fields_.hour);
      case 'm': return number(part, touches, 2, fields_.minute);
      case 's': return number(part, touches, 2, fields_.second);
      case 'S':
      case 'n': return fraction(part);
      case 'a': return half_of_day();
      default: return zone();
    }
  }

  bool number(const FormatPart& part, bool touches, std::size_t most, int& into) {
    std::size_t size = 0;
    const std::size_t wanted = touches ? part.count : most;
    while (size < std::min(wanted, rest_.size()) && std::isdigit(static_cast<unsigned char>(rest_[size]))) ++size;
    const auto found = base::parse_number<int>(rest_.substr(0, size));
    if (!found) return false;
    into = *found;
    rest_.remove_prefix(size);
    return true;
  }

  bool fix_year(const FormatPart& part) {
    if (part.count == 2) fields_.year += 2'000;
    return true;
  }

  bool name(std::span<const std::string_view> names, int& into, int first) {
    for (std::size_t i = 0; i < names.size(); ++i) {
      for (std::string_view form : {names[i], names[i].substr(0, kShortName)}) {
        if (base::to_lower(rest_.substr(0, form.size())) != base::to_lower(form)) continue;
        into = static_cast<int>(i) + first;
        rest_.remove_prefix(form.size());
        return true;
      }
    }
    return false;
  }

  bool fraction(const FormatPart& part) {
    std::size_t size = 0;
    while (size < std::min(part.count, rest_.size()) && std::isdigit(static_cast<unsigned char>(rest_[size]))) ++size;
    if (size != part.count) return false;
    std::string digits(rest_.substr(0, std::min<std::size_t>(size, 3)));
    digits.resize(3, '0');
    fields_.millisecond = base::parse_number<int>(digits).value_or(0);
    rest_.remove_prefix(size);
    return true;
  }

  bool half_of_day() {
    const std::string half = base::to_lower(rest_.substr(0, 2));
    if (half != "am" && half != "pm") return false;
    fields_.is_afternoon = half == "pm";
    rest_.remove_prefix(2);
    return true;
  }

  bool zone() {
    std::size_t end = 0;
    while (end < rest_.size() && (std::isalnum(static_cast<unsigned char>(rest_[end])) || rest_[end] == '+' ||
                                  rest_[end] == '-' || rest_[end] == ':'))
      ++end;
    fields_.zone_minutes = read_zone(rest_.substr(0, end));
    rest_.remove_prefix(end);
    return fields_.zone_minutes.has_value();
  }

  std::string_view rest_;
  Fields fields_;
};

constexpr std::int64_t kDateDayMs = 86'400'000;

// Midnight of a date; nothing where there is no such day.
std::optional<std::int64_t> date_ms(int year, int month, int day) {
  if (year < 0 || year > 9'999) return std::nullopt;
  const auto time_ms = base::parse_iso8601(fmt::format("{:04}-{:02}-{:02}T00:00:00Z", year, month, day));
  // The 30th of February is not the 2nd of March.
  if (!time_ms || !base::format_iso8601(*time_ms).starts_with(fmt::format("{:04}-{:02}-{:02}", year, month, day)))
    return std::nullopt;
  return time_ms;
}

std::optional<std::int64_t> read_time(std::string_view text, const std::vector<FormatPart>& format, int zone_minutes) {
  TimeReader reader(text);
  if (!reader.read(format)) return std::nullopt;
  Fields fields = reader.fields();
  if (fields.is_afternoon) fields.hour = fields.hour % 12 + (*fields.is_afternoon ? 12 : 0);
  const auto midnight_ms = date_ms(fields.year, fields.month, fields.day);
  if (!midnight_ms || fields.hour > 24 || fields.minute > 59 || fields.second > 60) return std::nullopt;
  const std::int64_t minutes = fields.hour * 60 + fields.minute - fields.zone_minutes.value_or(zone_minutes);
  return *midnight_ms + (minutes * 60 + fields.second) * 1'000 + fields.millisecond;
}

// "epoch" is not a format of Java's: milliseconds since 1970, or seconds.
std::optional<std::int64_t> read_epoch(std::string_view text) {
  constexpr std::size_t kDigitsOfSeconds = 10;
  const auto number = base::parse_number<std::int64_t>(text);
  if (!number || *number < 0 || text.size() > 15) return std::nullopt;
  return text.size() <= kDigitsOfSeconds ? *number * 1'000 : *number;
}

std::string zone_text(int minutes, std::size_t count, bool has_colon, bool writes_z) {
  if (minutes == 0 && writes_z) return "Z";
  const int size = std::abs(minutes);
  if (count == 1 && !has_colon && writes_z && size % 60 == 0)
    return fmt::format("{}{:02}", minutes < 0 ? '-' : '+', size / 60);
  return fmt::format("{}{:02}{}{:02}", minutes < 0 ? '-' : '+', size / 60, has_colon ? ":" : "", size % 60);
}

std::string named(std::string_view name, std::size_t count) {
  return std::string(count > 3 ? name : name.substr(0, kShortName));
}

// A date and the time of its day.
struct Moment {
  int year = 1970, month = 1, day = 1;
  std::int64_t midnight_ms = 0, day_ms = 0;
};

Moment moment_of(std::int64_t local_ms) {
  Moment moment{.day_ms = (local_ms % kDateDayMs + kDateDayMs) % kDateDayMs};
  moment.midnight_ms = local_ms - moment.day_ms;
  const std::string text = base::format_iso8601(moment.midnight_ms);  // "2026-01-02T…"
  const std::vector<std::string_view> parts = base::split(std::string_view(text).substr(0, text.find('T')), '-');
  if (parts.size() != 3) return moment;
  moment.year = base::parse_number<int>(parts[0]).value_or(moment.year);
  moment.month = base::parse_number<int>(parts[1]).value_or(moment.month);
  moment.day = base::parse_number<int>(parts[2]).value_or(moment.day);
  return moment;
}

std::string_view weekday_of(const Moment& moment) {
  const std::int64_t days = moment.midnight_ms / kDateDayMs;
  return kDays[static_cast<std::size_t>(((days + 4) % 7 + 7) % 7)];  // 1970 began on a Thursday
}

std::string write_part(const FormatPart& part, const Moment& moment, int zone_minutes) {
  const auto count = static_cast<int>(part.count);
  const std::int64_t hour = moment.day_ms / 3'600'000, minute = moment.day_ms / 60'000 % 60;
  auto padded = [&](std::int64_t number) { return fmt::format("{:0{}}", number, count); };
  switch (part.letter) {
    case 0: return part.text;
    case 'y':
    case 'u': return count == 2 ? fmt::format("{:02}", moment.year % 100) : padded(moment.year);
    case 'M':
      return count < 3 ? padded(moment.month) : named(kMonths[static_cast<std::size_t>(moment.month - 1)], part.count);
    case 'd': return padded(moment.day);
    case 'D': return padded((moment.midnight_ms - date_ms(moment.year, 1, 1).value_or(0)) / kDateDayMs + 1);
    case 'E': return named(weekday_of(moment), part.count);
    case 'H': return padded(hour);
    case 'k': return padded(hour == 0 ? 24 : hour);
    case 'K': return padded(hour % 12);
    case 'h': return padded(hour % 12 == 0 ? 12 : hour % 12);
    case 'm': return padded(minute);
    case 's': return padded(moment.day_ms / 1'000 % 60);
    case 'S':
    case 'n': return fmt::format("{:03}000000", moment.day_ms % 1'000).substr(0, std::min<std::size_t>(part.count, 9));
    case 'a': return hour < 12 ? "AM" : "PM";
    case 'X': return zone_text(zone_minutes, part.count, part.count == 3 || part.count == 5, true);
    case 'x': return zone_text(zone_minutes, part.count, part.count == 3 || part.count == 5, false);
    case 'z': return zone_minutes == 0 ? "UTC" : "GMT" + zone_text(zone_minutes, 2, true, false);
    default: return zone_text(zone_minutes, part.count, part.count == 5, false);
  }
}

std::string write_time(std::int64_t time_ms, const std::vector<FormatPart>& format, int zone_minutes) {
  const Moment moment = moment_of(time_ms + std::int64_t{zone_minutes} * 60'000);
  std::string text;
  for (const FormatPart& part : format) text += write_part(part, moment, zone_minutes);
  return text;
}

Result<int> zone_of(const Value& settings, std::string_view member) {
  if (!settings.has(member)) return 0;
  const auto zone = read_zone(settings.at(member).str());
  // LIMIT: regions like Europe/Paris, whose times change in the year.
  if (!zone) return base::fail("NotImplemented", "Time zones other than UTC and fixed offsets are not implemented.");
  return *zone;
}

struct Conversion {
  std::string source, target;
  std::vector<std::vector<FormatPart>> patterns;  // an empty one: of an epoch
  std::vector<FormatPart> format;
  int source_zone = 0, target_zone = 0;
};

bool convert_date(Event& event, const Conversion& conversion) {
  const Value* field = find_field(std::as_const(event.root), conversion.source);
  if (field == nullptr || !(field->is_text() || field->is_whole())) return true;
  const std::string text = field->is_text() ? field->str() : std::to_string(field->num());
  for (const auto& pattern : conversion.patterns) {
    const auto time_ms = pattern.empty() ? read_epoch(text) : read_time(text, pattern, conversion.source_zone);
    if (!time_ms) continue;
    put_field(event.root, conversion.target, write_time(*time_ms, conversion.format, conversion.target_zone),
              Existing::kOverwrite);
    break;
  }
  return true;
}

}  // namespace

Result<Step> date_step(const Value& settings) {
  Conversion conversion{.source = settings.at("source").str(), .target = settings.at("target").str()};
  for (const Value& pattern : settings.at("matchPatterns").list())
    conversion.patterns.push_back(pattern.str() == "epoch" ? std::vector<FormatPart>()
                                                           : TRY(read_format(pattern.str())));
  conversion.format = TRY(
      read_format(settings.has("targetFormat") ? std::string_view(settings.at("targetFormat").str()) : kTargetFormat));
  conversion.source_zone = TRY(zone_of(settings, "sourceTimezone"));
  conversion.target_zone = TRY(zone_of(settings, "targetTimezone"));
  const std::string locale = base::to_lower(settings.at("locale").str());
  if (!locale.empty() && locale != "locale.root" && !locale.starts_with("en"))
    return base::fail("NotImplemented", "Locales other than English ones are not implemented.");
  return Step([conversion = std::move(conversion)](Event& event) { return convert_date(event, conversion); });
}

}  // namespace aws::log_transform
