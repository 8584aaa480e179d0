#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

// Which programs of this machine run the managed runtimes.
namespace runtime {

// A program that runs code of one language.
struct Interpreter {
  std::string language;  // "python", "nodejs", "ruby", "java"
  std::string version;   // "3.12.1"
  std::string path;      // with links resolved, but for those of a virtual environment of Python's
  std::string prefix;    // the folder it is installed in, when a sandbox must be given that; empty: below /usr
  std::string virtual_environment;  // the folder of one, whose packages it finds; empty: not in one
};

// A name of Lambda's, taken apart: "python3.12" is {"python", "3.12"}, "nodejs20.x" {"nodejs", "20"}, "java8.al2"
// {"java", "8"}, "provided.al2023" {"provided", "al2023"}.
struct RuntimeName {
  std::string language;
  std::string version;
};
std::optional<RuntimeName> parse_runtime(std::string_view name);

class Interpreters {
 public:
  enum class Match : std::uint8_t { kExact, kNearest };
  struct Options {
    Match match = Match::kExact;
    std::map<std::string, std::string> given;  // "python3.12" -> path
    // Where to look: PATH and HOME of whoever started the program.
    std::string path = "/usr/local/bin:/usr/bin:/bin";
    std::string home;
  };

  explicit Interpreters(Options options) : options_(std::move(options)) {}

  struct Choice {
    Interpreter interpreter;
    bool is_exact = true;
  };
  // The interpreter for a runtime of that name. Errors: "RuntimeNotAvailable", with what to install,
  // and "RuntimeNotSupported", for languages that there is no client for. Looks the first
  // time, which starts programs to ask for their versions. Any thread.
  base::Result<Choice> find(const std::string& runtime) const;
  // Those of a language that are on this machine, newest first.
  std::vector<Interpreter> all(const std::string& language) const;

 private:
  base::Result<Interpreter> find_given(const RuntimeName& name, const std::string& path) const;

  const Options options_;
  mutable std::mutex mutex_;
  mutable std::map<std::string, std::vector<Interpreter>> found_;  // by language
};

// "python3.12=/opt/python/bin/python3.12" as (name, path); code "InvalidOption" for anything else.
base::Result<std::pair<std::string, std::string>> parse_runtime_option(std::string_view text);

// The managed runtimes that functions may be made with today, for tables.
const std::vector<std::string_view>& runtime_names();

}  // namespace runtime
