// Plays text tests: virga_tests [--filter TEXT] [--seed N] [--coverage FILE] FOLDER|FILE…
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/json.h"
#include "runner/player.h"
#include "server/all_services.h"

namespace {

namespace fs = std::filesystem;

struct Totals {
  int passed = 0;
  int failed = 0;
  int skipped = 0;
};

struct Options {
  std::vector<std::string> places;
  std::string filter;
  std::string coverage_file;
  std::uint64_t seed = 1;
};

std::vector<std::string> find_scripts(const Options& options) {
  std::vector<std::string> files;
  auto add = [&](const fs::path& path) {
    if (path.extension() == ".test" && path.string().find(options.filter) != std::string::npos)
      files.push_back(path.string());
  };
  for (const fs::path place : options.places) {
    if (!fs::is_directory(place)) {
      if (fs::exists(place)) add(place);
      continue;
    }
    for (auto& entry : fs::recursive_directory_iterator(place)) add(entry.path());
  }
  std::ranges::sort(files);
  return files;
}

// The protocols a case is played over: those any of its services speaks, as far as the case wants them.
std::vector<model::Protocol> protocols_of(const runner::Case& script) {
  std::vector<model::Protocol> protocols;
  for (auto& id : script.services()) {
    const model::Service* service = model::find_service(id);
    if (!service) continue;
    for (model::Protocol protocol : service->protocols) {
      bool wanted = script.protocols.empty() || std::ranges::count(script.protocols, protocol) > 0;
      if (wanted && std::ranges::count(protocols, protocol) == 0) protocols.push_back(protocol);
    }
  }
  return protocols;
}

void play_case(const std::string& file, const runner::Case& script, const Options& options, Totals& totals,
               runner::Coverage& coverage) {
  if (!script.skip_reason.empty()) {
    ++totals.skipped;
    fmt::print("{}:{}: skipped: {}: {}\n", file, script.line, script.description, script.skip_reason);
    return;
  }
  auto protocols = protocols_of(script);
  if (protocols.empty()) {
    ++totals.failed;
    fmt::print("{}:{}: {}: no service is called over a protocol it speaks\n", file, script.line, script.description);
  }
  for (model::Protocol protocol : protocols) {
    auto failure = runner::Player(all_services(), protocol, options.seed, coverage).play(script);
    if (!failure) {
      ++totals.passed;
      continue;
    }
    ++totals.failed;
    fmt::print("{}:{}: over {}: {}\n  {}\n", file, failure->line, runner::name_of(protocol), script.description,
               failure->text);
    if (options.seed != 1) fmt::print("  with --seed {}\n", options.seed);
  }
}

void play_file(const std::string& file, const Options& options, Totals& totals, runner::Coverage& coverage) {
  std::ifstream in(file, std::ios::binary);
  std::stringstream text;
  text << in.rdbuf();
  auto cases = runner::parse_script(text.str());
  if (!cases) {
    ++totals.failed;
    fmt::print("{}:{}\n", file, cases.error().message);
    return;
  }
  for (auto& script : *cases) play_case(file, script, options, totals, coverage);
}

// What the model has, what the program implements and what the scripts have shown, for tools/coverage.py:
// {"sqs": {"name": "Amazon SQS", "operations": {"SendMessage": {"implemented": true, "works": true, "errors": ["…"]}}}}
void write_coverage(const std::string& file, const runner::Coverage& coverage) {
  auto implemented_services = all_services();
  base::Value services(base::Value::Map{});
  for (std::string_view id : model::service_ids()) {
    const model::Service* modelled = model::find_service(id);
    auto service = std::ranges::find(implemented_services, id, &kernel::Service::id);
    base::Value::Map operations;
    for (auto& operation : modelled->operations) {
      if (operation.method.empty()) continue;
      bool implemented = service != implemented_services.end() && service->find(operation.name);
      auto shown = coverage.find({std::string(id), std::string(operation.name)});
      base::Value::List errors;
      if (shown != coverage.end()) errors.assign(shown->second.errors.begin(), shown->second.errors.end());
      bool works = shown != coverage.end() && shown->second.works;
      operations.emplace_back(
          std::string(operation.name),
          base::Value::Map{{"implemented", implemented}, {"works", works}, {"errors", std::move(errors)}});
    }
    services.set(id, base::Value::Map{{"name", modelled->full_name}, {"operations", std::move(operations)}});
  }
  std::ofstream(file) << base::to_json(services) << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  Options options;
  CLI::App app("Plays text tests; docs/guide/text-tests.md describes them.");
  app.add_option("--filter", options.filter, "Only files whose path contains this text");
  app.add_option("--seed", options.seed, "Where the dice start");
  app.add_option("--coverage", options.coverage_file, "Writes which operations were shown to work, as JSON");
  app.add_option("places", options.places, "Files and folders")->required();
  CLI11_PARSE(app, argc, argv);

  Totals totals;
  runner::Coverage coverage;
  for (auto& file : find_scripts(options)) play_file(file, options, totals, coverage);
  if (!options.coverage_file.empty()) write_coverage(options.coverage_file, coverage);
  fmt::print("{} passed, {} failed, {} skipped\n", totals.passed, totals.failed, totals.skipped);
  return totals.failed == 0 && totals.passed > 0 ? 0 : 1;
}
