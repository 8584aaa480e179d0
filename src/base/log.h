#pragma once

#include <fmt/format.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "base/value.h"

namespace base {

enum class Level : std::uint8_t { kTrace, kDebug, kInfo, kWarn, kError, kOff };

// Named values beside a message: {{"queue", name}, {"messages", 3}}.
using Fields = std::vector<std::pair<std::string_view, Value>>;

class Logger;

// Where messages go. One object, made by main and handed down (mostly as Loggers); any thread may use it. Each message
// is one write of one line, so that lines of several threads and processes do not mix.
class Log {
 public:
  enum class Form : std::uint8_t { kText, kColouredText, kJson };
  struct Options {
    Form form = Form::kText;
    int descriptor = 2;                    // not owned
    std::function<std::int64_t()> now_ms;  // the time put on messages; without it they carry none
  };

  explicit Log(Options options);

  // "info,sqs=debug,http=off": the level of all parts, then those that differ. Takes effect at once, also for Loggers
  // handed out before. Refuses unknown levels with code "InvalidLogLevel" and then changes nothing.
  Result<void> set_levels(std::string_view levels);

  // A logger of the part of the program that messages name, such as "http". Loggers must not outlive the log.
  Logger part(std::string_view name);

  // Whether this descriptor is a terminal.
  static bool is_terminal(int descriptor);

 private:
  friend class Logger;
  using AtomicLevel = std::atomic<Level>;

  void write(Level level, std::string_view part, std::string_view message, const Fields& context, const Fields& fields);

  const Options options_;
  std::mutex mutex_;  // guards what follows
  Level level_ = Level::kInfo;
  std::map<std::string, Level, std::less<>> exceptions_;
  std::map<std::string, std::unique_ptr<AtomicLevel>, std::less<>> parts_;
};

// What the program logs with. Cheap to copy. A message below the level of its part costs one comparison.
class Logger {
 public:
  // Drops everything; for tests and for parts that are given no log.
  Logger() = default;

  bool is_on(Level level) const { return level_ && level >= level_->load(std::memory_order_relaxed); }

  // The same logger, with a field that all its messages carry. `name` must outlive it (a literal).
  Logger with(std::string_view name, Value value) const;

  template <class... Args>
  void trace(fmt::format_string<Args...> format, Args&&... args) const {
    message(Level::kTrace, {}, format, args...);
  }
  template <class... Args>
  void debug(fmt::format_string<Args...> format, Args&&... args) const {
    message(Level::kDebug, {}, format, args...);
  }
  template <class... Args>
  void info(fmt::format_string<Args...> format, Args&&... args) const {
    message(Level::kInfo, {}, format, args...);
  }
  template <class... Args>
  void warn(fmt::format_string<Args...> format, Args&&... args) const {
    message(Level::kWarn, {}, format, args...);
  }
  template <class... Args>
  void error(fmt::format_string<Args...> format, Args&&... args) const {
    message(Level::kError, {}, format, args...);
  }

  // A message that is a fixed text, with fields.
  void write(Level level, std::string_view message, const Fields& fields = {}) const;

 private:
  friend class Log;

  template <class Format, class... Args>
  void message(Level level, const Fields& fields, const Format& format, const Args&... args) const {
    if (is_on(level)) write(level, fmt::vformat(format, fmt::make_format_args(args...)), fields);
  }

  Log* log_ = nullptr;
  const Log::AtomicLevel* level_ = nullptr;
  std::string_view part_;  // owned by the log
  std::shared_ptr<const Fields> context_;
};

}  // namespace base
