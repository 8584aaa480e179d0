#pragma once

#include <optional>
#include <string>
#include <vector>

#include "runtime/interpreters.h"

namespace runtime {

struct SearchPlaces {
  std::string path;  // folders, separated by ':'
  std::string home;  // where pyenv, uv, nvm and asdf keep theirs
};

// Looks through the places and the usual ones of the system, asking the programs of that language for their version.
std::vector<Interpreter> search_interpreters(const SearchPlaces& places, const std::string& wanted_language);
// The program at `path`, when it is one that runs the language.
std::optional<Interpreter> look_at(const std::string& language, const std::string& path);
// The standard output and error of a program that is soon over; nothing when it cannot be run, fails, or takes longer
// than five seconds.
std::optional<std::string> output_of(const std::vector<std::string>& command);

}  // namespace runtime
