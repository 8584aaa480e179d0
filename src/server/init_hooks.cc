#include "server/init_hooks.h"

#include <fcntl.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <condition_variable>
#include <filesystem>

namespace server {

std::vector<InitHooks::Script> InitHooks::find_scripts() const {
  std::vector<Script> scripts;
  for (const std::string& folder : parts_.folders) {
    std::error_code ignored;  // a folder that is not there has no scripts
    std::vector<std::string> paths;
    for (const auto& entry : std::filesystem::directory_iterator(folder + "/ready.d", ignored))
      if (entry.path().extension() == ".sh" || entry.path().extension() == ".py") paths.push_back(entry.path());
    std::ranges::sort(paths);
    for (std::string& path : paths) scripts.push_back({std::move(path)});
  }
  return scripts;
}

void InitHooks::start() {
  std::vector<Script> scripts = find_scripts();
  report(scripts, scripts.empty());
  if (scripts.empty()) return;
  thread_ = std::jthread([this, scripts](std::stop_token stop) { run_all(stop, scripts); });
}

InitHooks::~InitHooks() {
  if (!thread_.joinable()) return;
  thread_.request_stop();
  thread_.join();
}

void InitHooks::run_all(std::stop_token stop, std::vector<Script> scripts) {
  for (Script& script : scripts) {
    if (stop.stop_requested()) return;
    script.state = "RUNNING";
    report(scripts, false);
    bool succeeded = run_one(stop, script.path);
    script.state = succeeded ? "SUCCESSFUL" : "ERROR";
    if (succeeded)
      parts_.log.info("init: {} succeeded", script.path);
    else
      parts_.log.error("init: {} failed", script.path);
  }
  report(scripts, true);
}

bool InitHooks::run_one(std::stop_token stop, const std::string& path) {
  std::string interpreter = path.ends_with(".py") ? "python3" : "sh";
  std::string script = path;
  char* arguments[] = {interpreter.data(), script.data(), nullptr};
  std::vector<std::string> variables;
  for (char** variable = environ; *variable; ++variable) variables.emplace_back(*variable);
  for (const char* name : {"AWS_ACCESS_KEY_ID=test", "AWS_SECRET_ACCESS_KEY=test", "AWS_DEFAULT_REGION=us-east-1"}) {
    std::string_view prefix = std::string_view(name).substr(0, std::string_view(name).find('=') + 1);
    if (std::ranges::none_of(variables, [&](const std::string& known) { return known.starts_with(prefix); }))
      variables.emplace_back(name);
  }
  variables.push_back("AWS_ENDPOINT_URL=" + parts_.endpoint);
  std::vector<char*> environment;
  for (std::string& variable : variables) environment.push_back(variable.data());
  environment.push_back(nullptr);

  pid_t child = 0;
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETPGROUP);
  int failed = posix_spawnp(&child, interpreter.c_str(), nullptr, &attributes, arguments, environment.data());
  posix_spawnattr_destroy(&attributes);
  if (failed) {
    parts_.log.error("init: {} could not be started: {}", interpreter, std::strerror(failed));
    return false;
  }
  // Stopping ends the script and what it has started.
  std::stop_callback end_script(stop, [child] { ::kill(-child, SIGTERM); });
  int status = 0;
  while (::waitpid(child, &status, 0) < 0 && errno == EINTR) continue;
  return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

void InitHooks::report(const std::vector<Script>& scripts, bool is_done) const {
  base::Value list{base::Value::List{}};
  for (const Script& script : scripts)
    list.push(base::Value::Map{
        {"stage", "READY"}, {"name", std::filesystem::path(script.path).filename().string()}, {"state", script.state}});
  parts_.report(base::Value::Map{
      {"completed", base::Value::Map{{"BOOT", true}, {"START", true}, {"READY", is_done}, {"SHUTDOWN", false}}},
      {"scripts", list}});
}

}  // namespace server
