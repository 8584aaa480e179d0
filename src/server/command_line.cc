#include "server/command_line.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <fstream>
#include <iostream>
#include <thread>

#include "base/bytes.h"
#include "base/json.h"
#include "base/strings.h"
#include "base/time_text.h"
#include "model/shape.h"
#include "server/coverage.h"
#include "server/doctor.h"
#include "server/explain.h"
#include "server/functions.h"
#include "server/instance.h"
#include "server/nothing.h"
#include "server/options.h"
#include "server/remote.h"
#include "server/version.h"

namespace server {

namespace {

using base::Result;
using base::Value;

std::optional<std::string> environment_variable(std::string_view name) {
  const char* value = ::getenv(std::string(name).c_str());
  return value ? std::optional<std::string>(value) : std::nullopt;
}

// What all commands share, and what the chosen one is to do.
struct CommandLine {
  std::string endpoint;
  bool json = false;
  std::function<Result<void>()> action;

  Result<Remote> remote() const { return Remote::at(endpoint); }
};

int exit_code_of(const base::Error& error) {
  if (error.code == "NotRunning") return 3;
  if (error.code == "InvalidOption" || error.code == "InvalidLogLevel") return 2;
  return 1;
}

// --- printing
// --------------------------------------------------------------------------------------------------------------

// A control answer for people: its members, one a line.
void print_for_people(const Value& answer) {
  if (answer.is_text()) {
    std::cout << answer.str();
    return;
  }
  for (const auto& [name, value] : answer.map()) {
    if (!value.is_list()) {
      std::cout << name << ": " << (value.is_text() ? value.str() : base::to_json(value)) << "\n";
      continue;
    }
    for (const Value& row : value.list()) {
      std::string line;
      for (const auto& [column, cell] : row.map())
        line += fmt::format("{}{}", line.empty() ? "" : "  ", cell.is_text() ? cell.str() : base::to_json(cell));
      std::cout << line << "\n";
    }
  }
}

Result<void> ask_and_print(const CommandLine& line, const std::string& method, const std::string& path,
                           const Value& body = {}) {
  Remote remote = TRY(line.remote());
  Value answer = TRY(remote.ask(method, path, body));
  if (line.json)
    std::cout << base::to_json(answer) << "\n";
  else
    print_for_people(answer);
  return {};
}

// "90s", "15m", "1h30m", "2d", "250ms"; a bare number counts seconds.
Result<std::int64_t> parse_duration_ms(std::string_view text) {
  const std::pair<std::string_view, std::int64_t> units[] = {
      {"ms", 1}, {"d", 86'400'000}, {"h", 3'600'000}, {"m", 60'000}, {"s", 1'000}};
  std::int64_t total_ms = 0;
  std::string_view rest = text;
  while (!rest.empty()) {
    std::size_t digits = rest.find_first_not_of("0123456789");
    auto number = base::parse_number(rest.substr(0, digits));
    rest = digits == rest.npos ? std::string_view() : rest.substr(digits);
    if (!number || *number > 100'000'000'000)
      return base::fail("InvalidOption", "A duration is like 90s, 15m, 1h30m or 2d.");
    if (rest.empty()) return total_ms + *number * 1'000;
    auto unit = std::ranges::find_if(units, [&](const auto& known) { return rest.starts_with(known.first); });
    if (unit == std::end(units)) return base::fail("InvalidOption", "A duration is like 90s, 15m, 1h30m or 2d.");
    total_ms += *number * unit->second;
    rest.remove_prefix(unit->first.size());
  }
  return total_ms;
}

// --- start
// -----------------------------------------------------------------------------------------------------------------

struct StartCommand {
  Options options;
  std::string durability = "os";
  bool ephemeral = false;
  bool detach = false;
  std::vector<std::string> arguments;  // to start again with, detached
};

std::string log_path(const Options& options) { return options.data_folder + ".log"; }

// Starts this program once more, in the background, and waits until it has said "Ready.".
Result<void> start_detached(const StartCommand& command) {
  if (command.options.data_folder.empty())
    return base::fail("InvalidOption", "--detach needs a data folder, for the log; leave --ephemeral out.");
  std::string log = log_path(command.options);
  std::filesystem::create_directories(std::filesystem::path(log).parent_path());
  int output[2];
  if (::pipe(output) != 0) return base::fail("StorageFailure", std::strerror(errno));
  pid_t child = ::fork();
  if (child == 0) {
    ::setsid();
    int log_file = ::open(log.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    ::dup2(output[1], 1);
    ::dup2(log_file, 2);
    ::close(output[0]);
    std::vector<char*> arguments;
    std::vector<std::string> texts = command.arguments;
    std::erase_if(texts, [](const std::string& text) { return text == "--detach" || text == "-d"; });
    for (std::string& text : texts) arguments.push_back(text.data());
    arguments.push_back(nullptr);
    ::execv("/proc/self/exe", arguments.data());
    ::_exit(127);
  }
  ::close(output[1]);
  std::string said;
  char piece[4096];
  for (ssize_t count; said.find("Ready.\n") == said.npos && (count = ::read(output[0], piece, sizeof piece)) > 0;)
    said.append(piece, count);
  ::close(output[0]);
  std::cout << said;
  if (said.find("Ready.\n") != said.npos) return {};
  return base::fail("NotStarted", "The cloud did not start; " + log + " says why.");
}

void add_root_key_options(CLI::App& command, Options& options) {
  command.add_option("--root-key-file", options.root_key_file,
                     "File with the key that secrets are sealed under, instead of root.key in the data folder");
  command.add_option("--root-passphrase-file", options.root_passphrase_file,
                     "File whose first line is a passphrase to make that key from (or VIRGA_ROOT_PASSPHRASE)");
}

void add_function_options(CLI::App& command, Options& options) {
  command.add_option("--isolation", options.isolation, "How functions are kept apart: auto, isolated, process")
      ->capture_default_str();
  command
      .add_option("--lambda-runtimes", options.lambda_runtimes,
                  "Which interpreters run functions: exact versions, or the nearest that is there")
      ->capture_default_str();
  command.add_option("--lambda-runtime", options.lambda_runtime,
                     "The interpreter of a runtime: python3.12=/opt/python/bin/python3.12 (repeatable)");
  command.add_option("--lambda-cpu", options.lambda_cpu, "unlimited, or by-memory: a CPU for each 1,769 MB, as on AWS")
      ->capture_default_str();
  command
      .add_option("--lambda-spares", options.lambda_spares,
                  "Interpreters kept started ahead, for quick cold starts; 0: none")
      ->capture_default_str()
      ->check(CLI::Range(0, 64));
}

// What concerns this machine rather than a running cloud.
void add_host_commands(CLI::App& app, CommandLine& line, const std::shared_ptr<Options>& options) {
  CLI::App* runtimes = app.add_subcommand("runtimes", "List the runtimes of functions and what runs them here");
  runtimes->add_option("--lambda-runtimes", options->lambda_runtimes, "exact, or nearest")->capture_default_str();
  runtimes->add_option("--lambda-runtime", options->lambda_runtime, "As for start");
  runtimes->callback([&line, options] {
    line.action = [options]() -> Result<void> {
      runtime::Interpreters interpreters(TRY(interpreter_options(*options)));
      std::cout << runtimes_table(interpreters);
      return {};
    };
  });
  CLI::App* doctor = app.add_subcommand("doctor", "Find out how well functions are kept apart on this machine");
  add_function_options(*doctor, *options);
  doctor->callback([&line, options] {
    line.action = [&line, options]() -> Result<void> {
      Value report = TRY(examine_host(*options));
      std::cout << (line.json ? base::to_json(report) + "\n" : diagnosis_text(report));
      return {};
    };
  });
}

void add_start(CLI::App& app, CommandLine& line, const std::shared_ptr<StartCommand>& command) {
  CLI::App* start =
      app.add_subcommand("start", "Start a cloud in the foreground (the last line of start-up is \"Ready.\")");
  Options& options = command->options;
  start->add_option("--port,-p", options.port, "Port for all services; 0 takes a free one")->capture_default_str();
  start->add_option("--host", options.hosts, "Addresses to listen on; 0.0.0.0 for all")
      ->capture_default_str()
      ->delimiter(',');
  start->add_option("--data", options.data_folder, "Folder that keeps everything")->capture_default_str();
  start->add_flag("--ephemeral", command->ephemeral, "Keep nothing: all in memory");
  start
      ->add_option("--durability", command->durability,
                   "What an answered write survives: os = the end of this process at any instant, disk = loss of power "
                   "too, none = a clean stop only")
      ->check(CLI::IsMember({"os", "disk", "none"}))
      ->capture_default_str();
  start->add_flag("--strict", options.strict,
                  "Accept only access keys that this cloud issued; the first start prints the root key");
  add_root_key_options(*start, options);
  start->add_option("--hostname", options.host_name,
                    "A further name of this machine, for URLs and the TLS certificate");
  start->add_option("--threads", options.threads, "Event loops; 0 for half the cores, at most 8")
      ->check(CLI::Range(0, 64))
      ->capture_default_str();
  start->add_option("--services", options.services, "Serve only these (SERVICES): sqs,sts")->delimiter(',');
  start->add_option("--init", options.init_folders, "Folders whose ready.d/*.sh and *.py run once the cloud is ready");
  start
      ->add_option("--log", options.log_levels,
                   "Log levels: trace, debug, info, warn, error or off, by part: info,sqs=debug")
      ->capture_default_str();
  add_function_options(*start, options);
  start->add_flag("--offline", options.offline, "Send no requests to other machines (keys of identity providers)");
  start->add_flag("--log-json", options.log_json, "Log in JSON, one object a line");
  start->add_option("--port-file", options.port_file, "Write the port to this file once listening");
  start->add_flag("--detach,-d", command->detach, "Start in the background and return when ready");
  start->callback([&line, command] {
    line.action = [command]() -> Result<void> {
      if (command->ephemeral) command->options.data_folder.clear();
      command->options.durability = TRY(parse_durability(command->durability));
      return command->detach ? start_detached(*command) : run_instance(command->options);
    };
  });
}

// --- the others
// ------------------------------------------------------------------------------------------------------------

Result<void> stop(const CommandLine& line) {
  Remote remote = TRY(line.remote());
  Value health = TRY(remote.ask("GET", "/_virga/health"));
  TRY(remote.ask("POST", "/_virga/stop"));
  // It answers before it ends; wait until its process is gone, so that the port and the folder are free.
  for (int i = 0; i < 300 && process_exists(health.at("pid").num()); ++i)
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  if (process_exists(health.at("pid").num()))
    return base::fail("StillRunning", "The cloud was told to stop but has not ended yet.");
  std::cout << "Stopped.\n";
  return {};
}

Result<void> print_environment(const CommandLine& line) {
  Remote remote = TRY(line.remote());
  const std::pair<const char*, std::string> variables[] = {{"AWS_ENDPOINT_URL", remote.endpoint()},
                                                           {"AWS_ACCESS_KEY_ID", "test"},
                                                           {"AWS_SECRET_ACCESS_KEY", "test"},
                                                           {"AWS_DEFAULT_REGION", "us-east-1"},
                                                           {"AWS_REGION", "us-east-1"}};
  for (const auto& [name, value] : variables) std::cout << "export " << name << "=" << value << "\n";
  return {};
}

Result<void> explain(const CommandLine& line, const std::string& request_id) {
  Remote remote = TRY(line.remote());
  Value answer = TRY(remote.ask("GET", "/_virga/explain" + (request_id.empty() ? "" : "?request-id=" + request_id)));
  std::cout << (line.json ? base::to_json(answer) + "\n" : explanation_text(answer));
  return {};
}

Result<void> execute(const CommandLine& line, std::vector<std::string> command) {
  Remote remote = TRY(line.remote());
  ::setenv("AWS_ENDPOINT_URL", remote.endpoint().c_str(), 1);
  for (const auto& [name, value] :
       {std::pair{"AWS_ACCESS_KEY_ID", "test"}, {"AWS_SECRET_ACCESS_KEY", "test"}, {"AWS_DEFAULT_REGION", "us-east-1"}})
    ::setenv(name, value, 0);
  std::vector<char*> arguments;
  for (std::string& text : command) arguments.push_back(text.data());
  arguments.push_back(nullptr);
  ::execvp(arguments[0], arguments.data());
  return base::fail("NotStarted", command[0] + ": " + std::strerror(errno));
}

Result<void> print_log(const std::string& data_folder, bool follow) {
  std::ifstream log(data_folder + ".log");
  if (!log)
    return base::fail("NotFound",
                      "There is no log at " + data_folder + ".log; only clouds started with --detach write one.");
  for (;;) {
    std::cout << log.rdbuf() << std::flush;
    if (!follow) return {};
    std::cout.clear();  // nothing new to copy counts as a failure
    log.clear();
    std::this_thread::sleep_for(std::chrono::milliseconds(200));
  }
}

// Copies the running cloud's state to a folder of its own and starts a second cloud on it.
Result<void> fork_cloud(const CommandLine& line, StartCommand command) {
  Remote remote = TRY(line.remote());
  std::string folder = std::filesystem::absolute(command.options.data_folder);
  TRY(remote.ask("POST", "/_virga/fork", Value::Map{{"folder", folder}}));
  command.options.data_folder = folder;
  return run_instance(command.options);
}

void add_contents_commands(CLI::App& app, CommandLine& line) {
  app.add_subcommand("reset", "Forget everything; named snapshots stay")->callback([&line] {
    line.action = [&line] { return ask_and_print(line, "POST", "/_virga/reset"); };
  });
  CLI::App* snapshot =
      app.add_subcommand("snapshot", "Save and restore the whole cloud by name, at once")->require_subcommand(1);
  auto name = std::make_shared<std::string>();
  auto add = [&](const char* verb, const char* help, const char* method, const char* path) {
    CLI::App* command = snapshot->add_subcommand(verb, help);
    command->add_option("name", *name, "Name of the snapshot: letters, digits, . _ -")->required();
    command->callback([&line, name, method, path] {
      line.action = [&line, name, method, path] { return ask_and_print(line, method, path + *name); };
    });
  };
  add("save", "Save the current state under a name", "POST", "/_virga/snapshots/save/");
  add("load", "Replace the current state by a saved one", "POST", "/_virga/snapshots/load/");
  add("rm", "Remove a saved state", "DELETE", "/_virga/snapshots/");
  snapshot->add_subcommand("list", "List the saved states")->callback([&line] {
    line.action = [&line] { return ask_and_print(line, "GET", "/_virga/snapshots"); };
  });

  auto command = std::make_shared<StartCommand>();
  CLI::App* fork = app.add_subcommand("fork", "Start a second cloud, in the foreground, from this one's state");
  command->options.port = 0;
  fork->add_option("--port,-p", command->options.port, "Its port; 0 takes a free one")->capture_default_str();
  fork->add_option("--data", command->options.data_folder, "Its data folder, which must not exist")->required();
  fork->add_option("--port-file", command->options.port_file, "Write the port to this file once listening");
  add_root_key_options(*fork, command->options);
  command->options.root_passphrase = environment_variable("VIRGA_ROOT_PASSPHRASE").value_or("");
  fork->callback([&line, command] { line.action = [&line, command] { return fork_cloud(line, *command); }; });
}

void add_clock_commands(CLI::App& app, CommandLine& line) {
  CLI::App* clock = app.add_subcommand("clock", "Show, stop and move the cloud's clock")->require_subcommand(1);
  auto add = [&](const char* verb, const char* help, const char* method, const char* path) {
    clock->add_subcommand(verb, help)->callback([&line, method, path] {
      line.action = [&line, method, path] { return ask_and_print(line, method, path); };
    });
  };
  add("show", "What the clock shows", "GET", "/_virga/clock");
  add("freeze", "Stand still", "POST", "/_virga/clock/freeze");
  add("resume", "Run on from what it shows", "POST", "/_virga/clock/resume");
  auto by = std::make_shared<std::string>();
  CLI::App* advance = clock->add_subcommand("advance", "Move ahead; everything due on the way happens, in order");
  advance->add_option("by", *by, "90s, 15m, 1h30m, 2d")->required();
  advance->callback([&line, by] {
    line.action = [&line, by]() -> Result<void> {
      std::int64_t by_ms = TRY(parse_duration_ms(*by));
      return ask_and_print(line, "POST", "/_virga/clock/advance", Value::Map{{"by_ms", by_ms}});
    };
  });
}

// A time, or how long ago; the answer is a time.
Result<std::string> since_option(const Remote& remote, const std::string& text) {
  if (base::parse_iso8601(text)) return text;
  std::int64_t ago_ms = TRY(parse_duration_ms(text));
  Value clock = TRY(remote.ask("GET", "/_virga/clock"));
  return base::format_iso8601(clock.at("now_ms").num() - ago_ms);
}

void add_policy_commands(CLI::App& app, CommandLine& line) {
  CLI::App* policy = app.add_subcommand("policy", "Write policies from what happened")->require_subcommand(1);
  struct Asked {
    bool from_trail = false;
    std::string principal, since;
  };
  auto asked = std::make_shared<Asked>();
  CLI::App* generate = policy->add_subcommand("generate", "The policy that allows what a principal did, and no more");
  generate->add_flag("--from-trail", asked->from_trail, "From CloudTrail's event history and the last uses")
      ->required();
  generate->add_option("--principal", asked->principal, "ARN of a user, a role or a root")->required();
  generate->add_option("--since", asked->since, "Only what happened since: 2026-01-31T12:00:00Z, or 2h, 7d ago");
  generate->callback([&line, asked] {
    line.action = [&line, asked]() -> Result<void> {
      Remote remote = TRY(line.remote());
      std::string path = "/_virga/policy?principal=" + base::percent_encode(asked->principal);
      if (!asked->since.empty()) path += "&since=" + base::percent_encode(TRY(since_option(remote, asked->since)));
      std::cout << base::to_json(TRY(remote.ask("GET", path))) << "\n";
      return {};
    };
  });
}

void add_running_commands(CLI::App& app, CommandLine& line, const Options& defaults) {
  app.add_subcommand("stop", "Stop the running cloud and wait until it has ended")->callback([&line] {
    line.action = [&line] { return stop(line); };
  });
  app.add_subcommand("status", "Whether a cloud is running, and what it serves")->callback([&line] {
    line.action = [&line] { return ask_and_print(line, "GET", "/_virga/health"); };
  });
  app.add_subcommand("env", "Print what points the AWS tools here: eval \"$(virga env)\"")->callback([&line] {
    line.action = [&line] { return print_environment(line); };
  });
  auto words = std::make_shared<std::vector<std::string>>();
  CLI::App* exec =
      app.add_subcommand("exec", "Run a command with the AWS tools pointed here: virga exec -- aws sqs list-queues");
  exec->add_option("command", *words, "The command and its arguments")->required();
  exec->prefix_command(false)->positionals_at_end();
  exec->callback([&line, words] { line.action = [&line, words] { return execute(line, *words); }; });
  auto request_id = std::make_shared<std::string>();
  CLI::App* explained =
      app.add_subcommand("explain", "Show why a call was allowed or refused, by its request id; else the last refusal");
  explained->add_option("request-id", *request_id, "The x-amzn-RequestId of the answer");
  explained->callback(
      [&line, request_id] { line.action = [&line, request_id] { return explain(line, *request_id); }; });
  app.add_subcommand("ca", "Print the certificate of the authority that signs for TLS")->callback([&line] {
    line.action = [&line] { return ask_and_print(line, "GET", "/_virga/ca"); };
  });
  auto folder = std::make_shared<std::string>(defaults.data_folder);
  auto follow = std::make_shared<bool>(false);
  CLI::App* logs = app.add_subcommand("logs", "Print the log of a cloud started with --detach");
  logs->add_option("--data", *folder, "Its data folder")->capture_default_str();
  logs->add_flag("--follow,-f", *follow, "Go on printing as it grows");
  logs->callback([&line, folder, follow] { line.action = [folder, follow] { return print_log(*folder, *follow); }; });
}

}  // namespace

int run_command_line(int argument_count, char** arguments) {
  CommandLine line;
  auto defaults = options_from(environment_variable);
  if (!defaults) {
    std::cerr << "virga: " << defaults.error().message << "\n";
    return 2;
  }
  line.endpoint = environment_variable("VIRGA_ENDPOINT")
                      .value_or(fmt::format("http://127.0.0.1:{}", defaults->port ? defaults->port : 4566));
  CLI::App app{"Virga: the AWS cloud of a developer, a CI job or a team, in one program.", "virga"};
  app.require_subcommand(1);
  app.fallthrough();
  app.set_version_flag("--version", std::string("virga ") + std::string(kVersion));
  app.add_option("--endpoint", line.endpoint, "The running cloud to talk to (VIRGA_ENDPOINT)")->capture_default_str();
  app.add_flag("--json", line.json, "Answer in JSON");

  auto start_command = std::make_shared<StartCommand>();
  start_command->options = *defaults;
  start_command->arguments.assign(arguments, arguments + argument_count);
  if (defaults->data_folder.empty()) start_command->ephemeral = true;
  add_start(app, line, start_command);
  add_host_commands(app, line, std::make_shared<Options>(*defaults));
  add_running_commands(app, line, *defaults);
  add_contents_commands(app, line);
  add_clock_commands(app, line);
  add_policy_commands(app, line);
  app.add_subcommand("coverage", "List every modelled service and operation, and which are implemented")
      ->callback([&line] {
        line.action = [&line]() -> Result<void> {
          print_coverage(line.json ? CoverageForm::kJson : CoverageForm::kText);
          return {};
        };
      });
  app.add_subcommand("version", "Print the version")->callback([&line] {
    line.action = []() -> Result<void> {
      std::cout << "virga " << kVersion << "\n";
      return {};
    };
  });
  auto nothing_options = std::make_shared<Options>(*defaults);
  CLI::App* nothing =
      app.add_subcommand("serve-nothing",
                         "Answer every request with the same 200 bytes: the yardstick of the benchmarks")
          ->group("");
  nothing->add_option("--port,-p", nothing_options->port);
  nothing->add_option("--threads", nothing_options->threads);
  nothing->add_option("--port-file", nothing_options->port_file);
  nothing->callback(
      [&line, nothing_options] { line.action = [nothing_options] { return serve_nothing(*nothing_options); }; });

  CLI11_PARSE(app, argument_count, arguments);
  Result<void> done = line.action();
  if (done) return 0;
  std::cerr << "virga: " << done.error().message << "\n";
  return exit_code_of(done.error());
}

}  // namespace server
