#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "model/shape.h"
#include "runner/term.h"

// A text test as data.
namespace runner {

// What an answer must be.
struct Expectation {
  enum class Kind { kSuccess, kMatch, kError };

  Kind kind = Kind::kSuccess;
  Term pattern;        // kMatch
  std::string source;  // as written, for failures
  std::string code;    // kError
  std::optional<int> status;
  std::optional<std::string> message;
};

struct Step {
  enum class Kind {
    kCall,
    kStart,
    kWait,
    kWaiting,
    kGone,
    kClock,
    kAs,
    kIn,
    kAt,
    kLet,
    kWeb,
    kRestart,
    kCrash,
    kFault,
    kHeal,
    kRows,
    kRepeat
  };

  Kind kind = Kind::kCall;
  int line = 0;
  std::string service, operation;  // kCall, kStart
  Term input;                      // kCall, kStart; the value of kLet, the page of kWeb
  std::string name;                // of a started call, of a variable, of a table, of a fault; a page's address
  std::vector<std::string> words;  // kAs, kIn, kAt
  std::int64_t count = 0;          // kRows, kRepeat, kFault; kClock: milliseconds
  Expectation expected;            // kCall, kWait
  std::vector<Step> body;          // kRepeat
};

struct Case {
  std::string description;
  int line = 0;
  std::string skip_reason;                 // not empty: not to be run
  std::vector<model::Protocol> protocols;  // empty: all
  std::vector<Step> steps;

  // The services called, each once.
  std::vector<std::string> services() const;
};

// All cases of a file. The error's message begins with the line number.
Result<std::vector<Case>> parse_script(std::string_view text);

std::optional<model::Protocol> protocol_of(std::string_view name);
std::string_view name_of(model::Protocol protocol);

}  // namespace runner
