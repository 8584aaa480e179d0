#include "server/functions.h"

#include <fmt/format.h>

namespace server {

base::Result<runtime::Interpreters::Options> interpreter_options(const Options& options) {
  runtime::Interpreters::Options interpreters{.path = options.path, .home = options.home};
  if (options.lambda_runtimes == "nearest")
    interpreters.match = runtime::Interpreters::Match::kNearest;
  else if (options.lambda_runtimes != "exact")
    return base::fail("InvalidOption",
                      "--lambda-runtimes is exact or nearest, not \"" + options.lambda_runtimes + "\".");
  for (const std::string& given : options.lambda_runtime)
    interpreters.given.insert(TRY(runtime::parse_runtime_option(given)));
  return interpreters;
}

base::Result<std::unique_ptr<Functions>> Functions::start(const Options& options, const kernel::Clock& clock,
                                                          base::Logger log) {
  std::unique_ptr<Functions> functions(new Functions);
  runtime::Isolation isolation = TRY(runtime::parse_isolation(options.isolation));
  auto interpreters = TRY(interpreter_options(options));
  runtime::HostSettings settings;
  settings.spares = options.lambda_spares;
  if (options.lambda_cpu == "by-memory")
    settings.processor = runtime::HostSettings::Processor::kByMemory;
  else if (options.lambda_cpu != "unlimited")
    return base::fail("InvalidOption", "--lambda-cpu is unlimited or by-memory, not \"" + options.lambda_cpu + "\".");
  auto spawner = runtime::Spawner::start({.isolation = isolation});
  if (!spawner && isolation != runtime::Isolation::kAuto) return std::unexpected(std::move(spawner).error());
  if (!spawner) {
    log.warn("Functions cannot be run: {}", spawner.error().message);
    return functions;
  }
  functions->spawner_ = std::move(*spawner);
  functions->host_ = TRY(runtime::Host::start({.spawner = *functions->spawner_,
                                               .clock = clock,
                                               .log = log,
                                               .interpreters = std::move(interpreters),
                                               .settings = settings}));
  log.debug("Functions run in tier {}.", functions->host_->tier());
  return functions;
}

std::string runtimes_table(const runtime::Interpreters& interpreters) {
  std::string table = fmt::format("{:<16} {:<10} {}\n", "RUNTIME", "VERSION", "RUN BY");
  for (std::string_view name : runtime::runtime_names()) {
    if (name.starts_with("provided")) {
      table += fmt::format("{:<16} {:<10} {}\n", name, "-", "the bootstrap of the function");
      continue;
    }
    auto choice = interpreters.find(std::string(name));
    if (choice)
      table += fmt::format("{:<16} {:<10} {}{}\n", name, choice->interpreter.version, choice->interpreter.path,
                           choice->is_exact ? "" : " (the nearest)");
    else
      table += fmt::format("{:<16} {:<10} {}\n", name, "-",
                           choice.error().code == "RuntimeNotSupported" ? "not here yet" : "not on this machine");
  }
  return table;
}

}  // namespace server
