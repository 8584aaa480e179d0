#include "runtime/interpreters.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>

#include "base/strings.h"
#include "runtime/interpreter_search.h"

namespace runtime {

namespace {

bool starts_with_version(const std::string& version, const std::string& wanted) {
  return version == wanted || (version.starts_with(wanted) && version[wanted.size()] == '.');
}

// The version as one number, for order and distance: 3.12.1 is 3'012'001.
std::int64_t rank_of(std::string_view version) {
  std::int64_t rank = 0;
  auto parts = base::split(version, '.');
  for (std::size_t index = 0; index < 3; ++index)
    rank = rank * 1'000 + (index < parts.size() ? base::parse_number(parts[index]).value_or(0) : 0);
  return rank;
}

std::string advice(const RuntimeName& name) {
  if (name.language == "python")
    return fmt::format("Install Python {0} (a package python{0}, or pyenv install {0}, or uv python install {0})",
                       name.version);
  if (name.language == "nodejs")
    return fmt::format("Install Node.js {0} (a package, or nvm install {0})", name.version);
  if (name.language == "java")
    return fmt::format("Install Java {0} (a package openjdk-{0}-jre-headless, or sdk install java)", name.version);
  return fmt::format("Install Ruby {0} (a package, or asdf install ruby)", name.version);
}

}  // namespace

std::optional<RuntimeName> parse_runtime(std::string_view name) {
  for (std::string_view language : {"python", "nodejs", "ruby", "java", "dotnet", "go"}) {
    if (!name.starts_with(language) || name.size() == language.size()) continue;
    std::string_view version = name.substr(language.size());
    if (version.ends_with(".x")) version.remove_suffix(2);
    if (std::size_t suffix = version.find(".al"); suffix != version.npos) version = version.substr(0, suffix);
    return RuntimeName{std::string(language), std::string(version)};
  }
  if (name == "provided") return RuntimeName{"provided", "al1"};
  if (name.starts_with("provided.")) return RuntimeName{"provided", std::string(name.substr(9))};
  return std::nullopt;
}

base::Result<Interpreter> Interpreters::find_given(const RuntimeName& name, const std::string& path) const {
  auto found = look_at(name.language, path);
  if (!found)
    return base::fail(
        "RuntimeNotAvailable",
        fmt::format("{}, which --lambda-runtime names, is no program that runs {}.", path, name.language));
  return *found;
}

base::Result<Interpreters::Choice> Interpreters::find(const std::string& runtime) const {
  auto name = parse_runtime(runtime);
  constexpr std::string_view kWithClient[] = {"python", "nodejs", "ruby", "java"};
  bool has_client = name && std::ranges::find(kWithClient, name->language) != std::end(kWithClient);
  if (!has_client)
    return base::fail("RuntimeNotSupported", fmt::format("Functions of the runtime {} cannot be run here. Build a "
                                                         "bootstrap and use provided.al2023 instead.",
                                                         runtime));
  if (auto given = options_.given.find(runtime); given != options_.given.end())
    return Choice{.interpreter = TRY(find_given(*name, given->second))};
  const Interpreter* nearest = nullptr;
  std::vector<Interpreter> here = all(name->language);
  std::string others;
  for (const Interpreter& each : here) {
    if (starts_with_version(each.version, name->version)) return Choice{.interpreter = each};
    auto distance = [&](const Interpreter& of) { return std::abs(rank_of(of.version) - rank_of(name->version)); };
    if (nearest == nullptr || distance(each) < distance(*nearest)) nearest = &each;
    others += (others.empty() ? "" : ", ") + each.version;
  }
  if (nearest != nullptr && options_.match == Match::kNearest)
    return Choice{.interpreter = *nearest, .is_exact = false};
  std::string have = others.empty() ? "no version of it was found" : "found: " + others;
  return base::fail("RuntimeNotAvailable",
                    fmt::format("The runtime {0} needs {1} {2} on this machine; {3}. {4}, name a program with "
                                "--lambda-runtime {0}=PATH, or start with --lambda-runtimes=nearest.",
                                runtime, name->language, name->version, have, advice(*name)));
}

std::vector<Interpreter> Interpreters::all(const std::string& language) const {
  std::lock_guard lock(mutex_);
  if (auto known = found_.find(language); known != found_.end()) return known->second;
  std::vector<Interpreter> found = search_interpreters({.path = options_.path, .home = options_.home}, language);
  std::ranges::stable_sort(found, [](const Interpreter& left, const Interpreter& right) {
    return rank_of(left.version) > rank_of(right.version);
  });
  return found_[language] = std::move(found);
}

base::Result<std::pair<std::string, std::string>> parse_runtime_option(std::string_view text) {
  std::size_t equals = text.find('=');
  if (equals == text.npos || !parse_runtime(text.substr(0, equals)) || text.substr(equals + 1, 1) != "/")
    return base::fail(
        "InvalidOption",
        fmt::format("--lambda-runtime wants RUNTIME=/PATH, such as python3.12=/opt/python/bin/python3.12, "
                    "not \"{}\".",
                    text));
  return std::pair(std::string(text.substr(0, equals)), std::string(text.substr(equals + 1)));
}

const std::vector<std::string_view>& runtime_names() {
  static const std::vector<std::string_view> kNames = {
      "python3.14", "python3.13", "python3.12", "python3.11", "python3.10",      "python3.9",    "nodejs24.x",
      "nodejs22.x", "nodejs20.x", "nodejs18.x", "ruby3.4",    "ruby3.3",         "ruby3.2",      "java25",
      "java21",     "java17",     "java11",     "java8.al2",  "provided.al2023", "provided.al2",
  };
  return kNames;
}

}  // namespace runtime
