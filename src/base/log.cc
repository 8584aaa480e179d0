#include "base/log.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <iterator>
#include <optional>

#include "base/json.h"
#include "base/strings.h"
#include "base/time_text.h"

namespace base {

namespace {

constexpr std::array<std::string_view, 6> kLevelNames = {"trace", "debug", "info", "warn", "error", "off"};
constexpr std::array<std::string_view, 5> kLevelColours = {"\033[2m", "\033[36m", "\033[32m", "\033[33m", "\033[31m"};
constexpr std::string_view kFaint = "\033[2m";
constexpr std::string_view kPlain = "\033[0m";

std::optional<Level> find_level(std::string_view name) {
  for (std::size_t i = 0; i < kLevelNames.size(); ++i)
    if (equal_ignoring_case(name, kLevelNames[i])) return static_cast<Level>(i);
  return std::nullopt;
}

// A message on one line, whatever it contains: its parts may come from outside.
void append_line_text(std::string& out, std::string_view text) {
  for (char letter : text) {
    auto byte = static_cast<unsigned char>(letter);
    if (byte < 0x20 || byte == 0x7F)
      fmt::format_to(std::back_inserter(out), "\\x{:02x}", byte);
    else
      out += letter;
  }
}

void append_text_field(std::string& out, std::string_view name, const Value& value) {
  out += ' ';
  out += name;
  out += '=';
  bool bare = value.is_text() && !value.str().empty() && value.str().find_first_of(" \"=\\") == std::string::npos;
  if (bare)
    append_line_text(out, value.str());
  else
    out += to_json(value);
}

void append_json_field(std::string& out, std::string_view name, const Value& value) {
  out += ',';
  append_json_string(out, name);
  out += ':';
  out += to_json(value);
}

}  // namespace

Log::Log(Options options) : options_(std::move(options)) {}

bool Log::is_terminal(int descriptor) { return isatty(descriptor) == 1; }

Result<void> Log::set_levels(std::string_view levels) {
  Level level = Level::kInfo;
  std::map<std::string, Level, std::less<>> exceptions;
  for (std::string_view item : split(levels, ',')) {
    item = trim(item);
    if (item.empty()) continue;
    auto equals = item.find('=');
    auto found = find_level(trim(equals == std::string_view::npos ? item : item.substr(equals + 1)));
    if (!found)
      return fail("InvalidLogLevel",
                  fmt::format("'{}' names no level; levels are trace, debug, info, warn, error and off.", item));
    if (equals == std::string_view::npos)
      level = *found;
    else
      exceptions[std::string(trim(item.substr(0, equals)))] = *found;
  }
  std::lock_guard lock(mutex_);
  level_ = level;
  exceptions_ = std::move(exceptions);
  for (auto& [name, part_level] : parts_) {
    auto exception = exceptions_.find(name);
    part_level->store(exception == exceptions_.end() ? level_ : exception->second, std::memory_order_relaxed);
  }
  return {};
}

Logger Log::part(std::string_view name) {
  std::lock_guard lock(mutex_);
  auto found = parts_.find(name);
  if (found == parts_.end()) {
    auto exception = exceptions_.find(name);
    Level level = exception == exceptions_.end() ? level_ : exception->second;
    found = parts_.emplace(std::string(name), std::make_unique<AtomicLevel>(level)).first;
  }
  Logger logger;
  logger.log_ = this;
  logger.level_ = found->second.get();
  logger.part_ = found->first;
  return logger;
}

void Log::write(Level level, std::string_view part, std::string_view message, const Fields& context,
                const Fields& fields) {
  auto level_index = static_cast<std::size_t>(level);
  std::string time = options_.now_ms ? format_iso8601(options_.now_ms()) : std::string();
  if (time.size() == 20) time.insert(19, ".000");  // columns stay in line
  std::string line;
  if (options_.form == Form::kJson) {
    line = fmt::format("{{\"time\":\"{}\",\"level\":\"{}\",\"part\":", time, kLevelNames[level_index]);
    append_json_string(line, part);
    line += ",\"message\":";
    append_json_string(line, message);
    for (auto* list : {&context, &fields})
      for (const auto& [name, value] : *list) append_json_field(line, name, value);
    line += "}\n";
  } else {
    bool coloured = options_.form == Form::kColouredText;
    auto in = [&](std::string_view colour) { return coloured ? colour : std::string_view(); };
    std::string_view end = in(kPlain);
    if (!time.empty()) line = fmt::format("{}{}{} ", in(kFaint), time, end);
    line += fmt::format("{}{:5}{} {}{:8}{} ", in(kLevelColours[level_index]), kLevelNames[level_index], end, in(kFaint),
                        part, end);
    append_line_text(line, message);
    line += in(kFaint);
    for (auto* list : {&context, &fields})
      for (const auto& [name, value] : *list) append_text_field(line, name, value);
    line += end;
    line += '\n';
  }
  // A log that cannot be written has nowhere to say so.
  std::string_view rest = line;
  while (!rest.empty()) {
    ssize_t written = ::write(options_.descriptor, rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written <= 0) return;
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

Logger Logger::with(std::string_view name, Value value) const {
  Logger logger = *this;
  if (!log_) return logger;
  Fields context = context_ ? *context_ : Fields();
  context.emplace_back(name, std::move(value));
  logger.context_ = std::make_shared<const Fields>(std::move(context));
  return logger;
}

void Logger::write(Level level, std::string_view message, const Fields& fields) const {
  if (is_on(level)) log_->write(level, part_, message, context_ ? *context_ : Fields(), fields);
}

}  // namespace base
