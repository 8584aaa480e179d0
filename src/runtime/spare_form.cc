#include "runtime/spare_form.h"

#include <algorithm>

#include "base/json.h"
#include "base/value.h"

namespace runtime {

namespace {

// What interpreters and the C library read when they start, by the beginnings of names.
constexpr std::string_view kReadAtStart[] = {"PYTHON", "NODE_",    "LD_",       "LC_",
                                             "LANG",   "TZ",       "MALLOC",    "GLIBC",
                                             "UV_",    "OPENSSL_", "SSL_CERT_", "AWS_LAMBDA_EXEC_WRAPPER"};
// Of these, those that all functions of a runtime have alike.
constexpr std::string_view kCommon[] = {
    "LANG", "TZ", "PATH", "NODE_PATH", "PYTHONPATH", "PYTHONDONTWRITEBYTECODE", "SHLVL", "LD_LIBRARY_PATH"};
// The dynamic linker remembers of the folders that it looks into which are there.
constexpr std::string_view kPlaces[] = {"/var/task", "/var/task/lib", "/opt", "/opt/lib"};

bool is_read_at_start(const std::string& name) {
  return std::ranges::any_of(kReadAtStart, [&](std::string_view begin) { return name.starts_with(begin); });
}

}  // namespace

std::optional<SpareForm> make_spare_form(const ProcessSpec& spec, const RuntimeName& name,
                                         const kernel::FunctionEnvironment& environment,
                                         const std::string& code_folder) {
  if (name.language != "python" && name.language != "nodejs") return std::nullopt;
  for (const auto& [variable, value] : environment.variables)
    if (is_read_at_start(variable)) return std::nullopt;
  if (!spec.temporary_folder.empty()) return std::nullopt;
  SpareForm spare{.form = spec, .mounts = {}, .told = {}};
  std::erase_if(spare.form.mounts, [](const auto& mount) { return mount.to == "/var/task" || mount.to == "/opt"; });
  for (const ProcessSpec::Mount& mount : spec.mounts) {
    if (mount.to != "/var/task" && mount.to != "/opt") continue;
    if (!mount.from.starts_with(code_folder + "/")) return std::nullopt;
    spare.mounts.push_back(mount);
  }
  spare.form.environment = {"VIRGA_SPARE=1"};
  base::Value variables = base::Value::Map{};
  for (const std::string& each : spec.environment) {
    std::string variable = each.substr(0, each.find('='));
    variables.set(variable, each.substr(variable.size() + 1));
    if (std::ranges::find(kCommon, variable) != std::end(kCommon)) spare.form.environment.push_back(each);
  }
  spare.told = base::to_json(variables);
  spare.form.working_folder = "/";
  spare.form.later_from = code_folder;
  spare.form.later_places.assign(std::begin(kPlaces), std::end(kPlaces));
  return spare;
}

}  // namespace runtime
