#include "server/doctor.h"

#include <fmt/format.h>

#include "server/functions.h"

namespace server {

using base::Value;

base::Result<Value> examine_host(const Options& options) {
  runtime::Isolation isolation = TRY(runtime::parse_isolation(options.isolation));
  runtime::Interpreters interpreters(TRY(interpreter_options(options)));
  auto spawner = TRY(runtime::Spawner::start({.isolation = isolation}));
  Value::List findings, runtimes;
  for (const runtime::Finding& finding : spawner->findings())
    findings.push_back(Value::Map{{"name", finding.name},
                                  {"state", name_of(finding.state)},
                                  {"meaning", finding.meaning},
                                  {"remedy", finding.remedy}});
  for (std::string_view name : runtime::runtime_names()) {
    auto choice = interpreters.find(std::string(name));
    if (choice)
      runtimes.push_back(Value::Map{{"runtime", name},
                                    {"version", choice->interpreter.version},
                                    {"path", choice->interpreter.path},
                                    {"is_exact", choice->is_exact}});
  }
  return Value::Map{
      {"tier", name_of(spawner->tier())}, {"findings", std::move(findings)}, {"runtimes", std::move(runtimes)}};
}

std::string diagnosis_text(const Value& report) {
  std::string text = "Functions run in tier " + report.at("tier").str() + ".\n\n";
  for (const Value& finding : report.at("findings").list()) {
    text += fmt::format("{:<8}  {:<15}  {}\n", finding.at("state").str(), finding.at("name").str(),
                        finding.at("meaning").str());
    if (!finding.at("remedy").str().empty()) text += fmt::format("{:27}Better: {}\n", "", finding.at("remedy").str());
  }
  text += "\nInterpreters of this machine (virga runtimes lists what is missing):\n";
  for (const Value& runtime : report.at("runtimes").list())
    text += fmt::format("  {:<14} {:<10} {}{}\n", runtime.at("runtime").str(), runtime.at("version").str(),
                        runtime.at("path").str(), runtime.at("is_exact").flag() ? "" : " (the nearest)");
  if (report.at("runtimes").list().empty()) text += "  none: only functions with a bootstrap of their own can run\n";
  return text;
}

}  // namespace server
